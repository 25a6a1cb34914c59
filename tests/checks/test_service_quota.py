"""T80: of what CloudWatch knows a service quota."""

from __future__ import annotations

import pytest

from generator.findings import Severity
from tests.support import built, spec

DIMENSIONS = "{Service: KMS, Type: TYPE, Resource: R, Class: None}"
USAGE = f"{{namespace: AWS/Usage, name: NAME, dimensions: {DIMENSIONS}, statistic: Sum}}"
RESOURCES = USAGE.replace("NAME", "ResourceCount").replace("TYPE", "Resource")
CALLS = USAGE.replace("NAME", "CallCount").replace("TYPE", "API")


def told(expression: str, used: str, parts: str = "{}") -> list[tuple[Severity, str]]:
    change = f"""
alarms:
  quota:
    expression: {expression}
    expressions: {parts}
    metrics: {{used: {used}}}
    threshold: "> 80"
    period: 5m
"""
    found = built(spec(change)).findings
    return [(one.severity, ".".join(map(str, one.path))) for one in found if one.code == "T80"]


@pytest.mark.parametrize(
    ("expression", "used", "expected"),
    [
        ("100 * used / SERVICE_QUOTA(used)", RESOURCES, []),
        ("SERVICE_QUOTA(used) - used", RESOURCES, []),
        (
            "100 * used / SERVICE_QUOTA(used)",
            "{namespace: Shop, name: Used, statistic: Sum}",
            [(Severity.ERROR, "alarms.quota.metrics.used")],
        ),
        ("used / SERVICE_QUOTA(used + 0)", RESOURCES, [(Severity.WARNING, "alarms.quota.expression")]),
        ("used / SERVICE_QUOTA(used)", CALLS, [(Severity.WARNING, "alarms.quota.expression")]),
        # What cannot be read, T30 reports.
        ("used / SERVICE_QUOTA(", RESOURCES, []),
    ],
)
def test_what_can_have_a_quota(expression: str, used: str, expected: list[tuple[Severity, str]]) -> None:
    assert told(expression, used) == expected


def test_a_part_of_an_expression_is_checked_too() -> None:
    own = "{namespace: Shop, name: Used, statistic: Sum}"
    assert told("100 * share", own, "{share: used / SERVICE_QUOTA(used)}") == [
        (Severity.ERROR, "alarms.quota.metrics.used")
    ]


def test_the_pack_has_no_such_finding() -> None:
    everything = "{load-balancing: true, ec2-spot-vcpus: true, metric-throttles: true}"
    made = built(spec(f"services: {{quotas: {{type: account-quotas, alarms: {everything}}}}}"))
    assert made.findings == []
