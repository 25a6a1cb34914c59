"""The API's own document: which operation a request is, and whether it is what the document says; pure.

The document is made by the build and lies beside this file. Nothing else decides what is a valid request.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from http import HTTPStatus
from typing import Any
from urllib.parse import unquote

from handlers.api.problems import Mistake, Problem, bad_request
from handlers.api.request import JSON, Request
from handlers.api.schemas import faults

# A body of this API is a few words.
MOST_BODY_BYTES = 10_000
METHODS = ("get", "post")
_INTEGER = re.compile(r"-?\d{1,18}", re.ASCII)


@dataclass(frozen=True, slots=True)
class Operation:
    """One operation of the document. segments: of its path, `{name}` for a parameter. data: as it stands there."""

    id: str
    method: str
    segments: tuple[str, ...]
    data: Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Call:
    """A valid request: values of the parameters, with defaults, and the body as JSON; None where there is none."""

    operation: str
    values: Mapping[str, Any]
    body: Any
    request: Request
    provided: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Document:
    """The document, and its operations."""

    data: Mapping[str, Any]
    operations: tuple[Operation, ...]

    def call(self, request: Request) -> Call:
        """The call that a request is. Raises Problem with everything that is wrong with it."""
        operation, in_path = self._operation(request)
        mistakes: list[Mistake] = []
        parameters: Sequence[Mapping[str, Any]] = operation.data.get("parameters", ())
        values = _path_values(parameters, in_path, self._definitions, mistakes)
        query = _query_values(parameters, request.query, self._definitions, mistakes)
        body = self._body(operation, request, mistakes)
        if mistakes:
            raise bad_request(mistakes)
        defaults = {
            parameter["name"]: parameter["schema"]["default"]
            for parameter in parameters
            if "default" in parameter["schema"]
        }
        return Call(operation.id, {**defaults, **values, **query}, body, request, {**values, **query})

    @property
    def _definitions(self) -> Mapping[str, Any]:
        schemas: Mapping[str, Any] = self.data["components"]["schemas"]
        return schemas

    def _operation(self, request: Request) -> tuple[Operation, dict[str, str]]:
        path = [unquote(part) for part in request.path.removesuffix("/").split("/")]
        matches = [(part, values) for part in self.operations if (values := _matched(part.segments, path)) is not None]
        # A path without parameters goes before one with them.
        matches.sort(key=lambda pair: len(pair[1]))
        for operation, values in matches:
            if operation.method == request.method:
                return operation, values
        if not matches:
            raise Problem(HTTPStatus.NOT_FOUND, "the path does not exist; see /v1/openapi.json")
        allowed = ", ".join(sorted({part.method for part, _ in matches}))
        raise Problem(HTTPStatus.METHOD_NOT_ALLOWED, f"method not allowed; use {allowed}", headers={"Allow": allowed})

    def _body(self, operation: Operation, request: Request, mistakes: list[Mistake]) -> Any:
        if operation.method == "GET":
            return None
        if len(request.body) > MOST_BODY_BYTES:
            raise Problem(HTTPStatus.REQUEST_ENTITY_TOO_LARGE, f"the body has more than {MOST_BODY_BYTES} bytes")
        expected = operation.data.get("requestBody")
        if not request.body:
            if expected and expected.get("required"):
                mistakes.append(Mistake("body", "", "missing"))
            return None
        if not expected:
            mistakes.append(Mistake("body", "", "this operation accepts no body"))
            return None
        if request.headers.get("content-type", "").partition(";")[0].strip().lower() != JSON:
            raise Problem(HTTPStatus.UNSUPPORTED_MEDIA_TYPE, f"the body must be {JSON}", headers={"Accept": JSON})
        try:
            data = json.loads(request.body.decode("utf-8"), parse_constant=_refuse)
        except (ValueError, RecursionError):
            mistakes.append(Mistake("body", "", "not JSON in UTF-8"))
            return None
        schema = expected["content"][JSON]["schema"]
        mistakes += [Mistake("body", fault.pointer, fault.detail) for fault in faults(data, schema, self._definitions)]
        return data


def _refuse(word: str) -> Any:
    """Python's reader takes NaN and Infinity, which are no JSON."""
    raise ValueError(word)


def document_of(text: bytes) -> Document:
    """The document in a text that the build has made."""
    data = json.loads(text)
    return Document(data, tuple(_operations(data)))


def _operations(data: Mapping[str, Any]) -> Iterator[Operation]:
    for path, item in data["paths"].items():
        for method in METHODS:
            if method in item:
                yield Operation(item[method]["operationId"], method.upper(), tuple(path.split("/")), item[method])


def _matched(segments: Sequence[str], path: Sequence[str]) -> dict[str, str] | None:
    """The values of the parameters in a path; None where it is another path."""
    if len(segments) != len(path):
        return None
    values: dict[str, str] = {}
    for segment, value in zip(segments, path, strict=True):
        if segment.startswith("{"):
            values[segment[1:-1]] = value
        elif segment != value:
            return None
    return values


def _path_values(
    parameters: Sequence[Mapping[str, Any]],
    texts: Mapping[str, str],
    definitions: Mapping[str, Any],
    mistakes: list[Mistake],
) -> dict[str, Any]:
    for parameter in parameters:
        if parameter["in"] == "path":
            path_faults = faults(texts[parameter["name"]], parameter["schema"], definitions)
            mistakes += [Mistake("path", parameter["name"], fault.detail) for fault in path_faults]
    return dict(texts)


def _query_values(
    parameters: Sequence[Mapping[str, Any]],
    query: Mapping[str, tuple[str, ...]],
    definitions: Mapping[str, Any],
    mistakes: list[Mistake],
) -> dict[str, Any]:
    known = {parameter["name"]: parameter["schema"] for parameter in parameters if parameter["in"] == "query"}
    values: dict[str, Any] = {}
    for name, texts in query.items():
        if name not in known:
            listed = ", ".join(known) or "none"
            mistakes.append(Mistake("query", name[:100], f"unknown; expected one of: {listed}"))
            continue
        schema = known[name]
        if schema.get("type") == "array":
            value: Any = [_value(text, schema["items"]) for text in texts]
        elif len(texts) > 1:
            mistakes.append(Mistake("query", name, "specified more than once"))
            continue
        else:
            value = _value(texts[0] if texts else "", schema)
        query_faults = faults(value, schema, definitions)
        mistakes += [Mistake("query", name, fault.detail) for fault in query_faults]
        values[name] = value
    return values


def _value(text: str, schema: Mapping[str, Any]) -> Any:
    """A parameter as its schema wants it, where it can be that."""
    return int(text) if schema.get("type") == "integer" and _INTEGER.fullmatch(text) else text
