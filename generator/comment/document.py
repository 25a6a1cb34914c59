"""The results document: what a run found, as JSON of a size and shape that can be read without trust.

The pull request of a fork has no right to write comments. Its run keeps this document as an artifact, and a run with
that right reads it; docs/pull-requests.md says what the document could do, and why it cannot.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Annotated, Any

from pydantic import Field, StringConstraints, ValidationError

from generator.comment.data import StrictData, Text
from generator.comment.section import comment_sections

VERSION = 1
MOST_BYTES = 1024 * 1024
_MOST_SECTIONS = 30
_Name = Annotated[str, StringConstraints(pattern=r"^[a-z][a-z0-9_]{0,30}$")]
# Numbers of rows to try until a document is small enough.
_FEWER_ROWS = (300, 100, 30, 10, 3)


class InvalidDocument(ValueError):
    """A document that cannot be used; the message is a sentence without any of its content."""


class _Envelope(StrictData):
    obsgen_results: int
    obsgen: Annotated[str, StringConstraints(max_length=50)]
    file: Text
    sections: Annotated[dict[_Name, Any], Field(max_length=_MOST_SECTIONS)]


@dataclass(frozen=True, slots=True)
class ResultsDocument:
    """The results of a run. obsgen: its version. file: the spec. sections: results by the names of their sections.

    unknown: how many sections this version of obsgen has no words for.
    """

    obsgen: str
    file: str
    sections: Mapping[str, StrictData] = field(default_factory=dict)
    unknown: int = 0


def read_document(content: bytes) -> ResultsDocument:
    """The document in a file. Raises InvalidDocument."""
    if len(content) > MOST_BYTES:
        raise InvalidDocument(f"the results have more than {MOST_BYTES:,} bytes")
    try:
        envelope = _Envelope.model_validate_json(content)
    except ValidationError as error:
        raise InvalidDocument(f"the file is not one of `obsgen comment --results`{_reason(error)}") from None
    if envelope.obsgen_results != VERSION:
        raise InvalidDocument(
            f"the results have another version than {VERSION}; use one version of obsgen for both runs"
        )
    known = comment_sections()
    sections = {}
    for name, section in known.items():
        if name in envelope.sections:
            try:
                sections[name] = section.results.model_validate_json(json.dumps(envelope.sections[name]))
            except ValidationError as error:
                raise InvalidDocument(f"the section `{name}` of the results is invalid{_reason(error)}") from None
    return ResultsDocument(envelope.obsgen, envelope.file, sections, len(envelope.sections.keys() - known.keys()))


def write_document(document: ResultsDocument) -> bytes:
    """The document as a file. Lists become shorter until it is small enough."""
    sections: Any = {name: results.model_dump(mode="json") for name, results in document.sections.items()}
    for most in (None, *_FEWER_ROWS):
        chosen = sections if most is None else _with_fewer_rows(sections, most)
        data = {"obsgen_results": VERSION, "obsgen": document.obsgen, "file": document.file, "sections": chosen}
        content = f"{json.dumps(data, indent=1, sort_keys=True)}\n".encode()
        if len(content) <= MOST_BYTES:
            break
    return content


def _with_fewer_rows(data: Any, most: int) -> Any:
    if isinstance(data, list):
        return [_with_fewer_rows(item, most) for item in data]
    if not isinstance(data, dict):
        return data
    if data.keys() == {"rows", "omitted"}:
        rows = [_with_fewer_rows(row, most) for row in data["rows"][:most]]
        return {"rows": rows, "omitted": data["omitted"] + len(data["rows"]) - len(rows)}
    return {key: _with_fewer_rows(value, most) for key, value in data.items()}


def _reason(error: ValidationError) -> str:
    """The first problem by pydantic's name of it, because its message has the value."""
    return f" ({error.errors(include_input=False, include_context=False, include_url=False)[0]['type']})"
