"""Which metric data is read, in how many requests, and how often AWS is called."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from threading import Event
from typing import Any, cast

import pytest

from generator.capture.series import BASIC, SeriesKey
from generator.capture.types import MetricDataWindow
from generator.rollout.capture.access import AccountClients, RoleAccess
from generator.rollout.capture.calls import RegionCalls
from generator.rollout.capture.fetches import MOST_DATAPOINTS, MOST_QUERIES, estimate, requests, series_plans
from generator.rollout.capture.metric_data import read_batch
from generator.rollout.capture.needs import MetricNeed, metric_needs
from generator.rollout.capture.pace import Pace, Paces, Stopped

OWN, OTHER = "111111111111", "222222222222"
HOUR_MS, DAY_MS = 3_600_000, 86_400_000
FIFTEEN = MetricDataWindow(0, 0, 15 * DAY_MS, BASIC)


def key(name: str, account: str = OWN, unit: str | None = None) -> SeriesKey:
    return SeriesKey(account, "Shop", name, (), unit)


def query(id_: str, name: str, **keys: Any) -> dict[str, Any]:
    metric = {"Namespace": "Shop", "MetricName": name, "Dimensions": []}
    return {"Id": id_, "MetricStat": {"Metric": metric, "Period": 60, "Stat": "Sum"}, **keys}


def needs_of(*alarms: dict[str, Any]) -> list[MetricNeed]:
    return metric_needs(OWN, [{"AlarmType": "MetricAlarm", **alarm} for alarm in alarms], (), ()).all(())


def test_the_metrics_of_expressions_are_read_from_their_owners() -> None:
    alarm = {
        "AlarmName": "rate",
        "Metrics": [
            query("errors", "Errors", AccountId=OTHER),
            query("orders", "Orders"),
            {"Id": "rate", "Expression": "100 * errors / orders", "ReturnData": True},
        ],
    }
    assert [need.key for need in needs_of(alarm)] == [key("Orders"), key("Errors", OTHER)]


def test_an_alarm_of_a_query_reads_no_metric_by_name() -> None:
    alarms = [
        {"AlarmType": "MetricAlarm", "AlarmName": "a", "Metrics": [{"Id": "q", "Expression": "SELECT AVG(x) FROM y"}]},
        {"AlarmType": "LogAlarm", "AlarmName": "b"},
        {"AlarmType": "CompositeAlarm", "AlarmName": "c", "AlarmRule": "ALARM(a)"},
        {"AlarmType": "MetricAlarm", "AlarmName": "d", "EvaluationCriteria": {"PromQLCriteria": {"Query": "up"}}},
    ]
    needs = metric_needs(OWN, alarms, (), ())
    assert needs.all(()) == []
    assert needs.unread == ["a", "b", "d"]


def test_alarms_of_one_metric_are_read_once_with_all_their_percentiles() -> None:
    metric = {"Namespace": "Shop", "MetricName": "Latency", "Dimensions": []}
    alarms = [
        {"AlarmName": "a", **metric, "ExtendedStatistic": "p99", "Period": 300},
        {"AlarmName": "b", **metric, "ExtendedStatistic": "p99", "Period": 60},
        {"AlarmName": "c", **metric, "Statistic": "Average", "Period": 60},
        {"AlarmName": "d", **metric, "Statistic": "Sum", "Period": 60, "Unit": "Seconds"},
    ]
    assert needs_of(*alarms) == [
        MetricNeed(key("Latency", unit="Seconds"), ()),
        MetricNeed(key("Latency"), (("p99", 60), ("p99", 300))),
    ]


def test_a_high_resolution_alarm_is_read_by_minutes() -> None:
    alarm = {"AlarmName": "a", "Namespace": "Shop", "MetricName": "x", "ExtendedStatistic": "p90", "Period": 10}
    (need,) = needs_of(alarm)
    assert need.extended == (("p90", 60),)


def test_requests_stay_within_what_aws_takes() -> None:
    needs = [MetricNeed(key(f"m{number:03}"), (("p99", 60), ("p50", 60), ("p99", 900))) for number in range(10)]
    made = list(requests([plan for need in needs for plan in series_plans(need, FIFTEEN)]))
    for request in made:
        assert len(request.series) <= MOST_QUERIES
        assert request.datapoints <= MOST_DATAPOINTS
        assert (request.end_ms - request.start_ms) % (1000 * request.period_s) == 0
    # Six statistics by minutes are more than one request has: they are read in two halves of the time.
    halves = [request for request in made if request.period_s == 60 and request.series[0].key == needs[0].key]
    assert [len(request.series) for request in halves] == [6, 6]
    assert halves[0].end_ms == halves[1].start_ms
    # A quarter of an hour has fifteen minutes at which it may begin.
    assert len({request.start_ms for request in made if request.period_s == 900}) == 15


def test_short_times_share_a_request() -> None:
    window = MetricDataWindow(0, 0, 2 * HOUR_MS, BASIC)
    needs = [MetricNeed(key(f"m{number:03}"), ()) for number in range(10)]
    (request,) = requests([plan for need in needs for plan in series_plans(need, window)])
    assert len(request.series) == 40
    assert request.billed_metrics == 10


def test_five_statistics_of_a_metric_are_paid_for_as_one() -> None:
    window = MetricDataWindow(0, 0, 2 * HOUR_MS, BASIC)
    assert estimate([MetricNeed(key("a"), (("p99", 60),))], window).billed_metrics == 1
    assert estimate([MetricNeed(key("a"), (("p50", 60), ("p99", 60)))], window).billed_metrics == 2


def test_a_day_is_read_as_the_clock_has_it() -> None:
    window = MetricDataWindow(7 * HOUR_MS, 7 * HOUR_MS, 7 * HOUR_MS + 3 * DAY_MS, BASIC)
    plans = series_plans(MetricNeed(key("a"), (("p99", 86_400),)), window)
    (daily,) = [request for request in requests(plans) if request.period_s == 86_400]
    assert (daily.start_ms, daily.end_ms) == (DAY_MS, 3 * DAY_MS)


class Answers:
    """GetMetricData that keeps what it was asked for, and answers with one value of each series."""

    def __init__(self) -> None:
        self.params: list[dict[str, Any]] = []

    def client(self, _account: str, _service: str, _region: str) -> Answers:
        return self

    def get_metric_data(self, **params: Any) -> dict[str, Any]:
        self.params.append(params)
        begin = params["StartTime"]
        result = {"Timestamps": [begin], "Values": [1.5], "StatusCode": "Complete"}
        return {"MetricDataResults": [{"Id": query["Id"], **result} for query in params["MetricDataQueries"]]}


def test_a_metric_is_asked_for_by_owner_and_unit() -> None:
    answers = Answers()
    calls = RegionCalls(OWN, "us-east-1", answers, Paces(Event()))
    window = MetricDataWindow(0, 0, HOUR_MS, BASIC)
    needs = [MetricNeed(key("a"), ()), MetricNeed(key("b", OTHER, "Count"), ())]
    rows, failures = read_batch(calls, needs, window)
    assert not failures
    assert [(row["account"], row["unit"], row["values"]) for row in rows] == [
        *[(OWN, None, [1.5])] * 4,
        *[(OTHER, "Count", [1.5])] * 4,
    ]
    (params,) = answers.params
    own, other = params["MetricDataQueries"][0], params["MetricDataQueries"][4]
    assert "AccountId" not in own
    assert "Unit" not in own["MetricStat"]
    assert (other["AccountId"], other["MetricStat"]["Unit"]) == (OTHER, "Count")


class Credentials:
    """STS and sessions: each role is there for an hour."""

    def __init__(self) -> None:
        self.now, self.assumed = 0, 0

    def now_ms(self) -> int:
        return self.now

    def assume_role(self, **_params: str) -> dict[str, Any]:
        self.assumed += 1
        end = datetime.fromtimestamp(self.now / 1000, UTC) + timedelta(hours=1)
        return {"Credentials": {"Expiration": end, "AccessKeyId": str(self.assumed)}}

    def client_as(self, credentials: Any, service: str, region: str, _config: Any) -> tuple[str, str, str]:
        return credentials["AccessKeyId"], service, region


def test_a_role_is_assumed_again_before_it_expires() -> None:
    sts = Credentials()
    clients = AccountClients(cast(Any, sts), OWN, RoleAccess("reader", None, lambda: sts))
    first = clients.client(OTHER, "logs", "us-east-1")
    assert first == ("1", "logs", "us-east-1")
    sts.now = 54 * 60_000
    assert clients.client(OTHER, "logs", "us-east-1") is first
    assert clients.client(OTHER, "logs", "eu-west-1") == ("1", "logs", "eu-west-1")
    sts.now = 56 * 60_000
    assert clients.client(OTHER, "logs", "us-east-1") == ("2", "logs", "us-east-1")
    assert sts.assumed == 2


class Clock:
    """A clock that only waiting moves."""

    def __init__(self) -> None:
        self.now, self.waited = 0.0, 0.0

    def wait(self, seconds: float) -> bool:
        self.now += seconds
        self.waited += seconds
        return False


def test_calls_come_no_faster_than_their_pace() -> None:
    clock = Clock()
    pace = Pace(10.0, clock.wait, lambda: clock.now)
    for _ in range(110):
        pace.take()
    assert clock.waited == pytest.approx(10.0)
    clock.now += 100  # no more than a second's calls are saved
    for _ in range(20):
        pace.take()
    assert clock.waited == pytest.approx(11.0)


def test_a_throttled_action_is_called_half_as_often() -> None:
    clock = Clock()
    pace = Pace(10.0, clock.wait, lambda: clock.now)
    for _ in range(10):
        pace.take()
    pace.slow_down()
    for _ in range(10):
        pace.take()
    assert clock.waited == pytest.approx(2.0)


def test_what_a_call_cost_is_waited_for_by_the_next() -> None:
    clock = Clock()
    pace = Pace(1000.0, clock.wait, lambda: clock.now)
    pace.take(0)
    assert clock.waited == 0
    pace.spend(5000)
    pace.take(0)
    assert clock.waited == pytest.approx(4.001)


def test_each_account_and_region_has_its_own_pace() -> None:
    stop = Event()
    paces = Paces(stop)
    action = "cloudwatch:DescribeAlarms"
    assert paces.of(OWN, "us-east-1", action) is paces.of(OWN, "us-east-1", action)
    assert paces.of(OWN, "us-east-1", action) is not paces.of(OTHER, "us-east-1", action)
    stop.set()
    with pytest.raises(Stopped):
        paces.of(OWN, "us-east-1", action).take()
