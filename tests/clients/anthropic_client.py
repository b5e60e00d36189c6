"""Drives a server with the official `anthropic` package for Python.

Usage: anthropic_client.py BASE_URL MODEL EMBEDDING_MODEL
Every check prints one line, `ok NAME`; the first that fails ends the run.
"""

import sys

import anthropic

BASE_URL, MODEL, EMBEDDING_MODEL = sys.argv[1:4]
client = anthropic.Anthropic(base_url=BASE_URL, api_key="any", max_retries=0)
HELLO = [{"role": "user", "content": "Say hello."}]
SHORT = {"model": MODEL, "max_tokens": 12, "extra_body": {"temperature": 0}}
WEATHER = {
    "name": "weather",
    "description": "Weather in a city",
    "input_schema": {
        "type": "object",
        "properties": {
            "city": {"type": "string", "maxLength": 20},
            "unit": {"type": "string", "enum": ["C", "F"]},
        },
        "required": ["city", "unit"],
        "additionalProperties": False,
    },
}


def passed(name):
    print("ok", name, flush=True)


def raises(kind, text, call):
    try:
        call()
    except kind as error:
        assert text in str(error), error
        return
    raise AssertionError(f"expected {kind} {text}")


def prompt_tokens(usage):
    return usage.input_tokens + usage.cache_read_input_tokens


def check_message():
    answer = client.messages.create(messages=HELLO, **SHORT)
    assert answer.content[0].text and answer.role == "assistant"
    assert answer.stop_reason in ["end_turn", "max_tokens"]
    counted = client.messages.count_tokens(model=MODEL, messages=HELLO)
    assert counted.input_tokens == prompt_tokens(answer.usage), (counted, answer)
    again = client.messages.create(messages=HELLO, **SHORT)
    assert again.usage.cache_read_input_tokens > 0
    assert prompt_tokens(again.usage) == counted.input_tokens
    passed("message")
    return answer


def check_stream(answer):
    with client.messages.stream(messages=HELLO, **SHORT) as stream:
        events = list(stream)
        final = stream.get_final_message()
    kinds = [event.type for event in events]
    assert kinds[0] == "message_start" and kinds[-1] == "message_stop", kinds
    start = events[0].message.usage
    assert prompt_tokens(start) == prompt_tokens(answer.usage), start
    assert final.content[0].text == answer.content[0].text
    assert final.usage.output_tokens == answer.usage.output_tokens
    assert final.stop_reason == answer.stop_reason
    passed("stream")


def check_tools():
    question = [{"role": "user", "content": "Weather in Oslo?"}]
    asked = {"model": MODEL + "-tools", "max_tokens": 100, "tools": [WEATHER]}
    answer = client.messages.create(
        messages=question, tool_choice={"type": "any"}, **asked
    )
    assert answer.stop_reason == "tool_use", answer
    [call] = answer.content
    assert call.name == "weather" and call.input["unit"] in ["C", "F"]
    result = {"type": "tool_result", "tool_use_id": call.id, "content": "Rain"}
    after = client.messages.create(
        messages=[
            *question,
            {"role": "assistant", "content": answer.content},
            {"role": "user", "content": [result]},
        ],
        tool_choice={"type": "none"},
        **{**asked, "max_tokens": 20},
    )
    assert after.stop_reason in ["end_turn", "max_tokens"], after
    with client.messages.stream(
        messages=question, tool_choice={"type": "any"}, **asked
    ) as stream:
        [call] = stream.get_final_message().content
    assert call.type == "tool_use" and call.input["unit"] in ["C", "F"]
    passed("tools")


def check_stop():
    answer = client.messages.create(
        model=MODEL,
        max_tokens=60,
        messages=[{"role": "user", "content": "Count: 1 2 3 4 5 6 7 8 9"}],
        stop_sequences=["e"],
    )
    assert answer.stop_reason == "stop_sequence", answer
    assert answer.stop_sequence == "e"
    passed("stop")


def check_errors():
    create = client.messages.create
    raises(
        anthropic.NotFoundError,
        "model 'no-such' not found",
        lambda: create(model="no-such", max_tokens=9, messages=HELLO),
    )
    raises(
        anthropic.BadRequestError,
        "max_tokens is required",
        lambda: create(model=MODEL, max_tokens=0, messages=HELLO),
    )
    raises(
        anthropic.BadRequestError,
        "does not support chat",
        lambda: create(model=EMBEDDING_MODEL, max_tokens=9, messages=HELLO),
    )
    passed("errors")


check_stream(check_message())
check_tools()
check_stop()
check_errors()
