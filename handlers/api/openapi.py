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
    given: Mapping[str, Any] = field(default_factory=dict)


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
        given = _query_values(parameters, request.query, self._definitions, mistakes)
        body = self._body(operation, request, mistakes)
        if mistakes:
            raise bad_request(mistakes)
        defaults = {one["name"]: one["schema"]["default"] for one in parameters if "default" in one["schema"]}
        return Call(operation.id, {**defaults, **values, **given}, body, request, {**values, **given})

    @property
    def _definitions(self) -> Mapping[str, Any]:
        found: Mapping[str, Any] = self.data["components"]["schemas"]
        return found

    def _operation(self, request: Request) -> tuple[Operation, dict[str, str]]:
        path = [unquote(one) for one in request.path.removesuffix("/").split("/")]
        found = [(one, values) for one in self.operations if (values := _matched(one.segments, path)) is not None]
        # A path without parameters goes before one with them.
        found.sort(key=lambda pair: len(pair[1]))
        for operation, values in found:
            if operation.method == request.method:
                return operation, values
        if not found:
            raise Problem(HTTPStatus.NOT_FOUND, "the path does not exist; see /v1/openapi.json")
        allowed = ", ".join(sorted({one.method for one, _ in found}))
        raise Problem(HTTPStatus.METHOD_NOT_ALLOWED, f"method not allowed; use {allowed}", headers={"Allow": allowed})

    def _body(self, operation: Operation, request: Request, mistakes: list[Mistake]) -> Any:
        if operation.method == "GET":
            return None
        if len(request.body) > MOST_BODY_BYTES:
            raise Problem(HTTPStatus.REQUEST_ENTITY_TOO_LARGE, f"the body has more than {MOST_BODY_BYTES} bytes")
        wanted = operation.data.get("requestBody")
        if not request.body:
            if wanted and wanted.get("required"):
                mistakes.append(Mistake("body", "", "missing"))
            return None
        if not wanted:
            mistakes.append(Mistake("body", "", "this operation accepts no body"))
            return None
        if request.headers.get("content-type", "").partition(";")[0].strip().lower() != JSON:
            raise Problem(HTTPStatus.UNSUPPORTED_MEDIA_TYPE, f"the body must be {JSON}", headers={"Accept": JSON})
        try:
            data = json.loads(request.body.decode("utf-8"), parse_constant=_refuse)
        except (ValueError, RecursionError):
            mistakes.append(Mistake("body", "", "not JSON in UTF-8"))
            return None
        schema = wanted["content"][JSON]["schema"]
        mistakes += [Mistake("body", one.pointer, one.detail) for one in faults(data, schema, self._definitions)]
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
    for segment, given in zip(segments, path, strict=True):
        if segment.startswith("{"):
            values[segment[1:-1]] = given
        elif segment != given:
            return None
    return values


def _path_values(
    parameters: Sequence[Mapping[str, Any]],
    given: Mapping[str, str],
    definitions: Mapping[str, Any],
    mistakes: list[Mistake],
) -> dict[str, Any]:
    for one in parameters:
        if one["in"] == "path":
            found = faults(given[one["name"]], one["schema"], definitions)
            mistakes += [Mistake("path", one["name"], fault.detail) for fault in found]
    return dict(given)


def _query_values(
    parameters: Sequence[Mapping[str, Any]],
    given: Mapping[str, tuple[str, ...]],
    definitions: Mapping[str, Any],
    mistakes: list[Mistake],
) -> dict[str, Any]:
    known = {one["name"]: one["schema"] for one in parameters if one["in"] == "query"}
    values: dict[str, Any] = {}
    for name, texts in given.items():
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
        found = faults(value, schema, definitions)
        mistakes += [Mistake("query", name, fault.detail) for fault in found]
        values[name] = value
    return values


def _value(text: str, schema: Mapping[str, Any]) -> Any:
    """A parameter as its schema wants it, where it can be that."""
    return int(text) if schema.get("type") == "integer" and _INTEGER.fullmatch(text) else text
