"""The OpenAPI document of an environment's API: packed with the function, which validates requests by it, and served.

https://spec.openapis.org/oas/v3.1.0
"""

from __future__ import annotations

import json
from http import HTTPStatus
from typing import Any

from pydantic import BaseModel
from pydantic.json_schema import models_json_schema

from generator.model.estate import Estate
from generator.render import openapi_models as models
from generator.render.openapi_paths import OPERATIONS, Operation

# Where the function's package has the document.
DOCUMENT = "handlers/api/openapi.json"
VERSION = "1"
_JSON, _PROBLEM = "application/json", "application/problem+json"
_REF = "#/components/schemas/{model}"
# API Gateway answers 403 without a signature or permission, and 429 above the rates.
_ALWAYS = {
    400: "The request has mistakes; `errors` has all of them.",
    403: "Not signed, or not allowed.",
    405: "No operation of this path; `Allow` has those that are.",
    429: "Too many requests; try again later.",
    500: "The request failed; its id finds the reason in the log.",
    503: "The table is busy; try again after a few seconds.",
}
_SOMETIMES = {
    404: "There is no such thing.",
    409: "The change makes no sense for the present state, or others changed it at the same moment.",
    413: "The body is too large.",
    415: "The body is not application/json.",
}


def openapi_json(estate: Estate) -> bytes:
    """The document, with names of the estate."""
    data = {
        "openapi": "3.1.0",
        "info": {
            "title": f"Errors, events and incidents of {estate.project}, {estate.environment}",
            "version": VERSION,
            "description": "Written by `obsgen build`. Requests are signed with AWS Signature Version 4, service"
            " execute-api.",
        },
        "security": [{"sigv4": []}],
        "paths": _paths(),
        "components": {
            "securitySchemes": {
                # As API Gateway writes IAM authorisation in what it exports.
                "sigv4": {
                    "type": "apiKey",
                    "name": "Authorization",
                    "in": "header",
                    "x-amazon-apigateway-authtype": "awsSigv4",
                }
            },
            "responses": _problems(),
            "schemas": _schemas(),
        },
    }
    return (json.dumps(data, indent=1, ensure_ascii=False) + "\n").encode()


def _paths() -> dict[str, Any]:
    paths: dict[str, Any] = {}
    for operation in OPERATIONS:
        paths.setdefault(operation.path, {})[operation.method] = _operation(operation)
    return paths


def _operation(operation: Operation) -> dict[str, Any]:
    data: dict[str, Any] = {
        "operationId": operation.id,
        "summary": operation.summary,
        "parameters": [parameter.as_data() for parameter in operation.parameters],
        "responses": _responses(operation),
    }
    if operation.body:
        data["requestBody"] = {"required": True, "content": {_JSON: {"schema": _ref(operation.body)}}}
    return {name: value for name, value in data.items() if value}


def _responses(operation: Operation) -> dict[str, Any]:
    statuses = sorted({*_ALWAYS, *operation.problems})
    problems = {str(status): {"$ref": f"#/components/responses/{_name(status)}"} for status in statuses}
    return {**_fulfilled(operation), **problems}


def _problems() -> dict[str, Any]:
    """Every answer that says why a request was not fulfilled."""
    problem = {"content": {_PROBLEM: {"schema": _ref(models.Problem)}}}
    allow = {"headers": {"Allow": {"schema": {"type": "string"}, "required": True}}}
    return {
        _name(status): {"description": text, **(allow if status == HTTPStatus.METHOD_NOT_ALLOWED else {}), **problem}
        for status, text in sorted({**_ALWAYS, **_SOMETIMES}.items())
    }


def _name(status: int) -> str:
    """The name of a response, such as BadRequest."""
    return "".join(word.capitalize() for word in HTTPStatus(status).name.split("_"))


def _fulfilled(operation: Operation) -> dict[str, Any]:
    if operation.answer:
        content = {_JSON: {"schema": _ref(operation.answer)}}
        return {"200": {"description": operation.summary, "content": content}}
    if operation.id == "getDocument":
        return {"200": {"description": operation.summary, "content": {_JSON: {"schema": {"type": "object"}}}}}
    location = {"schema": {"type": "string", "format": "uri"}, "required": True}
    return {"302": {"description": "The page is there.", "headers": {"Location": location}}}


def _ref(model: type[BaseModel]) -> dict[str, str]:
    return {"$ref": _REF.format(model=model.__name__)}


def _schemas() -> dict[str, Any]:
    """Of every model that an operation names, and of those that these name."""
    model_types = {
        model_type for operation in OPERATIONS for model_type in (operation.answer, operation.body) if model_type
    } | {models.Problem}
    ordered = sorted(model_types, key=lambda model: model.__name__)
    _, schema_json = models_json_schema([(model, "validation") for model in ordered], by_alias=True, ref_template=_REF)
    definitions: dict[str, Any] = _without_titles(schema_json["$defs"])
    return definitions


def _without_titles(value: Any) -> Any:
    """pydantic gives everything a title that is its name once more; a property may be called `title` itself."""
    if isinstance(value, list):
        return [_without_titles(item) for item in value]
    if not isinstance(value, dict):
        return value
    return {name: _without_titles(item) for name, item in value.items() if name != "title" or not isinstance(item, str)}
