"""Alarms of probes, played from the first day: quiet, a lost run, an outage, a silent runner, slowness."""

from __future__ import annotations

from typing import Any

from generator.evaluate.simulate import simulate
from generator.evaluate.types import MetricId, Published
from tests.played import HOUR, HUB_ACCOUNT, MINUTE, REGION, START, alarmed, changes, deployed

SHOP = """
probes:
  checkout:
    type: http
    url: https://checkout.example.com/health
    slow: "> 1500"
    certificate: 21d
    severity: critical
    owner: shop
    runbook: https://runbooks.example.com/checkout
  zone: {type: dns, name: example.com, every: 5m}
"""
FAILING, SLOW, CERTIFICATE = (
    "checkout-probe-alarm-prod",
    "checkout-probe-slow-alarm-prod",
    "checkout-probe-certificate-alarm-prod",
)
RUNNER_ALARM = "probe-runner-alarm-prod"


def points(metric: str, values: list[float | None], **dimensions: str) -> Published:
    """One value a minute from the hub's runner."""
    given = tuple(None if value is None else (value,) for value in values)
    named = tuple(sorted(dimensions.items()))
    return Published(MetricId(HUB_ACCOUNT, REGION, "Obsgen/Probes", metric, named), START, MINUTE, given)


def played(
    up: list[float | None],
    *,
    run: list[float | None] | None = None,
    days: list[float | None] | None = None,
    ms: list[float | None] | None = None,
) -> Any:
    """What comes of an hour. run: probes that were not run, each minute."""
    length = len(up)
    given = (
        points("Up", up, Probe="checkout-probe-prod"),
        points("Up", [1.0 if minute % 5 == 0 else None for minute in range(length)], Probe="zone-probe-prod"),
        points("ProbesNotRun", run or [0.0] * length, Runner="probe-runner-prod"),
        points("CertificateDaysLeft", days or [60.0] * length, Probe="checkout-probe-prod"),
        points("DurationMs", ms or [80.0] * length, Probe="checkout-probe-prod"),
    )
    return simulate(deployed(SHOP), given, (), START, START + length * MINUTE)


def raised(found: Any) -> set[str]:
    """The alarms of the hub's probes that were ever in ALARM."""
    names = {alarm.name for alarm in found.states if alarm.account == HUB_ACCOUNT and "probe" in alarm.name}
    return {name for name in names if alarmed(found, name, HUB_ACCOUNT)}


def test_a_quiet_night_raises_nothing() -> None:
    assert raised(played([1.0] * 60)) == set()


def test_one_failure_and_one_lost_run_raise_nothing() -> None:
    up: list[float | None] = [1.0] * 60
    run: list[float | None] = [0.0] * 60
    up[20], up[40], run[40], run[50] = 0.0, None, None, None
    assert raised(played(up, run=run)) == set()


def test_an_outage_is_one_alarm_and_its_end() -> None:
    up = [1.0] * 20 + [0.0] * 10 + [1.0] * 30
    found = played(up, ms=[80.0] * 20 + [None] * 10 + [80.0] * 30)
    assert raised(found) == {FAILING}
    (_, ok), (since, alarm), (until, end) = changes(found, FAILING, HUB_ACCOUNT)
    assert (ok, alarm, end) == ("OK", "ALARM", "OK")
    assert 21 * MINUTE <= since <= 24 * MINUTE
    assert 31 * MINUTE <= until <= 34 * MINUTE


def test_a_silent_runner_is_one_alarm_and_not_one_for_each_probe() -> None:
    up = [1.0] * 20 + [None] * 40
    found = played(up, run=[0.0] * 20 + [None] * 40, days=[60.0] * 20 + [None] * 40, ms=[80.0] * 20 + [None] * 40)
    assert raised(found) == {RUNNER_ALARM}
    # And a probe that failed when the runner fell silent stays an open incident.
    failed = played([0.0] * 20 + [None] * 40, run=[0.0] * 20 + [None] * 40)
    assert changes(failed, FAILING, HUB_ACCOUNT)[-1][1] == "ALARM"


def test_a_runner_that_comes_back_ends_its_alarm_and_begins_no_other() -> None:
    away: list[float | None] = [None] * 15
    up = [1.0] * 20 + away + [1.0] * 25
    found = played(up, run=[0.0] * 20 + away + [0.0] * 25, ms=[80.0] * 20 + away + [80.0] * 25)
    assert raised(found) == {RUNNER_ALARM}
    assert [state for _, state in changes(found, RUNNER_ALARM, HUB_ACCOUNT)] == ["OK", "ALARM", "OK"]


def test_probes_for_which_there_is_no_time_are_an_alarm_of_the_runner() -> None:
    assert raised(played([1.0] * 20 + [None] * 40, run=[0.0] * 20 + [1.0] * 40)) == {RUNNER_ALARM}


def test_slowness_and_certificates_are_alarms_of_their_own() -> None:
    assert raised(played([1.0] * 60, ms=[80.0] * 20 + [2_000.0] * 40)) == {SLOW}
    found = played([1.0] * 180, days=[21.5] * 90 + [20.9] * 90)
    assert raised(found) == {CERTIFICATE}


def test_an_empty_account_is_silent_until_its_warm_up_is_over() -> None:
    """A stack whose runner has not run yet: https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/alarm-warm-up.html"""
    hub = next(stack for stack in deployed(SHOP) if stack.account == HUB_ACCOUNT)
    alarm = hub.template["Resources"]["AlarmProbeRunner"]["Properties"]
    assert alarm["WarmUpConfiguration"] == {"WarmUpPeriodDurationInMinutes": 15}
    assert alarm["TreatMissingData"] == "breaching"
    found = simulate(deployed(SHOP), (), (), START, START + HOUR)
    assert raised(found) == {RUNNER_ALARM}
