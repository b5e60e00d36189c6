"""Drives a server with `instructor`, by OpenAI's and Anthropic's dialects.

Usage: instructor_client.py BASE_URL MODEL EMBEDDING_MODEL TOOL_URL TOOL_MODEL
    BUSY_URL BUSY_MODEL RERANK_MODEL
Every check prints one line, `ok NAME`; the first that fails ends the run.
"""

import sys
from typing import Literal

import anthropic
import instructor
import openai
from pydantic import BaseModel, ConfigDict

BASE_URL, MODEL = sys.argv[1:3]
TOOLS = MODEL + "-tools"
INVENT = [{"role": "user", "content": "Invent a cat."}]


class Cat(BaseModel):
    """A cat."""

    model_config = ConfigDict(extra="forbid")
    colour: Literal["black", "white"]
    size: Literal["big", "small"]


def passed(name):
    print("ok", name, flush=True)


def invent(client, model, **rest):
    cat, answer = client.chat.completions.create_with_completion(
        model=model,
        messages=INVENT,
        response_model=Cat,
        max_tokens=600,
        max_retries=0,
        **rest,
    )
    assert isinstance(cat, Cat), cat
    return answer


def check_openai():
    client = openai.OpenAI(base_url=BASE_URL + "/v1", api_key="any", max_retries=0)
    for mode, model in (
        (instructor.Mode.TOOLS, TOOLS),
        (instructor.Mode.JSON_SCHEMA, MODEL),
    ):
        patched = instructor.from_openai(client, mode=mode)
        answer = invent(patched, model, temperature=0)
        assert answer.usage.prompt_tokens > 0
    passed("openai")


def check_partial():
    client = instructor.from_openai(
        openai.OpenAI(base_url=BASE_URL + "/v1", api_key="any", max_retries=0),
        mode=instructor.Mode.JSON_SCHEMA,
    )
    parts = list(
        client.chat.completions.create_partial(
            model=MODEL,
            messages=INVENT,
            response_model=Cat,
            max_tokens=600,
            temperature=0,
        )
    )
    assert parts and parts[-1].size in ("big", "small"), parts
    passed("partial objects")


def check_anthropic():
    client = anthropic.Anthropic(base_url=BASE_URL, api_key="any", max_retries=0)
    patched = instructor.from_anthropic(client, mode=instructor.Mode.ANTHROPIC_TOOLS)
    answer = invent(patched, TOOLS)
    assert answer.usage.input_tokens + answer.usage.cache_read_input_tokens > 0
    passed("anthropic")


check_openai()
check_partial()
check_anthropic()
