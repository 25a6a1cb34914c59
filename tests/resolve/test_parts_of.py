"""Which composites' incidents an alarm is part of, and what of it stands in the routing table."""

from __future__ import annotations

import json
from typing import Any

import pytest

from generator.render.routing import routing_json
from tests.support import built, spec

ALARMS = """
alarms:
  errors: {severity: high}
  lag: &like {metric: {filter: errors}, statistic: Sum, threshold: "> 9", severity: high}
  slow: {<<: *like, severity: critical}
  deploying: {<<: *like, severity: none}
  alone: {<<: *like, group: none}
"""


def routing(change: str, environment: str = "prod") -> dict[str, Any]:
    made = built(spec(ALARMS.rstrip() + "\n" + change))
    assert made.artifacts, [(f.code, f.message) for f in made.findings]
    data: dict[str, Any] = json.loads(routing_json(made.estates[environment]))
    return data


def parts(change: str) -> dict[str, list[str]]:
    """Alarm to what it is part of, without the ending of the names; those that are part of nothing are left out."""
    alarms = routing(change)["alarms"]
    return {
        name.removesuffix("-alarm-prod"): [one.removesuffix("-alarm-prod") for one in entry["parts_of"]]
        for name, entry in alarms.items()
        if "parts_of" in entry
    }


CRITICAL = "severity: critical"


@pytest.mark.parametrize(
    ("rule", "members"),
    [
        ("errors and lag", {"errors", "lag"}),
        ("errors or lag", {"errors", "lag"}),
        ("(errors or lag) and not deploying", {"errors", "lag"}),
        ("errors and not lag", {"errors"}),
        ("errors and not (lag or slow)", {"errors"}),
        ("errors and not (lag and not slow)", {"errors", "slow"}),
        ("errors and ok(lag)", {"errors"}),
        ("errors and not ok(lag)", {"errors", "lag"}),
        ("errors and not not lag", {"errors", "lag"}),
        ("errors and no-data(lag)", {"errors"}),
        ("errors and not no-data(lag)", {"errors"}),
        ("errors and (lag or not lag or slow)", {"errors", "lag", "slow"}),
        ("errors and alone", {"errors"}),
        ("errors and lag or deploying", {"errors", "lag"}),
    ],
)
def test_what_makes_a_rule_true_is_part_of_the_composite(rule: str, members: set[str]) -> None:
    """What is excluded or looked for in another state is not, nor what nobody hears of or what stays alone."""
    found = parts(f"composites: {{down: {{rule: {rule}, {CRITICAL}}}}}")
    assert found == {**dict.fromkeys(members, ["down"]), "down": ["down"]}


@pytest.mark.parametrize(
    ("composites", "expected"),
    [
        # The nearest first; a composite that others are part of names itself before what it is part of.
        (
            "{near: {rule: errors and lag, severity: high}, far: {rule: near and slow, severity: critical}}",
            {
                "errors": ["near", "far"],
                "lag": ["near", "far"],
                "slow": ["far"],
                "near": ["near", "far"],
                "far": ["far"],
            },
        ),
        # Two composites that share a part.
        (
            "{one: {rule: errors and lag, severity: high}, two: {rule: errors and slow, severity: critical}}",
            {
                "errors": ["one", "two"],
                "lag": ["one"],
                "slow": ["two"],
                "one": ["one"],
                "two": ["two"],
            },
        ),
        # `ok` of a composite is its opposite, and so is each of its parts.
        (
            "{calm: {rule: not errors and not lag, severity: none},"
            " down: {rule: slow and ok(calm), severity: critical}}",
            {"errors": ["down"], "lag": ["down"], "slow": ["down"], "down": ["down"]},
        ),
        (
            "{calm: {rule: not errors and not lag, severity: none}, down: {rule: slow and calm, severity: critical}}",
            {"slow": ["down"], "down": ["down"]},
        ),
        # One of no severity only serves others.
        (
            "{near: {rule: errors and lag, severity: none}, far: {rule: near and slow, severity: critical}}",
            {"errors": ["far"], "lag": ["far"], "slow": ["far"], "far": ["far"]},
        ),
        # One that is less severe than a part does not speak for it; what is above speaks for both.
        (
            "{near: {rule: slow and lag, severity: high}, far: {rule: near and errors, severity: critical}}",
            {
                "slow": ["far"],
                "lag": ["near", "far"],
                "errors": ["far"],
                "near": ["near", "far"],
                "far": ["far"],
            },
        ),
        # What is below one with separate parts is no part of what is above it.
        (
            "{near: {rule: errors and lag, severity: high, children: separate},"
            " far: {rule: near and slow, severity: critical}}",
            {"slow": ["far"], "near": ["far"], "far": ["far"]},
        ),
        (
            "{near: {rule: errors and lag, severity: high, children: separate},"
            " far: {rule: near and slow or errors, severity: critical}}",
            {"slow": ["far"], "errors": ["far"], "near": ["far"], "far": ["far"]},
        ),
        # What silences a composite is no part of it.
        (
            "{near: {rule: errors and lag, severity: high, suppressed_by: slow}}",
            {"errors": ["near"], "lag": ["near"], "near": ["near"]},
        ),
    ],
)
def test_composites_of_composites(composites: str, expected: dict[str, list[str]]) -> None:
    assert parts(f"composites: {composites}") == expected


def test_a_default_for_all_and_another_word_for_one() -> None:
    change = """
incidents: {group: {composites: separate}}
composites:
  one: {rule: errors and lag, severity: critical}
  two: {rule: errors and slow, severity: critical, children: quiet}
"""
    assert parts(change) == {"errors": ["two"], "slow": ["two"], "two": ["two"]}


def test_the_severity_in_any_account_counts_unless_it_is_off_there() -> None:
    composites = "\ncomposites: {down: {rule: errors and lag, severity: high}}"
    worse = "  errors: {overrides: [{where: {account: beta}, severity: critical%s}]}" + composites
    text = ALARMS.replace("  errors: {severity: high}\n", "")

    def found(change: str) -> set[str]:
        made = built(spec(text.rstrip() + "\n" + change))
        return {alarm.key for alarm in made.estates["prod"].alarms if alarm.parts_of}

    assert found(worse % "") == {"lag"}
    assert found(worse % ", enabled: false") == {"errors", "lag"}


def test_an_alarm_over_each_account_is_several_parts() -> None:
    change = """
  seen: {in: hub, metric: {filter: errors}, statistic: Sum, threshold: "> 50", severity: high}
  all: {in: hub, over: all-accounts, metric: {filter: errors}, statistic: Sum, threshold: "> 500", severity: high}
composites: {down: {in: hub, rule: seen and all, severity: critical}}
"""
    found = parts(change)
    assert found == {
        "all": ["down"],
        "down": ["down"],
        **{f"seen-{account}": ["down"] for account in ("alpha", "beta", "gamma")},
    }


def test_alarms_of_an_objective_name_it() -> None:
    change = """
slos: {paying: {objective: 99.9, bad: {filter: errors}, total: {namespace: Shop, name: Requests}, service: shop}}
composites: {down: {rule: paying-fast and errors, severity: critical}}
"""
    alarms = routing(change)["alarms"]
    named = {name for name, entry in alarms.items() if entry.get("objective") == "paying"}
    assert {"paying-fast-alarm-prod", "paying-slow-alarm-prod", "paying-fast-1h-alarm-prod"} <= named
    assert {entry.get("service") for name, entry in alarms.items() if name in named} == {"shop"}
    # Of no severity, so nobody hears of them; what they make fire is part of what it makes fire.
    assert "parts_of" not in alarms["paying-fast-1h-alarm-prod"]
    assert alarms["paying-fast-alarm-prod"]["parts_of"] == ["down-alarm-prod"]


def test_an_alarm_has_six_parents_at_most() -> None:
    chain = [f"c{number}: {{rule: c{number - 1} or slow, {CRITICAL}}}" for number in range(2, 10)]
    change = f"composites: {{c1: {{rule: errors and lag, {CRITICAL}}}, {', '.join(chain)}}}"
    found = parts(change)
    assert found["errors"] == [f"c{number}" for number in range(1, 7)]
    assert found["c4"] == [f"c{number}" for number in range(4, 10)]


def test_an_alarm_says_its_service_that_it_is_alone_and_when_it_pages_again() -> None:
    change = """
  pay: {metric: {filter: errors}, statistic: Sum, threshold: "> 5", service: shop, page_again: 30m}
services:
  handler: {type: lambda, function: pay-handler, alarms: {duration: {group: none, page_again: 1h, ok: false}}}
composites: {down: {rule: errors and lag, service: shop, page_again: 1h, severity: critical}}
canaries: {front: {url: "https://shop.example.com", service: shop}}
"""
    alarms = routing(change)["alarms"]
    assert {name for name, entry in alarms.items() if entry.get("service") == "shop"} == {
        "pay-alarm-prod",
        "down-alarm-prod",
        "front-canary-alarm-prod",
    }
    assert {name for name, entry in alarms.items() if entry.get("alone")} == {
        "alone-alarm-prod",
        "handler-duration-alarm-prod",
    }
    assert alarms["handler-errors-alarm-prod"]["service"] == "handler"
    assert [name for name, entry in alarms.items() if entry.get("ok") is False] == ["handler-duration-alarm-prod"]
    again = {name: entry["page_again_seconds"] for name, entry in alarms.items() if "page_again_seconds" in entry}
    assert again == {"pay-alarm-prod": 1800, "down-alarm-prod": 3600, "handler-duration-alarm-prod": 3600}


# What the contract of both sides is: handlers/incident/grouping/grouping_policy.py reads it.
DEFAULTS = {
    "group": {
        "by": ["service", "account"],
        "wait_seconds": {"critical": 0, "high": 30, "medium": 30, "low": 60},
        "update_every_seconds": 300,
        "collect_seconds": 3600,
    },
    "storm": {
        "environment_per_minute": 30,
        "account_per_minute": 10,
        "own_pages": 10,
        "calm_seconds": 600,
        "split": 20,
        "severity": "critical",
    },
    "flapping": {"repeats": 4, "within_seconds": 3600, "every_seconds": 900, "page_every_seconds": 1800},
    "remind_seconds": {"critical": 1800, "high": 14400},
    "escalate": {},
    "acknowledge": ["ticket", "reaction", "command"],
}


def test_without_the_section_incidents_are_as_the_language_says() -> None:
    assert routing("")["incidents"] == DEFAULTS


def test_what_is_given_changes_that_and_nothing_else() -> None:
    change = """
channels: {lead: {type: pagerduty, secret: shop/lead}}
incidents:
  group: {by: [owner], wait: {high: 0s}, update_every: 10m, for: 2h}
  storm: {above: 5/1m, split: 0}
  flapping: {after: 2/30m, every: 1h}
  remind: {critical: none, medium: 1d}
  escalate: {high: {after: 20m, to: [lead]}}
  acknowledge: [command, ticket]
"""
    assert routing(change)["incidents"] == {
        "group": {
            "by": ["owner"],
            "wait_seconds": {**DEFAULTS["group"]["wait_seconds"], "high": 0},  # type: ignore[dict-item, call-overload]
            "update_every_seconds": 600,
            "collect_seconds": 7200,
        },
        # An account never has a higher limit than the environment, unless somebody gives it one.
        "storm": {**DEFAULTS["storm"], "environment_per_minute": 5, "account_per_minute": 5, "split": 0},  # type: ignore[dict-item]
        # Pages are never more often than messages.
        "flapping": {"repeats": 2, "within_seconds": 1800, "every_seconds": 3600, "page_every_seconds": 3600},
        "remind_seconds": {"high": 14400, "medium": 86400},
        "escalate": {"high": {"after_seconds": 1200, "to": ["lead"]}},
        "acknowledge": ["ticket", "command"],
    }


def test_what_is_switched_off_is_not_there() -> None:
    found = routing("incidents: {storm: none, flapping: none, remind: none, acknowledge: [], group: {by: []}}")
    given = found["incidents"]
    assert (given["storm"], given["flapping"], given["remind_seconds"], given["acknowledge"]) == (None, None, {}, [])
    assert given["group"]["by"] == []


def test_the_incident_function_reads_what_is_written() -> None:
    from handlers.incident.grouping.grouping_policy import grouping_policy

    change = """
channels: {lead: {type: pagerduty, secret: shop/lead}}
incidents: {escalate: {critical: {after: 20m, to: [lead]}}}
"""
    policy = grouping_policy(routing(change))
    assert policy.by == ("service", "account")
    assert policy.wait_ms == {"critical": 0, "high": 30_000, "medium": 30_000, "low": 60_000}
    assert policy.storm and (policy.storm.environment, policy.storm.calm_ms) == (30, 600_000)
    assert policy.flapping and policy.flapping.page_every_ms == 1_800_000
    assert policy.escalate["critical"].to == ("lead",)
    assert grouping_policy(routing("incidents: {storm: none, flapping: none}")).storm is None
