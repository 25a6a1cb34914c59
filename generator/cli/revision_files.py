"""A spec and what belongs to it as they were at a Git revision."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from fnmatch import fnmatchcase
from pathlib import Path
from typing import TYPE_CHECKING

from generator.cli.git import contents_of, files_at_revision
from generator.cli.options import BuildTarget, build_inputs, built_of
from generator.findings import Severity

if TYPE_CHECKING:
    from generator.build import Built


class RevisionFiles:
    """The files in and below the folder of a spec at a revision, as `IncludedFiles` has those of the folder."""

    def __init__(self, folder: Path, revision: str) -> None:
        self.folder, self.revision = folder, revision
        self.objects = files_at_revision(folder, revision)
        self.contents: dict[str, bytes] = {}

    def matching(self, pattern: str) -> Sequence[str]:
        """The files that a pattern means, sorted."""
        pieces = pattern.split("/")
        names = sorted(name for name in self.objects if _matches(name.split("/"), pieces))
        self._read([name for name in names if name not in self.contents])
        return names

    def content(self, name: str) -> bytes:
        """The bytes of a file. Raises OSError."""
        if name not in self.objects:
            raise FileNotFoundError(2, f"no such file at {self.revision}", name)
        if name not in self.contents:
            self._read([name])
        return self.contents[name]

    def _read(self, names: Sequence[str]) -> None:
        contents = contents_of(self.folder, [self.objects[name] for name in names])
        self.contents |= dict(zip(names, contents, strict=True))

    def packs(self, folder: str) -> dict[str, bytes]:
        """The packs in a folder beside the spec."""
        return {str(self.folder / name): self.content(name) for name in self.matching(f"{folder}/*.yaml")}


def built_at(where: BuildTarget, revision: str, environment: str) -> Built | str:
    """A build of an environment by the spec at a revision; or why there is none."""
    folder, name = where.file.parent, where.file.name
    files = RevisionFiles(folder, revision)
    if name not in files.objects:
        return f"{revision} has no {name}"
    inputs = replace(
        build_inputs(replace(where, environments=(environment,)), lint=False),
        text=files.content(name),
        own_packs=files.packs("packs"),
        own_event_packs=files.packs("event_packs"),
        parts=files,
        before={},
    )
    built = built_of(inputs)
    errors = [finding for finding in built.findings if finding.severity is Severity.ERROR]
    if errors:
        return f"{name} at {revision} has errors, the first is {errors[0].code}: {errors[0].message}"
    return built if environment in built.estates else f"{name} at {revision} has no environment {environment}"


def _matches(path: Sequence[str], pieces: Sequence[str]) -> bool:
    """Whether a pattern means a path: `**` is folders at any depth, and only a dot finds a name with a dot."""
    if not pieces or not path:
        return not pieces and not path
    first, rest = pieces[0], pieces[1:]
    if first == "**":
        return _matches(path, rest) or (not path[0].startswith(".") and _matches(path[1:], pieces))
    hidden = path[0].startswith(".") and not first.startswith(".")
    return not hidden and fnmatchcase(path[0], first) and _matches(path[1:], rest)
