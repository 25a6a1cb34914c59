"""A template as people write it, YAML with short forms, anchors and conditions, read from its text and played."""

from __future__ import annotations

import pytest

from generator.evaluate.simulate import simulate
from generator.evaluate.template.template import Contents, read
from generator.evaluate.template.text import template_text
from generator.evaluate.types import AlarmId, Deployed, LogLine, MetricId, Published, SimulationResult, State
from tests.support import ROOT

ACCOUNT, PLATFORM = "123456789012", "210987654321"
START = 1_800_000_000
MINUTE = 60
FILE = ROOT / "tests/evaluate/templates/by_hand/orders.template.yaml"


def orders(region: str = "eu-west-1", **parameters: str) -> Deployed:
    found = template_text(FILE.read_bytes(), FILE.name)
    assert found.template and not found.findings
    return Deployed(found.template, ACCOUNT, region, parameters=tuple(parameters.items()))


def contents(region: str = "eu-west-1", **parameters: str) -> Contents:
    return read(orders(region, **parameters))


def lines(*given: tuple[int, str]) -> list[LogLine]:
    """Lines by their minute."""
    return [LogLine(ACCOUNT, "eu-west-1", "/orders/prod/app", START + at * MINUTE + 1, text) for at, text in given]


def values(metric: MetricId, *given: float | None) -> Published:
    return Published(metric, START, MINUTE, tuple(None if one is None else (one,) for one in given))


def up(*given: float | None) -> Published:
    return values(MetricId(PLATFORM, "eu-west-1", "Platform", "Up"), *given)


def changes(found: SimulationResult, name: str) -> list[tuple[int, State]]:
    alarm = AlarmId(ACCOUNT, "eu-west-1", name)
    return [((one.at - START) // MINUTE, one.after) for one in found.transitions if one.alarm == alarm]


def played(published: list[Published], said: list[LogLine], minutes: int = 10) -> SimulationResult:
    return simulate([orders(Stage="prod")], published, said, START, START + minutes * MINUTE)


@pytest.mark.parametrize(
    ("region", "stage", "names"),
    [
        ("eu-west-1", "prod", ["orders-errors-prod", "orders-slow-prod", "orders-crawling-prod"]),
        ("us-east-1", "prod", ["orders-errors-prod", "orders-slow-prod"]),
        ("eu-west-1", "test", ["orders-errors-test", "orders-slow-test"]),
    ],
)
def test_names_and_conditions_follow_stage_and_region(region: str, stage: str, names: list[str]) -> None:
    found = contents(region, Stage=stage)

    queue = f"orders-{stage}.fifo is long"
    assert [one.alarm.name for one in found.metric_alarms] == [*names, queue, "platform-down"]
    assert {alarm.name: reason for alarm, reason in found.unknown.items()} == {
        "imported": "MetricName: it is imported from another stack, as shared-metric"
    }


def test_maps_ifs_and_no_value_decide_what_an_alarm_asks_for() -> None:
    test, prod = ({one.logical_id: one for one in contents(Stage=stage).metric_alarms} for stage in ("test", "prod"))

    assert [(each["TooManyErrors"].threshold, each["TooManyErrors"].periods) for each in (test, prod)] == [
        (50, 3),
        (5, 1),
    ]
    units = [entry.stat.unit for each in (test, prod) for entry in each["TooSlow"].entries if entry.stat]
    assert units == ["", "Milliseconds"]
    assert [prod[name].threshold for name in ("TooSlow", "MuchTooSlow")] == [500, 5000]
    assert prod["Backlog"].entries[0].expression == "IF(visible > 100, visible, 0)"
    assert prod["TooManyErrors"].actions_enabled


def test_lines_of_a_group_with_a_name_put_together_raise_alarms() -> None:
    said = lines(
        *[(2, "07:00:01 ERROR 12")] * 6, (4, "07:00:02 INFO 900"), (4, "07:00:02 INFO 700"), (5, "07:00:03 INFO 3")
    )

    found = played([up(*[1] * 10)], said)

    assert changes(found, "orders-errors-prod") == [(0, "OK"), (3, "ALARM"), (5, "OK")], "no line in minute 3, no 0"
    assert changes(found, "orders-slow-prod")[1:3] == [(5, "ALARM"), (6, "OK")]
    assert "ALARM" not in [state for _, state in changes(found, "orders-crawling-prod")]
    assert changes(found, "orders-trouble-prod") == [(0, "OK"), (3, "ALARM"), (6, "OK")]


def test_a_rule_of_several_lines_with_names_and_arns_is_followed() -> None:
    said = lines(*[(2, "07:00:01 ERROR 12")] * 6, (3, "07:00:02 INFO 1"))

    found = played([up(1, 1, 0, 0, 1)], said)

    assert changes(found, "platform-down")[:3] == [(0, "OK"), (3, "ALARM"), (5, "OK")]
    assert changes(found, "orders-trouble-prod") == [(0, "OK")], "errors are no trouble while the platform is down"


def test_a_queue_is_found_by_the_name_that_is_put_together() -> None:
    visible = MetricId(
        ACCOUNT, "eu-west-1", "AWS/SQS", "ApproximateNumberOfMessagesVisible", (("QueueName", "orders-prod.fifo"),)
    )

    found = played([values(visible, 99, 100, 101, 0)], [])

    assert changes(found, "orders-prod.fifo is long")[:3] == [(0, "OK"), (3, "ALARM"), (4, "OK")]
