"""Incidents in tests are those of the incident function's own code: its package, played by drill.core."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

import pytest

from generator.drill.core import CoreFailed, Told, heard
from generator.render.routing import routing_json
from generator.workspace import handler_files
from tests.support import built, spec

MINUTE = 60_000
ACCOUNT = "222222222222"
ALARM = "errors-alarm-prod"
START = 1_767_225_600_000  # 2026-01-01T00:00:00Z
ROUTING = "handlers/incident/routing.json"


@pytest.fixture(scope="module")
def package() -> Mapping[str, bytes]:
    estate = built(spec("alarms: {errors: {severity: high}}")).estates["prod"]
    return {**handler_files(), ROUTING: routing_json(estate)}


def event(
    minute: int, state: str, before: str, since: int, alarm: str = "errors-alarm-prod", **more: Any
) -> tuple[int, str]:
    def moment(at: int) -> str:
        return f"2026-01-01T{at // 60:02}:{at % 60:02}:00.000+0000"

    detail = {
        "alarmName": alarm,
        "configuration": {},
        "previousState": {"value": before, "timestamp": moment(since)},
        "state": {"value": state, "timestamp": moment(minute), "reason": "so"},
        **more,
    }
    said = {
        "source": "aws.cloudwatch",
        "detail-type": "CloudWatch Alarm State Change",
        "account": ACCOUNT,
        "region": "us-east-1",
        "detail": detail,
    }
    return START + minute * MINUTE, json.dumps(said)


def steps(told: tuple[Told, ...]) -> list[tuple[int, str, str, str]]:
    return [((one.at - START) // MINUTE, one.channel, one.step, one.severity) for one in told]


def test_an_episode_and_a_repetition(package: Mapping[str, bytes]) -> None:
    events = [event(1, "ALARM", "OK", 0), event(5, "OK", "ALARM", 1), event(9, "ALARM", "OK", 5)]
    first, second = heard(package, [(events, START + 60 * MINUTE), (events[:1], START + 60 * MINUTE)])
    assert steps(first.told) == [
        (1, "mail", "open", "high"),
        (5, "mail", "resolve", "high"),
        (9, "mail", "repeat", "high"),
    ]
    assert steps(second.told) == [(1, "mail", "open", "high")]
    assert first.failed == ()


def test_what_is_muted_is_told_when_the_window_ends(package: Mapping[str, bytes]) -> None:
    muted = event(1, "ALARM", "OK", 0, muteDetail={"muteWindowEnd": "2026-01-01T00:30:00.000+0000"})
    (found,) = heard(package, [([muted], START + 60 * MINUTE)])
    assert steps(found.told) == [(30, "mail", "open", "high")]


def test_what_the_function_cannot_handle_is_no_silence(package: Mapping[str, bytes]) -> None:
    (found,) = heard(package, [([event(1, "ALARM", "OK", 0, alarm="of-nobody")], START + MINUTE)])
    assert found.told == ()
    assert "this build knows no alarm of-nobody" in found.failed[0]


def test_code_that_does_not_run_is_an_error(package: Mapping[str, bytes]) -> None:
    broken = {**package, "handlers/incident/service.py": b"import nowhere\n"}
    with pytest.raises(CoreFailed, match="No module named 'nowhere'"):
        heard(broken, [([], START)])
