"""Drives `/v1/responses` with the official `openai` package for Python.

Usage: openai_responses_client.py BASE_URL MODEL
Every check prints one line, `ok NAME`; the first that fails ends the run.
"""

import json
import sys
import urllib.request

import openai
from openai.types.responses import Response, ResponseStreamEvent
from pydantic import BaseModel, TypeAdapter

BASE_URL, MODEL = sys.argv[1:3]
client = openai.OpenAI(base_url=BASE_URL + "/v1", api_key="any", max_retries=0)
SHORT = {"model": MODEL, "max_output_tokens": 12, "temperature": 0}
EVENT = TypeAdapter(ResponseStreamEvent)
WEATHER = {
    "type": "function",
    "name": "weather",
    "description": "Weather in a city",
    "strict": True,
    "parameters": {
        "type": "object",
        "properties": {
            "city": {"type": "string", "maxLength": 20},
            "unit": {"type": "string", "enum": ["C", "F"]},
        },
        "required": ["city", "unit"],
        "additionalProperties": False,
    },
}


class Person(BaseModel):
    name: str
    age: int


def passed(name):
    print("ok", name, flush=True)


def raises(kind, text, call):
    try:
        call()
    except kind as error:
        assert text in str(error), error
        return error
    raise AssertionError(f"expected {kind} {text}")


def post(body):
    data = json.dumps(body).encode()
    request = urllib.request.Request(BASE_URL + "/v1/responses", data=data)
    with urllib.request.urlopen(request) as answer:
        return answer.read().decode()


def check_types():
    """The package's own types hold, every field that they require included."""
    body = {**SHORT, "input": "Say hello."}
    logprobs = {"include": ["message.output_text.logprobs"], "top_logprobs": 2}
    for more in [{}, logprobs]:
        Response.model_validate_json(post({**body, **more}))
        blocks = post({**body, **more, "stream": True}).strip().split("\n\n")
        for block in blocks:
            EVENT.validate_json(block.split("\ndata: ", 1)[1])
        assert len(blocks) > 8, blocks
    passed("types")


def check_whole():
    raw = client.responses.with_raw_response.create(input="Say hello.", **SHORT)
    answer = raw.parse()
    assert raw.headers["x-request-id"] == answer.id
    assert answer.output_text and answer.status == "incomplete", answer
    assert answer.incomplete_details.reason == "max_output_tokens"
    usage = answer.usage
    assert usage.output_tokens == 12
    assert usage.total_tokens == usage.input_tokens + usage.output_tokens
    count = client.responses.input_tokens.count(model=MODEL, input="Say hello.")
    assert count.input_tokens == usage.input_tokens, count
    chat = client.chat.completions.create(
        model=MODEL,
        messages=[{"role": "user", "content": "Say hello."}],
        max_tokens=12,
        temperature=0,
    )
    assert chat.choices[0].message.content == answer.output_text
    assert chat.usage.prompt_tokens == usage.input_tokens
    passed("whole")
    return answer


def check_stream(answer):
    with client.responses.stream(input="Say hello.", **SHORT) as stream:
        text = "".join(
            event.delta for event in stream if event.type == "response.output_text.delta"
        )
    assert text == answer.output_text, text
    events = list(client.responses.create(input="Say hello.", stream=True, **SHORT))
    assert [event.sequence_number for event in events] == list(range(len(events)))
    assert events[0].type == "response.created"
    assert events[-1].type == "response.incomplete"
    assert events[-1].response.usage.total_tokens == answer.usage.total_tokens
    passed("stream")


def check_structure():
    asked = {
        "model": MODEL,
        "input": "Invent a person.",
        "text_format": Person,
        "temperature": 0,
        "max_output_tokens": 200,
        "extra_body": {"repeat_penalty": 1.2},
    }
    with client.responses.stream(**asked) as stream:
        stream.until_done()
    final = stream.get_final_response()
    assert isinstance(final.output_parsed, Person), final
    passed("structure")


def check_tools():
    question = [{"role": "user", "content": "Weather in Oslo?"}]
    asked = {
        "model": MODEL + "-tools",
        "tools": [WEATHER],
        "tool_choice": "required",
        "max_output_tokens": 100,
        "temperature": 0,
    }
    answer = client.responses.create(input=question, **asked)
    [call] = answer.output
    assert call.type == "function_call" and call.name == "weather", answer
    assert json.loads(call.arguments)["unit"] in ["C", "F"]
    with client.responses.stream(input=question, **asked) as stream:
        events = list(stream)
    deltas = [
        event.delta
        for event in events
        if event.type == "response.function_call_arguments.delta"
    ]
    assert "".join(deltas) == call.arguments, deltas
    after = {**asked, "tool_choice": "none", "max_output_tokens": 20}
    result = {
        "type": "function_call_output",
        "call_id": call.call_id,
        "output": "Rain, 5 C",
    }
    # The same conversation: with all its items, by a reference, by an id.
    whole = client.responses.create(input=[*question, call, result], **after)
    named = client.responses.create(
        input=[*question, {"type": "item_reference", "id": call.id}, result], **after
    )
    short = client.responses.create(
        input=[result], previous_response_id=answer.id, **after
    )
    assert whole.output_text == named.output_text == short.output_text
    assert whole.usage.input_tokens == short.usage.input_tokens
    assert short.usage.input_tokens_details.cached_tokens > 0
    passed("tools")


def check_store():
    first = client.responses.create(input="My name is Ann.", **SHORT)
    second = client.responses.create(
        input="What is my name?", previous_response_id=first.id, **SHORT
    )
    assert second.usage.input_tokens > first.usage.total_tokens
    items = list(client.responses.input_items.list(second.id, limit=2))
    assert [item.role for item in items] == ["user", "assistant", "user"], items
    assert client.responses.retrieve(second.id).output_text == second.output_text
    client.responses.delete(second.id)
    raises(
        openai.NotFoundError,
        "not found",
        lambda: client.responses.retrieve(second.id),
    )
    raises(
        openai.BadRequestError,
        "in the background",
        lambda: client.responses.cancel(first.id),
    )
    passed("store")


def check_errors():
    create = client.responses.create
    error = raises(
        openai.BadRequestError,
        "not found",
        lambda: create(input="x", previous_response_id="resp_0", **SHORT),
    )
    assert error.code == "previous_response_not_found"
    raises(
        openai.NotFoundError,
        "model 'no-such' not found",
        lambda: create(model="no-such", input="x"),
    )
    error = raises(
        openai.BadRequestError,
        "web_search",
        lambda: create(input="x", tools=[{"type": "web_search"}], **SHORT),
    )
    assert error.param == "tools[0]"
    long = {"input": "word " * 5000, "stream": True, **SHORT}
    error = raises(openai.BadRequestError, "context", lambda: create(**long))
    assert error.code == "context_length_exceeded"
    passed("errors")


check_types()
check_stream(check_whole())
check_structure()
check_tools()
check_store()
check_errors()
