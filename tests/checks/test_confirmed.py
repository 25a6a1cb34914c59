"""T60, critical alarms whose delivery nobody confirms, beyond its own examples."""

from __future__ import annotations

import pytest

from generator.findings import Severity
from tests.support import built, spec

CHANNELS = """
channels:
  room: {type: teams, secret: shop/teams, digest: none}
  other: {type: teams, secret: shop/other, digest: none}
  ann: {type: sms, phone_number: "+442079460000", digest: none}
  space: {type: google_chat, secret: shop/space, digest: none}
"""


def found(change: str) -> list[tuple[Severity, str, str]]:
    findings = built(spec(f"{CHANNELS}{change}")).findings
    return [(f.severity, ".".join(map(str, f.path)), f.message) for f in findings if f.code == "T60"]


@pytest.mark.parametrize(
    ("route", "warned"),
    [
        ("[room]", True),
        ("[room, other]", True),
        ("[room, space]", False),
        ("[room, mail]", False),
        ("[mail]", False),
        ("[ann]", True),
        ("[ann, room]", True),
        ("[ann, mail]", False),
    ],
)
def test_one_channel_that_confirms_is_enough(route: str, warned: bool) -> None:
    warnings = found(f"routes: {{critical: {route}}}\nalarms: {{errors: {{severity: critical}}}}")
    assert [(severity, path) for severity, path, _ in warnings] == [(Severity.WARNING, "routes.critical")] * warned


def test_both_channels_are_named() -> None:
    ((_, _, message),) = found("routes: {critical: [room, other]}\nalarms: {errors: {severity: critical}}")
    assert message == (
        "critical alarms notify `room` and `other` only, and Teams does not report a message that was lost"
    )
    ((_, _, message),) = found("routes: {critical: [room, ann]}\nalarms: {errors: {severity: critical}}")
    assert message == (
        "critical alarms notify `room` and `ann` only, and SNS and Teams do not report a message that was lost"
    )


def test_a_route_without_alarms_is_not_warned_of() -> None:
    assert found("routes: {critical: [room]}\nalarms: {errors: {severity: high}}") == []
    assert found("routes: {low: [room]}\nalarms: {errors: {severity: low}}") == []
