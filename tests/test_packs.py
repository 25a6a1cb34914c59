"""Packs: each is read, held to AWS's metrics, built and played; a user's own are told where they are wrong."""

from __future__ import annotations

import copy
import json
import re
from collections.abc import Iterator
from datetime import date
from functools import cache
from pathlib import Path
from typing import Any

import jsonschema
import pytest
import yaml
from click.testing import CliRunner

from generator.aws.metrics import lookup
from generator.cli.main import group
from generator.evaluate.simulate import simulate
from generator.evaluate.types import AlarmId, Deployed, MetricId, Published, SimulationResult
from generator.model.alarms import Alarm as Modelled
from generator.model.signals import LocalSignal, MathSignal
from generator.render.findings import render
from generator.render.words import condition_in_words, metric_in_words, signal_in_words
from generator.resolve.services.packs import check_pack, load_packs, without_left_out
from generator.spec.packs import (
    Pack,
    PackAlarm,
    PackCapacity,
    PackExamples,
    PackFilter,
    PackOperand,
    PackParameter,
    PackTraffic,
    Relative,
    parameters_in,
    read_pack,
)
from generator.workspace import PackFiles, own_pack_files
from tests.support import OWN_METRICS, ROOT, built, spec
from tests.update_docs import PACKS as PACKS_PAGE
from tests.update_docs import packs_page

FILES = dict(PackFiles())
PACKS = {name: read_pack(content, f"{name}.yaml") for name, content in FILES.items()}
# What is free in S3 says little, so an entry has to ask for what costs. Only an entry knows a budget and a quota.
SILENT = {"billing", "s3", "service-quota"}
ACCOUNT, REGION, START = "222222222222", "us-east-1", 1_800_000_000 // 86_400 * 86_400
# What an expression is bad about if there is much or little of it, by the ids that packs give it; the others are what
# it is a share of.
BAD = {"errors", "failed", "throttled", "dropped", "user", "system", "used", "spent", "running"}
# What it leaves out of that.
LEFT_OUT = {"cancelled", "terminated"}


def pack_of(name: str) -> Pack:
    pack, _, findings = PACKS[name]
    assert pack is not None, findings
    return pack


def entry(name: str, **changed: Any) -> dict[str, Any]:
    """An entry of that type with everything a pack knows, every alarm asked for."""
    pack = pack_of(name)
    given = {key: parameter.example for key, parameter in pack.parameters.items()}
    given |= {key: declared.example for key, declared in pack.capacities.items()}  # type: ignore[misc]
    return {"type": name, **given, "alarms": dict.fromkeys(pack.alarms, True), **changed}


def trail(services: dict[str, Any]) -> dict[str, Any]:
    """The log group that the examples of packs with filters name, where there is one of them."""
    filters = any(FILES.keys() >= {one["type"]} and pack_of(one["type"]).filters for one in services.values())
    return {"log_groups": {"trail": {"name": "/aws/cloudtrail/all", "create": False}}} if filters else {}


def estate_of(services: dict[str, Any], change: str = "", **more: Any) -> Any:
    """What a spec with these services becomes; nothing may be wrong with it."""
    made = built(spec(yaml.safe_dump({"services": services} | trail(services)) + change), **more)
    # What publishes the metrics of a pack of one's own, obsgen cannot know (T46).
    assert [found for found in made.findings if found.code != "T46"] == []
    return made


@cache
def everything(name: str) -> Any:
    """What an entry with everything becomes, built once for all tests of that pack."""
    return estate_of({"thing": entry(name)})


def alarm_of(made: Any, key: str) -> Modelled:
    (found,) = [alarm for alarm in made.estates["prod"].alarms if alarm.key == key]
    return found  # type: ignore[no-any-return]


def test_every_alarm_of_every_type_is_as_it_was_reviewed(update: bool) -> None:
    made = estate_of({name: entry(name) for name in FILES})
    lines = []
    for alarm in made.estates["prod"].alarms:
        condition = condition_in_words(alarm.tuning, alarm)
        signal = alarm.signal
        seen = metric_in_words(signal.metric) if isinstance(signal, LocalSignal) else signal_in_words(signal)
        lines.append(f"{alarm.key} ({alarm.tuning.severity}): {seen}: {condition}\n")
    golden = ROOT / "tests" / "packs.txt"
    if update:
        golden.write_text("".join(lines), encoding="utf-8")
    assert "".join(lines) == golden.read_text(encoding="utf-8")


def test_the_table_of_packs_is_up_to_date() -> None:
    assert PACKS_PAGE.read_text(encoding="utf-8") == packs_page(), "run `python -m tests.update_docs`"


def test_the_reviewed_alarms_are_of_every_pack() -> None:
    """A pack that is lost is missing in tests/packs.txt, which a review sees."""
    reviewed = (ROOT / "tests" / "packs.txt").read_text(encoding="utf-8").splitlines()
    assert {name for name in FILES if any(line.startswith(f"{name}-") for line in reviewed)} == set(FILES)


@pytest.mark.parametrize("name", FILES)
def test_nothing_is_wrong_with_a_pack(name: str) -> None:
    pack, _, findings = PACKS[name]
    assert findings == []
    assert pack is not None
    assert list(check_pack(pack)) == []


@pytest.mark.parametrize("name", FILES)
def test_a_pack_uses_all_that_it_declares(name: str) -> None:
    pack = pack_of(name)
    texts = [
        text
        for alarm in pack.alarms.values()
        for _, metric in alarm.measured
        for text in (alarm.summary, metric.namespace, metric.name, *metric.dimensions.values())
    ]
    texts += [declared.log_group for declared in pack.filters.values()]
    assert {word for text in texts for word in parameters_in(text)} >= set(pack.parameters)
    assert {alarm.filter for alarm in pack.alarms.values()} >= set(pack.filters)
    shares = {a.threshold.capacity for a in pack.alarms.values() if isinstance(a.threshold, Relative)}
    assert shares == set(pack.capacities)


@pytest.mark.parametrize("name", FILES)
def test_every_alarm_has_a_source_and_the_day_on_which_it_was_read(name: str) -> None:
    pack = pack_of(name)
    for key, alarm in pack.alarms.items():
        assert alarm.source or pack.source, key
        # The first commit of a pack is of 2026-11-21; none is read before it is written.
        assert (alarm.read or pack.read or date.min) >= date(2026, 11, 21), key
    shown = obsgen("packs", "show", name).stdout
    assert {f"{a.source or pack.source} (read {a.read or pack.read})" for a in pack.alarms.values()} <= {
        line.strip() for line in shown.splitlines()
    } | {f"{pack.source} (read {pack.read})"}


@pytest.mark.parametrize("name", FILES)
def test_every_metric_is_published_with_these_dimensions(name: str) -> None:
    """Stricter than a user's packs are held to: also where the catalogue has not everything."""
    pack = pack_of(name)
    for alarm in pack.alarms.values():
        values = {key: parameter.example for key, parameter in pack.parameters.items()}
        for _, metric in alarm.measured:
            namespace = lookup(metric.namespace.format_map(values))
            assert namespace is not None, metric.namespace
            known = namespace.metrics[metric.name.format_map(values)]
            for given in without_left_out(pack, alarm.needs, metric):
                assert given in known.dimensions, (metric.name, given)


@pytest.mark.parametrize("name", FILES)
def test_what_a_pack_says_fits_any_threshold(name: str) -> None:
    """A summary is read with the entry's threshold, so it has no figure of the pack's."""
    for alarm in pack_of(name).alarms.values():
        words = alarm.summary.lower()
        figures = ("second", "minute", "hour", "hundred", "thousand", "fifth", "percent", "%")
        assert not any(figure in words for figure in figures), alarm.summary
        assert not alarm.summary.endswith("."), alarm.summary


@pytest.mark.parametrize("name", FILES)
def test_an_entry_with_everything_has_every_alarm(name: str) -> None:
    made = everything(name)
    keys = {alarm.key for alarm in made.estates["prod"].alarms}
    assert keys - {"errors"} == {f"thing-{alarm}" for alarm in pack_of(name).alarms}


@pytest.mark.parametrize("name", FILES)
def test_an_entry_with_the_least_builds(name: str) -> None:
    pack = pack_of(name)
    needed = {k: p.example for k, p in pack.parameters.items() if not p.optional and p.default is None}
    services = {"thing": {"type": name, **needed}}
    made = built(spec(yaml.safe_dump({"services": services} | trail(services))))
    if name in SILENT:
        assert [f.code for f in made.findings] == ["R07"]
        assert "this entry creates no alarms" in made.findings[0].message
    else:
        assert made.findings == []
        assert len(made.estates["prod"].alarms) > 1


def published(made: Any, alarm: Modelled, values: list[float], traffic: float | None = None) -> list[Published]:
    """A value for each period; where they are counted, so many of them. Of a share the values are what is bad."""
    signal = alarm.signal
    if not isinstance(signal, MathSignal):
        return [series(made, alarm, signal.metric, alarm.statistic, values)]
    whole = traffic or float(most(alarm))
    found = {}
    for one in signal.operands:
        constant = [0.0 if one.id in LEFT_OUT else whole] * len(values)
        if one.metric in found and one.id not in BAD:
            continue  # What is bad may be the measure of traffic, too.
        found[one.metric] = series(made, alarm, one.metric, one.statistic, values if one.id in BAD else constant)
    return list(found.values())


def series(made: Any, alarm: Modelled, metric: Any, statistic: str | None, values: list[float]) -> Published:
    estate = made.estates["prod"]
    metric = metric.of(next(a for a in estate.accounts if a.id == ACCOUNT), estate.hub)
    one = MetricId(ACCOUNT, REGION, metric.namespace, metric.name, metric.dimensions)
    given = tuple((1.0,) * int(value) if statistic == "SampleCount" else (value,) for value in values)
    return Published(one, START, alarm.tuning.period, given)


def most(alarm: Modelled) -> int:
    """Just as much traffic as says something; of a sum the threshold."""
    assert isinstance(alarm.signal, MathSignal)
    return int(alarm.signal.guard.at_least if alarm.signal.guard else alarm.tuning.threshold)


def is_math(alarm: Modelled) -> bool:
    """Whether it compares what an expression gives, perhaps a share of a quota, which then is what `most` says."""
    return isinstance(alarm.signal, MathSignal)


def good_and_bad(alarm: Modelled) -> tuple[float, float]:
    """A value on either side of the threshold that the metric can have: only levels of light are negative."""
    if isinstance(alarm.signal, MathSignal):
        some = float(most(alarm))
        return (some, 0.0) if alarm.tuning.comparison.startswith("<") else (0.0, some + 1)
    threshold = alarm.tuning.threshold
    step = max(1.0, threshold / 10)
    above, below = threshold + step, max(0.0 if threshold >= 0 else threshold - step, threshold - step)
    above, below = {">=": (threshold, below), "<=": (above, threshold)}.get(alarm.tuning.comparison, (above, below))
    return (below, above) if alarm.tuning.comparison.startswith(">") else (above, below)


def played(made: Any, given: list[Published], alarm: Modelled, periods: int) -> SimulationResult:
    member = Deployed(made.templates["prod"]["member.template.yaml"], ACCOUNT, REGION, "alpha")
    end = START + periods * alarm.tuning.period
    return simulate(
        [member], given, [], START, end, quotas={one.metric: most(alarm) for one in given if is_math(alarm)}
    )


def test_the_error_rate_of_bedrock_goes_off_while_no_invocation_succeeds() -> None:
    """ "Number of successful requests": without one there is no data of Invocations.

    https://docs.aws.amazon.com/bedrock/latest/userguide/monitoring.html
    """
    made = everything("bedrock")
    alarm = alarm_of(made, "thing-error-rate")
    assert isinstance(alarm.signal, MathSignal)
    failed = next(one for one in alarm.signal.operands if one.id == "failed")
    done = played(made, [series(made, alarm, failed.metric, "Sum", [40.0] * 4)], alarm, 4)
    assert done.states[AlarmId(ACCOUNT, REGION, alarm.name)] == "ALARM"


@pytest.mark.parametrize("name", FILES)
def test_every_alarm_of_a_pack_goes_off_and_back(name: str) -> None:
    made = everything(name)
    for key in pack_of(name).alarms:
        alarm = alarm_of(made, f"thing-{key}")
        good, bad = good_and_bad(alarm)
        # No samples are no data, and an alarm looks further back for some before it takes that for breaching.
        length = alarm.tuning.evaluation_periods + (5 if alarm.statistic == "SampleCount" else 1)
        values = [good] * length + [bad] * length + [good] * length
        done = played(made, published(made, alarm, values), alarm, 3 * length)
        here = AlarmId(ACCOUNT, REGION, alarm.name)
        states = [change.after for change in done.transitions if change.alarm == here]
        # Before its first value an alarm may be in ALARM for want of data.
        assert states[-3:] == ["OK", "ALARM", "OK"], (key, states)


@pytest.mark.parametrize("name", FILES)
def test_silence_is_what_the_pack_says(name: str) -> None:
    made = everything(name)
    for key, told in pack_of(name).alarms.items():
        alarm = alarm_of(made, f"thing-{key}")
        good, bad = good_and_bad(alarm)
        # From good values silence has to raise it, from bad ones it has to end it, or to leave it.
        before, after = {"breaching": (good, "ALARM"), "not-breaching": (bad, "OK"), "ignore": (bad, "ALARM")}[
            told.missing_data.as_
        ]
        length = alarm.tuning.evaluation_periods + 1
        done = played(made, published(made, alarm, [before] * length), alarm, 4 * length + 10)
        assert done.states[AlarmId(ACCOUNT, REGION, alarm.name)] == after, key


@pytest.mark.parametrize("name", FILES)
def test_a_share_is_quiet_where_there_is_little_traffic(name: str) -> None:
    made = everything(name)
    for key in pack_of(name).alarms:
        alarm = alarm_of(made, f"thing-{key}")
        if not isinstance(alarm.signal, MathSignal) or alarm.signal.guard is None:
            continue
        few = float(most(alarm) - 1)
        length = 2 * alarm.tuning.evaluation_periods
        done = played(made, published(made, alarm, [few] * length, few), alarm, length)
        assert done.states[AlarmId(ACCOUNT, REGION, alarm.name)] == "OK", key


def test_a_share_is_asked_for_and_its_traffic_is_the_entrys() -> None:
    own = {"error-rate": {"threshold": "> 2", "at_least": 200}}
    made = estate_of({"pay": {"type": "lambda", "function": "pay", "alias": "live", "alarms": own}})
    rate = alarm_of(made, "pay-error-rate")
    assert (rate.tuning.threshold, rate.statistic, rate.signal.guard.at_least) == (2.0, "", 200)
    assert {one.metric.dimensions for one in rate.signal.operands} == {
        (("FunctionName", "pay"), ("Resource", "pay:live"))
    }
    assert not [
        a for a in estate_of({"pay": {"type": "lambda", "function": "pay"}}).estates["prod"].alarms if "rate" in a.key
    ]


def test_what_means_nothing_to_an_alarm_is_refused() -> None:
    own = {"errors": {"at_least": 5}, "error-rate": {"statistic": "Sum"}}
    made = built(spec(yaml.safe_dump({"services": {"pay": {"type": "lambda", "function": "pay", "alarms": own}}})))
    path = ("services", "pay", "alarms")
    assert {(f.code, f.path) for f in made.findings} == {
        ("R07", (*path, "errors", "at_least")),
        ("R07", (*path, "error-rate", "statistic")),
    }
    group = {"type": "dynamodb", "table": "orders", "alarms": {"throttles": {"at_least": 5}}}
    made = built(spec(yaml.safe_dump({"services": {"orders": group}})))
    assert [(f.code, f.path[-2:]) for f in made.findings] == [("R07", ("throttles", "at_least"))]


def test_a_share_leans_on_its_account_in_a_template_and_is_seen_from_the_hub() -> None:
    machine = {"type": "step-functions", "state_machine": "settle", "alarms": {"failure-rate": True}}
    made = built(spec(yaml.safe_dump({"services": {"settle": machine}})), lint=True)
    assert made.findings == []
    alarm = made.templates["prod"]["member.template.yaml"]["Resources"]["AlarmSettleFailureRate"]["Properties"]
    (failed,) = [one["MetricStat"]["Metric"] for one in alarm["Metrics"] if one["Id"] == "failed"]
    arn = "arn:${AWS::Partition}:states:${AWS::Region}:${AWS::AccountId}:stateMachine:settle"
    assert failed["Dimensions"] == [{"Name": "StateMachineArn", "Value": {"Fn::Sub": arn}}]
    seen = estate_of({"settle": {**machine, "in": "hub"}})
    accounts = {one.account for one in seen.estates["prod"].alarms if one.key == "settle-failure-rate"}
    assert accounts == {"alpha", "beta", "gamma"}


def test_the_figures_of_the_mission_are_the_defaults() -> None:
    made = estate_of(
        {
            "pay": {"type": "lambda", "function": "pay"},
            "run": {"type": "ecs", "cluster": "payments", "service": "run"},
        }
    )
    shown = {
        alarm.key: (alarm.statistic, alarm.tuning.comparison, alarm.tuning.threshold)
        for alarm in made.estates["prod"].alarms
        if (alarm.tuning.period, alarm.tuning.datapoints, alarm.tuning.evaluation_periods) == (300, 2, 2)
    }
    assert shown == {
        "pay-errors": ("Sum", ">", 5.0),
        "pay-duration": ("p99", ">", 3000.0),
        "pay-concurrency": ("Maximum", ">", 100.0),
        "run-cpu": ("Average", ">", 80.0),
        "run-memory": ("Average", ">", 80.0),
    }


# --- what an entry says -------------------------------------------------------------------------------------------


def test_a_value_comes_from_the_strongest_that_gives_it() -> None:
    change = """
defaults: {alarms: {severity: low, period: 1m, owner: everybody}}
services:
  pay:
    type: lambda
    function: pay
    owner: payments
    alarms: {errors: {severity: critical, overrides: [{where: {account: alpha}, threshold: "> 9"}]}}
    overrides: [{where: {tier: [critical, standard]}, severity: high}]
"""
    made = built(spec(change))
    assert made.findings == []
    errors, duration = alarm_of(made, "pay-errors"), alarm_of(made, "pay-duration")
    assert (errors.tuning.severity, errors.tuning.period, errors.owner) == ("critical", 300, "payments")
    assert (duration.tuning.severity, duration.tuning.period) == ("medium", 300)
    assert errors.tuning_in("alpha").threshold == 9.0
    assert [errors.tuning_in(name).severity for name in ("alpha", "beta", "gamma")] == ["high", "high", "critical"]
    layers = {origin.field: (origin.layer, origin.path) for origin in errors.origins}
    assert layers["severity"] == ("entry", ("services", "pay", "alarms", "errors", "severity"))
    assert layers["owner"] == ("service", ("services", "pay", "owner"))
    assert layers["period"] == ("pack lambda", ())


def test_a_share_of_a_capacity_is_a_number_in_the_unit_of_the_metric() -> None:
    made = estate_of(
        {
            "pay": {"type": "lambda", "function": "pay", "timeout": "15s"},
            "orders": {"type": "dynamodb", "table": "orders", "read_capacity": 50},
        }
    )
    assert alarm_of(made, "pay-timeout").tuning.threshold == 12_000
    assert alarm_of(made, "orders-read-capacity").tuning.threshold == 50 * 60 * 0.8


def test_a_rate_is_for_the_period_that_holds() -> None:
    changed = {"capacity": {"period": "5m"}}
    made = estate_of({"orders": {"type": "dynamodb", "table": "orders", "read_capacity": 50, "alarms": changed}})
    assert alarm_of(made, "orders-read-capacity").tuning.threshold == 50 * 300 * 0.8


def test_a_group_is_weaker_than_the_alarm_itself() -> None:
    changed = {"throttles": {"threshold": "> 10"}, "write-throttles": {"threshold": "> 3"}}
    made = estate_of({"orders": {"type": "dynamodb", "table": "orders", "alarms": changed}})
    assert alarm_of(made, "orders-read-throttles").tuning.threshold == 10
    assert alarm_of(made, "orders-write-throttles").tuning.threshold == 3


def test_a_dimension_of_what_is_not_given_is_left_out() -> None:
    made = estate_of(
        {
            "all": {"type": "lambda", "function": "pay"},
            "live": {"type": "lambda", "function": "pay", "alias": "live"},
        }
    )
    assert alarm_of(made, "all-errors").signal.metric.dimensions == (("FunctionName", "pay"),)
    live = (("FunctionName", "pay"), ("Resource", "pay:live"))
    assert alarm_of(made, "live-errors").signal.metric.dimensions == live


def test_an_alarm_is_off_where_the_entry_says_so_and_not_there_where_the_pack_does() -> None:
    made = estate_of({"pay": {"type": "lambda", "function": "pay", "alarms": {"throttles": False}}})
    assert alarm_of(made, "pay-throttles").everywhere_disabled
    assert not [alarm for alarm in made.estates["prod"].alarms if alarm.key == "pay-event-age"]


def test_composites_dashboards_and_waivers_know_the_alarms_of_services() -> None:
    change = """
services: {pay: {type: lambda, function: pay, alarms: {errors: {missing_data: ignore}}}}
composites: {both: {rule: pay-errors and pay-duration, severity: high}}
dashboards:
  mine:
    widgets:
      - {type: alarms, title: All, alarms: [pay-errors]}
      - {type: metric, title: Slow, metrics: [pay-duration]}
waivers:
  - {rule: alarms-treat-missing-data-as-breaching, for: services.pay.alarms.errors, reason: kept as it was}
"""
    made = built(spec(change))
    assert made.findings == []


def test_a_service_in_the_hub_has_an_alarm_for_each_account() -> None:
    made = estate_of({"pay": {"type": "lambda", "in": "hub", "function": "pay"}})
    names = {alarm.name for alarm in made.estates["prod"].alarms if alarm.key == "pay-errors"}
    assert names == {f"pay-errors-{account}-alarm-prod" for account in ("alpha", "beta", "gamma")}


def test_a_reason_of_a_pack_stands_for_a_waiver_until_the_choice_is_changed() -> None:
    made = built(spec("services: {pay: {type: lambda, function: pay}}"))
    assert made.findings == []
    assert "a function without calls publishes no data" in made.artifacts["prod/catalogue.md"].decode()
    changed = "services: {pay: {type: lambda, function: pay, alarms: {errors: {missing_data: ignore}}}}"
    assert [f.code for f in built(spec(changed)).findings] == ["H01"]
    in_one = "{overrides: [{where: {account: alpha}, missing_data: missing}]}"
    changed = f"services: {{pay: {{type: lambda, function: pay, alarms: {{errors: {in_one}}}}}}}"
    assert [f.code for f in built(spec(changed)).findings] == ["H01"]


def test_the_filters_of_a_pack_are_metric_filters_of_the_entry() -> None:
    services = {"audit": {"type": "cloudtrail", "log_group": "trail", "accounts": ["alpha"]}}
    made = built(spec(yaml.safe_dump({"services": services} | trail(services))), lint=True)
    assert made.findings == []
    resources = made.templates["prod"]["member.template.yaml"]["Resources"]
    root = resources["FilterAuditRootUsage"]
    assert root["Properties"]["FilterName"] == "audit-root-usage-filter-prod"
    (transformed,) = root["Properties"]["MetricTransformations"]
    assert transformed["MetricNamespace"] == "shop/audit"
    assert (transformed["MetricName"], transformed["DefaultValue"]) == ("root-usage-prod", 0)
    alarm = resources["AlarmAuditRootUsage"]
    assert (alarm["Properties"]["Namespace"], alarm["Properties"]["MetricName"]) == ("shop/audit", "root-usage-prod")
    assert root["Condition"] == alarm["Condition"]
    # Disabled by default, so there is no filter for it, either.
    assert "FilterAuditUnauthorizedCalls" not in resources
    assert len([name for name in resources if name.startswith("FilterAudit")]) == 13


def test_the_reason_for_wildcards_stands_for_a_waiver() -> None:
    services = {"audit": {"type": "cloudtrail", "log_group": "trail", "alarms": {"unauthorized-calls": True}}}
    made = built(spec(yaml.safe_dump({"services": services} | trail(services))))
    assert made.findings == []
    (waiver,) = made.estates["prod"].waivers
    assert waiver.subject == "services.audit.filters.unauthorized-calls"
    text = FILES["cloudtrail"].decode()
    without = "\n".join(line for line in text.splitlines() if "wildcards:" not in line)
    made = built(
        spec(yaml.safe_dump({"services": services} | trail(services))),
        packs={"packs/cloudtrail.yaml": without.encode()},
    )
    assert [(f.code, f.path) for f in made.findings] == [
        ("H03", ("services", "audit", "filters", "unauthorized-calls", "pattern"))
    ]


def test_the_filters_of_the_hubs_log_group_are_in_the_hub() -> None:
    services = {"audit": {"type": "cloudtrail", "log_group": "trail", "accounts": ["hub"]}}
    hub = {"trail": {"name": "/aws/cloudtrail/all", "in": "hub", "create": False}}
    made = built(spec(yaml.safe_dump({"services": services, "log_groups": hub})))
    assert made.findings == []
    assert "FilterAuditRootUsage" in made.templates["prod"]["hub.template.yaml"]["Resources"]


# --- packs of one's own -------------------------------------------------------------------------------------------

OWN = """\
title: A queue of ours
source: https://wiki.example.com/queues
parameters:
  queue: {what: its name, example: jobs}
capacities:
  workers: {what: how many there are, unit: Count, example: 4}
alarms:
  depth:
    metric: {namespace: Ours/Queues, name: Depth, dimensions: {Queue: "{queue}"}}
    statistic: Maximum
    threshold: "> 200 % of workers"
    period: 1m
    datapoints: 3 of 5
    missing_data: {as: breaching, because: the workers count every minute}
    severity: high
    summary: Too much waits in {queue}
    why: Two jobs a worker are more than it does in a minute.
"""


def test_a_pack_of_ones_own_is_used_like_any_other() -> None:
    services = {"jobs": {"type": "our-queue", "queue": "jobs-{environment}", "workers": 4}}
    made = estate_of(services, packs={"packs/our-queue.yaml": OWN.encode()})
    depth = alarm_of(made, "jobs-depth")
    assert depth.tuning.threshold == 8
    assert depth.signal.metric.dimensions == (("Queue", "jobs-prod"),)
    assert depth.summary == "Too much waits in jobs-prod"


def test_a_pack_of_ones_own_stands_in_for_ours() -> None:
    services = {"jobs": {"type": "sqs", "queue": "jobs", "workers": 4}}
    made = estate_of(services, packs={"packs/sqs.yaml": OWN.encode()})
    assert {alarm.key for alarm in made.estates["prod"].alarms} == {"errors", "jobs-depth"}


MISTAKES = [
    ("statistic: Maximum", "statistic: Biggest", "packs/q.yaml:10:16: error S03: alarms.depth.statistic:"),
    ("severity: high", "severty: high", "packs/q.yaml:15:5: error S01: alarms.depth.severty: unknown key `severty`"),
    (
        '{queue}"}',
        '{que}"}',
        "packs/q.yaml:9:71: error R02: alarms.depth.metric.dimensions.Queue: there is no parameter",
    ),
    ("% of workers", "% of worker", "error R02: alarms.depth.threshold: there is no capacity `worker`"),
    (
        "> 200 % of workers",
        "200% workers",
        'error S03: alarms.depth.threshold: expected a threshold such as "> 80 % of',
    ),
    ("because: the workers count every minute", "why: x", "error S02: alarms.depth.missing_data.because: `because` is"),
    ("title:", "title", "packs/q.yaml:2:7: error Y02"),
    ("Ours/Queues, name: Depth", "AWS/SQS, name: Depth", "error R05: alarms.depth.metric.name: AWS/SQS publishes no"),
    (
        "Ours/Queues, name: Depth, dimensions: {Queue:",
        "AWS/SQS, name: NumberOfMessagesSent, dimensions: {QueuName:",
        "error R05: alarms.depth.metric.dimensions.QueuName: AWS/SQS NumberOfMessagesSent has no dimension `QueuName`",
    ),
    ("  queue: {what", "  severity: {what", "error R05: parameters.severity: `severity` is a reserved key of entries"),
    (
        "source: https://wiki.example.com/queues",
        "source: https://wiki.example.com/queues\nread: May",
        "packs/q.yaml:3:7: error S03: read: expected a date",
    ),
    ("example: 4", "example: many", "error R05: capacities.workers.example: expected a number above zero, got `many`"),
]


SHARE = """\
    expression: 100 * errors / jobs
    metrics:
      errors: {namespace: Ours/Queues, name: Errors, dimensions: {Queue: "{queue}"}, statistic: Sum}
      jobs: &jobs {namespace: Ours/Queues, name: Jobs, dimensions: {Queue: "{queue}"}, statistic: Sum}
    minimum_traffic: {metric: *jobs, at_least: 50}
"""
MEASURED = OWN[OWN.index("    metric:") : OWN.index("    threshold:")]
OWN_SHARE = OWN.replace(MEASURED, SHARE)
MISTAKES_IN_SHARES = [
    (
        "    expression: 100",
        "    statistic: Sum\n    expression: 100",
        "R07: alarms.depth.statistic: an expression has no statistic",
    ),
    (
        "    expression: 100 * errors / jobs\n",
        "",
        "R06: alarms.depth: an alarm requires one of `metric`, `expression` and `filter`",
    ),
    (
        "    expression: 100",
        "    metric: &m {namespace: A, name: B}\n    expression: 100",
        "R06: alarms.depth: an alarm",
    ),
    (
        "    expression: 100 * errors / jobs",
        "    metric: {namespace: A, name: B}\n    statistic: Sum",
        "R07: alarms.depth.metrics:",
    ),
    (
        "    expression: 100 * errors / jobs",
        "    metric: {namespace: A, name: B}",
        "R06: alarms.depth: `statistic` is missing",
    ),
    (
        'Errors, dimensions: {Queue: "{queue}"',
        'Errors, dimensions: {Queue: "{que}"',
        "R02: alarms.depth.metrics.errors.dimensions.Queue",
    ),
    (
        "errors: {namespace: Ours/Queues",
        "errors: {namespace: AWS/SQS",
        "R05: alarms.depth.metrics.errors.name: AWS/SQS",
    ),
    ("Jobs, dimensions: {Queue:", "Jobs, dimension: {Queue:", "S01: alarms.depth.metrics.jobs.dimension: unknown key"),
    ("errors / jobs", "errors / jbos", 'R05: alarms.depth.expression: no metric or expression has the id "jbos"'),
    ("100 * errors / jobs", "errors /", "R05: alarms.depth.expression: a value is missing here"),
    ("100 * errors / jobs", "SEARCH('x', 'Sum')", "R05: alarms.depth.expression:"),
    ("at_least: 50", "at_least: 0", "S03: alarms.depth.minimum_traffic.at_least"),
    (
        'dimensions: {Queue: "{queue}"}, statistic: Sum}\n      jobs',
        'dimensions: {Queue: "{queue}"}}\n      jobs',
        "S02: alarms.depth.metrics.errors.statistic",
    ),
]


@pytest.mark.parametrize(("good", "bad", "said"), MISTAKES_IN_SHARES, ids=[said for _, _, said in MISTAKES_IN_SHARES])
def test_a_mistake_in_a_share_of_ones_own_is_told(good: str, bad: str, said: str) -> None:
    assert OWN_SHARE.count(good) == 1
    made = built(spec(), packs={"packs/q.yaml": OWN_SHARE.replace(good, bad).encode()})
    assert f"error {said}" in render(made.findings, made.source, "text", "", False)
    assert made.artifacts == {}


def test_a_share_of_ones_own_is_built_and_shown(own: Path) -> None:
    (own / "packs/our-queue.yaml").write_text(OWN_SHARE)
    shown = " ".join(obsgen("packs", "show", "our-queue").stdout.split())
    assert "100 * errors / jobs, where errors is Sum of Ours/Queues Errors by Queue and jobs is Sum of" in shown
    assert "Not evaluated in a period where Sum of Ours/Queues Jobs by Queue is below 50." in shown
    services = {"jobs": {"type": "our-queue", "queue": "jobs", "workers": 4}}
    made = estate_of(services, packs={"packs/our-queue.yaml": OWN_SHARE.encode()})
    assert alarm_of(made, "jobs-depth").signal.expression == "100 * errors / jobs"


COUNTED = """\
    filter: lost
    statistic: Sum
"""
OWN_FILTER = OWN.replace(MEASURED, COUNTED).replace(
    "alarms:",
    """\
filters:
  lost:
    log_group: "{queue}"
    pattern: '{ $.state = "lost" }'
    examples: {match: ['{"state": "lost"}'], ignore: ['{"state": "new"}']}
alarms:""",
)
MISTAKES_IN_FILTERS = [
    ("filter: lost", "filter: lots", "R02: alarms.depth.filter: there is no filter `lots`"),
    ('"{queue}"', '"{qeue}"', "R02: filters.lost.log_group: there is no parameter `qeue`"),
    ('$.state = "lost"', "$.state =", "R05: filters.lost.pattern:"),
    ('{"state": "lost"}', "{}", "R05: filters.lost.examples.match[0]: the pattern does not match this line"),
    ('{"state": "new"}', '{"state":  "lost"}', "R05: filters.lost.examples.ignore[0]: the pattern matches this"),
    ("    filter: lost\n", "    metric: {namespace: A, name: B}\n", "R07: filters.lost: no alarm uses this filter"),
    ("    statistic: Sum\n", "", "R06: alarms.depth: `statistic` is missing"),
]


@pytest.mark.parametrize(("good", "bad", "said"), MISTAKES_IN_FILTERS, ids=[said for _, _, said in MISTAKES_IN_FILTERS])
def test_a_mistake_in_a_filter_of_ones_own_is_told(good: str, bad: str, said: str) -> None:
    assert OWN_FILTER.count(good) == 1
    assert built(spec(), packs={"packs/q.yaml": OWN_FILTER.encode()}).findings == []
    made = built(spec(), packs={"packs/q.yaml": OWN_FILTER.replace(good, bad).encode()})
    assert f"error {said}" in render(made.findings, made.source, "text", "", False)


@pytest.mark.parametrize(("good", "bad", "said"), MISTAKES, ids=[bad for _, bad, _ in MISTAKES])
def test_a_mistake_in_a_pack_of_ones_own_is_told_with_its_place(good: str, bad: str, said: str) -> None:
    assert OWN.count(good) == 1
    made = built(spec(), packs={"packs/q.yaml": OWN.replace(good, bad).encode()})
    assert said in render(made.findings, made.source, "text", "", False)
    assert made.artifacts == {}


def test_a_wrong_dimension_is_told_with_the_right_one() -> None:
    text = OWN.replace("Ours/Queues, name: Depth", "AWS/SQS, name: NumberOfMessagesSent").replace("Queue:", "QueueNam:")
    made = built(spec(), packs={"packs/q.yaml": text.encode()})
    assert [f.hint for f in made.findings if f.code == "R05"] == ["did you mean `QueueName`?"]


def test_other_formats_name_the_file_of_the_pack_too() -> None:
    made = built(spec(), packs={"packs/q.yaml": OWN.replace("high", "huge").encode()})
    for form in ("json", "sarif", "github"):
        assert "packs/q.yaml" in render(made.findings, made.source, form, "", False)


def test_own_packs_are_found_beside_the_spec(tmp_path: Any) -> None:
    (tmp_path / "packs").mkdir()
    (tmp_path / "packs/q.yaml").write_text(OWN)
    (tmp_path / "packs/notes.txt").write_text("not a pack")
    found = own_pack_files(tmp_path / "observability.yaml")
    assert {path.removeprefix(f"{tmp_path}/") for path in found} == {"packs/q.yaml"}


def test_only_packs_that_are_used_are_read() -> None:
    packs, _, findings = load_packs({**FILES, "broken": b"]"}, {}, {"lambda"})
    assert findings == []
    assert set(packs.packs) == {"lambda"}
    assert packs.types == {*FILES, "broken"}


def test_a_pack_in_place_of_a_command_is_shown_by_another_command() -> None:
    done = obsgen("packs", "sqs")
    assert (done.exit_code, "did you mean `obsgen packs show sqs`?" in done.output) == (2, True)


def obsgen(*words: str) -> Any:
    return CliRunner().invoke(group, list(words))


@pytest.fixture
def own(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder with a spec and a pack of the user's own."""
    monkeypatch.chdir(tmp_path)
    (tmp_path / "packs").mkdir()
    (tmp_path / "packs/our-queue.yaml").write_text(OWN)
    (tmp_path / "observability.yaml").write_text(spec("services: {jobs: {type: our-queue, queue: jobs}}"))
    return tmp_path


def test_packs_lists_all_and_ones_own(own: Path) -> None:
    (own / "packs/sqs.yaml").write_text(OWN)
    done = obsgen("packs")
    assert done.exit_code == 0
    alarms, _, events = done.stdout.partition("\n\n")
    shown = {line.split()[0]: line for line in alarms.splitlines()}
    assert set(shown) == {*FILES, "our-queue"}
    assert {line.split()[0] for line in events.splitlines()[1:]} == set(PackFiles("event_packs"))
    assert shown["our-queue"].endswith("  A queue of ours: 1 alarm, your own")
    assert shown["sqs"].endswith("your own instead of obsgen's")
    assert shown["lambda"].endswith("AWS Lambda function: 11 alarms")


@pytest.mark.parametrize("name", FILES)
def test_a_pack_is_shown_in_words_and_as_its_file(name: str) -> None:
    shown = obsgen("packs", "show", name)
    assert shown.exit_code == 0
    pack = pack_of(name)
    for word in (pack.title, *pack.parameters, *pack.capacities, *pack.groups, *pack.alarms):
        assert word in shown.stdout
    assert obsgen("packs", "show", name, "--yaml").stdout_bytes == FILES[name]
    # What is shown as an entry to write builds, or is told what it lacks.
    text = shown.stdout[shown.stdout.index("services:") :].split("\n\n")[0]
    if pack.filters:
        text += "\n" + yaml.safe_dump(trail({"thing": {"type": name}}))
    assert {f.code for f in built(spec(text)).findings} <= ({"R07"} if name in SILENT else set())


def test_a_pack_of_ones_own_is_shown_and_built(own: Path) -> None:
    assert "> 200 % of workers, in 3 of 5 periods of 1 minute." in obsgen("packs", "show", "our-queue").stdout
    assert obsgen("check", "--no-lint").exit_code == 2
    (own / "observability.yaml").write_text(spec("services: {jobs: {type: our-queue, queue: jobs, workers: 4}}"))
    assert obsgen("build", "--no-lint").exit_code == 0
    assert "Too much waits in jobs" in (own / "out/prod/catalogue.md").read_text()


def test_a_broken_pack_and_one_that_is_not_there_are_sentences(own: Path) -> None:
    missing = obsgen("packs", "show", "our-queu")
    assert (missing.exit_code, "did you mean `our-queue`?" in missing.stderr) == (2, True)
    (own / "packs/our-queue.yaml").write_text(OWN.replace("high", "huge"))
    for words in (["packs"], ["packs", "show", "our-queue"], ["check", "--no-lint"]):
        done = obsgen(*words)
        assert done.exit_code == 2
        assert "packs/our-queue.yaml:15:15: error S03" in done.output
    assert obsgen("packs", "show", "lambda").exit_code == 0


def test_explain_knows_a_service_and_each_of_its_alarms(own: Path) -> None:
    (own / "observability.yaml").write_text(spec("services: {pay: {type: lambda, function: pay, severity: low}}"))
    whole = obsgen("explain", "services.pay").stdout
    assert "pay-errors-alarm-prod" in whole and "pay-throttles-alarm-prod" in whole
    one = obsgen("explain", "services.pay.alarms.errors").stdout
    assert "pay-throttles" not in one
    rows = [" ".join(line.split()) for line in one.splitlines()]
    assert "threshold > 5 pack lambda" in rows
    assert "missing data is acceptable: a function without calls publishes no data" in rows
    assert any(row.startswith("severity low service observability.yaml:") for row in rows)
    nothing = obsgen("explain", "services.pay.alarms.error")
    assert (nothing.exit_code, "did you mean `services.pay.alarms.errors`?" in nothing.stderr) == (2, True)


def test_one_parameter_says_for_a_whole_service_which_accounts_have_it() -> None:
    change = """
services:
  pay:
    type: lambda
    function: pay
    enabled: false
    overrides: [{where: {account: beta}, enabled: true}]
    alarms: {errors: {overrides: [{where: {account: alpha}, enabled: true}]}}
"""
    made = built(spec(change))
    assert made.findings == []
    template = made.templates["prod"]["member.template.yaml"]
    assert {name for name in template["Parameters"] if "Enabled" in name} == {
        "ServicePayEnabled",
        "AlarmPayErrorsEnabled",
    }
    tests = {name: test for name, test in template["Conditions"].items() if name.endswith("IsOn")}
    assert len(tests) == len([name for name in template["Resources"] if name.startswith("AlarmPay")])
    assert tests["AlarmPayThrottlesIsOn"] == {"Fn::Equals": [{"Ref": "ServicePayEnabled"}, "true"]}


def test_the_page_of_packs_has_every_pack_and_every_key() -> None:
    page = (ROOT / "docs" / "packs.md").read_text(encoding="utf-8")
    for name in FILES:
        assert f"| `{name}` | {pack_of(name).title} |" in page
    for model in (Pack, PackParameter, PackCapacity, PackFilter, PackExamples, PackAlarm, PackOperand, PackTraffic):
        for name, field in model.model_fields.items():
            assert f"| `{field.alias or name}` |" in page, name
    shown = obsgen("packs", "show", "vpn").stdout
    assert f"$ obsgen packs show vpn\n{shown}```" in page
    (own,) = re.findall(r"```text\n(title: .*?)```", page, re.DOTALL)
    services = {"jobs": {"type": "our-queue", "queue": "jobs", "workers": 4}}
    made = built(spec(yaml.safe_dump({"services": services})), packs={"packs/our-queue.yaml": own.encode()})
    # Who publishes Ours/Queues is nowhere in the file, and that is said.
    assert {found.code for found in made.findings} == {"T46"}


def test_a_dashboard_has_a_row_for_a_service() -> None:
    change = """
services: {pay: {type: lambda, function: pay, timeout: 4s, alarms: {duration: {statistic: Maximum}}}}
dashboards:
  mine:
    widgets:
      - {type: text, markdown: hello}
      - {type: service, service: pay, title: Payments}
      - {type: alarms, title: All, alarms: [pay-errors]}
"""
    made = built(spec(change))
    assert made.findings == []
    (mine,) = [one for one in made.estates["prod"].dashboards if one.key == "mine"]
    row = mine.widgets[1:-1]
    assert row[0].markdown == "## Payments"
    titles = [widget.title for widget in row[1:]]
    assert titles == [
        "ConcurrentExecutions, Maximum",
        "DeadLetterErrors, Sum",
        "Duration, Maximum",
        "Errors, Sum",
        "Throttles, Sum",
    ]
    duration = row[1 + titles.index("Duration, Maximum")]
    assert {level.value for level in duration.levels} == {3000.0, 3200.0}
    assert [line.label for line in duration.series] == ["alpha", "beta", "gamma"]
    assert mine.widgets[-1].path == ("dashboards", "mine", "widgets", 2, "alarms")
    assert {widget.path for widget in row[1:]} == {("dashboards", "mine", "widgets", 1)}
    check_pack = built(spec(change.replace("service: pay,", "service: pya,")))
    assert [(f.code, f.hint) for f in check_pack.findings] == [("R02", "did you mean `pay`?")]


def test_editors_know_every_pack() -> None:
    done = obsgen("schema")
    validator = jsonschema.Draft202012Validator(json.loads(done.stdout))

    def said(service: dict[str, Any]) -> list[str]:
        data = yaml.safe_load(spec(yaml.safe_dump({"services": {"thing": service}})))
        return [error.message for error in validator.iter_errors(data)]

    for name in FILES:
        assert said(entry(name)) == [], name
    assert said({"type": "lambda"}) == ["'function' is a required property"]
    assert "'functon' is not one of" in said({"type": "lambda", "function": "pay", "functon": "x"})[0]
    assert "'eror' is not one of" in said({"type": "lambda", "function": "pay", "alarms": {"eror": False}})[0]
    assert said({"type": "our-queue", "queue": "jobs"}) == []


def places(value: Any, path: tuple[Any, ...] = ()) -> Iterator[tuple[Any, ...]]:
    """The path of everything inside a value."""
    pairs = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    for step, inner in pairs:
        yield (*path, step)
        yield from places(inner, (*path, step))


def test_whatever_stands_in_a_pack_is_a_finding_at_worst() -> None:
    strange = [None, True, 5, "", "{", "{nope}", "(", "> 80 % of nope", "AWS/Lambda", [], {}, ["a"], {"a": 1}]
    whole = [yaml.safe_load(text) for text in (OWN, OWN_SHARE)]
    for data, path in [(one, path) for one in whole for path in places(one)]:
        for value in strange:
            changed = copy.deepcopy(data)
            inside = changed
            for step in path[:-1]:
                inside = inside[step]
            inside[path[-1]] = value
            packs, _, findings = load_packs({}, {"packs/q.yaml": yaml.safe_dump(changed).encode()}, set())
            assert ("q" in packs.packs) == (findings == []), (path, value)


def test_in_the_hub_what_leans_on_an_account_has_its_id() -> None:
    made = estate_of({"settle": {"type": "step-functions", "in": "hub", "state_machine": "settle"}})
    arns = {
        alarm.account: dict(alarm.signal.metric.dimensions)["StateMachineArn"]
        for alarm in made.estates["prod"].alarms
        if alarm.key == "settle-failed"
    }
    assert arns["alpha"] == "arn:aws:states:us-east-1:222222222222:stateMachine:settle"
    assert set(arns) == {"alpha", "beta", "gamma"}


def test_one_region_and_some_accounts_are_one_condition() -> None:
    overrides = "[{where: {account: alpha}, enabled: false}]"
    thing = f"{{type: cloudfront, distribution: E1A2B3C4D5E6F7, overrides: {overrides}}}"
    made = built(spec(f"{{regions: [us-east-1, eu-west-1], services: {{shop: {thing}}}}}"), lint=True)
    assert made.findings == []
    conditions = made.templates["prod"]["member.template.yaml"]["Conditions"]
    is_on = {"Fn::Equals": [{"Ref": "ServiceShopEnabled"}, "true"]}
    assert conditions["AlarmShopErrorsIsOn"] == {"Fn::And": [{"Condition": "IsInUsEast1"}, is_on]}
    catalogue = made.artifacts["prod/catalogue.md"].decode()
    assert "- **Deployed to** beta, gamma; us-east-1\n" in catalogue


def test_a_service_of_some_accounts_is_nowhere_else() -> None:
    change = """
environments: [dev, prod]
access: {owned_by: prod}
services:
  pay:
    type: lambda
    function: pay
    accounts: [alpha, beta]
    alarms: {throttles: false, errors: {overrides: [{where: {account: beta}, enabled: false}]}}
    overrides: [{where: {environment: dev}, enabled: false}]
"""
    made = built(spec(OWN_METRICS + change))
    assert made.findings == []

    def where(key: str, environment: str = "prod") -> list[str]:
        (found,) = [alarm for alarm in made.estates[environment].alarms if alarm.key == key]
        assert not found.tuning.enabled  # accounts that join later
        return [name for name in ("alpha", "beta", "gamma") if found.tuning_in(name).enabled]

    assert where("pay-duration") == ["alpha", "beta"]
    assert where("pay-errors") == ["alpha"]
    assert where("pay-throttles") == []
    assert where("pay-duration", "dev") == []
    parameters = made.templates["prod"]["member.template.yaml"]["Parameters"]
    assert {name for name in parameters if name.startswith("ServicePay")} == set()
    unknown = built(spec(OWN_METRICS + change.replace("[alpha, beta]", "[alpha, bata]")))
    assert [(f.code, f.path) for f in unknown.findings] == [("R02", ("services", "pay", "accounts", 1))]
