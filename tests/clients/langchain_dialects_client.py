"""Drives a server with `langchain-openai` and `langchain-anthropic`.

Usage: langchain_dialects_client.py BASE_URL MODEL EMBEDDING_MODEL TOOL_URL
    TOOL_MODEL BUSY_URL BUSY_MODEL RERANK_MODEL
TOOL_MODEL at TOOL_URL answers every question with the call of a tool;
BUSY_URL is busy every other time and always refuses "something bad".
Every check prints one line, `ok NAME`; the first that fails ends the run.
"""

import sys
from typing import Literal

from langchain_anthropic import ChatAnthropic
from langchain_core.exceptions import ContextOverflowError
from langchain_core.messages import HumanMessage, ToolMessage
from langchain_core.tools import tool
from langchain_openai import ChatOpenAI, OpenAIEmbeddings
from pydantic import BaseModel, ConfigDict

BASE_URL, MODEL, EMBEDDING_MODEL = sys.argv[1:4]
TOOL_URL, TOOL_MODEL, BUSY_URL, BUSY_MODEL = sys.argv[4:8]
QUESTION = [("system", "You are terse."), ("human", "Say hello.")]


class Cat(BaseModel):
    """A cat."""

    model_config = ConfigDict(extra="forbid")
    colour: Literal["black", "white"]
    size: Literal["big", "small"]


@tool
def weather(city: str, days: int = 1) -> str:
    """Tells the weather of a city."""
    return f"sunny in {city}"


def openai(model=MODEL, url=BASE_URL, **rest):
    return ChatOpenAI(
        model=model,
        base_url=url + "/v1",
        api_key="any",
        stream_usage=True,
        **{"max_tokens": 12, "max_retries": 0, "use_responses_api": False, **rest},
    )


def anthropic(model=MODEL, url=BASE_URL, **rest):
    return ChatAnthropic(
        model=model,
        base_url=url,
        api_key="any",
        **{"max_tokens": 12, "max_retries": 0, **rest},
    )


DIALECTS = (openai, anthropic)


def passed(name):
    print("ok", name, flush=True)


def check_invoke_and_stream():
    used = set()
    for make in DIALECTS:
        chat = make(temperature=0) if make is openai else make(
            model_kwargs={"extra_body": {"temperature": 0}}
        )
        whole = chat.invoke(QUESTION)
        assert whole.text, whole
        total = None
        for chunk in chat.stream(QUESTION):
            total = chunk if total is None else total + chunk
        assert total.text == whole.text, (total, whole)
        for usage in (whole.usage_metadata, total.usage_metadata):
            used.add((usage["input_tokens"], usage["output_tokens"]))
        again = chat.invoke(QUESTION).usage_metadata
        assert again["input_token_details"]["cache_read"] > 0, again
    assert len(used) == 1, used
    passed("invoke and stream")


def check_structured_output():
    cat = openai(max_tokens=250, temperature=0).with_structured_output(
        Cat, method="json_schema"
    ).invoke("Invent a cat.")
    assert isinstance(cat, Cat), cat
    bounded = anthropic(max_tokens=250).with_structured_output(
        Cat, method="json_schema"
    )
    assert isinstance(bounded.invoke("Invent a cat."), Cat)
    passed("structured output")


def check_tools():
    for make in DIALECTS:
        model = make(TOOL_MODEL, TOOL_URL).bind_tools([weather])
        asked = [HumanMessage("Weather in Paris?")]
        answer = model.invoke(asked)
        (call,) = answer.tool_calls
        assert call["args"] == {"city": "Paris", "days": 2}, call
        streamed = None
        for chunk in model.stream(asked):
            streamed = chunk if streamed is None else streamed + chunk
        assert streamed.tool_calls[0]["args"] == call["args"], streamed
        result = ToolMessage(weather.invoke(call["args"]), tool_call_id=call["id"])
        assert model.invoke([*asked, answer, result]).usage_metadata
    passed("tools")


def check_embeddings():
    embeddings = OpenAIEmbeddings(
        model=EMBEDDING_MODEL,
        base_url=BASE_URL + "/v1",
        api_key="any",
        # Else it counts tokens with a tokenizer of OpenAI's that it downloads.
        check_embedding_ctx_length=False,
    )
    one, two = embeddings.embed_documents(["The sky is blue.", "Grass."])
    assert len(one) == len(two) > 0
    query = embeddings.embed_query("The sky is blue.")
    assert sum(a * b for a, b in zip(one, query)) > 0.999
    passed("embeddings")


def raises(kind, text, call):
    try:
        call()
    except kind as error:
        assert text in str(error), error
        return
    raise AssertionError(f"expected {kind} {text}")


def check_errors():
    for make in DIALECTS:
        raises(Exception, "not found", lambda: make("no-such").invoke("x"))
        raises(
            ContextOverflowError, "", lambda: make().invoke("word " * 9000)
        )
    passed("errors")


def check_retries():
    for make in DIALECTS:
        busy = make(BUSY_MODEL, BUSY_URL, max_retries=2)
        assert busy.invoke("once").text == "Hello"
        assert busy.invoke("twice").text == "Hello"
        raises(Exception, "this is bad", lambda: busy.invoke("something bad"))
    passed("retries")


check_invoke_and_stream()
check_structured_output()
check_tools()
check_embeddings()
check_errors()
check_retries()
