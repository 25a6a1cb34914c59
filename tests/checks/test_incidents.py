"""The checks of what is one incident, beyond their own examples."""

from __future__ import annotations

import pytest

from generator.findings import Finding, Severity
from tests.support import built, spec

LIKE = 'metric: {filter: errors}, statistic: Sum, threshold: "> 9"'


def of(code: str, change: str) -> list[Finding]:
    return [finding for finding in built(spec(change)).findings if finding.code == code]


def many(number: int, more: str = "") -> str:
    rows = "".join(f"  a{one}: {{{LIKE}{more}}}\n" for one in range(number))
    return f"alarms:\n{rows}"


@pytest.mark.parametrize(("number", "told"), [(199, False), (200, True)])
def test_no_storms_of_many_alarms_are_a_warning(number: int, told: bool) -> None:
    """The base has one more."""
    found = of("T51", f"incidents: {{storm: none}}\n{many(number)}")
    assert [(one.severity, one.path) for one in found] == [(Severity.WARNING, ("incidents", "storm"))] * told
    assert not of("T51", many(number))


@pytest.mark.parametrize(
    ("by", "number", "told"), [("[]", 51, True), ("[]", 50, False), ("[service]", 51, False), ("[owner]", 51, False)]
)
def test_many_alarms_of_one_service_that_are_not_grouped_are_a_warning(by: str, number: int, told: bool) -> None:
    found = of("T54", f"incidents: {{group: {{by: {by}}}}}\n{many(number, ', service: shop')}")
    assert [one.message for one in found] == [
        f"each of the {number} alarms of `shop` is an incident of its own when the service is down"
    ] * told


@pytest.mark.parametrize(
    ("composite", "told"),
    [
        ("severity: high", False),
        ("severity: critical", False),
        ("severity: medium", True),
        ("severity: none", False),
        ("severity: medium, children: separate", False),
    ],
)
def test_a_composite_below_its_parts_is_told_unless_it_is_meant(composite: str, told: bool) -> None:
    change = f"alarms: {{errors: {{severity: high}}, lag: {{{LIKE}}}}}\n"
    assert bool(of("T50", f"{change}composites: {{down: {{rule: errors and lag, {composite}}}}}")) is told


@pytest.mark.parametrize(
    ("rule", "told"), [("lag and not errors", False), ("lag and ok(errors)", False), ("lag and not ok(errors)", True)]
)
def test_only_parts_count(rule: str, told: bool) -> None:
    change = f"alarms: {{errors: {{severity: high}}, lag: {{{LIKE}}}}}\n"
    assert bool(of("T50", f"{change}composites: {{down: {{rule: {rule}, severity: medium}}}}")) is told


def test_a_part_that_stays_alone_may_be_worse() -> None:
    change = f"alarms: {{errors: {{severity: high, group: none}}, lag: {{{LIKE}}}}}\n"
    assert not of("T50", f"{change}composites: {{down: {{rule: errors and lag, severity: medium}}}}")


@pytest.mark.parametrize(
    ("change", "told"),
    [
        ("alarms: {errors: {service: shop}}", False),
        (f"alarms: {{errors: {{service: shop}}, lag: {{{LIKE}, service: shop}}}}", True),
        (f"alarms: {{errors: {{service: shop}}, lag: {{{LIKE}, service: till}}}}", False),
        (f"alarms: {{lag: {{{LIKE}}}}}\ncomposites: {{down: {{rule: errors and lag}}}}", True),
        (f"alarms: {{lag: {{{LIKE}}}}}\ncomposites: {{down: {{rule: errors and lag, children: separate}}}}", False),
        (
            f"incidents: {{group: {{by: []}}}}\nalarms: {{errors: {{service: shop}}, lag: {{{LIKE}, service: shop}}}}",
            False,
        ),
    ],
)
def test_a_webhook_of_slack_is_told_only_where_alarms_are_put_together(change: str, told: bool) -> None:
    chat = "channels: {chat: {type: slack, secret: shop/slack}}\nroutes: {medium: [chat, mail]}\n"
    assert bool(of("T53", chat + change)) is told


def test_a_webhook_that_hears_of_nothing_is_left_alone() -> None:
    change = f"alarms: {{errors: {{service: shop}}, lag: {{{LIKE}, service: shop}}}}"
    assert not of("T53", f"channels: {{chat: {{type: slack, secret: shop/slack}}}}\n{change}")
