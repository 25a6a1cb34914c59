"""The files that a spec includes, read only from its folder.

A pull request may name anything: a pattern that walks through a whole disk, a link to somebody's keys. So wildcards
follow no symbolic link, a search ends after a number of names, and a file whose real path is outside is refused.
"""

from __future__ import annotations

import os
import re
from collections.abc import Iterator, Sequence
from fnmatch import translate
from pathlib import Path

from generator.reading import Unreadable, content

# A folder of 1,000 teams has some thousands of names; a dependency folder of JavaScript has more than this.
MOST_NAMES = 50_000
_WILD = re.compile(r"[*?\[]")


class IncludedFiles:
    """The files in and below the folder of a spec, by their paths from there with `/`."""

    def __init__(self, spec: Path) -> None:
        self.folder = spec.parent
        self.search = _Search(self.folder)

    def matching(self, pattern: str) -> Sequence[str]:
        """The files that a pattern means, sorted: `*`, `?` and `[…]` within a name, `**` for folders at any depth.

        Names that begin with a dot are only found by a pattern that begins with one. Raises OSError, `Unreadable` where
        there were too many names to look through, those of the patterns before counted too.
        """
        return sorted({path for path in self.search.below("", pattern.split("/")) if (self.folder / path).exists()})

    def content(self, name: str) -> bytes:
        """The bytes of a file. Raises OSError, `Unreadable` where it is outside of the folder, too large or no file."""
        path = self.folder / name
        try:
            real, folder = path.resolve(), self.folder.resolve()
        except RuntimeError:
            raise Unreadable("a symbolic link that leads to itself", path) from None
        if not real.is_relative_to(folder):
            raise Unreadable("it is a link to what is outside of the spec's folder", path)
        if path.exists() and not path.is_file():
            raise Unreadable("it is no file", path)
        return content(path)


class _Search:
    """A search through folders for one spec. names: how many more may be read."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.names = MOST_NAMES

    def below(self, at: str, pieces: Sequence[str]) -> Iterator[str]:
        """Paths below a folder that the pieces of a pattern match, one piece for one name."""
        first, *rest = pieces
        while first == "**" and rest[:1] == ["**"]:
            rest = rest[1:]
        if first == "**":
            yield from self.below(at, rest) if rest else ()
            for name, is_folder in self.entries(at):
                if is_folder and not name.startswith("."):
                    yield from self.below(_joined(at, name), pieces)
        elif not _WILD.search(first):
            path = _joined(at, first)
            yield from self.below(path, rest) if rest else [path]
        else:
            fits = re.compile(translate(first))
            for name, is_folder in self.entries(at):
                hidden = name.startswith(".") and not first.startswith(".")
                if hidden or not fits.match(name):
                    continue
                if not rest:
                    yield _joined(at, name)
                elif is_folder:
                    yield from self.below(_joined(at, name), rest)

    def entries(self, at: str) -> list[tuple[str, bool]]:
        """The names in a folder, and whether each is a folder itself; none where it is no folder."""
        listed = []
        try:
            with os.scandir(self.folder / at) as entries:
                for entry in entries:
                    self.names -= 1
                    if self.names < 0:
                        raise Unreadable(f"more than {MOST_NAMES:,} names to look through", self.folder / at)
                    listed.append((entry.name, entry.is_dir(follow_symlinks=False)))
        except (FileNotFoundError, NotADirectoryError):
            return []
        return listed


def _joined(at: str, name: str) -> str:
    return f"{at}/{name}" if at else name
