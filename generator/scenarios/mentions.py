"""Texts of messages about tests: metrics, lists of names, and unknown alarms."""

from __future__ import annotations

from collections.abc import Iterable

from generator.findings import did_you_mean
from generator.scenarios.environment import SimulatedEnvironment
from generator.wording import first_of

_SHOWN = 6


def shown_metric(namespace: str, name: str, dimensions: tuple[tuple[str, str], ...]) -> str:
    """`AWS/Lambda Errors {FunctionName: x}`."""
    of = " {" + ", ".join(f"{key}: {value}" for key, value in dimensions) + "}" if dimensions else ""
    return f"{namespace} {name}{of}"


def some_of(words: Iterable[str]) -> str:
    """The first few of some words, each once, and the number of all others."""
    return first_of(sorted(set(words)), _SHOWN)


def one_of(words: Iterable[str]) -> str:
    """The hint to use one of some words; empty without any."""
    names = set(words)
    if not names:
        return ""
    return f"use one of {some_of(names)}" if len(names) > 1 else f"use {some_of(names)}"


def no_alarm(environment: SimulatedEnvironment, written: str, name: str) -> tuple[str, str]:
    """Why an environment has no alarm of a name, and the hint. written: the name as the test has it."""
    for contents in environment.contents:
        if name in contents.left_out:
            condition = contents.left_out[name]
            message = f"`{written}` is not created with these parameters: its condition {condition} is false"
            return message, "set `parameters` with which it is created"
    known = {location.key for location in environment.locations}
    known_names = one_of(known) or "remove it: there are no alarms"
    if not known and any(contents.left_out for contents in environment.contents):
        known_names = "set other `parameters`: with these, the template creates no alarm"
    return f"there is no alarm `{written}` in {environment}", did_you_mean(name, known).strip() or known_names
