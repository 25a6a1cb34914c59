"""The ready-made ratios of functions, API gateways and distributions, played: an empty account, a night, a storm.

What each publishes is what AWS's page says, read on 2026-11-30:
https://docs.aws.amazon.com/lambda/latest/dg/monitoring-metrics-types.html (a metric for each invocation, 0 or 1)
https://docs.aws.amazon.com/apigateway/latest/developerguide/api-gateway-metrics-and-dimensions.html
(5XXError is 0 or 1 for each call, Count is the number of its samples)
https://docs.aws.amazon.com/apigateway/latest/developerguide/http-api-metrics.html
https://docs.aws.amazon.com/AmazonCloudFront/latest/DeveloperGuide/programming-cloudwatch-metrics.html
(Requests by Sum, 5xxErrorRate by Average in percent, in us-east-1 only)
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import pytest

from generator.evaluate.types import MetricId, Published, SimulationResult
from tests.played import ALPHA, HOUR, MINUTE, REGION, START, alarmed, changes, deployed, played

FAST, SLOW = "checkout-fast-alarm-prod", "checkout-slow-alarm-prod"
STEP = 5 * MINUTE
CALLS = 20
# Of each five minutes: how many calls, and the share of them that fails.
Traffic = Sequence[tuple[int, float]]
Samples = tuple[float, ...] | None


def per_call(traffic: Traffic) -> list[Samples]:
    """1 for each call that fails, else 0."""
    return [(1.0,) * round(calls * share) + (0.0,) * round(calls * (1 - share)) or None for calls, share in traffic]


def ones(traffic: Traffic) -> list[Samples]:
    return [(1.0,) * calls or None for calls, _ in traffic]


def total(traffic: Traffic) -> list[Samples]:
    """One number for all calls."""
    return [(float(calls),) if calls else None for calls, _ in traffic]


def percent(traffic: Traffic) -> list[Samples]:
    """One percentage for all calls."""
    return [(100 * share,) if calls else None for calls, share in traffic]


@dataclass(frozen=True)
class Type:
    """A type of service: its entry, and how it publishes calls and failures."""

    entry: str
    namespace: str
    dimensions: tuple[tuple[str, str], ...]
    metrics: dict[str, Callable[[Traffic], list[Samples]]]

    def after(self, traffic: Traffic) -> SimulationResult:
        change = f"services: {{api: {{{self.entry}}}}}\nslos: {{checkout: {{objective: 99.9, of: {{service: api}}}}}}\n"
        given = [
            Published(MetricId(ALPHA, REGION, self.namespace, name, self.dimensions), START, STEP, tuple(of(traffic)))
            for name, of in self.metrics.items()
        ]
        return played(deployed(change), *given, lasts=len(traffic) * STEP)


TYPES = {
    "lambda": Type(
        "type: lambda, function: pay",
        "AWS/Lambda",
        (("FunctionName", "pay"),),
        {"Invocations": ones, "Errors": per_call},
    ),
    "http-api": Type(
        "type: http-api, api: a1b2c3d4e5, stage: $default",
        "AWS/ApiGateway",
        (("ApiId", "a1b2c3d4e5"), ("Stage", "$default")),
        {"Count": ones, "5xx": per_call},
    ),
    "rest-api": Type(
        "type: rest-api, api: payments, stage: v1",
        "AWS/ApiGateway",
        (("ApiName", "payments"), ("Stage", "v1")),
        {"Count": ones, "5XXError": per_call},
    ),
    "cloudfront": Type(
        "type: cloudfront, distribution: E2EXAMPLE1234",
        "AWS/CloudFront",
        (("DistributionId", "E2EXAMPLE1234"), ("Region", "Global")),
        {"Requests": total, "5xxErrorRate": percent},
    ),
}
each = pytest.mark.parametrize("type_", TYPES.values(), ids=TYPES)


@each
def test_an_empty_account_fires_nothing_on_its_first_day(type_: Type) -> None:
    found = type_.after([(0, 0)] * 48)
    assert not alarmed(found, FAST)
    assert not alarmed(found, SLOW)


@each
def test_a_quiet_night_between_two_busy_days_fires_nothing(type_: Type) -> None:
    found = type_.after([*[(CALLS, 0.0)] * 36, *[(0, 0.0)] * 60, *[(1, 0.0)] * 6, *[(CALLS, 0.0)] * 18])
    assert not alarmed(found, FAST)
    assert not alarmed(found, SLOW)


@each
@pytest.mark.parametrize("share", [0.2, 1.0], ids=["a fifth", "all"])
def test_a_storm_fires_and_ends_after_the_recovery(type_: Type, share: float) -> None:
    """Half an hour of failures after six good hours, then two good hours."""
    found = type_.after([*[(CALLS, 0.0)] * 72, *[(CALLS, share)] * 6, *[(CALLS, 0.0)] * 24])
    after = [(at, state) for at, state in changes(found, FAST) if at > 6 * HOUR]
    assert [state for _, state in after] == ["ALARM", "OK"]
    # It fires within a quarter of an hour, and ends when the window of half an hour is clean.
    assert after[0][0] <= 6 * HOUR + 15 * MINUTE
    assert after[1][0] <= 7 * HOUR + 5 * MINUTE


@each
def test_a_storm_on_the_first_day_fires_too(type_: Type) -> None:
    """The very first calls fail: there is no good hour before them."""
    found = type_.after([*[(0, 0.0)] * 12, *[(CALLS, 1.0)] * 6])
    assert alarmed(found, FAST)
