"""Expectations in one account and Region, whose values take the place of placeholders."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

from generator.scenarios.entries import Expect
from generator.scenarios.environment import AlarmLocation, SimulatedEnvironment
from generator.scenarios.scenario import Expected


def placed(environment: SimulatedEnvironment, expected: Expected, location: AlarmLocation) -> Expected:
    """The expectation with the values of the location in its subject and in the labels of its contributor."""
    expect = expected.expect
    target = expect.incident or expect
    filled: dict[str, object] = {}
    if target.contributor is not None:
        filled["contributor"] = _labels(environment, target.contributor, location)
    if expect.incident and expect.incident.subject is not None:
        filled["subject"] = environment.filled_in(expect.incident.subject, *_place(location))
    if not filled:
        return expected
    copy = target.model_copy(update=filled)
    return replace(
        expected, expect=copy if isinstance(copy, Expect) else expect.model_copy(update={"incident": copy})
    )


def _labels(environment: SimulatedEnvironment, labels: Mapping[str, str], location: AlarmLocation) -> dict[str, str]:
    return {key: environment.filled_in(value, *_place(location)) for key, value in labels.items()}


def _place(location: AlarmLocation) -> tuple[str, str]:
    return location.alarm.account, location.alarm.region
