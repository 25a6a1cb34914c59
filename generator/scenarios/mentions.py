"""How messages about tests mention a metric, some of many names, and an alarm that is not there."""

from __future__ import annotations

from collections.abc import Iterable

from generator.findings import did_you_mean
from generator.scenarios.environment import SimulatedEnvironment

_SHOWN = 6


def shown_metric(namespace: str, name: str, dimensions: tuple[tuple[str, str], ...]) -> str:
    """`AWS/Lambda Errors {FunctionName: x}`."""
    of = " {" + ", ".join(f"{key}: {value}" for key, value in dimensions) + "}" if dimensions else ""
    return f"{namespace} {name}{of}"


def some_of(words: Iterable[str]) -> str:
    """The first few, and how many more there are."""
    every = sorted(set(words))
    return ", ".join(every[:_SHOWN]) + (f" and {len(every) - _SHOWN} more" if len(every) > _SHOWN else "")


def no_alarm(environment: SimulatedEnvironment, said: str, name: str) -> tuple[str, str]:
    """Why a stage has no alarm of that name, and what to write instead. said: the name as the test has it."""
    for contents in environment.contents:
        if name in contents.left_out:
            condition = contents.left_out[name]
            message = f"`{said}` is not made with these parameters: its condition {condition} is false"
            return message, "give `parameters` with which it is made"
    known = {one.key for one in environment.location}
    there = f"there are {some_of(known)}" if known else "it has none"
    if not known and any(contents.left_out for contents in environment.contents):
        there = "it makes none with these parameters"
    return f"there is no alarm `{said}` in {environment}", did_you_mean(name, known).strip() or there
