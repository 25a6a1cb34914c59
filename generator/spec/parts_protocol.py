"""The files that a spec includes: the caller of the core implements this protocol, so that the core reads no file."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Protocol


class Parts(Protocol):
    """The files that a spec may include, by their paths from its folder, with `/` between folders."""

    def matching(self, pattern: str) -> Sequence[str]:
        """The files that a pattern means, sorted. Raises OSError where the folders cannot be read."""

    def content(self, name: str) -> bytes:
        """The bytes of a file. Raises OSError where it cannot be read, or is not in the spec's folder."""


class _NoParts:
    """For a spec that is alone."""

    def matching(self, pattern: str) -> Sequence[str]:
        del pattern
        return ()

    def content(self, name: str) -> bytes:
        raise FileNotFoundError(name)


NO_PARTS: Parts = _NoParts()
