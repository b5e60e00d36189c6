"""Drives a server with the official `ollama` package for Python.

Usage: ollama_client.py BASE_URL GGUF EMBEDDING_GGUF
Every check prints one line, `ok NAME`; the first that fails ends the run.
"""

import hashlib
import sys
import threading

import ollama

BASE_URL, GGUF, EMBEDDING_GGUF = sys.argv[1:4]
client = ollama.Client(host=BASE_URL)
SHORT = {"num_predict": 12, "temperature": 0, "seed": 1}


def passed(name):
    print("ok", name, flush=True)


def upload(path):
    with open(path, "rb") as file:
        digest = "sha256:" + hashlib.sha256(file.read()).hexdigest()
    assert client.create_blob(path) == digest
    return digest


def raises(status, text, call):
    try:
        call()
    except ollama.ResponseError as error:
        assert error.status_code == status, (error.status_code, error.error)
        assert text in error.error, error.error
        return
    raise AssertionError(f"expected {status} {text}")


def check_create():
    files = {"model.gguf": upload(GGUF)}
    lines = list(client.create("client-a", files=files, stream=True))
    assert lines[-1].status == "success", lines
    answer = client.create(
        "client-b",
        from_="client-a",
        system="You are terse.",
        parameters={"temperature": 0.5, "stop": ["zzz"]},
    )
    assert answer.status == "success"
    files = {"model.gguf": upload(EMBEDDING_GGUF)}
    assert client.create("client-e", files=files).status == "success"
    passed("create")


def check_list_and_show():
    names = [model.model for model in client.list().models]
    for name in ["client-a:latest", "client-b:latest", "client-e:latest"]:
        assert name in names, names
    shown = client.show("client-b")
    assert "You are terse." in shown.modelfile, shown.modelfile
    assert "temperature" in shown.parameters
    assert shown.details.format == "gguf"
    assert shown.modelinfo["general.architecture"] == "llama"
    assert "completion" in shown.capabilities
    assert "embedding" in client.show("client-e").capabilities
    passed("list and show")


def check_generate():
    whole = client.generate("client-a", "Say hello.", options=SHORT)
    assert whole.done and whole.response and whole.eval_count > 0
    assert whole.prompt_eval_count > 0 and whole.total_duration > 0
    assert whole.load_duration > 0 and whole.context and whole.created_at
    parts = list(
        client.generate("client-a", "Say hello.", options=SHORT, stream=True)
    )
    assert "".join(part.response for part in parts) == whole.response
    assert [part.done for part in parts].count(True) == 1 and parts[-1].done
    assert parts[-1].eval_count == whole.eval_count
    assert client.generate("client-a").done_reason == "load"
    passed("generate")


def check_chat():
    messages = [{"role": "user", "content": "What is the capital of France?"}]
    whole = client.chat("client-a", messages, options=SHORT)
    assert whole.message.role == "assistant" and whole.message.content
    parts = list(client.chat("client-a", messages, options=SHORT, stream=True))
    assert "".join(p.message.content for p in parts) == whole.message.content
    assert parts[-1].done_reason == "length", parts[-1]
    stopped = client.chat("client-b", messages, options={**SHORT, "stop": ["a"]})
    assert "a" not in stopped.message.content
    passed("chat")


def check_embed():
    one = client.embed("client-e", "The sky is blue.")
    assert len(one.embeddings) == 1 and len(one.embeddings[0]) == 384
    assert abs(sum(x * x for x in one.embeddings[0]) - 1) < 1e-3
    two = client.embed("client-e", ["The sky is blue.", "Grass is green."])
    assert len(two.embeddings) == 2 and two.prompt_eval_count > 0
    near = sum(a * b for a, b in zip(one.embeddings[0], two.embeddings[0]))
    assert near > 0.999, near
    assert len(client.embed("client-e", "x", dimensions=8).embeddings[0]) == 8
    legacy = client.embeddings("client-e", "The sky is blue.")
    assert len(legacy.embedding) == 384
    passed("embed")


def check_ps():
    loaded = {model.model for model in client.ps().models}
    assert loaded & {"client-a:latest", "client-b:latest"}, loaded
    assert all(model.size > 0 for model in client.ps().models)
    assert client.generate("client-a", keep_alive=0).done_reason == "unload"
    passed("ps")


def check_errors():
    raises(404, "model 'nope' not found", lambda: client.generate("nope", "x"))
    raises(
        404,
        "model 'nope' not found",
        lambda: client.chat("nope", [{"role": "user", "content": "x"}]),
    )
    raises(404, "not found", lambda: client.show("nope"))
    raises(404, "model 'nope' not found", lambda: client.delete("nope"))
    raises(404, 'model "nope" not found', lambda: client.copy("nope", "x"))
    raises(
        400,
        '"client-e" does not support generate',
        lambda: client.generate("client-e", "x"),
    )
    raises(
        400,
        'option "temperature" must be of type float32',
        lambda: client.generate("client-a", "x", options={"temperature": "hot"}),
    )
    raises(
        404,
        "not found",
        lambda: list(client.chat("nope", [{"role": "user", "content": "x"}], stream=True)),
    )
    passed("errors")


def check_parallel():
    failures = []

    def one(number):
        try:
            answer = client.generate("client-a", f"Count to {number}.", options=SHORT)
            assert answer.done
        except Exception as error:
            failures.append(error)

    threads = [threading.Thread(target=one, args=(n,)) for n in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert not failures, failures
    passed("parallel")


def check_copy_and_delete():
    assert client.copy("client-b", "client-c").status == "success"
    assert client.show("client-c").details.format == "gguf"
    for name in ["client-a", "client-b", "client-c", "client-e"]:
        assert client.delete(name).status == "success"
    assert not [m for m in client.list().models if m.model.startswith("client-")]
    passed("copy and delete")


check_create()
check_list_and_show()
check_generate()
check_chat()
check_embed()
check_ps()
check_errors()
check_parallel()
check_copy_and_delete()
