"""What was probably meant, said: conflicts, anchors, versions, percentages, windows of the past, units that differ."""

from __future__ import annotations

import pytest

from generator.findings import dotted
from tests.support import built, spec

BOTH = """
metric_filters:
  a: {log_group: application, pattern: '"x"', metric: {name: Y, namespace: Shop, default: 0, unit: Count}}
  b: {log_group: application, pattern: '[a, took = 1*]', metric: {name: Y, namespace: Shop, value: $took, unit: %s}}
alarms:
  y: {metric: {filter: a}, statistic: Sum, threshold: '> 1'}
  z: {metric: {filter: b}, statistic: Sum, threshold: '> 1'}
"""


@pytest.mark.parametrize(
    ("text", "code", "message", "hint"),
    [
        ("version: 1\n<<<<<<< HEAD\nproject: x\n=======\nproject: y\n>>>>>>> b\n", "Y02", "merge conflict", "<<<<<<<"),
        ("version: 1\nproject: *name\n", "Y02", "no anchor `&name`", "&name further up"),
        ("version: 1\n<<: [1]\n", "Y06", "expected a mapping or a list of mappings for `<<`", "<<: *name"),
        ('version: "1"\nproject: x\n', "S04", "expected the number 1, not text", "remove the quotes"),
    ],
)
def test_a_text_that_cannot_be_read_says_what_is_wrong(text: str, code: str, message: str, hint: str) -> None:
    finding = built(text).findings[0]
    assert finding.code == code
    assert message in finding.message
    assert hint in finding.hint


@pytest.mark.parametrize(
    ("change", "place", "hint"),
    [
        ("dashboards: {overview: on}", "S03 dashboards.overview", "auto"),
        (
            "slos: {s: {bad: {filter: errors}, total: {filter: errors}, objective: 0.999}}",
            "R05 slos.s.objective",
            "99.9",
        ),
        (BOTH % "Milliseconds", "R10 metric_filters.b.metric.name", "one unit"),
        (
            "maintenance: {n: {alarms: [errors], schedule: at(2026-11-19T02:00), duration: 1h}}",
            "W05 maintenance.n.schedule",
            "a future time",
        ),
    ],
)
def test_what_was_meant_is_said_once(change: str, place: str, hint: str) -> None:
    (finding,) = [f for f in built(spec(change)).findings if f.code not in ("H03", "T23", "T26")]
    assert f"{finding.code} {dotted(finding.path)}" == place
    assert hint in finding.hint


@pytest.mark.parametrize(
    "change",
    [
        BOTH % "Count",
        "maintenance: {n: {alarms: [errors], schedule: at(2026-11-21T02:00), duration: 1h}}",
        "dashboards: {overview: auto}",
    ],
)
def test_what_is_right_has_no_finding(change: str) -> None:
    assert [f.code for f in built(spec(change)).findings if f.code in ("R10", "W05", "S03")] == []
