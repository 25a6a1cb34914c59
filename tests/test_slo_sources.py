"""Objectives of services, canaries, probes and latencies, several counts, own windows and little traffic, played.

What is counted is what AWS's pages say; each pack names its page and the day on which it was read.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import pytest

from generator.evaluate.types import MetricId, Published, SimulationResult
from generator.model.signals import MathSignal
from tests.played import ALPHA, HOUR, HUB_ACCOUNT, MINUTE, REGION, START, alarmed, changes, deployed, played
from tests.support import built, spec

FAST, SLOW = "checkout-fast-alarm-prod", "checkout-slow-alarm-prod"
BALANCER = (("LoadBalancer", "app/shop/50dc6c495c0c9188"),)
STEP, MINUTES = 5 * MINUTE, 5
ALB = """
services: {api: {type: alb, load_balancer: app/shop/50dc6c495c0c9188}}
slos: {checkout: {objective: 99.9, of: {service: api}}}
"""
PROBE = """
probes: {shop: {type: http, url: "https://shop.example.com"}}
slos: {checkout: {objective: 99, of: {probe: shop}}}
"""
CANARY = """
canaries: {shop: {url: "https://shop.example.com", every: 5m}}
slos: {checkout: {objective: 99, of: {canary: shop}}}
"""
LATENCY = """
slos: {checkout: {objective: 99, latency: {namespace: Shop, name: Seconds, unit: s, below: 300ms}}}
"""


def values(
    namespace: str,
    name: str,
    samples: Sequence[Sequence[float] | None],
    dimensions: tuple[tuple[str, str], ...] = (),
    account: str = ALPHA,
) -> Published:
    """The samples of each five minutes."""
    given = tuple(None if one is None else tuple(one) for one in samples)
    return Published(MetricId(account, REGION, namespace, name, dimensions), START, STEP, given)


def balancer(requests: Sequence[float | None], **errors: Sequence[float | None]) -> list[Published]:
    """What a load balancer publishes: a count that is 0 is not published."""
    counts = {"RequestCount": requests, **errors}
    return [
        values("AWS/ApplicationELB", name, [[one] if one else None for one in given], BALANCER)
        for name, given in counts.items()
    ]


def after(change: str, given: list[Published]) -> SimulationResult:
    steps = max(len(one.values) for one in given)  # type: ignore[arg-type]
    return played(deployed(change), *given, lasts=steps * STEP)


def incident(before: float, during: float) -> list[float]:
    """Six hours of one, half an hour of the other, then two hours of the one."""
    return [before] * 72 + [during] * 6 + [before] * 24


def test_a_quiet_load_balancer_fires_nothing() -> None:
    found = after(ALB, balancer([None] * 48))

    assert not alarmed(found, FAST)
    assert not alarmed(found, SLOW)


def test_errors_of_targets_fire_and_end() -> None:
    """A fifth of the requests fails for half an hour: 10 % of the hour, a burn rate of 100."""
    found = after(ALB, balancer(incident(1000, 1000), HTTPCode_Target_5XX_Count=incident(0, 200)))

    assert [state for at, state in changes(found, FAST) if at > 6 * HOUR] == ["ALARM", "OK"]
    # The window of half an hour is clean half an hour later.
    assert changes(found, FAST)[-1][0] <= 7 * HOUR


def test_errors_of_the_balancer_without_any_target_fire() -> None:
    """RequestCount has no request for which no target could be chosen, so there is nothing else then."""
    found = after(ALB, balancer(incident(1000, 0), HTTPCode_ELB_5XX_Count=incident(0, 1000)))

    assert [state for at, state in changes(found, FAST) if at > 6 * HOUR] == ["ALARM", "OK"]


@pytest.mark.parametrize(
    ("change", "namespace", "name", "dimension", "good"),
    [
        (PROBE, "Obsgen/Probes", "Up", ("Probe", "shop-probe-prod"), 1.0),
        (CANARY, "CloudWatchSynthetics", "SuccessPercent", ("CanaryName", "shop-canary-prod"), 100.0),
    ],
)
def test_runs_are_counted_in_the_hub(
    change: str, namespace: str, name: str, dimension: tuple[str, str], good: float
) -> None:
    """Thirty of the sixty runs of an hour fail: half of them, a burn rate of 50."""

    def runs(bad: int) -> SimulationResult:
        samples = [[good] * 5] * 72 + [[0.0] * bad + [good] * (5 - bad)] * 6 + [[good] * 5] * 24
        return after(change, [values(namespace, name, samples, (dimension,), HUB_ACCOUNT)])

    assert [one for at, one in changes(runs(5), FAST, HUB_ACCOUNT) if at > 6 * HOUR] == ["ALARM", "OK"]
    assert not alarmed(runs(0), FAST, HUB_ACCOUNT)
    assert not alarmed(
        after(change, [values(namespace, name, [None] * 48, (dimension,), HUB_ACCOUNT)]), FAST, HUB_ACCOUNT
    )


def test_a_latency_counts_requests_that_are_slower() -> None:
    """The upper bound belongs to the range: 300 ms is fast enough.

    https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/Statistics-definitions.html
    """

    def of(slow: list[float]) -> SimulationResult:
        samples = [[0.1, 0.3, 0.2, 0.3]] * 72 + [slow] * 12
        return after(LATENCY, [values("Shop", "Seconds", samples)])

    assert not alarmed(of([0.3, 0.3, 0.1, 0.2]), FAST)
    assert alarmed(of([0.31, 0.3, 0.1, 0.2]), FAST)
    assert not alarmed(after(LATENCY, [values("Shop", "Seconds", [None] * 48)]), FAST)


def test_a_threshold_is_in_the_unit_of_the_metric() -> None:
    change = """
services:
  api: {type: alb, load_balancer: app/shop/50dc6c495c0c9188}
  pay: {type: lambda, function: pay}
slos:
  api: {objective: 99, latency: {service: api, below: 1.5s}}
  pay: {objective: 99, latency: {service: pay, below: 1.5s}}
  own: {objective: 99, latency: {namespace: AWS/ApiGateway, name: Latency, dimensions: {ApiName: pay}, below: 20ms}}
"""
    statistics = {alarm.key: _statistics(alarm.signal) for alarm in built(spec(change)).estates["prod"].alarms}
    assert statistics["api-fast-1h"] == {"SampleCount", "PR(:1.5)"}
    assert statistics["pay-fast-1h"] == {"SampleCount", "PR(:1500)"}
    assert statistics["own-fast-1h"] == {"SampleCount", "PR(:20)"}


def _statistics(signal: Any) -> set[str]:
    return {one.statistic for one in signal.operands} if isinstance(signal, MathSignal) else set()


def test_several_counts_add_up_and_one_without_data_hides_no_other() -> None:
    change = """
slos:
  checkout:
    objective: 99.9
    bad: [{namespace: Shop, name: Failed}, {namespace: Shop, name: TimedOut}]
    total:
      expression: card + cash
      metrics: {card: {namespace: Shop, name: Card}, cash: {namespace: Shop, name: Cash}}
"""
    calls = values("Shop", "Card", [[1000.0]] * 84)
    late = values("Shop", "TimedOut", [None] * 72 + [[200.0]] * 12)

    assert alarmed(after(change, [calls, late]), FAST)
    assert not alarmed(after(change, [calls]), FAST)
    assert not alarmed(after(change, [values("Shop", "Card", [None] * 48)]), FAST)


def test_a_metric_is_read_once_and_the_hub_adds_accounts() -> None:
    change = ALB.replace("of: {service: api}", "in: hub, of: {service: api}")
    made = built(spec(change + "accounts: {gamma: null}"))

    alarm = next(one for one in made.estates["prod"].alarms if one.key == "checkout-fast-1h")
    assert isinstance(alarm.signal, MathSignal)
    assert len(alarm.signal.operands) == 2 * 3
    assert made.artifacts, made.findings


def test_little_traffic_fires_nothing_fast() -> None:
    """One of ten requests of an hour fails: a tenth of them, a burn rate of 100."""
    change = """
slos:
  checkout: {objective: 99.9, bad: {namespace: Shop, name: Failed}, total: {namespace: Shop, name: Calls}}
"""
    calls = values("Shop", "Calls", [[1.0]] * 84)
    failed = values("Shop", "Failed", [None] * 72 + [[1.0]] + [None] * 11)
    guarded = change.replace("}}\n", "}, minimum_traffic: 100}\n")

    assert alarmed(after(change, [calls, failed]), FAST)
    assert not alarmed(after(guarded, [calls, failed]), FAST)
    assert alarmed(
        after(guarded, [values("Shop", "Calls", [[100.0]] * 84), values("Shop", "Failed", [[50.0]] * 84)]), FAST
    )
    unheard = after(guarded.replace("minimum", "no_traffic: failing, minimum"), [values("Shop", "Calls", [None] * 24)])
    assert alarmed(unheard, FAST)


def test_own_windows_replace_those_of_the_workbook() -> None:
    change = """
slos:
  checkout:
    objective: 99
    bad: {namespace: Shop, name: Failed}
    total: {namespace: Shop, name: Calls}
    windows: [{alarm: fast, long: 2h, short: 10m, burn_rate: 10}]
"""
    alarms = {one.key: one.tuning for one in built(spec(change)).estates["prod"].alarms}
    assert {key: (one.threshold, one.period) for key, one in alarms.items() if key != "errors"} == {
        "checkout-fast-2h": (10, 7200),
        "checkout-fast-10m": (10, 600),
    }
    calls, failed = values("Shop", "Calls", [[100.0]] * 84), [[0.0]] * 48
    assert alarmed(after(change, [calls, values("Shop", "Failed", [*failed, *[[30.0]] * 36])]), FAST)
    assert not alarmed(after(change, [calls, values("Shop", "Failed", [*failed, *[[9.0]] * 36])]), FAST)


def test_an_objective_is_where_its_service_is() -> None:
    change = ALB.replace("{type: alb,", "{type: alb, accounts: [alpha],")

    alarm = next(one for one in built(spec(change)).estates["prod"].alarms if one.key == "checkout-fast-1h")
    assert not alarm.tuning.enabled
    assert [one.account for one in alarm.variants if one.tuning.enabled] == ["alpha"]


def test_an_objective_is_nowhere_else_than_what_it_counts() -> None:
    """Its own rules restrict the places further. An alarm without any data would never fire, or at once."""
    change = ALB.replace("{type: alb,", "{type: alb, accounts: [alpha, gamma],")
    for own, places in {
        "accounts: [alpha, beta]": ["alpha"],
        "labels: {tier: {except: [critical]}}": ["gamma"],
    }.items():
        made = built(spec(change.replace("of: {service: api}", f"of: {{service: api}}, {own}")))
        alarm = next(one for one in made.estates["prod"].alarms if one.key == "checkout-fast-1h")
        assert [one.account for one in alarm.variants if one.tuning.enabled] == places
    of_hub = built(spec(change.replace("of: {service: api}", "of: {service: api}, in: hub, accounts: [alpha, beta]")))
    alarm = next(one for one in of_hub.estates["prod"].alarms if one.key == "checkout-fast-1h")
    assert isinstance(alarm.signal, MathSignal)
    assert {one.account.name for one in alarm.signal.operands if one.account} == {"alpha"}


def test_a_gap_of_an_expression_is_no_traffic() -> None:
    """IF without another value leaves a gap. An alarm that takes missing data for bad would fire each night."""
    change = """
slos:
  checkout:
    objective: 99.9
    bad: {namespace: Shop, name: Failed}
    total: {expression: "IF(calls > 100, calls)", metrics: {calls: {namespace: Shop, name: Calls}}}
"""
    found = after(change, [values("Shop", "Calls", [[1000.0]] * 36 + [[1.0]] * 144)])

    assert not alarmed(found, FAST)


def test_a_latency_in_microseconds_has_a_bound_in_them() -> None:
    """AWS publishes the latencies of a cache in microseconds.

    https://docs.aws.amazon.com/AmazonElastiCache/latest/dg/CacheMetrics.Redis.html
    """
    metric = "{namespace: AWS/ElastiCache, name: SetTypeCmdsLatency, dimensions: {CacheClusterId: carts}, below: 2ms}"
    made = built(spec(f"slos: {{checkout: {{objective: 99, latency: {metric}}}}}"))

    alarm = next(one for one in made.estates["prod"].alarms if one.key == "checkout-fast-1h")
    assert _statistics(alarm.signal) == {"SampleCount", "PR(:2000)"}


def test_a_filter_says_the_unit_of_its_durations() -> None:
    change = """
metric_filters:
  took:
    log_group: application
    pattern: '[time, level, took]'
    metric: {name: Took, namespace: Shop, value: $took, unit: Seconds}
slos: {checkout: {objective: 99, latency: {filter: took, below: 300ms}}}
"""
    alarm = next(one for one in built(spec(change)).estates["prod"].alarms if one.key == "checkout-fast-1h")
    assert _statistics(alarm.signal) == {"SampleCount", "PR(:0.3)"}


def test_an_environment_without_the_objective_may_disable_what_it_counts() -> None:
    """What the finding about a disabled probe or canary proposes."""
    environments = "environments: [dev, prod]\naccess: {owned_by: prod}\n"
    environments += 'metric_filters: {errors: {metric: {name: "Errors-{environment}"}}}\n'
    for change in (PROBE, CANARY):
        disabled = change.replace('com"', 'com", overrides: [{where: {environment: dev}, enabled: false}]')
        refused = built(spec(environments + disabled))
        assert [(one.code, one.hint) for one in refused.findings] == [("R07", "set `environments` of the objective")]
        made = built(spec(environments + disabled.replace("of: {", "environments: [prod], of: {")))
        assert made.artifacts, made.findings


def test_an_expression_that_is_too_long_is_a_finding_of_the_objective() -> None:
    """An alarm of the hub repeats it for each account."""
    metrics = "metrics: {failed: {namespace: Shop, name: Failed}}"
    bad = f"{{expression: {' + '.join(['failed'] * 55)}, {metrics}}}"
    made = built(spec(f"slos: {{checkout: {{in: hub, objective: 99, bad: {bad}, total: {{namespace: S, name: C}}}}}}"))

    (finding,) = made.findings
    assert (finding.code, finding.path, finding.hint) == (
        "T30",
        ("slos", "checkout"),
        "shorten what it counts, or count fewer accounts",
    )


def test_an_objective_of_the_hub_counts_the_metrics_as_each_account_calls_them() -> None:
    """An alarm of the hub with the hub's own account ID in a dimension would count nothing, and never fire."""
    change = """
slos:
  checkout:
    in: hub
    objective: 99
    bad: {namespace: Shop, name: Failed, dimensions: {Table: "orders-{account_id}"}}
    total: [{namespace: Shop, name: Calls, dimensions: {Table: "orders-{account_id}"}}]
"""
    calls = values("Shop", "Calls", [[100.0]] * 24, (("Table", f"orders-{ALPHA}"),))
    failed = values("Shop", "Failed", [[50.0]] * 24, (("Table", f"orders-{ALPHA}"),))

    assert alarmed(after(change, [calls, failed]), FAST, HUB_ACCOUNT)
