"""What a rollout of several stacks does in between; worked out from templates by whoever reads them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Protocol

Rows = tuple[tuple[str, str], ...]


@dataclass(frozen=True, slots=True)
class InterimTemplate:
    """A template that stands for a moment only. body: its text. values: parameters that accounts have of their own,
    by the account's id.
    """

    body: str
    template: Mapping[str, Any]
    values: Mapping[str, Rows] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Transition:
    """By the templates' files: moved: what comes before all, where resources leave for another stack. kept: what comes
    first where a stack loses what others name. told: what comes before a stack of composites knows which accounts have
    what these name. waits: the files that go before one.

    last: the files of retired stacks that have what composites named: they go when these have changed.
    moves: how many resources change their stack. bound: those among them that cannot be deleted where
    they are, and why.
    """

    moved: Mapping[str, InterimTemplate] = field(default_factory=dict)
    kept: Mapping[str, InterimTemplate] = field(default_factory=dict)
    told: Mapping[str, InterimTemplate] = field(default_factory=dict)
    waits: Mapping[str, frozenset[str]] = field(default_factory=dict)
    last: frozenset[str] = frozenset()
    moves: int = 0
    bound: tuple[tuple[str, str], ...] = ()


class TransitionReader(Protocol):
    """What there is to do in between. before: the files of the last complete rollout, by name. there: the templates
    that stand at AWS, by file, with those of what goes: a rollout that was cut off may have left others.
    """

    def __call__(self, before: Mapping[str, bytes], there: Mapping[str, str]) -> Transition: ...  # pragma: no cover


def no_transition(before: Mapping[str, bytes], there: Mapping[str, str]) -> Transition:  # noqa: ARG001  # as Reading has it
    """Where there is one stack of each side."""
    return Transition()
