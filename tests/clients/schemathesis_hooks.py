"""Hooks for schemathesis: requests name models that are there and ask for
short answers; NDJSON, which it cannot check, is checked here line by line."""

import json

import jsonschema_rs
import schemathesis
from schemathesis.core.failures import Failure

EMBEDDING = {
    "/api/embed",
    "/api/embeddings",
    "/v1/embeddings",
    "/embedding",
    "/embeddings",
}
CHANGING = {"/api/create", "/api/delete", "/api/pull", "/api/push"}
LINES = "application/x-ndjson"

# Options that load the model anew, which takes a second.
LOADING = {
    "main_gpu",
    "num_batch",
    "num_ctx",
    "num_gpu",
    "num_thread",
    "use_mmap",
}

# Most choices and tokens of an answer: more take time and show nothing.
MOST = {
    "n": 3,
    "max_tokens": 16,
    "max_completion_tokens": 16,
    "max_output_tokens": 16,
    "n_predict": 16,
}


def model_for(path):
    if path in CHANGING:
        return "scratch"
    if "/rerank" in path:
        return "ranker"
    return "embedder" if path in EMBEDDING else "writer"


def is_number(value):
    return type(value) in (int, float)


def fitting(path, field, value):
    """A name that is one becomes that of a model which fits the route."""
    if field in ("model", "name") and isinstance(value, str) and value:
        return model_for(path)
    if field in ("from", "source") and isinstance(value, str) and value:
        return "writer"
    if field == "destination" and isinstance(value, str) and value:
        return "scratch"
    if field in MOST and type(value) is int:
        return min(value, MOST[field])
    if field == "keep_alive" and is_number(value):
        return 300
    if field == "options" and isinstance(value, dict):
        return {
            name: option
            for name, option in value.items()
            if name not in LOADING or not isinstance(option, (bool, int, float))
        }
    return value


@schemathesis.hook
def before_call(context, case, kwargs):
    if isinstance(case.body, dict):
        path = case.operation.path
        case.body = {
            field: fitting(path, field, value)
            for field, value in case.body.items()
        }
    if "model" in (case.path_parameters or {}):
        case.path_parameters["model"] = "writer"


@schemathesis.check
def lines_conform(context, response, case):
    """In OpenAPI 3.1 the schema of a stream is that of its items."""
    if response.headers.get("content-type", [""])[0] != LINES:
        return
    document = case.operation.schema.raw_schema
    operation = document["paths"][case.operation.path][case.method.lower()]
    answer = operation["responses"][str(response.status_code)]
    validator = jsonschema_rs.validator_for(
        {
            "components": document["components"],
            **answer["content"][LINES]["schema"],
        }
    )
    for line in response.content.splitlines():
        for error in validator.iter_errors(json.loads(line)):
            raise Failure(
                operation=case.operation.label,
                title="A line violates the schema",
                message=f"{error.message}: {line[:300]}",
            )
