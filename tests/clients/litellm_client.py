"""Drives a server with `litellm`, by three of its providers.

Usage: litellm_client.py BASE_URL MODEL EMBEDDING_MODEL TOOL_URL TOOL_MODEL
    BUSY_URL BUSY_MODEL RERANK_MODEL
TOOL_MODEL at TOOL_URL answers every question with the call of a tool;
BUSY_URL is busy every other time and always refuses "something bad".
Every check prints one line, `ok NAME`; the first that fails ends the run.
"""

import json
import os
import sys
from typing import Literal

os.environ["LITELLM_LOCAL_MODEL_COST_MAP"] = "True"
os.environ["LITELLM_LOCAL_ANTHROPIC_BETA_HEADERS"] = "True"

import litellm  # noqa: E402
from pydantic import BaseModel, ConfigDict  # noqa: E402

BASE_URL, MODEL, EMBEDDING_MODEL = sys.argv[1:4]
TOOL_URL, TOOL_MODEL, BUSY_URL, BUSY_MODEL, RERANK_MODEL = sys.argv[4:9]
PROVIDERS = {"ollama_chat/": "", "openai/": "/v1", "anthropic/": ""}
HELLO = [{"role": "user", "content": "Say hello."}]
SHORT = {"max_tokens": 12, "temperature": 0}
WEATHER = {
    "type": "function",
    "function": {
        "name": "weather",
        "description": "Tells the weather of a city.",
        "parameters": {
            "type": "object",
            "properties": {
                "city": {"type": "string"},
                "days": {"type": "integer"},
            },
            "required": ["city"],
        },
    },
}
CALLED = {"city": "Paris", "days": 2}
litellm.suppress_debug_info = True


class Cat(BaseModel):
    model_config = ConfigDict(extra="forbid")
    colour: Literal["black", "white"]
    size: Literal["big", "small"]


def passed(name):
    print("ok", name, flush=True)


def ask(provider, model=MODEL, url=BASE_URL, messages=HELLO, **rest):
    return litellm.completion(
        model=provider + model,
        api_base=url + PROVIDERS[provider],
        api_key="any",
        messages=messages,
        **{"num_retries": 0, "max_retries": 0, **rest},
    )


def check_chat():
    used = set()
    for provider in PROVIDERS:
        whole = ask(provider, **SHORT)
        text = whole.choices[0].message.content
        assert text, (provider, whole)
        chunks = list(
            ask(provider, stream=True, stream_options={"include_usage": True}, **SHORT)
        )
        parts = [c.choices[0].delta.content or "" for c in chunks if c.choices]
        assert "".join(parts) == text, (provider, parts, text)
        last = [c.usage for c in chunks if getattr(c, "usage", None)][-1]
        for usage in (whole.usage, last):
            used.add((usage.prompt_tokens, usage.completion_tokens))
    # The same work, so the same numbers, by all providers, whole or streamed.
    assert len(used) == 1, used
    passed("chat and usage")


def check_tools():
    for provider in PROVIDERS:
        asked = {"model": TOOL_MODEL, "url": TOOL_URL, "tools": [WEATHER]}
        answer = ask(provider, **asked).choices[0]
        (call,) = answer.message.tool_calls
        assert call.function.name == "weather", (provider, call)
        assert json.loads(call.function.arguments) == CALLED, (provider, call)
        assert answer.finish_reason == "tool_calls", (provider, answer)
        chunks = list(ask(provider, stream=True, **asked))
        built = litellm.stream_chunk_builder(chunks).choices[0].message
        (streamed,) = built.tool_calls
        assert json.loads(streamed.function.arguments) == CALLED, (provider, streamed)
        result = {"role": "tool", "tool_call_id": call.id, "content": "sunny"}
        after = [*HELLO, answer.message.model_dump(), result]
        assert ask(provider, messages=after, **asked).choices
    passed("tools")


def check_structured_output():
    for provider in PROVIDERS:
        # For Anthropic's dialect it makes a tool of the schema.
        model = MODEL + "-tools" if provider == "anthropic/" else MODEL
        answer = ask(
            provider,
            model=model,
            messages=[{"role": "user", "content": "Invent a cat, in JSON."}],
            response_format=Cat,
            max_tokens=600,
            temperature=0,
        )
        Cat.model_validate_json(answer.choices[0].message.content)
    passed("structured output")


def check_embeddings_and_rerank():
    texts = ["A cat.", "A kitten."]
    for provider, path in (("ollama/", ""), ("openai/", "/v1")):
        answer = litellm.embedding(
            model=provider + EMBEDDING_MODEL,
            api_base=BASE_URL + path,
            api_key="any",
            input=texts,
        )
        one, two = [each["embedding"] for each in answer.data]
        assert len(one) == len(two) > 0
        assert answer.usage.prompt_tokens > 0, (provider, answer.usage)
    ranked = litellm.rerank(
        model="hosted_vllm/" + RERANK_MODEL,
        api_base=BASE_URL,
        query="cats",
        documents=[*texts, "No."],
        top_n=2,
    )
    first, second = ranked.results
    assert first["relevance_score"] >= second["relevance_score"], ranked
    assert first["document"]["text"] in [*texts, "No."], ranked
    passed("embeddings and rerank")


def raises(kind, provider, **asked):
    try:
        ask(provider, **asked)
    except kind as error:
        return error
    raise AssertionError(f"expected {kind} of {provider}")


def check_errors():
    long = [{"role": "user", "content": "word " * 9000}]
    for provider in PROVIDERS:
        if provider != "ollama_chat/":
            raises(litellm.NotFoundError, provider, model="no-such")
            raises(litellm.ContextWindowExceededError, provider, messages=long, **SHORT)
            raises(litellm.BadRequestError, provider, model=EMBEDDING_MODEL, **SHORT)
        error = raises(
            (litellm.ServiceUnavailableError, litellm.InternalServerError,
             litellm.APIConnectionError),
            provider, model=BUSY_MODEL, url=BUSY_URL,
        )
        assert "come again" in str(error), error
        assert ask(provider, BUSY_MODEL, BUSY_URL).choices
        raises(litellm.RateLimitError, provider, model=BUSY_MODEL, url=BUSY_URL)
        assert ask(provider, BUSY_MODEL, BUSY_URL).choices
    passed("errors")


def check_retries():
    for provider in PROVIDERS:
        asked = {"model": BUSY_MODEL, "url": BUSY_URL}
        answer = ask(provider, num_retries=2, **asked)
        assert answer.choices[0].message.content == "Hello"
        bad = [{"role": "user", "content": "something bad"}]
        kinds = (litellm.BadRequestError, litellm.APIConnectionError)
        raises(kinds, provider, messages=bad, **asked)
    passed("retries")


check_chat()
check_tools()
check_structured_output()
check_embeddings_and_rerank()
check_errors()
check_retries()
