"""When `obsgen selftest` may say that AWS is as expected or differs, and when it has to say that it does not know."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import botocore.exceptions
import pytest

from generator.aws.regions import partition_of
from generator.rollout.selftest.context import is_judgement
from generator.rollout.selftest.event_queue import STATE_CHANGE
from generator.rollout.selftest.permissions import PREFIX
from generator.rollout.selftest.types import DIFFERS, EXPECTED, UNTRIED, CallRefused
from tests.selftest.stand_in import refusal
from tests.selftest.world import ACCOUNT, NOW_MS, REGION, RUN, World, selftest_world, verdicts, written


@pytest.fixture
def world(tmp_path: Path) -> Iterator[World]:
    with selftest_world(tmp_path) as account:
        yield account


@pytest.mark.parametrize(
    ("code", "message", "status"),
    [
        ("AccessDenied", "no", 403),
        ("UnknownOperationException", "", 404),
        ("InvalidAction", "Could not find operation PutLogAlarm for version 2010-08-01", 400),
        ("ConcurrentModificationException", "", 400),
        ("OperationAbortedException", "", 409),
        ("SubscriptionRequiredException", "The AWS Access Key Id needs a subscription for the service", 403),
        ("ResourceNotFoundException", "", 404),
        ("InternalServiceError", "", 500),
        ("ServiceQuotaExceededException", "", 402),
        ("ValidationException", "User is not authorized to perform: iam:PassRole", 400),
        ("ValidationException", "Unable to assume the role that was specified", 400),
        ("ValidationError", "The feature is not available in this Region", 400),
        ("ValidationError", "alarmTypes failed to satisfy constraint: Member must satisfy enum value set: [x]", 400),
        ("ValidationException", "", 503),
        ("ValidationException", "", 0),
        ("SomethingNewException", "", 400),
    ],
)
def test_what_is_not_about_the_request_is_no_judgement(code: str, message: str, status: int) -> None:
    """https://docs.aws.amazon.com/AmazonCloudWatch/latest/APIReference/CommonErrors.html"""
    assert not is_judgement(CallRefused("x:y", code, message, status))


@pytest.mark.parametrize(
    "code",
    [
        "DashboardInvalidInputError",
        "InvalidEventPatternException",
        "InvalidParameterCombination",
        "InvalidParameterException",
        "InvalidParameterInput",
        "InvalidParameterValue",
        "MalformedQueryException",
        "MissingRequiredParameterException",
        "ValidationError",
        "ValidationException",
    ],
)
def test_what_is_about_the_request_is_a_judgement(code: str) -> None:
    assert is_judgement(CallRefused("x:y", code, "the expression is invalid", 400))


def test_a_region_without_a_call_was_not_tried(world: World) -> None:
    def lack(_service: str, operation: str, _params: dict[str, Any]) -> None:
        if operation == "PutAlarmMuteRule":
            raise refusal("InvalidAction", "Could not find operation PutAlarmMuteRule")

    world.before = lack
    world.quick(names=("mute-window-events",))
    assert verdicts(world) == {"mute-window-events": UNTRIED}


def test_a_target_that_was_not_added_is_no_answer(world: World) -> None:
    """PutTargets answers 200 with FailedEntryCount; no event comes then, whatever EventBridge does."""
    entry = {"TargetId": "queue", "ErrorCode": "ConcurrentModificationException", "ErrorMessage": "busy"}
    world.answers["PutTargets"] = lambda _params: {"FailedEntryCount": 1, "FailedEntries": [entry]}
    done = world.quick(names=("alarm-tags-in-events",))
    assert verdicts(world) == {"alarm-tags-in-events": UNTRIED}
    assert "put_targets: ConcurrentModificationException: busy" in done.stdout


def test_a_rule_that_was_not_deleted_remains(world: World) -> None:
    """DeleteInsightRules answers 200 with Failures."""
    failure = {"FailureResource": "x", "ExceptionType": "InternalServiceFault", "FailureDescription": "busy"}
    world.answers["DeleteInsightRules"] = lambda _params: {"Failures": [failure]}
    done = world.quick(names=("insight-rule-foreign-group",))
    assert done.returncode == 1
    assert "not deleted: Contributor Insights rule" in done.stdout
    assert (world.folder / f"obsgen-selftest-{RUN}.jsonl").exists()


@pytest.mark.parametrize(
    "error",
    [
        botocore.exceptions.UnauthorizedSSOTokenError(),
        botocore.exceptions.CredentialRetrievalError(provider="custom-process", error_msg="exit 1"),
    ],
    ids=lambda error: type(error).__name__,
)
def test_a_session_that_ends_midway_ends_the_run_and_no_experiment(world: World, error: Exception) -> None:
    """botocore raises these before it sends a request, so that no code of AWS says it."""
    ended = iter(range(100))

    def end(_service: str, operation: str, _params: dict[str, Any]) -> None:
        if operation == "PutMetricAlarm" and next(ended) == 1:
            world.before = fail

    def fail(*_: Any) -> None:
        raise error

    world.before = end
    done = world.quick(names=("alarm-percentile-rank", "history-start"))
    assert done.returncode == 3, done.stdout + done.stderr
    assert "the AWS session has ended" in done.stderr
    assert f"--clean-up {RUN}" in done.stderr
    world.before = lambda *_: None
    world.quick(names=("alarm-percentile-rank", "history-start"))
    assert UNTRIED not in verdicts(world).values()
    assert DIFFERS not in verdicts(world).values()
    assert world.existing() == []


def alarm_event(world: World, suffix: str, state: str = "ALARM", kind: str = STATE_CHANGE, **detail: Any) -> str:
    """As of https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/cloudwatch-and-eventbridge.html."""
    at = datetime.fromtimestamp(world.now_ms / 1000, UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
    name = f"{PREFIX}{RUN}-{suffix}"
    arn = f"arn:aws:cloudwatch:{REGION}:{ACCOUNT}:alarm:{name}"
    body = {"alarmName": name, "state": {"value": state}, **detail}
    return json.dumps({"detail-type": kind, "source": "aws.cloudwatch", "time": at, "resources": [arn], "detail": body})


def send(world: World, event: Callable[[str], list[str]]) -> None:
    """Let each queue have the events of its suffix once, after an alarm was set to a state."""
    sent: set[str] = set()
    world.answers["ReceiveMessage"] = lambda _params: {}

    def receive(params: dict[str, Any]) -> dict[str, Any]:
        suffix = params["QueueUrl"].rpartition("/")[2].removeprefix(f"{PREFIX}{RUN}-")
        bodies = [] if suffix in sent else event(suffix)
        sent.update([suffix] if bodies else [])
        return {"Messages": [{"Body": body} for body in bodies]}

    def set_state(_params: dict[str, Any]) -> None:
        world.answers["ReceiveMessage"] = receive

    world.answers["SetAlarmState"] = set_state


def verdict(world: World, name: str) -> str:
    world.quick(names=(name,))
    return verdicts(world)[name]


@pytest.mark.parametrize(
    ("muted", "control", "expected"),
    [
        ({"muteDetail": {"mutedBy": "x"}}, True, EXPECTED),
        ({"by": f"arn:aws:cloudwatch:{REGION}:{ACCOUNT}:x:{PREFIX}{RUN}-window"}, True, EXPECTED),
        ({}, True, DIFFERS),
        (None, True, DIFFERS),
        ({}, False, UNTRIED),
    ],
)
def test_an_event_of_a_muted_alarm_names_the_mute_rule_or_not(
    world: World, muted: dict[str, Any] | None, control: bool, expected: str
) -> None:
    """The word is looked for in what AWS says, not in the names of the selftest."""

    def events(_queue: str) -> list[str]:
        own = [alarm_event(world, "silent", **muted)] if muted is not None else []
        return own + ([alarm_event(world, "control")] if control else [])

    send(world, events)
    assert verdict(world, "mute-window-events") == expected


@pytest.mark.parametrize(
    ("has_events", "expected"),
    [
        (("sse-sqs", "sse-sqs-plain", "sse-sqs-dead", "sse-sqs-plain-dead"), EXPECTED),
        (("sse-sqs-plain", "sse-sqs-dead", "sse-sqs-plain-dead"), DIFFERS),
        (("sse-sqs", "sse-sqs-plain"), UNTRIED),
        ((), UNTRIED),
    ],
)
def test_encryption_is_to_blame_only_if_a_queue_without_it_receives(
    world: World, has_events: tuple[str, ...], expected: str
) -> None:
    send(world, lambda queue: [alarm_event(world, "sse-sqs")] if queue in has_events else [])
    assert verdict(world, "sse-sqs-queues") == expected
    queues = {p["QueueName"]: p["Attributes"] for _, operation, p in world.calls if operation == "CreateQueue"}
    encrypted = [name for name, attributes in queues.items() if attributes["SqsManagedSseEnabled"] == "true"]
    assert encrypted == [f"{PREFIX}{RUN}-sse-sqs", f"{PREFIX}{RUN}-sse-sqs-dead"]


@pytest.mark.parametrize(
    ("kind", "detail", "expected"),
    [
        (STATE_CHANGE, {"alarmTags": {"selftest-owner": "payments"}, "alarmTagsStatus": "SUCCESS"}, EXPECTED),
        (STATE_CHANGE, {}, DIFFERS),
        (STATE_CHANGE, {"alarmTagsStatus": "ACCESS_DENIED"}, UNTRIED),
        ("CloudWatch Alarm Configuration Change", {}, UNTRIED),
    ],
)
def test_tags_are_missing_only_from_an_event_that_arrived(
    world: World, kind: str, detail: dict[str, Any], expected: str
) -> None:
    send(world, lambda _queue: [alarm_event(world, "tags", kind=kind, **detail)])
    assert verdict(world, "alarm-tags-in-events") == expected


def test_a_pattern_that_is_refused_is_an_answer(world: World) -> None:
    def refuse(_service: str, operation: str, _params: dict[str, Any]) -> None:
        if operation == "TestEventPattern":
            raise refusal("InvalidEventPatternException", "Event pattern is not valid. Reason: $or")

    world.before = refuse
    whole = json.dumps({"event": {"id": "1", "detail": {}}})
    send(world, lambda queue: [whole if queue == "rule-forms" else alarm_event(world, "rule-forms")])
    assert verdict(world, "event-rule-forms") == DIFFERS
    assert written(world)["experiments"][0]["observations"]["TestEventPattern"]["accepted"] is False


@pytest.mark.parametrize(("rows", "expected"), [(["a"], EXPECTED), (["a", "b"], DIFFERS), ([], UNTRIED)])
def test_a_filter_that_is_ignored_differs(world: World, rows: list[str], expected: str) -> None:
    """`filter` after `stats` has to leave out the alarm that is OK."""
    world.answers["StartQuery"] = lambda params: {"queryId": params["queryString"]}

    def results(params: dict[str, Any]) -> dict[str, Any]:
        if "replace" in params["queryId"]:
            cells = [[{"field": "place", "value": name}] for name in ("hub", "ledger")]
        else:
            states = {"a": "ALARM", "b": "OK"}
            cells = [[{"field": "alarm", "value": n}, {"field": "last", "value": states[n]}] for n in rows]
        return {"status": "Complete", "results": cells}

    world.answers["GetQueryResults"] = results
    want = DIFFERS if len(rows) > 1 else expected
    assert verdict(world, "log-query-commands") == want


def test_a_throttled_quota_is_no_difference(world: World) -> None:
    metric = {"Namespace": "AWS/Usage", "MetricName": "ResourceCount", "Dimensions": []}
    world.answers["ListMetrics"] = lambda _params: {"Metrics": [metric]}

    def throttle(_service: str, operation: str, _params: dict[str, Any]) -> None:
        if operation == "GetMetricData":
            raise refusal("Throttling", "Rate exceeded")

    world.before = throttle
    assert verdict(world, "service-quota-names") == UNTRIED


def test_a_difference_remains_one_where_the_experiment_ends_early(world: World) -> None:
    alarms = iter(range(10))

    def refuse(_service: str, operation: str, _params: dict[str, Any]) -> None:
        if operation == "PutMetricAlarm":
            raise refusal("Throttling") if next(alarms) else refusal("ValidationError", "PR is no statistic")

    world.before = refuse
    assert verdict(world, "alarm-percentile-rank") == DIFFERS
    assert written(world)["experiments"][0]["errors"]


@pytest.mark.parametrize(("longer", "expected"), [({}, EXPECTED), ({3: 1}, DIFFERS), ({3: -1}, DIFFERS)])
def test_a_range_of_a_period_more_or_less_differs(world: World, longer: dict[int, int], expected: str) -> None:
    ranges = {1: 5, 2: 5, 3: 5, 5: 7}
    started: dict[str, float] = {}

    def alarms(params: dict[str, Any]) -> dict[str, Any]:
        names = params.get("AlarmNames", ())
        states = {name: "OK" if started.setdefault(name, world.now_ms) < world.now_ms else "ALARM" for name in names}
        return {"MetricAlarms": [{"AlarmName": name, "StateValue": state} for name, state in states.items()]}

    def history(params: dict[str, Any]) -> dict[str, Any]:
        periods = int(params["AlarmName"].rpartition("-")[2])
        begin_s = NOW_MS // 1000
        seconds = (ranges[periods] + longer.get(periods, 0) + 1) * 60 + 30
        texts = {begin_s + 70: "Alarm updated from OK to ALARM", begin_s + seconds: "Alarm updated from ALARM to OK"}
        items = [{"Timestamp": datetime.fromtimestamp(at, UTC), "HistorySummary": text} for at, text in texts.items()]
        return {"AlarmHistoryItems": items}

    world.answers |= {"DescribeAlarms": alarms, "DescribeAlarmHistory": history}
    assert verdict(world, "evaluation-range") == expected


def test_a_role_that_is_too_new_is_tried_again(world: World) -> None:
    """https://docs.aws.amazon.com/IAM/latest/UserGuide/troubleshoot.html: changes are not seen at once everywhere."""
    tries = iter(range(20))

    def refuse(_service: str, operation: str, _params: dict[str, Any]) -> None:
        if operation == "PutLogAlarm" and next(tries) < 3:
            raise refusal("ValidationException", "The role cannot be assumed by the service")

    world.before = refuse
    assert verdict(world, "log-alarm-no-lines") == EXPECTED


@pytest.mark.parametrize(("states", "expected"), [((0, 0), UNTRIED), ((0, 1), DIFFERS), ((1, 1), EXPECTED)])
def test_a_log_alarm_without_a_value_counts_only_if_queries_run(
    world: World, states: tuple[int, int], expected: str
) -> None:
    """states: whether the alarm without lines, and the one with lines, are in ALARM."""
    in_alarm = dict(zip(("log", "log-lines"), states, strict=True))

    def alarms(params: dict[str, Any]) -> dict[str, Any] | None:
        rows = []
        for name in params.get("AlarmNames", ()):
            state = "ALARM" if in_alarm[name.removeprefix(f"{PREFIX}{RUN}-")] else "INSUFFICIENT_DATA"
            rows.append({"AlarmName": name, "StateValue": state})
        return {"LogAlarms": rows} if rows else None

    world.answers["DescribeAlarms"] = alarms
    assert verdict(world, "log-alarm-no-lines") == expected
    histories = [params for _, operation, params in world.calls if operation == "DescribeAlarmHistory"]
    assert all(params["AlarmTypes"] == ["LogAlarm"] for params in histories)


def test_a_composite_that_was_not_evaluated_is_no_answer(world: World) -> None:
    def alarms(params: dict[str, Any]) -> dict[str, Any] | None:
        rows = [{"AlarmName": name, "StateValue": "INSUFFICIENT_DATA"} for name in params.get("AlarmNames", ())]
        return {"CompositeAlarms": rows} if rows else None

    world.answers["DescribeAlarms"] = alarms
    assert verdict(world, "composite-at-least") == UNTRIED


@pytest.mark.parametrize("missing", ["m1", "m2"])
def test_values_that_have_not_arrived_yet_are_waited_for(world: World, missing: str) -> None:
    """Two calls published them, so one may be there before the other; SUM without it would look like an answer."""
    reads = iter(range(100))

    def data(params: dict[str, Any]) -> dict[str, Any]:
        is_late = next(reads) < 3
        begin_s, end_s = params["StartTime"].timestamp(), params["EndTime"].timestamp()
        times = [params["StartTime"], datetime.fromtimestamp((begin_s + end_s) / 2, UTC)]
        rows = {"m1": [1.0, 1.0], "m2": [10.0], "filled": [11.0, 1.0], "sum": [11.0, 1.0], "plus": [11.0]}
        if is_late:
            rows |= {missing: [], "filled": [1.0, 1.0], "sum": [1.0, 1.0], "plus": []}
        asked = [query["Id"] for query in params["MetricDataQueries"] if query.get("ReturnData", True)]
        results = [
            {"Id": id_, "Timestamps": times[: len(rows[id_])], "Values": rows[id_]} for id_ in asked if id_ in rows
        ]
        return {"MetricDataResults": results}

    world.answers["GetMetricData"] = data
    assert verdict(world, "sum-without-data") == EXPECTED


def test_contributors_that_no_query_found_are_no_answer(world: World) -> None:
    send(world, lambda _queue: [])
    world.answers["DescribeAlarms"] = lambda params: {
        "MetricAlarms": [{"AlarmName": name, "StateValue": "OK"} for name in params.get("AlarmNames", ())]
    }
    assert verdict(world, "contributor-events") == UNTRIED


@pytest.mark.parametrize(("seconds", "expected"), [(5, EXPECTED), (300, DIFFERS)])
def test_the_end_of_the_last_contributor_is_that_of_the_alarm(world: World, seconds: int, expected: str) -> None:
    reads = iter(range(1000))
    sent: list[str] = []
    is_over = False

    def alarms(params: dict[str, Any]) -> dict[str, Any]:
        nonlocal is_over
        names = params.get("AlarmNames", ())
        is_over = is_over or (bool(names) and next(reads) > 1)
        state = "OK" if is_over else "ALARM"
        return {"MetricAlarms": [{"AlarmName": name, "StateValue": state} for name in names]}

    def receive(_params: dict[str, Any]) -> dict[str, Any]:
        if sent or not is_over:
            return {}
        kind = "CloudWatch Alarm Contributor State Change"
        sent.extend(alarm_event(world, "contributors", "OK", kind, alarmContributor={"id": name}) for name in "ab")
        world.now_ms += seconds * 1000
        sent.append(alarm_event(world, "contributors", "OK"))
        return {"Messages": [{"Body": body} for body in sent]}

    world.answers |= {"DescribeAlarms": alarms, "ReceiveMessage": receive}
    assert verdict(world, "contributor-events") == expected


@pytest.mark.parametrize("region", ["us-gov-west-1", "cn-north-1"])
def test_another_region_is_of_the_same_partition(world: World, region: str) -> None:
    """A dashboard cannot show metrics of another partition, so that AWS would differ everywhere but in `aws`."""
    world.run("--yes", "--run", RUN, "--only", "dashboard-alarm-widgets", region=region)
    bodies = [params["DashboardBody"] for _, operation, params in world.calls if operation == "PutDashboard"]
    assert len(bodies) == 4
    regions = {options["region"] for options in _metric_options(bodies) if "region" in options}
    assert regions
    assert {partition_of(name) for name in regions} == {partition_of(region)}


def _metric_options(bodies: list[str]) -> Iterator[dict[str, Any]]:
    for body in bodies:
        for widget in json.loads(body)["widgets"]:
            for metric in widget["properties"].get("metrics", ()):
                yield from (part for part in metric if isinstance(part, dict))


def test_a_region_without_alarms_on_logs_is_cleaned_up(world: World) -> None:
    def refuse(_service: str, operation: str, params: dict[str, Any]) -> None:
        if operation == "DescribeAlarms" and "LogAlarm" in params.get("AlarmTypes", ()):
            message = "Value at 'alarmTypes' failed to satisfy constraint: Member must satisfy enum value set: [Metric]"
            raise refusal("ValidationError", message)

    world.before = refuse
    done = world.quick(names=("history-start",))
    assert verdicts(world) == {"history-start": EXPECTED}
    assert f"Nothing that begins with {PREFIX}{RUN}- remains.\n" in done.stdout
