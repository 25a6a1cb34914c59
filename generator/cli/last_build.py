"""The last build of a spec: digests of its inputs and outputs, so that an unchanged spec is not built again.

A record replaces a build only while every input of the build is unchanged, and out/ still has the bytes that it wrote;
the compiler is not even loaded then. Anything that cannot be read, or is not as it was written, is no record.
docs/decisions/0063
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any, TypeVar

from generator.build import Inputs
from generator.cache import build_cache
from generator.included_files import IncludedFiles
from generator.installed import installed_digest
from generator.reading import MOST_BUILT, content
from generator.workspace import own_files

Answer = TypeVar("Answer")
# Part of every digest: raise it when what is kept changes.
_FORMAT = 1


@dataclass(frozen=True, slots=True)
class BuildRecord:
    """A build that had no errors.

    made_of: a digest of everything but the files that the spec includes. parts: what was asked about these and what the
    answer was, as a list of question, subject and answer. files: path below out/ to a digest of its content.
    environments: all that the spec has. sizes: for each environment that was built, what the summary says of it.
    report: findings and checks that did not run, as they were printed.
    """

    made_of: str
    parts: list[list[Any]]
    files: dict[str, str]
    environments: list[str]
    sizes: dict[str, str]
    report: str

    @property
    def is_whole(self) -> bool:
        """True if its fields have the types that a build writes: another program may have written the file."""
        texts = (self.report, self.made_of, *self.environments, *self.sizes, *self.sizes.values(), *self.files.values())
        names = {path.partition("/")[0] for path in self.files}
        is_list = type(self.environments) is list and type(self.parts) is list
        return is_list and all(type(text) is str for text in texts) and names == set(self.sizes) <= {*self.environments}


class NotedParts:
    """The files that a spec may include, and a note of every question and answer."""

    def __init__(self, parts: IncludedFiles) -> None:
        self.parts = parts
        self.notes: list[list[Any]] = []
        self.has_failed = False

    def matching(self, pattern: str) -> Sequence[str]:
        """Delegates to `IncludedFiles`, and notes the answer."""
        names = self._asked(lambda: self.parts.matching(pattern))
        self.notes.append(["matching", pattern, list(names)])
        return names

    def content(self, name: str) -> bytes:
        """Delegates to `IncludedFiles`, and notes the answer."""
        text = self._asked(lambda: self.parts.content(name))
        self.notes.append(["content", name, _digest(text)])
        return text

    def _asked(self, ask: Callable[[], Answer]) -> Answer:
        try:
            return ask()
        except OSError:
            self.has_failed = True
            raise


class LastBuild:
    """The record of one spec, folder and choice of options.

    inputs: what is built, less what is installed. colour: whether the report is in colours.
    """

    def __init__(self, inputs: Inputs, file: Path, out: Path, *, colour: bool) -> None:
        self.file, self.out = file, out
        self.cache = build_cache()
        options = [str(file.absolute()), str(out.absolute()), inputs.environments, inputs.lint, colour]
        self.key = _digest(json.dumps(options).encode())
        own = {**inputs.own_packs, **inputs.own_event_packs}
        own_packs = [[name, _digest(text)] for name, text in sorted(own.items())]
        dependencies = [
            *options,
            inputs.name,
            _digest(inputs.text),
            own_packs,
            inputs.today.isoformat(),
            installed_digest(),
        ]
        self.made_of = _digest(json.dumps([_FORMAT, *dependencies]).encode())

    def found(self) -> BuildRecord | None:
        """The record, where the same build would write the same again; None where it has to be made."""
        try:
            record = BuildRecord(**json.loads(self.cache[self.key]))
            is_same = (
                record.is_whole
                and record.made_of == self.made_of
                and self._has_parts(record)
                and self._has_files(record)
            )
        except (OSError, KeyError, ValueError, TypeError, AttributeError, RecursionError):
            return None
        return record if is_same else None

    def keep(self, record: BuildRecord) -> None:
        """Write it down for the next time."""
        self.cache[self.key] = json.dumps(asdict(record))

    def _has_parts(self, record: BuildRecord) -> bool:
        parts = NotedParts(IncludedFiles(self.file))
        for question, subject, _ in record.parts:
            ask = parts.matching if question == "matching" else parts.content
            ask(subject)
        return parts.notes == record.parts

    def _has_files(self, record: BuildRecord) -> bool:
        """True if out/ has the files of the record, and none that a build would delete."""
        for name in record.sizes:
            existing = {f"{name}/{file}" for file in own_files(self.out / name)}
            if existing != {path for path in record.files if path.startswith(f"{name}/")}:
                return False
        return bool(record.files) and all(
            _digest(content(self.out / path, MOST_BUILT)) == digest for path, digest in record.files.items()
        )


def digests_of(artifacts: dict[str, bytes]) -> dict[str, str]:
    """A digest of each file."""
    return {path: _digest(text) for path, text in artifacts.items()}


def _digest(text: bytes) -> str:
    return hashlib.sha256(text).hexdigest()
