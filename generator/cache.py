"""Caches between commands, in the user's home.

It may be lost, cut off or written by anybody: what is not as it was written is not there, which costs time alone.
"""

from __future__ import annotations

import contextlib
import hashlib
import json
import os
from collections.abc import Iterator, MutableMapping
from pathlib import Path

from generator.reading import content
from generator.staged_files import staged_file


class CacheFolder(MutableMapping[str, str]):
    """Texts kept in a folder: one file a key. What cannot be read, or is not what was written, is not there."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    def __getitem__(self, key: str) -> str:
        try:
            stored = json.loads(content(self.folder / key))
            if stored["sha256"] == _digest(stored["text"]):
                return str(stored["text"])
        except (OSError, ValueError, KeyError, TypeError, AttributeError, RecursionError):
            raise KeyError(key) from None
        raise KeyError(key)

    def __setitem__(self, key: str, text: str) -> None:
        stored = json.dumps({"sha256": _digest(text), "text": text}).encode()
        with contextlib.suppress(OSError):  # a read-only home costs time, not the build
            staged_file(self.folder / key, stored).replace(self.folder / key)

    def __delitem__(self, key: str) -> None:
        (self.folder / key).unlink(missing_ok=True)

    def __iter__(self) -> Iterator[str]:
        return iter(sorted(path.name for path in self.folder.glob("[!.]*"))) if self.folder.is_dir() else iter(())

    def __len__(self) -> int:
        return sum(1 for _ in self)


def _digest(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()


def lint_cache() -> MutableMapping[str, str]:
    """The findings of cfn-lint in templates, by their content."""
    return user_cache("lint")


def build_cache() -> MutableMapping[str, str]:
    """The inputs and outputs of the last build of each spec."""
    return user_cache("builds")


def user_cache(name: str) -> MutableMapping[str, str]:
    """A cache of this user, `$XDG_CACHE_HOME/obsgen/<name>` or `~/.cache/obsgen/<name>`.

    One in memory where the user has no home, such as a number in a container.
    """
    try:
        home = os.environ.get("XDG_CACHE_HOME") or str(Path.home() / ".cache")
    except RuntimeError:
        return {}
    return CacheFolder(Path(home) / "obsgen" / name)
