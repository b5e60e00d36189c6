"""Drives a server with `langchain-ollama`.

Usage: langchain_client.py BASE_URL MODEL EMBEDDING_MODEL TOOL_URL TOOL_MODEL
TOOL_MODEL at TOOL_URL answers every question with the call of a tool.
Every check prints one line, `ok NAME`; the first that fails ends the run.
"""

import asyncio
import sys

from langchain_core.messages import AIMessage, HumanMessage, ToolMessage
from langchain_core.tools import tool
from langchain_ollama import ChatOllama, OllamaEmbeddings, OllamaLLM
from pydantic import BaseModel, Field

BASE_URL, MODEL, EMBEDDING_MODEL, TOOL_URL, TOOL_MODEL = sys.argv[1:6]
SHORT = {"num_predict": 12, "temperature": 0, "seed": 1}
chat = ChatOllama(model=MODEL, base_url=BASE_URL, **SHORT)


class Person(BaseModel):
    """Somebody."""

    name: str = Field(max_length=12)
    age: int = Field(ge=0, le=120)


@tool
def weather(city: str, days: int = 1) -> str:
    """Tells the weather of a city."""
    return f"sunny in {city}"


def passed(name):
    print("ok", name, flush=True)


def check_invoke_and_stream():
    question = [("system", "You are terse."), ("human", "Say hello.")]
    whole = chat.invoke(question)
    assert isinstance(whole, AIMessage) and whole.content
    assert whole.response_metadata["done_reason"] in ("stop", "length")
    chunks = list(chat.stream(question))
    assert "".join(chunk.content for chunk in chunks) == whole.content
    used = [chunk.usage_metadata for chunk in chunks if chunk.usage_metadata]
    assert len(used) == 1, used
    for field in ("input_tokens", "output_tokens", "total_tokens"):
        assert used[0][field] == whole.usage_metadata[field] > 0
    passed("invoke and stream")


async def check_async():
    whole, other = await asyncio.gather(
        chat.ainvoke("Say hello."), chat.ainvoke("Say hello.")
    )
    assert whole.content == other.content
    text = ""
    async for chunk in chat.astream("Say hello."):
        text += chunk.content
    assert text == whole.content, (text, whole.content)
    passed("async")


def check_structured_output():
    bounded = ChatOllama(
        model=MODEL, base_url=BASE_URL, temperature=0, num_predict=100
    )
    for method in ("json_schema", "json_mode"):
        asker = bounded.with_structured_output(Person.model_json_schema(), method=method)
        assert isinstance(asker.invoke("Invent a person, in JSON."), dict)
    person = bounded.with_structured_output(Person).invoke("Invent a person.")
    assert isinstance(person, Person) and 0 <= person.age <= 120, person
    passed("structured output")


def check_tools():
    model = ChatOllama(model=TOOL_MODEL, base_url=TOOL_URL).bind_tools([weather])
    asked = [HumanMessage("Weather in Paris?")]
    answer = model.invoke(asked)
    (call,) = answer.tool_calls
    assert call["name"] == "weather" and call["id"], call
    assert call["args"] == {"city": "Paris", "days": 2}, call
    streamed = None
    for chunk in model.stream(asked):
        streamed = chunk if streamed is None else streamed + chunk
    assert streamed.tool_calls[0]["args"] == call["args"], streamed
    result = ToolMessage(weather.invoke(call["args"]), tool_call_id=call["id"])
    assert model.invoke([*asked, answer, result]).usage_metadata
    passed("tools")


def check_completion():
    llm = OllamaLLM(model=MODEL, base_url=BASE_URL, **SHORT)
    whole = llm.invoke("Once upon a time")
    assert whole and "".join(llm.stream("Once upon a time")) == whole
    assert len(llm.batch(["One", "Two"])) == 2
    passed("completion")


def check_embeddings():
    embeddings = OllamaEmbeddings(model=EMBEDDING_MODEL, base_url=BASE_URL)
    one, two = embeddings.embed_documents(["The sky is blue.", "Grass."])
    assert len(one) == len(two) == 384
    query = embeddings.embed_query("The sky is blue.")
    assert sum(a * b for a, b in zip(one, query)) > 0.999
    passed("embeddings")


def check_errors():
    missing = ChatOllama(model="nope", base_url=BASE_URL)
    try:
        missing.invoke("x")
    except Exception as error:
        assert "model 'nope' not found" in str(error), error
    else:
        raise AssertionError("expected an error")
    passed("errors")


check_invoke_and_stream()
asyncio.run(check_async())
check_structured_output()
check_tools()
check_completion()
check_embeddings()
check_errors()
