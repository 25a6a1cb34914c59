"""What a source is while it is read: a file or a folder, and the protocol of the modules in `sources/`."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import Any, Protocol

from generator.findings import Mark
from generator.importer.errors import bad_source
from generator.importer.types import DroppedResource, SourceKind, SourceStack
from generator.reading import MOST_BUILT, content, shown

STANDARD_INPUT = Path("-")
_STANDARD_INPUT = "standard input"
MOST_DEEP = 100
"""Levels of a JSON document that is read. A plan with modules in modules has some 30."""


@dataclass(frozen=True, slots=True)
class ReadOptions:
    """How to read. kind: None to find it out by content.

    parameters: of templates, for those that declare them. account, region: where a source does not say. stack: the
    name of the stack of a template, which otherwise has that of its file. standard_input: what the source `-` is.
    """

    kind: SourceKind | None = None
    parameters: Mapping[str, str] = field(default_factory=dict)
    account: str = ""
    region: str = ""
    stack: str = ""
    standard_input: bytes = b""


@dataclass(frozen=True)
class SourceInput:
    """A path that was named. content: None for a folder."""

    path: Path
    content: bytes | None

    @property
    def name(self) -> str:
        """The path as messages have it."""
        return _STANDARD_INPUT if self.path == STANDARD_INPUT else shown(self.path)

    @property
    def is_folder(self) -> bool:
        """Whether it is a folder."""
        return self.content is None

    @cached_property
    def text(self) -> str:
        """The text, with a replacement for what is not UTF-8; empty for a folder."""
        return (self.content or b"").decode("utf-8-sig", "replace")

    @cached_property
    def document(self) -> Any:
        """The JSON value of the file. Raises BadSources where it is none."""
        try:
            value = json.loads(self.content or b"", parse_constant=_refuse)
        except UnicodeDecodeError:
            raise bad_source(self.name, "not UTF-8", "save it as UTF-8") from None
        except json.JSONDecodeError as error:
            mark = Mark(error.lineno, error.colno)
            # Without the line: a state may have secrets anywhere.
            raise bad_source(self.name, f"not JSON: {error.msg}", mark=mark) from None
        except ValueError as error:
            raise bad_source(self.name, f"not JSON: {error}") from None
        except RecursionError:
            raise bad_source(self.name, f"nested more than {MOST_DEEP} levels deep") from None
        if _is_too_deep(value):
            raise bad_source(self.name, f"nested more than {MOST_DEEP} levels deep")
        return value

    @property
    def is_json(self) -> bool:
        """Whether the file begins as a JSON object does."""
        return (self.content or b"").lstrip(b"\xef\xbb\xbf \t\r\n").startswith(b"{")

    @cached_property
    def keys(self) -> frozenset[str]:
        """The keys of a JSON object; none for what is no JSON object."""
        if not self.is_json:
            return frozenset()
        try:
            return frozenset(self.document) if isinstance(self.document, dict) else frozenset()
        except Exception:  # the reader of the kind says what is wrong
            return frozenset()


@dataclass(frozen=True, slots=True)
class SourceParts:
    """What one source gives; the fields are those of ImportSource."""

    stacks: Sequence[SourceStack] = ()
    dropped: Sequence[DroppedResource] = ()
    left_out: Sequence[DroppedResource] = ()
    account_names: Mapping[str, str] = field(default_factory=dict)
    remarks: Sequence[str] = ()
    environment: str = ""
    hub: str = ""


class SourceModule(Protocol):
    """A module of `sources/`."""

    KIND: SourceKind
    WHAT: str
    """What it reads, with an article."""

    @staticmethod
    def recognizes(source: SourceInput) -> bool:
        """Whether the content is of this kind, sound or not."""

    @staticmethod
    def read(source: SourceInput, options: ReadOptions) -> SourceParts:
        """Read it. Raises BadSources with every fault."""


def source_input(path: Path, standard_input: bytes = b"") -> SourceInput:
    """A path with its content, or `-` with that of standard input. Raises BadSources where it cannot be read."""
    if path == STANDARD_INPUT:
        return SourceInput(path, standard_input)
    if path.is_dir():
        return SourceInput(path, None)
    try:
        return SourceInput(path, content(path, MOST_BUILT))
    except FileNotFoundError:
        raise bad_source(shown(path), "file not found") from None
    except OSError as error:
        raise bad_source(shown(path), str(error.strerror or error)) from None


def _refuse(constant: str) -> None:
    raise ValueError(f"`{constant}` is no number of JSON")


def _is_too_deep(value: Any) -> bool:
    level = [value]
    for _ in range(MOST_DEEP):
        inner = [node.values() if isinstance(node, dict) else node for node in level if isinstance(node, dict | list)]
        level = [part for parts in inner for part in parts]
    return any(isinstance(node, dict | list) for node in level)
