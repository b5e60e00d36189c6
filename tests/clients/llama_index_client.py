"""Drives a server with `llama-index-llms-ollama` and its embeddings.

Usage: llama_index_client.py BASE_URL MODEL EMBEDDING_MODEL TOOL_URL TOOL_MODEL
TOOL_MODEL at TOOL_URL answers every question with the call of a tool.
Every check prints one line, `ok NAME`; the first that fails ends the run.
"""

import asyncio
import sys

from llama_index.core.llms import ChatMessage
from llama_index.core.tools import FunctionTool
from llama_index.embeddings.ollama import OllamaEmbedding
from llama_index.llms.ollama import Ollama
from pydantic import BaseModel, Field

BASE_URL, MODEL, EMBEDDING_MODEL, TOOL_URL, TOOL_MODEL = sys.argv[1:6]


class Person(BaseModel):
    """Somebody."""

    name: str = Field(max_length=12)
    age: int = Field(ge=0, le=120)


def model(limit=12):
    return Ollama(
        model=MODEL,
        base_url=BASE_URL,
        temperature=0,
        context_window=2048,
        request_timeout=120,
        additional_kwargs={"num_predict": limit, "seed": 1},
    )


def passed(name):
    print("ok", name, flush=True)


def check_chat():
    messages = [ChatMessage(role="user", content="Say hello.")]
    whole = model().chat(messages)
    assert whole.message.content
    assert whole.raw["usage"]["total_tokens"] > 0, whole.raw
    *_, last = model().stream_chat(messages)
    assert last.message.content == whole.message.content
    passed("chat")


def check_complete():
    whole = model().complete("Say hello.")
    assert whole.text
    *_, last = model().stream_complete("Say hello.")
    assert last.text == whole.text
    passed("complete")


async def check_async():
    llm = model()
    whole = await llm.acomplete("Say hello.")
    last = None
    async for part in await llm.astream_complete("Say hello."):
        last = part
    assert last.text == whole.text
    passed("async")


def check_structured_output():
    person = model(100).as_structured_llm(Person).complete("Invent a person.")
    assert isinstance(person.raw, Person) and 0 <= person.raw.age <= 120
    passed("structured output")


def check_tools():
    def weather(city: str, days: int = 1) -> str:
        """Tells the weather of a city."""
        return f"sunny in {city}"

    llm = Ollama(model=TOOL_MODEL, base_url=TOOL_URL, context_window=2048)
    tools = [FunctionTool.from_defaults(weather)]
    answer = llm.chat_with_tools(tools, user_msg="Weather in Paris?")
    (call,) = llm.get_tool_calls_from_response(answer)
    assert call.tool_name == "weather", call
    assert call.tool_kwargs == {"city": "Paris", "days": 2}, call
    *_, last = llm.stream_chat_with_tools(tools, user_msg="Weather in Paris?")
    (streamed,) = llm.get_tool_calls_from_response(last)
    assert streamed.tool_kwargs == call.tool_kwargs, streamed
    result = llm.predict_and_call(tools, user_msg="Weather in Paris?")
    assert "sunny in Paris" in str(result), result
    passed("tools")


def check_embeddings():
    embedding = OllamaEmbedding(model_name=EMBEDDING_MODEL, base_url=BASE_URL)
    one, two = embedding.get_text_embedding_batch(["The sky is blue.", "Grass."])
    assert len(one) == len(two) == 384
    assert len(embedding.get_query_embedding("The sky is blue.")) == 384
    passed("embeddings")


check_chat()
check_complete()
asyncio.run(check_async())
check_structured_output()
check_tools()
check_embeddings()
