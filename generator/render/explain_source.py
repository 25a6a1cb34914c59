"""Where something is written in the file, and where that says that it stands: for `obsgen explain`."""

from __future__ import annotations

from typing import Protocol

from generator.findings import Path, SourceText
from generator.model.accounts import Side
from generator.model.estate import Estate
from generator.model.placement import Placement
from generator.render.words import members_in_words
from generator.wording import list_in_words

# What an entry says of where it stands.
_WHERE = ("accounts", "labels", "units", "later", "regions")


class LocatedText(SourceText, Protocol):
    """Places that also say whether there is something at one."""

    def has(self, path: Path) -> bool:
        """Whether something is written at a path."""


def line_of(path: Path, source: SourceText) -> str:
    """`observability.yaml:14`; empty for what is written nowhere."""
    file = source.at(path)
    span = file.span(path) if path else None
    return f"{file.name}:{span.line}" if span else ""


def placement_keys_at(path: Path, source: LocatedText) -> str:
    """`, by accounts at observability.yaml:14`; empty where the entry says nothing of it. path: of the entry."""
    places = [f"{key} at {line_of((*path, key), source)}" for key in _WHERE if source.has((*path, key))]
    return f", by {list_in_words(places)}" if places else ""


def deployed_in(placement: Placement | None, side: Side, path: Path, estate: Estate, source: LocatedText) -> str:
    """`deployed to alpha; us-east-1, by accounts at observability.yaml:14`. path: of the entry."""
    where = f"the hub, {estate.hub.region}" if side is Side.HUB else members_in_words(placement, estate)
    return f"deployed to {where}{placement_keys_at(path, source)}"
