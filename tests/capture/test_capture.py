"""`obsgen capture`, the whole command, against moto with pages."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from types import SimpleNamespace

import pytest

from generator.aws.capture_permissions import ACTIONS
from generator.capture.read import read_capture
from generator.capture.series import SeriesKey
from generator.rollout.capture.calls import RegionCalls
from tests import moto_server
from tests.capture.cloud import NOW_MS, OWN, Cloud, Fault, client, cloud, history_item, put_alarm, put_composite
from tests.command import Done, obsgen

REGION = "us-east-1"
FOLDER = "captured"


@pytest.fixture
def aws(monkeypatch: pytest.MonkeyPatch) -> Iterator[Cloud]:
    """An account without anything, at a fixed time, where retries do not wait."""
    monkeypatch.setattr("generator.rollout.aws.clients.Aws.now_ms", lambda _self: NOW_MS)
    monkeypatch.setattr("botocore.endpoint.time", SimpleNamespace(sleep=lambda _seconds: None))
    with cloud() as world:
        yield world


def run(folder: Path, *words: str) -> Done:
    """Capture a Region of the caller's account."""
    environment = {
        "AWS_ENDPOINT_URL": moto_server.address(),
        "AWS_ACCESS_KEY_ID": "x",
        "AWS_SECRET_ACCESS_KEY": "x",
        "HOME": str(folder),
    }
    return obsgen(folder, "capture", FOLDER, "--region", REGION, *words, **environment)


def rows(folder: Path, part: str, account: str = OWN) -> list[dict[str, object]]:
    """The rows of a part."""
    text = (folder / FOLDER / account / REGION / f"{part}.jsonl").read_text(encoding="utf-8")
    return [json.loads(line) for line in text.splitlines()]


def contents(folder: Path) -> dict[str, bytes]:
    """Every file of a capture."""
    root = folder / FOLDER
    return {path.relative_to(root).as_posix(): path.read_bytes() for path in sorted(root.rglob("*")) if path.is_file()}


def filled(aws: Cloud) -> None:
    """An account with one of everything, and more alarms than a page has."""
    cloudwatch = client("cloudwatch")
    for number in range(7):
        put_alarm(
            cloudwatch, f"cpu-{number:02}", Tags=[{"Key": "owner", "Value": "a"}, {"Key": "mail", "Value": "b@c"}]
        )
    put_composite("all", 'ALARM("cpu-00") AND ALARM("cpu-01")')
    for number in range(6):
        cloudwatch.put_dashboard(DashboardName=f"d{number:02}", DashboardBody='{"widgets": []}')
    cloudwatch.put_metric_data(Namespace="Shop", MetricData=[{"MetricName": "Orders", "Value": 1.0}])
    cloudwatch.put_insight_rule(RuleName="top", RuleDefinition='{"Schema": {"Name": "CloudWatchLogRule"}}')
    logs = client("logs")
    logs.create_log_group(logGroupName="/app")
    logs.put_metric_filter(
        logGroupName="/app",
        filterName="errors",
        filterPattern="ERROR",
        metricTransformations=[{"metricName": "Errors", "metricNamespace": "Shop", "metricValue": "1"}],
    )
    logs.create_log_stream(logGroupName="/app", logStreamName="s")
    event = {"timestamp": NOW_MS, "message": "ERROR alice@example.com"}
    logs.put_log_events(logGroupName="/app", logStreamName="s", logEvents=[event])
    client("sqs").create_queue(QueueName="orders", tags={"team": "shop", "secret": "no"})
    aws.page = 5
    aws.history[OWN, REGION] = [history_item(f"cpu-{number % 7:02}", 60 * number) for number in range(22)]
    aws.history[OWN, REGION] += [history_item("all", 5, "CompositeAlarm", HistoryData="no JSON")]
    aws.detectors = [{"Namespace": "Shop", "MetricName": f"m{number}", "Stat": "Sum"} for number in range(11)]
    aws.calls.clear()


def test_every_part_is_captured_over_all_pages(tmp_path: Path, aws: Cloud) -> None:
    filled(aws)
    done = run(tmp_path, "--yes", "--data-days", "1")
    assert done.returncode == 0, done.stdout + done.stderr
    capture = read_capture(tmp_path / FOLDER)
    assert capture.is_complete
    (region,) = capture.regions
    alarms = region.alarms() or ()
    assert [alarm.name for alarm in alarms] == ["all", *(f"cpu-{number:02}" for number in range(7))]
    assert alarms[1].tags == {"owner": "a"}  # and no address of a person
    assert alarms[1].definition["AlarmConfigurationUpdatedTimestamp"].endswith("Z")
    items = region.history() or ()
    assert len(items) == 23
    assert [item.at_ms for item in items] == sorted(item.at_ms for item in items)
    assert items[0].data == {"newState": {"stateValue": "ALARM"}}
    assert [item.data for item in items if item.alarm == "all"] == ["no JSON"]
    assert [row["DashboardName"] for row in rows(tmp_path, "dashboards")] == [f"d{number:02}" for number in range(6)]
    assert rows(tmp_path, "dashboards")[0]["DashboardBody"] == {"widgets": []}
    assert [(metric.namespace, metric.name, metric.account) for metric in region.metrics() or ()] == [
        ("Shop", "Orders", OWN)
    ]
    assert [row["filterName"] for row in rows(tmp_path, "metric-filters")] == ["errors"]
    assert [row["logGroupName"] for row in rows(tmp_path, "log-groups")] == ["/app"]
    assert len(rows(tmp_path, "anomaly-detectors")) == 11
    assert [row["Name"] for row in rows(tmp_path, "insight-rules")] == ["top"]
    assert [row["Tags"] for row in rows(tmp_path, "resources")] == [{"team": "shop"}]
    assert not (tmp_path / FOLDER / ".unfinished").exists()
    # Neither lines of logs nor tags of any key.
    assert not any(b"alice" in content or b"b@c" in content for content in contents(tmp_path).values())
    # The policy of `obsgen policy --capture` allows exactly these calls.
    called = {action for action, _, _ in aws.calls} - {"GetCallerIdentity"}
    assert called == {action.partition(":")[2] for action in ACTIONS}
    assert "alarms                     8  7 metric, 1 composite" in done.stdout
    assert "Metric data: 7 metrics, 1 day: 1 request, less than 0.01 USD" in done.stderr


def test_minutes_of_metrics_are_read_in_requests_that_fit(tmp_path: Path, aws: Cloud) -> None:
    put_alarm(client("cloudwatch"), "cpu")
    begin_s = NOW_MS // 1000 - 15 * 86_400
    late_s = begin_s + 86_400

    def sample(_namespace: str, _name: str, statistic: str, at_s: int) -> float | None:
        is_there = at_s < late_s and at_s % 300 == 0
        return (3.0 if statistic == "Sum" else 1.0) if is_there else None

    aws.sample = sample
    assert run(tmp_path, "--yes").returncode == 0
    index = read_capture(tmp_path / FOLDER).regions[0].series()
    key = SeriesKey(OWN, "AWS/EC2", "CPUUtilization", (("InstanceId", "cpu"),))
    average = index.get(key, "Average") if index else None
    assert average and average.values[:6] == [3.0, None, None, None, None, 3.0]
    # What is fifteen days old when the capture begins is gone before it ends.
    assert average.start_ms == 1000 * begin_s + 7_200_000
    assert len(average.values) == 22 * 60 - 4
    for query in aws.queries:
        minutes = (query["EndTime"] - query["StartTime"]).total_seconds() / 60
        assert len(query["MetricDataQueries"]) <= 500
        assert len(query["MetricDataQueries"]) * minutes <= 100_800


def test_metric_data_has_pages_too(tmp_path: Path, aws: Cloud) -> None:
    for name in ("a", "b"):
        put_alarm(client("cloudwatch"), name)
    aws.datapoints = 7
    assert run(tmp_path, "--yes", "--data-days", "1").returncode == 0
    assert aws.counted("GetMetricData") == 5  # 32 data points
    index = read_capture(tmp_path / FOLDER).regions[0].series()
    lengths = [sum(value is not None for value in series.values) for series in index or ()]
    assert lengths == [4] * 8


def test_metric_data_may_be_declined_and_read_later(
    tmp_path: Path, aws: Cloud, monkeypatch: pytest.MonkeyPatch
) -> None:
    put_alarm(client("cloudwatch"), "cpu")
    with monkeypatch.context() as patch:
        terminal = SimpleNamespace(stdin=SimpleNamespace(isatty=lambda: True))
        patch.setattr("generator.cli.confirmation.sys", terminal)
        done = run(tmp_path, "--data-days", "1")
    assert done.returncode == 1
    assert "Metric data: 1 metric, 1 day: 1 request, less than 0.01 USD" in done.stderr
    assert "Capture: 1 account, 1 Region, 2025-12-02 to 2026-01-01, not complete\n" in done.stdout
    assert "Metric data was declined. Run the same command again to read it.\n" in done.stdout
    assert aws.counted("GetMetricData") == 0
    assert not read_capture(tmp_path / FOLDER).is_complete
    assert run(tmp_path, "--data-days", "1", "--yes").returncode == 0
    assert aws.counted("DescribeAlarms") == 1


def test_percentiles_are_read_for_each_minute_at_which_a_window_begins(tmp_path: Path, aws: Cloud) -> None:
    put_alarm(client("cloudwatch"), "slow", Statistic="", ExtendedStatistic="p99", Period=300)
    end_s = NOW_MS // 1000
    aws.sample = lambda _namespace, _name, statistic, at_s: (
        float(at_s // 60 % 1000) if statistic == "p99" and at_s >= end_s - 3600 else None
    )
    done = run(tmp_path, "--yes", "--data-days", "1")
    assert done.returncode == 0, done.stdout + done.stderr
    index = read_capture(tmp_path / FOLDER).regions[0].series()
    key = SeriesKey(OWN, "AWS/EC2", "CPUUtilization", (("InstanceId", "slow"),))
    slow = index.get(key, "p99", 300, 60) if index else None
    assert slow
    first = (end_s - 3600) // 60
    # The last window that is whole begins five minutes before the end.
    assert slow.values == [float(minute % 1000) for minute in range(first, first + 60 - 4)]


def test_older_data_has_five_minutes(tmp_path: Path, aws: Cloud) -> None:
    put_alarm(client("cloudwatch"), "cpu")
    assert run(tmp_path, "--yes", "--data-days", "63").returncode == 0
    capture = read_capture(tmp_path / FOLDER)
    index = capture.regions[0].series()
    key = SeriesKey(OWN, "AWS/EC2", "CPUUtilization", (("InstanceId", "cpu"),))
    fine, coarse = (index.get(key, "Sum", period) if index else None for period in (60, 300))
    assert fine and coarse and capture.metric_data
    window = capture.metric_data
    assert window.from_ms <= coarse.start_ms < window.from_ms + 21_600_000
    assert coarse.start_ms + len(coarse.values) * 300_000 <= window.fine_from_ms <= fine.start_ms
    assert (window.to_ms - window.from_ms) // 86_400_000 == 62


def test_metrics_without_an_alarm_are_read_by_pattern(tmp_path: Path, aws: Cloud) -> None:
    cloudwatch = client("cloudwatch")
    for name in ("Orders", "Refunds"):
        cloudwatch.put_metric_data(Namespace="Shop", MetricData=[{"MetricName": name, "Value": 1.0}])
    done = run(tmp_path, "--yes", "--metrics", "Shop/Ord*", "--statistic", "p99", "--data-days", "1")
    assert done.returncode == 0, done.stderr
    assert {(row["name"], row["statistic"], row["period_s"]) for row in rows(tmp_path, "metric-data")} == {
        ("Orders", statistic, 60) for statistic in ("Sum", "SampleCount", "Minimum", "Maximum", "p99")
    }


def test_two_captures_of_the_same_answers_have_the_same_bytes(tmp_path: Path, aws: Cloud) -> None:
    filled(aws)
    (tmp_path / "a").mkdir()
    (tmp_path / "b").mkdir()
    assert run(tmp_path / "a", "--yes", "--data-days", "1").returncode == 0
    aws.page = 7
    aws.history[OWN, REGION].reverse()
    aws.listed.clear()
    assert run(tmp_path / "b", "--yes", "--data-days", "1").returncode == 0
    assert contents(tmp_path / "a") == contents(tmp_path / "b")


def test_what_is_denied_is_listed_and_hides_nothing_else(tmp_path: Path, aws: Cloud) -> None:
    filled(aws)
    aws.faults = [Fault("DescribeAlarmHistory", "AccessDenied"), Fault("ListDashboards", "AccessDeniedException")]
    done = run(tmp_path, "--yes", "--data-days", "1")
    assert done.returncode == 1
    assert "history            cloudwatch:DescribeAlarmHistory: AccessDenied in 1 account" in done.stdout
    assert "obsgen policy --capture" in done.stdout
    capture = read_capture(tmp_path / FOLDER)
    assert {problem.part for problem in capture.problems} == {"history", "dashboards"}
    region = capture.regions[0]
    assert region.history() is None
    assert region.rows("dashboards") is None
    assert len(region.alarms() or ()) == 8
    aws.faults = []
    before = len(aws.calls)
    again = run(tmp_path, "--yes", "--data-days", "1")
    assert again.returncode == 0, again.stdout
    # Only what was missing is read.
    assert {action for action, _, _ in aws.calls[before:]} <= {
        "GetCallerIdentity",
        "DescribeAlarmHistory",
        "ListDashboards",
        "GetDashboard",
    }
    assert "has a complete capture" in run(tmp_path, "--yes", "--data-days", "1").stderr


def test_tags_are_read_alarm_by_alarm_where_the_tagging_api_is_denied(tmp_path: Path, aws: Cloud) -> None:
    put_alarm(client("cloudwatch"), "cpu", Tags=[{"Key": "Owner", "Value": "a"}])
    aws.faults = [Fault("GetResources", "AccessDeniedException")]
    done = run(tmp_path, "--data-days", "0")
    assert done.returncode == 1
    assert rows(tmp_path, "alarms")[0]["Tags"] == {"Owner": "a"}
    assert [problem.part for problem in read_capture(tmp_path / FOLDER).problems] == ["resources"]


def test_tags_that_cannot_be_read_are_no_empty_ones(tmp_path: Path, aws: Cloud) -> None:
    put_alarm(client("cloudwatch"), "cpu")
    aws.faults = [Fault("GetResources", "AccessDeniedException"), Fault("ListTagsForResource", "AccessDenied")]
    run(tmp_path, "--data-days", "0", "--only", "alarms")
    assert rows(tmp_path, "alarms")[0]["Tags"] is None
    (problem,) = read_capture(tmp_path / FOLDER).problems
    assert (problem.part, problem.call) == ("alarms", "cloudwatch:ListTagsForResource")


def test_a_throttled_call_is_tried_again(tmp_path: Path, aws: Cloud) -> None:
    put_alarm(client("cloudwatch"), "cpu")
    # Of the first, more often than botocore tries again.
    aws.faults = [Fault("DescribeAlarms", "Throttling", times=7), Fault("GetMetricData", "Throttling", times=1)]
    done = run(tmp_path, "--yes", "--data-days", "1")
    assert done.returncode == 0, done.stdout
    assert aws.counted("DescribeAlarms") == 8
    assert len(rows(tmp_path, "metric-data")) == 4


def test_a_metric_of_another_account_that_is_forbidden_is_a_problem_by_name(tmp_path: Path, aws: Cloud) -> None:
    put_alarm(client("cloudwatch"), "cpu")
    put_alarm(client("cloudwatch"), "other", MetricName="Lost")
    aws.forbidden = {"Lost"}
    done = run(tmp_path, "--yes", "--data-days", "1")
    assert done.returncode == 1
    assert {row["name"] for row in rows(tmp_path, "metric-data")} == {"CPUUtilization"}
    problems = read_capture(tmp_path / FOLDER).problems
    assert {(problem.part, problem.code) for problem in problems} == {("metric-data", "Forbidden")}
    assert problems[0].message == f"AWS/EC2 Lost Maximum in {OWN}"


def test_a_refused_batch_is_read_metric_by_metric(tmp_path: Path, aws: Cloud) -> None:
    for name in ("a", "b", "c"):
        put_alarm(client("cloudwatch"), name)
    aws.faults = [Fault("GetMetricData", "ValidationError", times=2)]  # the batch, and its first metric
    done = run(tmp_path, "--yes", "--data-days", "1")
    assert done.returncode == 1
    assert [row["dimensions"] for row in rows(tmp_path, "metric-data")[::4]] == [
        {"InstanceId": "b"},
        {"InstanceId": "c"},
    ]


def test_a_batch_that_is_missing_is_read_by_the_next_run(tmp_path: Path, aws: Cloud) -> None:
    for number in range(11):
        put_alarm(client("cloudwatch"), f"cpu-{number:02}")
    aws.faults = [Fault("GetMetricData", "AccessDenied", times=1)]
    assert run(tmp_path, "--yes", "--data-days", "1").returncode == 1
    assert 0 < len(rows(tmp_path, "metric-data")) < 44
    assert len(read_capture(tmp_path / FOLDER).problems) == 1
    aws.calls.clear()
    done = run(tmp_path, "--yes", "--data-days", "1")
    assert done.returncode == 0, done.stdout
    assert ": 1 request, " in done.stderr
    assert aws.counted("GetMetricData") == 1
    assert len(rows(tmp_path, "metric-data")) == 44
    assert not (tmp_path / FOLDER / ".unfinished").exists()


def test_alarms_that_could_be_read_only_later_have_their_metric_data(tmp_path: Path, aws: Cloud) -> None:
    """The first run had other metrics: neither its file nor its batches are those of the second."""
    cloudwatch = client("cloudwatch")
    cloudwatch.put_metric_data(
        Namespace="Shop", MetricData=[{"MetricName": f"Orders{n:02}", "Value": 1.0} for n in range(11)]
    )
    put_alarm(cloudwatch, "cpu-00")
    words = ("--yes", "--data-days", "1", "--metrics", "Shop/*")
    aws.faults = [Fault("DescribeAlarms", "AccessDenied"), Fault("GetMetricData", "AccessDenied", times=1)]
    assert run(tmp_path, *words).returncode == 1
    aws.faults = []
    done = run(tmp_path, *words)
    assert done.returncode == 0, done.stdout
    names = [row["name"] for row in rows(tmp_path, "metric-data") if row["statistic"] == "Sum"]
    assert sorted(names) == ["CPUUtilization", *(f"Orders{n:02}" for n in range(11))]
    assert read_capture(tmp_path / FOLDER).problems == ()


@pytest.mark.parametrize("part", ["alarms", "history", "metrics", "metric-data", "log-groups"])
@pytest.mark.parametrize("text", [b"[]\n", b"\xff\n", b'{"AlarmName": "x"', b"{}\n"])
def test_a_corrupt_file_is_read_again(tmp_path: Path, aws: Cloud, part: str, text: bytes) -> None:
    """Also of a complete capture, as the error of a reader advises."""
    put_alarm(client("cloudwatch"), "cpu-00")
    assert run(tmp_path, "--yes", "--data-days", "1").returncode == 0
    whole = contents(tmp_path)
    (tmp_path / FOLDER / OWN / REGION / f"{part}.jsonl").write_bytes(text)
    aws.calls.clear()
    assert run(tmp_path, "--yes", "--data-days", "1").returncode == 0
    assert contents(tmp_path) == whole
    assert {action for action, _, _ in aws.calls} <= {*READS[part], "GetCallerIdentity"}


READS = {
    "alarms": ("DescribeAlarms", "GetMetricData", "GetResources"),
    "history": ("DescribeAlarmHistory",),
    "metrics": ("ListMetrics",),
    "metric-data": ("GetMetricData",),
    "log-groups": ("DescribeLogGroups", "GetResources"),
}


def test_a_capture_is_continued_for_a_day(tmp_path: Path, aws: Cloud, monkeypatch: pytest.MonkeyPatch) -> None:
    """DescribeAlarmHistory has 30 days: ten days later a third of the captured time would have no history."""
    aws.faults = [Fault("DescribeAlarmHistory", "AccessDenied")]
    assert run(tmp_path, "--data-days", "0").returncode == 1
    aws.faults = []
    for days in (10, -10):
        now_ms = NOW_MS + days * 86_400_000
        monkeypatch.setattr("generator.rollout.aws.clients.Aws.now_ms", lambda _self, now_ms=now_ms: now_ms)
        done = run(tmp_path, "--data-days", "0")
        assert done.returncode == 2
        assert "captured has a capture of 2026-01-01T00:00:00Z, which can be continued for a day" in done.stderr
    monkeypatch.setattr("generator.rollout.aws.clients.Aws.now_ms", lambda _self: NOW_MS + 86_000_000)
    assert run(tmp_path, "--data-days", "0").returncode == 0


def test_nobody_else_reads_a_capture(tmp_path: Path, aws: Cloud) -> None:
    assert run(tmp_path, "--data-days", "0").returncode == 0
    assert (tmp_path / FOLDER).stat().st_mode & 0o777 == 0o700


def test_tokens_in_a_circle_end(tmp_path: Path, aws: Cloud, monkeypatch: pytest.MonkeyPatch) -> None:
    aws.history[OWN, REGION] = [history_item("cpu", 1)]
    original = RegionCalls.call_unpaced
    tokens = iter(["a", "b"] * 10)

    def circling(self: RegionCalls, action: str, **params: object) -> dict[str, object]:
        answer = original(self, action, **{key: value for key, value in params.items() if key != "NextToken"})
        return {**answer, "NextToken": next(tokens)} if action.endswith("DescribeAlarmHistory") else answer

    monkeypatch.setattr(RegionCalls, "call_unpaced", circling)
    done = run(tmp_path, "--data-days", "0")
    assert done.returncode == 1
    assert "cloudwatch:DescribeAlarmHistory: RepeatedToken" in done.stdout


def test_a_killed_capture_continues_where_it_stopped(tmp_path: Path, aws: Cloud) -> None:
    filled(aws)
    whole, killed = tmp_path / "whole", tmp_path / "killed"
    whole.mkdir()
    killed.mkdir()
    assert run(whole, "--yes", "--data-days", "1").returncode == 0
    expected = contents(whole)
    ends = []
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("generator.rollout.capture.calls.RegionCalls.call_unpaced", interrupted_after(9))
        while not ends or ends[-1] == 130:
            done = run(killed, "--yes", "--data-days", "1")
            ends.append(done.returncode)
            assert len(ends) < 9, "no run gets further than the one before"
    assert ends == [*[130] * (len(ends) - 1), 0]
    assert len(ends) > 3
    assert contents(killed) == expected


def interrupted_after(calls: int) -> object:
    """A call of the capture, after so many of which a person presses Ctrl-C, in each run."""
    original = RegionCalls.call_unpaced
    made: dict[int, int] = {}

    def call(self: RegionCalls, action: str, **params: object) -> dict[str, object]:
        number = made[id(self.paces)] = made.get(id(self.paces), 0) + 1
        if number > calls:
            raise KeyboardInterrupt
        return original(self, action, **params)

    return call


def test_a_history_continues_with_the_item_that_it_kept_last(tmp_path: Path, aws: Cloud) -> None:
    aws.page = 10
    aws.history[OWN, REGION] = [history_item("cpu", number) for number in range(95)]
    aws.faults = [Fault("DescribeAlarmHistory", "InternalFailure", skip=5)]
    assert run(tmp_path, "--data-days", "0", "--only", "history").returncode == 3
    kept = tmp_path / FOLDER / ".unfinished" / OWN / REGION / "history-MetricAlarm.jsonl"
    assert len(kept.read_text().splitlines()) == 50
    kept.write_bytes(kept.read_bytes()[:-20] + b"\n5\n{}\n")  # as a killed process, or a disk, may leave it
    aws.faults = []
    aws.calls.clear()
    assert run(tmp_path, "--data-days", "0", "--only", "history").returncode == 0
    assert len(rows(tmp_path, "history")) == 95
    assert aws.counted("DescribeAlarmHistory") == 5 + 2  # the rest of one type, and the other types


def test_an_account_that_cannot_be_entered_is_one_problem(tmp_path: Path, aws: Cloud) -> None:
    put_alarm(client("cloudwatch"), "cpu")
    put_alarm(client("cloudwatch", account="222222222222"), "cpu")
    words = ("--account", OWN, "--account", "222222222222", "--account", "333333333333", "--role", "reader")
    aws.faults = [Fault("AssumeRole", "AccessDenied", skip=1)]
    done = run(tmp_path, *words, "--data-days", "0")
    assert done.returncode == 1
    capture = read_capture(tmp_path / FOLDER)
    (problem,) = capture.problems
    assert (problem.part, problem.call, problem.code) == ("all", "sts:AssumeRole", "AccessDenied")
    # One of the two others was entered, whichever came first.
    assert [region.alarms() is None for region in capture.regions].count(True) == 1


def test_where_nothing_can_be_read_aws_has_refused(tmp_path: Path, aws: Cloud) -> None:
    (tmp_path / "b").mkdir()
    aws.faults = [Fault("AssumeRole", "AccessDenied")]
    done = run(tmp_path, "--account", "222222222222", "--role", "reader", "--data-days", "0")
    assert done.returncode == 3
    assert "everything         sts:AssumeRole: AccessDenied in 1 account" in done.stdout
    aws.faults = [Fault("DescribeAlarms", "AccessDenied")]
    again = run(tmp_path / "b", "--data-days", "0", "--only", "alarms")
    assert again.returncode == 3


def test_an_expired_session_ends_it_and_it_continues(tmp_path: Path, aws: Cloud) -> None:
    put_alarm(client("cloudwatch"), "cpu")
    aws.faults = [Fault("DescribeAlarmHistory", "ExpiredToken", times=1)]
    done = run(tmp_path, "--data-days", "0")
    assert done.returncode == 3
    assert "sign in again and run the same command" in done.stderr
    assert run(tmp_path, "--data-days", "0").returncode == 0


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (("--only", "alarm"), "there is no part `alarm`"),
        (("--only", "metric-data", "--yes"), "metric-data needs alarms"),
        (("--statistic", "p999"), "`p999` is not a percentile"),
        (("--data-days", "64"), "64 is not in the range"),
        ((), "confirmation requires a terminal"),
        (("--account", "x", "--yes"), "there is no account ID `x`"),
        (("--account", "222222222222", "--yes"), f"the credentials are those of account {OWN}"),
        (("--region", "eu-west-9", "--yes"), "there is no Region `eu-west-9`"),
    ],
)
def test_bad_usage_reads_nothing(tmp_path: Path, aws: Cloud, words: tuple[str, ...], message: str) -> None:
    done = run(tmp_path, *words)
    assert done.returncode == 2
    assert message in done.stderr
    assert not (tmp_path / FOLDER).exists()
    assert {action for action, _, _ in aws.calls} <= {"GetCallerIdentity"}


def test_a_folder_with_something_else_is_left_alone(tmp_path: Path, aws: Cloud) -> None:
    (tmp_path / FOLDER).mkdir()
    (tmp_path / FOLDER / "thesis.txt").write_text("x")
    done = run(tmp_path, "--data-days", "0")
    assert done.returncode == 2
    assert "is not empty and has no capture" in done.stderr


def test_a_capture_of_something_else_is_not_continued(tmp_path: Path, aws: Cloud) -> None:
    aws.faults = [Fault("ListMetrics", "AccessDenied")]
    assert run(tmp_path, "--data-days", "0").returncode == 1
    done = run(tmp_path, "--data-days", "0", "--tag", "cost")
    assert done.returncode == 2
    assert "has a capture that differs in tags" in done.stderr
