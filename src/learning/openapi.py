"""The OpenAPI document of a model: what a client may send and gets back, from the model's own features."""

from collections.abc import Mapping
from typing import Any

from learning.decoding import LARGEST_NUMBER
from learning.features import Feature
from learning.scoring import Scorer
from learning.tasks import MULTICLASS, REGRESSION

REFUSALS = {  # of /score, beside the answer
    400: "The request is wrong: the message names the record, the feature and the valid ones.",
    401: "The key is missing or wrong.",
    413: "The request has too many bytes or records.",
    500: "The server failed: its log says where.",
    503: "Too many requests are under way, or the server is stopping: try again.",
    504: "The request took longer than the deadline.",
}
TYPES = {"number": ["number", "string", "null"], "boolean": ["boolean", "string", "null"], "text": ["string", "null"]}
ERROR = {
    "type": "object",
    "required": ["error", "request_id"],
    "properties": {"error": {"type": "string"}, "request_id": {"type": "string"}},
}


def document(scorer: Scorer, version: str, most_rows: int, with_key: bool) -> dict[str, Any]:
    """Return the document; `with_key` says that requests need a key."""
    record = _object({feature.name: _value(feature) for feature in scorer.features})
    # In words and not as maxItems: what a schema forbids is 400 to those who test by it, and too many records are 413.
    request = _object({"data": _array(record) | {"description": f"At most {most_rows:,} records."}})
    refusals = {str(status): _response(words, ERROR) for status, words in REFUSALS.items() if with_key or status != 401}
    score = {
        "operationId": "score",
        "summary": "Score records.",
        "requestBody": {"required": True, "content": {"application/json": {"schema": request}}},
        "responses": {"200": _response("A score for each record.", _answer(scorer)), **refusals},
    }
    return {
        "openapi": "3.1.0",
        "info": {"title": "Scores of a model", "version": version},
        "paths": {
            "/score": {"post": score | ({"security": [{"key": []}]} if with_key else {})},
            "/live": {"get": _probe("The process runs.", "text/plain")},
            "/ready": {"get": _probe("Requests are answered.", "text/plain", 503)},
            "/metrics": {"get": _probe("Numbers for Prometheus.", "text/plain")},
            "/openapi.json": {"get": _probe("This document.", "application/json")},
        },
        "components": {"securitySchemes": {"key": {"type": "http", "scheme": "bearer"}} if with_key else {}},
    }


def _value(feature: Feature) -> dict[str, Any]:
    if feature.kind == "number":
        return {"type": ["number", "null"], "minimum": -LARGEST_NUMBER, "maximum": LARGEST_NUMBER}
    bounds = {"minimum": -LARGEST_NUMBER, "maximum": LARGEST_NUMBER} if feature.values == "number" else {}
    # No enumeration: a category that training has not seen is scored as unknown. Those it has seen are an example each.
    return {"type": TYPES[feature.values], **bounds, "examples": list(feature.categories[:3])}


def _answer(scorer: Scorer) -> dict[str, Any]:
    number = {"type": "number"}
    fields: dict[str, Any] = {"probabilities": _array(number)}
    if scorer.task == REGRESSION:
        fields = {"predictions": _array(number)}
    if scorer.task == MULTICLASS:
        shares = _object(dict.fromkeys(scorer.classes, number))
        fields = {
            "predictions": _array({"type": "string", "enum": list(scorer.classes)}),
            "probabilities": _array(shares),
        }
    return _object({**fields, "model_version": {"type": "string"}, "request_id": {"type": "string"}})


def _object(fields: Mapping[str, Any]) -> dict[str, Any]:
    return {"type": "object", "required": list(fields), "additionalProperties": False, "properties": dict(fields)}


def _array(items: Mapping[str, Any]) -> dict[str, Any]:
    return {"type": "array", "items": dict(items)}


def _response(words: str, schema: Mapping[str, Any]) -> dict[str, Any]:
    return {"description": words, "content": {"application/json": {"schema": dict(schema)}}}


def _probe(words: str, kind: str, *others: int) -> dict[str, Any]:
    schema: dict[str, Any] = {"type": "string"} if kind == "text/plain" else {"type": "object"}
    good = {"200": {"description": words, "content": {kind: {"schema": schema}}}}
    return {"responses": good | {str(status): _response("The server is stopping.", ERROR) for status in others}}
