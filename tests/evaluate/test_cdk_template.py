"""A template that AWS CDK synthesized, played: what AWS would decide is decided, the rest is told with its reason.

Names that AWS makes (`Shop-Handler886CB40B-…`) are the logical ids here; see `generator.evaluate.template.physical`.
"""

from __future__ import annotations

import pytest

from generator.evaluate.simulate import simulate
from generator.evaluate.template.template import read
from generator.evaluate.template.text import template_text
from generator.evaluate.types import AlarmId, Deployed, LogLine, MetricId, Published, SimulationResult, State
from tests.support import ROOT

ACCOUNT, OTHER, REGION = "123456789012", "210987654321", "eu-west-1"
START = 1_800_000_000
MINUTE = 60
FILE = ROOT / "tests/evaluate/templates/cdk/shop.template.json"
HANDLER = (("FunctionName", "Handler886CB40B"),)


def shop(stage: str = "prod") -> Deployed:
    found = template_text(FILE.read_bytes(), FILE.name)
    assert found.template and not found.findings
    return Deployed(found.template, ACCOUNT, REGION, parameters=(("Stage", stage),), stack="Shop")


def each_minute(
    namespace: str,
    name: str,
    *values: float | None | tuple[float, ...],
    dimensions: tuple[tuple[str, str], ...] = HANDLER,
    account: str = ACCOUNT,
) -> Published:
    given = tuple(value if value is None or isinstance(value, tuple) else (value,) for value in values)
    return Published(MetricId(account, REGION, namespace, name, dimensions), START, MINUTE, given)


def order(minute: int, text: str) -> LogLine:
    return LogLine(ACCOUNT, REGION, "/shop/prod/orders", START + minute * MINUTE + 1, text)


def played(
    *given: Published | LogLine, minutes: int = 10, stage: str = "prod", states: dict[str, State] | None = None
) -> SimulationResult:
    published = [one for one in given if isinstance(one, Published)]
    lines = [one for one in given if isinstance(one, LogLine)]
    known = {AlarmId(ACCOUNT, REGION, name): state for name, state in (states or {}).items()}
    return simulate([shop(stage)], published, lines, START, START + minutes * MINUTE, states=known)


def changes(found: SimulationResult, name: str) -> list[tuple[int, str]]:
    return [((one.at - START) // MINUTE, one.after) for one in found.transitions if one.alarm.name.startswith(name)]


STORED = "SsmParameterValueshopthrottlesC96584B6F00A464EAD1953AFF4B05118Parameter"
UNKNOWN = {
    "Nodes66C30434": "Dimensions[0].Value: it is imported from another stack, as platform-cluster",
    "ThrottlesEF11998A": f"Threshold: the parameter {STORED} stands in the Parameter Store of the account",
}


@pytest.mark.parametrize("stage", ["test", "prod"])
def test_only_what_aws_alone_knows_is_unknown(stage: str) -> None:
    found = played(stage=stage)

    assert {alarm.name: reason for alarm, reason in found.unknown.items()} == UNKNOWN
    assert {alarm.name for alarm in found.states} == {
        *("ErrorsFA5270DE", f"shop-{stage}-error-rate-eu-west-1", "SlowACAFBC61", "FailedOrders60A19132"),
        *("DenialsEEBEC674", "Backlog7AD37F26", "DeadLettersNotEmpty281C185F", "MachineFailed9A20A1E6"),
        *("ApiErrors8A265993", "CpuE6EA7902", "Unhealthy9594204A", "NoOrdersAE921AE2", f"shop-{stage}-health"),
        *("UnusualTraffic45E783F1", "ShopAnythingC9935F9F"),
        *(["ThrottledFC15A6EA"] if stage == "prod" else []),
    }


def test_a_mapping_gives_each_stage_its_threshold() -> None:
    def threshold(stage: str, name: str) -> float | None:
        return next(one.threshold for one in read(shop(stage)).metric_alarms if one.alarm.name.startswith(name))

    assert [threshold(stage, "Errors") for stage in ("test", "prod")] == [50, 5]
    assert [threshold(stage, "Backlog") for stage in ("test", "prod")] == [1000, 100]


def test_two_minutes_of_three_with_errors_alarm() -> None:
    found = played(each_minute("AWS/Lambda", "Errors", 0, 9, 0, 9, 0, 0, 0, 0))

    assert changes(found, "ErrorsFA") == [(0, "OK"), (4, "ALARM"), (5, "OK")]


def test_the_error_rate_is_worked_out_of_two_metrics() -> None:
    """Without invocations the rate is 0: FILL gives 1, and arithmetic takes 0 for errors that are missing."""
    errors = each_minute("AWS/Lambda", "Errors", *[1] * 5, *[0] * 5)
    invocations = each_minute("AWS/Lambda", "Invocations", *[4] * 10)

    assert changes(played(errors, invocations, minutes=20), "shop-prod-error-rate") == [
        (0, "OK"),
        (1, "ALARM"),
        (9, "OK"),
    ]


def test_a_percentile_of_few_samples_leaves_an_alias_alone() -> None:
    live = (*HANDLER, ("Resource", "Handler886CB40B:live"))
    few, many = (900.0,) * 3, (900.0,) * 1000

    quiet = played(each_minute("AWS/Lambda", "Duration", *[few] * 5, dimensions=live), states={"SlowACAFBC61": "OK"})
    busy = played(each_minute("AWS/Lambda", "Duration", *[many] * 5, dimensions=live), states={"SlowACAFBC61": "OK"})

    assert "ALARM" not in [state for _, state in changes(quiet, "Slow")]
    assert (2, "ALARM") in changes(busy, "Slow")


def test_log_lines_feed_the_alarm_on_their_filter() -> None:
    """A filter without a default publishes nothing for silence, so the last value counts as long as it is in reach."""
    found = played(
        order(2, '{"level": "ERROR", "amount": 450}'),
        order(4, '{"level": "ERROR", "amount": 350}'),
        order(4, '{"level": "ERROR", "amount": 150}'),
        order(4, '{"level": "ERROR", "amount": 99}'),
        order(6, '{"level": "INFO", "amount": 5000}'),
        LogLine(ACCOUNT, REGION, "Audit3D8ADE0A", START + 3 * MINUTE, "user bob: access denied"),
    )

    assert (5, "ALARM") in changes(found, "FailedOrders") and (3, "ALARM") not in changes(found, "FailedOrders")
    assert changes(found, "Denials") == [(0, "OK"), (4, "ALARM"), (9, "OK")]


def test_dimensions_that_are_attributes_and_arns_taken_apart_are_found() -> None:
    balancer = ("LoadBalancer", "app/Balancer71DDC9D9/Balancer71DDC9D9")
    group = ("TargetGroup", "targetgroup/BalancerHttpAppGroupD77C177F/BalancerHttpAppGroupD77C177F")
    machine = ("StateMachineArn", f"arn:aws:states:{REGION}:{ACCOUNT}:stateMachine:Machine6FC8AE80")
    service = (("ClusterName", "ClusterEB0386A7"), ("ServiceName", "ServiceD69D759B"))
    found = played(
        each_minute("AWS/ApplicationELB", "UnHealthyHostCount", 0, 1, dimensions=(balancer, group)),
        each_minute("AWS/States", "ExecutionsFailed", 0, 1, dimensions=(machine,)),
        each_minute("AWS/ApiGateway", "5xx", 0, 1, dimensions=(("ApiId", "ApiF70053CD"),)),
        each_minute("AWS/ECS", "CPUUtilization", 90, 90, 90, dimensions=service),
        each_minute("AWS/DynamoDB", "ReadThrottleEvents", 0, 1, dimensions=(("TableName", "TableCD117FA1"),)),
    )

    for name in ("Unhealthy", "MachineFailed", "ApiErrors", "Throttled"):
        assert changes(found, name)[:2] == [(0, "OK"), (2, "ALARM")], name
    assert (3, "ALARM") in changes(found, "Cpu")


def test_an_alarm_sees_the_metric_of_another_account() -> None:
    here, there = (
        each_minute("Shop", "Orders", *[3] * 30, dimensions=(), account=account) for account in (ACCOUNT, OTHER)
    )

    assert changes(played(here, minutes=30), "NoOrders") == [(0, "OK"), (25, "ALARM")]
    assert changes(played(there, minutes=30), "NoOrders") == [(0, "OK")]


def test_a_composite_follows_its_children_by_arn() -> None:
    errors = each_minute("AWS/Lambda", "Errors", 0, 9, 9, 0, 0, 0, 0, 0)
    enough = each_minute("AWS/Lambda", "Invocations", *[1000] * 10)
    dead = (("QueueName", "DeadLettersBBF8BAAB"),)

    alone = played(errors, enough)
    excused = played(
        errors,
        enough,
        each_minute("AWS/SQS", "ApproximateNumberOfMessagesVisible", *[1] * 10, dimensions=dead),
        states={"DeadLettersNotEmpty281C185F": "ALARM"},
    )

    assert changes(alone, "shop-prod-health") == [(0, "OK"), (3, "ALARM"), (5, "OK")]
    assert changes(excused, "ErrorsFA") == [(0, "OK"), (3, "ALARM"), (5, "OK")]
    assert changes(excused, "shop-prod-health") == [(0, "OK")]


def test_a_composite_on_a_band_is_played_once_its_state_is_given() -> None:
    found = played(states={"UnusualTraffic45E783F1": "ALARM"})

    assert changes(found, "ShopAnything") == [(0, "ALARM")]
    assert "ShopAnythingC9935F9F" not in {alarm.name for alarm in found.unknown}
