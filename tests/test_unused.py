"""What is written and serves nothing, units of self-managed stack sets, and members that the owner does not watch."""

from __future__ import annotations

import pytest

from generator.findings import dotted
from tests.support import built, spec

FILTER = "{log_group: application, pattern: '\"x\"', metric: {name: Seen, namespace: Shop, default: 0}}"


def told(change: str, code: str) -> list[str]:
    return [f"{f.severity} {dotted(f.path)}" for f in built(spec(change)).findings if f.code == code]


@pytest.mark.parametrize(
    ("change", "finding"),
    [
        ("environments: {prod: {accounts: [alpha, beta]}}", "warning accounts.gamma"),
        ("channels: {other: {type: email, addresses: [x@example.com]}}", "warning channels.other"),
        (f"metric_filters: {{seen: {FILTER}}}", "info metric_filters.seen"),
        ("log_groups: {theirs: {name: /aws/lambda/x, create: false}}", "warning log_groups.theirs"),
    ],
)
def test_what_nobody_uses_is_said(change: str, finding: str) -> None:
    waived = "\nwaivers: [{rule: names, for: log_groups.theirs, reason: somebody else has named it}]"
    assert told(change + (waived if "theirs" in change else ""), "R12") == [finding]


@pytest.mark.parametrize(
    "change",
    [
        "environments: {prod: {accounts: [alpha, beta]}, dev: {accounts: [gamma]}}",
        "environments: {prod: {accounts: [alpha]}, dev: null}\naccess: {owned_by: dev}",
        f"metric_filters: {{seen: {FILTER}}}\n"
        "alarms: {far: {metric: {filter: seen}, statistic: Sum, threshold: '> 1'}}",
        f"metric_filters: {{seen: {FILTER}}}\nalarms: {{far: {{query: SELECT SUM(Seen) FROM Shop, threshold: '> 1'}}}}",
        "log_groups: {made: {name: '/x/{environment}'}}",
    ],
)
def test_what_is_used_somewhere_is_not(change: str) -> None:
    assert told(change, "R12") == []


def test_one_mistake_is_said_once() -> None:
    found = built(spec("alarms: {errors: {metric: {filter: erors}}}")).findings
    assert [f.code for f in found] == ["R02"]


def test_a_self_managed_stack_set_has_no_units() -> None:
    change = "organization: {stack_sets: self-managed}\norganizational_units: [ou-ab12-cdefgh34]"
    assert told(change, "R07") == ["error organization.stack_sets"]


SHARED = "metric_filters: {errors: {metric: {name: 'Errors-{environment}'}}}\n"


@pytest.mark.parametrize(
    ("change", "missed"),
    [
        ("environments: {dev: {accounts: [alpha, gamma]}, prod: {accounts: [alpha, beta]}}", "`gamma` of dev"),
        ("environments: {dev: {organizational_units: [ou-ab12-cdefgh34]}, prod: null}", "`ou-ab12-cdefgh34` of dev"),
        ("environments: {dev: {hub: {account: '999999999999'}}, prod: null}", "dev has another hub"),
        ("environments: {dev: null, prod: null}", ""),
        ("environments: {dev: {accounts: [alpha]}, prod: null}", ""),
    ],
)
def test_what_the_owner_does_not_watch_has_no_link(change: str, missed: str) -> None:
    found = built(spec(f"{SHARED}{change}\naccess: {{owned_by: prod}}")).findings
    messages = [f.message for f in found if f.code == "R10"]
    assert len(messages) == bool(missed)
    assert all(missed in message for message in messages)
