"""The files that a page was made from, as they were when it was made: whether any of them has changed since."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path

from generator.included_files import IncludedFiles

# Time of change in nanoseconds and size; None where there is no such file.
FileState = tuple[int, int] | None
States = Mapping[str, object]
_PACKS = ("packs", "event_packs")


class RecordedFiles:
    """Parts of a spec that note what they were asked for, before they read it; and further files beside them."""

    def __init__(self, spec: Path, further: Iterable[Path] = ()) -> None:
        self._folder = spec.parent
        self._parts = IncludedFiles(spec)
        self._files = {path: _state(path) for path in (spec, *further)}
        self._patterns: dict[str, object] = {}
        self._packs = _packs(self._folder)

    def matching(self, pattern: str) -> Sequence[str]:
        """The files that a pattern means."""
        names = self._parts.matching(pattern)
        self._patterns[pattern] = tuple(names)
        return names

    def content(self, name: str) -> bytes:
        """The bytes of a file."""
        path = self._folder / name
        self._files.setdefault(path, _state(path))
        return self._parts.content(name)

    @property
    def recorded(self) -> States:
        """How everything was."""
        return {**{str(path): state for path, state in self._files.items()}, **self._patterns, **self._packs}

    def current(self) -> States:
        """How the same is now."""
        search = IncludedFiles(self._folder / "any")
        files = {str(path): _state(path) for path in self._files}
        patterns = {pattern: _matching(search, pattern) for pattern in self._patterns}
        return {**files, **patterns, **_packs(self._folder)}


def _state(path: Path) -> FileState:
    try:
        status = path.stat()
    except OSError:
        return None
    return status.st_mtime_ns, status.st_size


def _matching(search: IncludedFiles, pattern: str) -> tuple[str, ...]:
    try:
        return tuple(search.matching(pattern))
    except OSError:
        return ()


def _packs(folder: Path) -> dict[str, FileState]:
    return {str(path): _state(path) for name in _PACKS for path in (folder / name).glob("*.y*ml")}
