"""A selftest.json as a stranger may have written it: read with limits, and strictly."""

from __future__ import annotations

import json
from typing import Annotated, Any, Literal, NoReturn

from pydantic import BaseModel, ConfigDict, Field, JsonValue, StringConstraints, ValidationError

MOST_BYTES = 4 * 1024 * 1024
MOST_DEPTH = 40
MOST_EXPERIMENTS = 200
Sentence = Annotated[str, StringConstraints(max_length=1000)]
Identifier = Annotated[str, StringConstraints(max_length=60, pattern=r"^[A-Za-z0-9][A-Za-z0-9.+-]*$")]
Time = Annotated[str, StringConstraints(pattern=r"^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ$")]
_STRICT = ConfigDict(strict=True, extra="forbid", frozen=True, allow_inf_nan=False)


class NotASelftest(Exception):
    """A file that is no selftest.json; the message says why."""


class ExperimentReport(BaseModel):
    """What one experiment saw."""

    model_config = _STRICT
    name: Identifier
    question: Sentence
    expected: Sentence
    verdict: Literal["as expected", "differs", "could not be tried"]
    started: Time | None = None
    ended: Time | None = None
    observations: dict[str, JsonValue]
    errors: Annotated[list[Sentence], Field(max_length=20)]


class SelftestDocument(BaseModel):
    """The file."""

    model_config = _STRICT
    format: Literal[1]
    obsgen: Identifier
    run: Identifier
    region: Identifier
    started: Time
    ended: Time
    experiments: Annotated[list[ExperimentReport], Field(max_length=MOST_EXPERIMENTS)]


def read_selftest(text: bytes) -> SelftestDocument:
    """The document of a file. Raises NotASelftest."""
    try:
        data = json.loads(text.decode("utf-8"), parse_constant=_refuse_constant)
    except (ValueError, RecursionError):
        raise NotASelftest("it is no JSON that can be read") from None
    if _depth_exceeds(data, MOST_DEPTH):
        raise NotASelftest(f"it is nested more than {MOST_DEPTH} levels deep")
    try:
        return SelftestDocument.model_validate(data)
    except ValidationError as error:
        first = error.errors(include_input=False, include_url=False)[0]
        place = ".".join(ascii(part)[:60].strip("'") for part in first["loc"])
        raise NotASelftest(f"{place or 'the document'}: {first['msg']}") from None


def json_schema() -> dict[str, Any]:
    """The JSON Schema of the file."""
    schema = SelftestDocument.model_json_schema()
    return {"$schema": "https://json-schema.org/draft/2020-12/schema", **schema}


def _refuse_constant(name: str) -> NoReturn:
    raise ValueError(name)


def _depth_exceeds(data: Any, most: int) -> bool:
    level = [data]
    for _ in range(most):
        level = [item for value in level for item in _items(value)]
        if not level:
            return False
    return True


def _items(value: Any) -> list[Any]:
    if isinstance(value, dict):
        return list(value.values())
    return value if isinstance(value, list) else []
