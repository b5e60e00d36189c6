"""Drives a server with the official `openai` package for Python.

Usage: openai_client.py BASE_URL MODEL EMBEDDING_MODEL
Every check prints one line, `ok NAME`; the first that fails ends the run.
"""

import json
import math
import sys

import openai
from pydantic import BaseModel

BASE_URL, MODEL, EMBEDDING_MODEL = sys.argv[1:4]
client = openai.OpenAI(base_url=BASE_URL + "/v1", api_key="any", max_retries=0)
HELLO = [{"role": "user", "content": "Say hello."}]
SHORT = {"model": MODEL, "max_tokens": 12, "temperature": 0, "seed": 1}
WEATHER = {
    "type": "function",
    "function": {
        "name": "weather",
        "description": "Weather in a city",
        "parameters": {
            "type": "object",
            "properties": {
                "city": {"type": "string", "maxLength": 20},
                "unit": {"type": "string", "enum": ["C", "F"]},
            },
            "required": ["city", "unit"],
            "additionalProperties": False,
        },
    },
}


def passed(name):
    print("ok", name, flush=True)


def raises(kind, text, call):
    try:
        call()
    except kind as error:
        assert text in str(error), error
        return error
    raise AssertionError(f"expected {kind} {text}")


def check_models():
    ids = [model.id for model in client.models.list()]
    assert f"{MODEL}:latest" in ids, ids
    model = client.models.retrieve(MODEL)
    assert model.id == MODEL and model.created > 0
    passed("models")


def check_chat():
    whole = client.chat.completions.with_raw_response.create(
        messages=HELLO, **SHORT
    )
    answer = whole.parse()
    assert whole.headers["x-request-id"] == answer.id
    assert answer.choices[0].message.content
    usage = answer.usage
    assert usage.prompt_tokens > 0 and usage.completion_tokens > 0
    assert usage.total_tokens == usage.prompt_tokens + usage.completion_tokens
    again = client.chat.completions.create(messages=HELLO, **SHORT)
    assert again.choices[0].message.content == answer.choices[0].message.content
    assert again.id != answer.id
    assert again.usage.prompt_tokens_details.cached_tokens > 0
    passed("chat")
    return answer


def check_stream(answer):
    chunks = list(
        client.chat.completions.create(
            messages=HELLO,
            stream=True,
            stream_options={"include_usage": True},
            **SHORT,
        )
    )
    text = "".join(
        chunk.choices[0].delta.content or "" for chunk in chunks if chunk.choices
    )
    assert text == answer.choices[0].message.content, text
    assert chunks[0].choices[0].delta.role == "assistant"
    assert chunks[-1].choices == []
    assert chunks[-1].usage.total_tokens == answer.usage.total_tokens
    with client.chat.completions.stream(
        messages=HELLO, **{**SHORT, "max_tokens": 200}
    ) as stream:
        kinds = {event.type for event in stream}
    assert "content.delta" in kinds, kinds
    assert stream.get_final_completion().choices[0].message.content
    passed("stream")


def check_choices():
    answer = client.chat.completions.create(
        messages=HELLO, model=MODEL, max_tokens=8, n=3, seed=7, temperature=1.5
    )
    assert [choice.index for choice in answer.choices] == [0, 1, 2]
    assert len({choice.message.content for choice in answer.choices}) > 1
    passed("choices")


def check_logprobs():
    answer = client.chat.completions.create(
        messages=HELLO, logprobs=True, top_logprobs=3, **SHORT
    )
    tokens = answer.choices[0].logprobs.content
    assert "".join(token.token for token in tokens) == (
        answer.choices[0].message.content
    )
    for token in tokens:
        assert len(token.top_logprobs) == 3 and token.logprob <= 0
        assert token.top_logprobs[0].token == token.token
    passed("logprobs")


class Person(BaseModel):
    name: str
    age: int


def check_structure():
    answer = client.chat.completions.parse(
        model=MODEL,
        messages=[{"role": "user", "content": "Invent a person."}],
        response_format=Person,
        max_tokens=200,
        temperature=0,
        extra_body={"repeat_penalty": 1.2},
    )
    person = answer.choices[0].message.parsed
    assert isinstance(person, Person), answer
    free = client.chat.completions.create(
        model=MODEL,
        messages=[{"role": "user", "content": "A person as JSON."}],
        response_format={"type": "json_object"},
        max_tokens=300,
        temperature=0,
    )
    if free.choices[0].finish_reason == "stop":
        assert isinstance(json.loads(free.choices[0].message.content), dict)
    passed("structure")


def check_tools():
    question = [{"role": "user", "content": "Weather in Oslo?"}]
    answer = client.chat.completions.create(
        model=MODEL + "-tools",
        messages=question,
        tools=[WEATHER],
        tool_choice="required",
        max_tokens=100,
        temperature=0,
    )
    choice = answer.choices[0]
    assert choice.finish_reason == "tool_calls", answer
    [call] = choice.message.tool_calls
    given = json.loads(call.function.arguments)
    assert call.function.name == "weather" and given["unit"] in ["C", "F"]
    after = client.chat.completions.create(
        model=MODEL + "-tools",
        messages=[
            *question,
            choice.message,
            {"role": "tool", "tool_call_id": call.id, "content": "Rain, 5 C"},
        ],
        tools=[WEATHER],
        tool_choice="none",
        max_tokens=30,
    )
    assert after.choices[0].finish_reason in ["stop", "length"], after
    raises(
        openai.BadRequestError,
        "does not support tools",
        lambda: client.chat.completions.create(
            messages=question, tools=[WEATHER], **SHORT
        ),
    )
    passed("tools")


def check_completions():
    answer = client.completions.create(prompt="Once upon a", **SHORT)
    assert answer.choices[0].text and answer.choices[0].finish_reason == "length"
    assert answer.usage.completion_tokens == 12
    several = client.completions.create(
        prompt=["Once upon a", "Twice"], n=2, echo=True, **SHORT
    )
    texts = [choice.text for choice in several.choices]
    assert len(texts) == 4 and texts[0] == "Once upon a" + answer.choices[0].text
    assert texts[2].startswith("Twice")
    tokens = client.completions.create(prompt=[1, 2, 3], logprobs=2, **SHORT)
    columns = tokens.choices[0].logprobs
    assert len(columns.tokens) == 12 and len(columns.top_logprobs[0]) == 2
    parts = client.completions.create(prompt="Once upon a", stream=True, **SHORT)
    text = "".join(part.choices[0].text for part in parts)
    assert text == answer.choices[0].text
    passed("completions")


def check_embeddings():
    texts = ["A cat.", "A kitten.", "Quantum field theory."]
    # The package asks for Base64 by itself and decodes it.
    answer = client.embeddings.create(model=EMBEDDING_MODEL, input=texts)
    floats = client.embeddings.create(
        model=EMBEDDING_MODEL, input=texts, encoding_format="float"
    )
    for packed, plain in zip(answer.data, floats.data):
        pairs = zip(packed.embedding, plain.embedding)
        assert all(abs(a - b) < 1e-6 for a, b in pairs)
    cat, kitten, theory = [each.embedding for each in answer.data]
    assert dot(cat, kitten) > dot(cat, theory)
    assert abs(math.hypot(*cat) - 1) < 1e-5
    short = client.embeddings.create(
        model=EMBEDDING_MODEL, input="A cat.", dimensions=8
    )
    assert len(short.data[0].embedding) == 8
    assert answer.usage.prompt_tokens > 3
    passed("embeddings")


def dot(a, b):
    return sum(x * y for x, y in zip(a, b))


def check_errors():
    create = client.chat.completions.create
    error = raises(
        openai.NotFoundError,
        "model 'no-such' not found",
        lambda: create(model="no-such", messages=HELLO),
    )
    assert error.code == "model_not_found" and error.type == "not_found_error"
    error = raises(
        openai.BadRequestError,
        "Invalid value for 'temperature'",
        lambda: create(model=MODEL, messages=HELLO, temperature=9),
    )
    assert error.param == "temperature"
    raises(
        openai.BadRequestError,
        "does not support chat",
        lambda: create(model=EMBEDDING_MODEL, messages=HELLO),
    )
    long = [{"role": "user", "content": "word " * 5000}]
    raises(
        openai.BadRequestError,
        "context",
        lambda: create(model=MODEL, messages=long),
    )
    passed("errors")


check_models()
check_stream(check_chat())
check_choices()
check_logprobs()
check_structure()
check_tools()
check_completions()
check_embeddings()
check_errors()
