"""Several thresholds of a pack's alarm: an alarm for each, as of an alarm of the file's own."""

from __future__ import annotations

from typing import Any

import pytest

from generator.evaluate.math.insights import read_query
from generator.findings import dotted
from generator.model.signals import QuerySignal
from tests.support import built, spec

AGE = """
services:
  jobs:
    type: sqs
    queue: jobs
    alarms:
      age:
        thresholds: {high: "> 600", critical: "> 3600"}
        overrides: [{where: {account: beta}, thresholds: {critical: "> 1800"}}]
composites: {jobs-down: {rule: jobs-age or errors, severity: critical}}
maintenance: {night: {alarms: [jobs-age-high], schedule: "cron(0 2 * * *)", duration: 45m}}
"""


def alarms(text: str) -> dict[str, Any]:
    made = built(spec(text))
    assert [found for found in made.findings if found.code not in ("T46", "T50")] == []
    return {alarm.key: alarm for alarm in made.estates["prod"].alarms if alarm.path[0] == "services"}


def test_each_threshold_is_an_alarm_of_its_severity() -> None:
    found = alarms(AGE)
    assert {"jobs-age-high", "jobs-age-critical", "jobs-depth"} <= found.keys()
    assert "jobs-age" not in found
    high, critical = found["jobs-age-high"], found["jobs-age-critical"]
    assert [(one.tuning.threshold, one.tuning.severity) for one in (high, critical)] == [
        (600, "high"),
        (3600, "critical"),
    ]
    assert (high.level_of, high.path, high.silence) == (
        "jobs-age",
        ("services", "jobs", "alarms", "age"),
        critical.silence,
    )
    assert high.silence
    assert high.variants == ()
    assert [(one.account, one.tuning.threshold) for one in critical.variants] == [("beta", 1800)]
    origins = {origin.field: origin for origin in critical.origins}
    assert dotted(origins["threshold"].path) == "services.jobs.alarms.age.thresholds.critical"
    assert origins["period"].layer == "pack sqs"


def test_a_fleet_has_a_query_for_each() -> None:
    found = alarms(
        'services: {all: {type: sqs, fleet: true, alarms: {age: {thresholds: {low: "> 60", high: "> 90"}}}}}'
    )
    for key, threshold in (("all-age-low", 60), ("all-age-high", 90)):
        assert found[key].tuning.threshold == threshold
        assert isinstance(found[key].signal, QuerySignal)
        assert read_query(found[key].signal.query).is_descending


def test_the_alarm_s_own_threshold_is_stronger_than_those_of_its_group() -> None:
    entry = (
        "services: {t: {type: dynamodb, table: orders, alarms: {throttles: {thresholds: {low: '> 1', high: '> 9'}}%s}}}"
    )
    levels = {"t-read-throttles-low", "t-read-throttles-high", "t-write-throttles-low", "t-write-throttles-high"}
    assert levels <= alarms(entry % "").keys()
    found = alarms(entry % ", read-throttles: {threshold: '> 4'}")
    assert found["t-read-throttles"].tuning.threshold == 4
    assert "t-read-throttles-low" not in found
    assert "t-write-throttles-low" in found


@pytest.mark.parametrize(
    ("old", "new", "path"),
    [
        ('critical: "> 3600"}', 'critical: "> 60"}', "services.jobs.alarms.age.thresholds"),
        ('critical: "> 1800"', 'critical: "> 18"', "services.jobs.alarms.age.overrides[0].thresholds"),
        ('critical: "> 1800"', 'low: "> 18"', "services.jobs.alarms.age.overrides[0].thresholds.low"),
        ('thresholds: {critical: "> 1800"}', 'threshold: "> 18"', "services.jobs.alarms.age.overrides[0].threshold"),
        (
            "        thresholds: {high",
            "        severity: low\n        thresholds: {high",
            "services.jobs.alarms.age.severity",
        ),
        (
            '        thresholds: {high: "> 600", critical: "> 3600"}\n',
            "",
            "services.jobs.alarms.age.overrides[0].thresholds",
        ),
    ],
)
def test_what_makes_no_sense_is_refused_in_its_place(old: str, new: str, path: str) -> None:
    assert old in AGE
    found = built(spec(AGE.replace(old, new))).findings
    assert ("R07", path) in {(one.code, dotted(one.path)) for one in found}
