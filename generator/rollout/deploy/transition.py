"""The interim steps of a rollout of several stacks; computed from templates by a TransitionReader."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Protocol

Rows = tuple[tuple[str, str], ...]


@dataclass(frozen=True, slots=True)
class InterimTemplate:
    """A template that is deployed before the reviewed one. body: its text.

    values: parameters that accounts have of their own, by account ID.
    """

    body: str
    template: Mapping[str, Any]
    values: Mapping[str, Rows] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Transition:
    """Interim templates by the templates' files.

    moved: of stacks whose resources move to another stack; they come first. keeping: of stacks that lose what others
    name. declaring: of stacks of composites, with the parameters that say which accounts have what these name. waits:
    the files that go before one. last: the files of retired stacks that have what composites named: they are deleted
    when these have changed. moves: how many resources move to another stack. bound: those that cannot be deleted in
    their stack, each with the reason.
    """

    moved: Mapping[str, InterimTemplate] = field(default_factory=dict)
    keeping: Mapping[str, InterimTemplate] = field(default_factory=dict)
    declaring: Mapping[str, InterimTemplate] = field(default_factory=dict)
    waits: Mapping[str, frozenset[str]] = field(default_factory=dict)
    last: frozenset[str] = frozenset()
    moves: int = 0
    bound: tuple[tuple[str, str], ...] = ()


class TransitionReader(Protocol):
    """Computes the transition.

    before: the files of the last complete rollout, by name. deployed: the templates at AWS, by file, with those of
    stacks to delete: an interrupted rollout may have left others than `before`.
    """

    def __call__(self, before: Mapping[str, bytes], deployed: Mapping[str, str]) -> Transition: ...  # pragma: no cover


def no_transition(before: Mapping[str, bytes], deployed: Mapping[str, str]) -> Transition:  # noqa: ARG001  # as Reading has it
    """The transition of an environment with one stack of each side: none."""
    return Transition()
