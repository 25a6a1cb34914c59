"""`obsgen backtest`: alarms of a spec over a capture, as a command."""

from __future__ import annotations

import json
import re
import subprocess
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pytest
import yaml

from generator.backtest.captured_metric import DataWindow
from generator.backtest.captured_store import CapturedStore
from generator.capture.read import read_capture
from generator.evaluate.types import MetricId
from tests.captures import metric_alarm, minutes, series, state_update, write_capture
from tests.command import Done, obsgen
from tests.support import spec

ALPHA, BETA, HUB, REGION = "222222222222", "333333333333", "111111111111", "us-east-1"
ERRORS: tuple[str, str, dict[str, str]] = ("Shop", "Errors", {})
DAYS, DAY, HOUR = 15, 1440, 60
START = "2026-11-15T00:00:00Z"
ALARM = "errors-alarm-prod"


def written(folder: Path, change: str = "") -> None:
    (folder / "observability.yaml").write_text(spec(change), encoding="utf-8")


def of_minutes(
    *peaks: tuple[int, int, float | None], usual: float | None = 0.0, days: int = DAYS
) -> list[float | None]:
    """Days of minutes. peaks: first minute, how many, value."""
    values: list[float | None] = [usual] * (days * DAY)
    for first, count, value in peaks:
        values[first : first + count] = [value] * count
    return values


def metric_rows(values: Sequence[float | None], key: Any = ERRORS, account: str = ALPHA) -> list[dict[str, Any]]:
    return minutes(key, values, account=account, start=START)


def captured(folder: Path, rows: Sequence[dict[str, Any]], *, account: str = ALPHA, **parts: Any) -> None:
    description = parts.pop("description", {})
    write_capture(folder / "captured", {(account, REGION): {"metric-data": rows, **parts}}, **description)


def run(folder: Path, *words: str, code: int = 0, incidents: bool = False) -> Done:
    quick = [] if incidents else ["--no-incidents"]
    done = obsgen(folder, "backtest", "--capture", "captured", *quick, *words)
    assert done.returncode == code, done.stdout + done.stderr
    return done


def cells(output: str, *words: str, part: str = "") -> list[str]:
    """The cells of the row that has these words, in the part of that title."""
    block = output[output.index(part) :].split("\n\n")[0]
    (line,) = (line for line in block.splitlines() if set(words) <= set(line.split()))
    return re.split(r" {2,}", line.strip())


# 12:00 on the first day for 10 minutes, 23:00 on the second for one.
PEAKS = of_minutes((12 * HOUR, 10, 9.0), (DAY + 23 * HOUR, 1, 9.0))


def test_firings_lengths_nights_and_incidents(tmp_path: Path) -> None:
    written(tmp_path)
    captured(tmp_path, metric_rows(PEAKS))
    output = run(tmp_path, incidents=True).stdout
    assert output.startswith("Backtest of prod: 2026-11-15 to 2026-11-30, 15 days of minutes; 1 alarm judged, ")
    assert cells(output, ALARM, part="Firings") == [ALARM, "alpha", "2", "4", "11 min", "10 min", "1"]
    assert "1 alarm with data in every period" in output
    assert "2 incidents of 2 firings, 1 at night" in output
    assert "mail 2" in output
    # Before any number: data, and what has none.
    assert output.index("\nData") < output.index("\nNot judged") < output.index("\nFirings")


def test_the_night_is_that_of_a_zone(tmp_path: Path) -> None:
    written(tmp_path)
    captured(tmp_path, metric_rows(PEAKS))
    output = run(tmp_path, "--night", "12:00-13:00", "--zone", "Asia/Tokyo").stdout
    assert "Firings (night: 12:00-13:00 Asia/Tokyo)" in output
    # 12:00 UTC is 21:00 there, 23:00 UTC is 08:00.
    assert cells(output, ALARM, part="Firings")[6] == "0"
    assert "expected hours such as" in run(tmp_path, "--night", "25:00-7:00", code=2).stderr
    assert "there is no time zone `Mars/Base`" in run(tmp_path, "--zone", "Mars/Base", code=2).stderr


def test_windows_slide_every_minute(tmp_path: Path) -> None:
    """Three errors at 12:04 and three at 12:05 are never together in five minutes of the clock, and CloudWatch alarms.

    https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/alarm-evaluation.html
    """
    written(tmp_path, "alarms: {errors: {period: 5m}}")
    captured(tmp_path, metric_rows(of_minutes((12 * HOUR + 4, 2, 3.0))))
    output = run(tmp_path).stdout
    # Windows that end at 12:06 to 12:09 have both.
    assert cells(output, ALARM, part="Firings")[2:6] == ["1", "2", "4 min", "4 min"]
    (data,) = json.loads(run(tmp_path, "--format", "json").stdout)
    assert data["alarms"][0]["times"] == [{"from": "2026-11-15T12:06:00Z", "to": "2026-11-15T12:10:00Z"}]


def test_coverage_is_the_share_of_periods_with_data(tmp_path: Path) -> None:
    written(tmp_path)
    values = of_minutes((0, 3 * DAY, None), usual=0.0)
    captured(tmp_path, metric_rows(values))
    row = cells(run(tmp_path).stdout, ALARM, part="Data")
    assert row == [ALARM, "alpha", "80.0 %", "2026-11-18 00:00", "2026-11-30 00:00", "Shop Errors"]


NOT_JUDGED = """
alarms:
  errors: null
  other: {metric: {namespace: Shop, name: Other}, statistic: Sum, threshold: "> 5"}
  tail: {metric: {namespace: Shop, name: Slow}, statistic: p99, threshold: "> 5"}
  quick: {metric: {namespace: Shop, name: Seconds}, statistic: Sum, threshold: "> 5", period: 10s}
"""


def test_what_the_capture_cannot_judge_has_a_reason(tmp_path: Path) -> None:
    written(tmp_path, NOT_JUDGED)
    captured(tmp_path, metric_rows(PEAKS, ("Shop", "Slow", {})))
    output = run(tmp_path, "--only", "*-alarm-prod", code=1).stdout
    assert "0 alarms judged, 9 not" in output
    assert cells(output, "other-alarm-prod", part="Not judged")[2] == "Shop Other is not in the capture"
    assert (
        cells(output, "tail-alarm-prod", "p99", part="Not judged")[2]
        == "p99 of 60 seconds of Shop Slow is not in the capture"
    )
    assert "seconds are not captured" in cells(output, "quick-alarm-prod", "seconds", part="Not judged")[2]
    assert "no metric data of account 333333333333, us-east-1 in the capture" in output


COMPOSITES = """
alarms:
  slow: {metric: {namespace: Shop, name: Slow}, statistic: Maximum, threshold: "> 5"}
composites:
  down: {rule: errors and slow, severity: critical}
"""
TAIL = """
alarms:
  errors: null
  tail: {metric: {namespace: Shop, name: Slow}, statistic: p99, period: PERIOD, threshold: "> 5"}
"""


def test_a_percentile_of_clock_windows_is_approximate(tmp_path: Path) -> None:
    """Periods of more than an hour are read as the clock has them (docs/capture.md)."""
    written(tmp_path, TAIL.replace("PERIOD", "6h"))
    values = [1.0] * 60
    values[7] = 9.0
    captured(tmp_path, [series("Shop", "Slow", {}, "p99", values, account=ALPHA, start=START, period_s=21_600)])
    row = cells(run(tmp_path).stdout, "tail-alarm-prod", part="Firings")
    assert row[2:] == ["1", "2", "6 h", "6 h", "1", "approximate"]
    written(tmp_path, TAIL.replace("PERIOD", "5m"))
    slid = [1.0] * (DAYS * DAY)
    slid[100:103] = [9.0] * 3
    rows = [series("Shop", "Slow", {}, "p99", slid, account=ALPHA, start=START, period_s=300, step_s=60)]
    captured(tmp_path, rows)
    assert cells(run(tmp_path).stdout, "tail-alarm-prod", part="Firings")[2:] == ["1", "2", "3 min", "3 min", "1"]


def test_days_of_five_minutes_are_approximate(tmp_path: Path) -> None:
    """Before the minutes there are five minutes: an alarm of minutes is judged by the minutes only."""
    written(
        tmp_path,
        'alarms: {slow: {metric: {namespace: Shop, name: Errors}, statistic: Sum, period: 5m, threshold: "> 5"}}',
    )
    old = [0.0] * (5 * 288)
    old[10], old[20] = 9.0, 9.0
    coarse = [
        series(*ERRORS, name, old, account=ALPHA, start="2026-11-10T00:00:00Z", period_s=300)
        for name in ("Sum", "SampleCount", "Minimum", "Maximum")
    ]
    window = {"from": "2026-11-10T00:00:00Z", "fine_from": START, "to": "2026-11-30T00:00:00Z", "statistics": []}
    captured(tmp_path, [*metric_rows(PEAKS), *coarse], description={"metric_data": window})
    output = run(tmp_path).stdout
    assert "2026-11-10 to 2026-11-30, 15 days of minutes and 5 days of five minutes before" in output
    # Two of the old days, and the two peaks: 9 in each.
    assert cells(output, "slow-alarm-prod", part="Firings")[2:4] == ["4", "6"]
    assert cells(output, ALARM, part="Firings")[2:4] == ["2", "4"]
    assert "approximate: five-minute data before the last 15 days and no data before the last 15 days" in output


def test_a_composite_is_judged_if_all_of_its_alarms_are(tmp_path: Path) -> None:
    written(tmp_path, COMPOSITES)
    slow = metric_rows(of_minutes((12 * HOUR + 5, 20, 9.0)), ("Shop", "Slow", {}))
    captured(tmp_path, [*metric_rows(PEAKS), *slow])
    output = run(tmp_path).stdout
    # Both from 12:06 to 12:11.
    names = [line.split()[0] for line in output[output.index("Firings") :].splitlines() if " alpha " in line]
    (composite,) = (name for name in names if name.startswith("down"))
    assert cells(output, composite, part="Firings")[1:5] == ["alpha", "1", "2", "5 min"]
    captured(tmp_path, metric_rows(PEAKS))
    assert composite in run(tmp_path).stdout.split("\nFirings")[0].split("Not judged")[1]


def test_an_account_captures_metrics_of_others(tmp_path: Path) -> None:
    """The hub's alarms watch metrics of members, and its part of the capture has them."""
    rows = metric_rows(PEAKS, account=BETA)
    captured(tmp_path, rows, account=HUB)
    window = DataWindow(1_763_164_800, 1_763_164_800, 1_764_460_800)
    store = CapturedStore(read_capture(tmp_path / "captured"), window)
    assert store.find(MetricId(BETA, REGION, "Shop", "Errors")) is not None
    assert store.find(MetricId(ALPHA, REGION, "Shop", "Errors")) is None
    assert store.has_region(BETA, REGION)
    assert not store.has_region(ALPHA, REGION)


def test_a_capture_without_metric_data_is_refused(tmp_path: Path) -> None:
    written(tmp_path)
    write_capture(tmp_path / "captured", {(ALPHA, REGION): {"alarms": []}}, metric_data=None)
    assert "captured has no metric data" in run(tmp_path, code=2).stderr


UNITS = "{accounts: null, organizational_units: [ou-ab12-cdefgh34]}"
JOINED = "555555555555"


def test_markdown_has_no_meaning_of_names(tmp_path: Path) -> None:
    written(tmp_path)
    captured(tmp_path, metric_rows(PEAKS))
    output = run(tmp_path, "--format", "markdown").stdout
    assert "### Backtest of prod" in output
    assert f"| {ALARM} | alpha | 2 | 4 | 11 min | 10 min | 1 |  |" in output


HOSTILE = "a@acme/team|b\u202e #12 https://evil.example `x` <b> 8f3c2d1e9"


def test_names_of_others_do_nothing_in_a_terminal_or_on_a_host(tmp_path: Path) -> None:
    """Hosts look for mentions in the rendered text, which an escape does not change; they leave out code.

    https://docs.github.com/get-started/writing-on-github/working-with-advanced-formatting/autolinked-references-and-urls
    """
    written(tmp_path, UNITS)
    parts = {(JOINED, REGION): {"metric-data": metric_rows(PEAKS, account=JOINED)}}
    write_capture(tmp_path / "captured", parts, names={JOINED: HOSTILE})
    output = run(tmp_path).stdout
    assert not [char for char in output if not char.isprintable() and char != "\n"]
    markdown = run(tmp_path, "--format", "markdown").stdout
    assert "\u202e" not in markdown
    rows = [line for line in markdown.splitlines() if ALARM in line and " 11 min " in line]
    assert rows, markdown
    without_code = re.sub(r"`[^`]*`|<code>.*?</code>", "", rows[0])
    assert not re.search(r"@|#|://|8f3c2d1e9|(?<!\\)<b", without_code)
    assert len(re.findall(r"(?<!\\)\|", re.sub(r"<code>.*?</code>", "", rows[0]))) == 9


def test_accounts_of_one_name_are_all_there(tmp_path: Path) -> None:
    """AWS does not keep account names unique: https://docs.aws.amazon.com/organizations/latest/APIReference/
    API_CreateAccount.html (AccountName has a pattern only)."""
    written(tmp_path, UNITS)
    accounts = ("555555555555", "666666666666")
    parts = {(account, REGION): {"metric-data": metric_rows(PEAKS, account=account)} for account in accounts}
    write_capture(tmp_path / "captured", parts, names=dict.fromkeys(accounts, "sandbox"))
    (data,) = json.loads(run(tmp_path, "--only", ALARM, "--format", "json").stdout)
    assert [row["account"] for row in data["alarms"]] == [*accounts]


def test_an_incomplete_capture_says_so(tmp_path: Path) -> None:
    written(tmp_path)
    captured(tmp_path, metric_rows(PEAKS), description={"complete": False})
    output = run(tmp_path).stdout
    assert "the capture is incomplete" in output.split("\nFirings")[0]
    captured(tmp_path, metric_rows(PEAKS))
    assert "incomplete" not in run(tmp_path).stdout


IN_ORDER = "`from`, `fine_from` and `to` in this order"


@pytest.mark.parametrize(
    ("window", "reason"),
    [
        (("15T00:00:00", "16T00:00:00", "15T12:00:00"), IN_ORDER),
        (("16T00:00:00", "15T00:00:00", "30T00:00:00"), IN_ORDER),
        (("15T00:00:30", "15T00:00:30", "30T00:00:00"), "whole minutes"),
    ],
)
def test_a_time_of_data_that_cannot_be_is_refused(tmp_path: Path, window: tuple[str, ...], reason: str) -> None:
    written(tmp_path)
    times = zip(("from", "fine_from", "to"), (f"2026-11-{at}Z" for at in window), strict=True)
    captured(tmp_path, metric_rows(PEAKS), description={"metric_data": {**dict(times), "statistics": []}})
    assert f"captured/capture.json: metric_data: expected {reason}" in run(tmp_path, code=2).stderr


def test_an_age_of_data_is_refused(tmp_path: Path) -> None:
    """It would take gigabytes."""
    written(tmp_path)
    ages = {"from": "1971-01-01T00:00:00Z", "fine_from": "1971-01-01T00:00:00Z", "to": "2026-11-30T00:00:00Z"}
    captured(tmp_path, metric_rows(PEAKS), description={"metric_data": {**ages, "statistics": []}})
    assert "at most 100000 values" in run(tmp_path, code=2).stderr


def test_a_number_beyond_all_floats_is_a_fault_of_the_capture(tmp_path: Path) -> None:
    written(tmp_path)
    captured(tmp_path, metric_rows([0.0]))
    path = tmp_path / "captured" / ALPHA / REGION / "metric-data.jsonl"
    path.write_text(path.read_text(encoding="utf-8").replace('"values":[0]', f'"values":[{"9" * 310}]'), "utf-8")
    error = run(tmp_path, code=2).stderr
    assert "`values` has a number that is too large" in error
    assert "internal error" not in error


def test_a_time_that_is_none_is_a_fault_of_the_capture(tmp_path: Path) -> None:
    written(tmp_path)
    alarm = account_alarm(AlarmConfigurationUpdatedTimestamp="yesterday")
    captured(tmp_path, metric_rows(PEAKS), alarms=[alarm], history=recorded("15T12:02"))
    error = run(tmp_path, "--verify", code=2).stderr
    assert "internal error" not in error
    assert "us-east-1/alarms.jsonl:1: expected a time such as" in error


# --- against the accounts' own history ------------------------------------------------------------------------------


def account_alarm(**keys: Any) -> dict[str, Any]:
    """The alarm of the spec as DescribeAlarms has it."""
    properties = {
        "Namespace": "Shop",
        "MetricName": "Errors",
        "Dimensions": [],
        "Statistic": "Sum",
        "Period": 60,
        "EvaluationPeriods": 1,
        "DatapointsToAlarm": 1,
        "Threshold": 5.0,
        "TreatMissingData": "breaching",
        **keys,
    }
    return metric_alarm(ALARM, **properties)


def recorded(*times: str) -> list[dict[str, Any]]:
    """To ALARM at each time and back."""
    return [
        row
        for at in times
        for row in (
            state_update(ALARM, f"2026-11-{at}:20.000Z", "OK", "ALARM"),
            state_update(ALARM, f"2026-11-{at}:50.000Z", "ALARM", "OK"),
        )
    ]


@pytest.mark.parametrize(
    ("times", "counts"),
    [
        # The simulation fires at 12:01 on the 15th and at 23:01 on the 16th.
        (("15T12:02", "16T23:03"), "2 of 2 recorded firings matched within 5 minutes, 0 missed, 0 extra"),
        (("15T12:02",), "1 of 1 recorded firing matched within 5 minutes, 0 missed, 1 extra"),
        (("15T12:02", "16T23:30", "20T04:00"), "1 of 3 recorded firings matched within 5 minutes, 2 missed, 1 extra"),
    ],
)
def test_verify_counts_matched_missed_and_extra(tmp_path: Path, times: tuple[str, ...], counts: str) -> None:
    written(tmp_path)
    captured(tmp_path, metric_rows(PEAKS), alarms=[account_alarm()], history=recorded(*times))
    output = run(tmp_path, "--verify").stdout
    assert f"1 alarm compared: {counts}" in output
    assert output.index("Match with") < output.index("\nFirings")


def test_verify_compares_only_the_same_condition_and_only_since_its_update(tmp_path: Path) -> None:
    written(tmp_path)
    captured(tmp_path, metric_rows(PEAKS), alarms=[account_alarm(Threshold=6.0)], history=recorded("15T12:02"))
    output = run(tmp_path, "--verify").stdout
    assert "not compared: 1 alarm: the account's alarm has another condition" in output
    updated = account_alarm(AlarmConfigurationUpdatedTimestamp="2026-11-16T00:00:00.000Z")
    captured(tmp_path, metric_rows(PEAKS), alarms=[updated], history=recorded("15T12:02", "16T23:03"))
    assert "1 of 1 recorded firing matched within 5 minutes, 0 missed, 0 extra" in run(tmp_path, "--verify").stdout


MATH = """
alarms:
  errors: null
  share:
    expression: 100 * e / r
    metrics:
      e: {filter: errors, statistic: Sum}
      r: {namespace: Shop, name: Requests, statistic: Sum}
    threshold: "> 5"
"""


def test_verify_knows_an_alarm_on_an_expression_again(tmp_path: Path) -> None:
    """Entries as DescribeAlarms may give them: another order, every key.

    https://docs.aws.amazon.com/AmazonCloudWatch/latest/APIReference/API_MetricDataQuery.html
    """
    written(tmp_path, MATH)
    entries = [
        {
            "Id": id_,
            "MetricStat": {
                "Metric": {"Namespace": "Shop", "MetricName": name, "Dimensions": []},
                "Period": 60,
                "Stat": "Sum",
            },
            "ReturnData": False,
        }
        for id_, name in (("r", "Requests"), ("e", "Errors"))
    ]
    expression = {"Id": "e1", "Expression": "100 * e / r", "Label": "any", "ReturnData": True}
    alarm = account_alarm(AlarmName="share-alarm-prod", Metrics=[*entries, expression])
    for key in ("Namespace", "MetricName", "Dimensions", "Statistic", "Period"):
        del alarm[key]
    requests = metric_rows(of_minutes(usual=100.0), ("Shop", "Requests", {}))
    captured(tmp_path, [*metric_rows(PEAKS), *requests], alarms=[alarm], history=[])
    output = run(tmp_path, "--verify").stdout
    assert "1 alarm compared: 0 of 0 recorded firings matched within 5 minutes, 0 missed, 2 extra" in output


def test_verify_begins_with_the_state_that_the_alarm_had(tmp_path: Path) -> None:
    """An alarm that was in ALARM before the data and stays there fires not once more."""
    written(tmp_path)
    rows = [state_update(ALARM, "2026-11-15T00:30:10.000Z", "ALARM", "OK")]
    captured(tmp_path, metric_rows(of_minutes((0, 30, 9.0))), alarms=[account_alarm()], history=rows)
    assert "0 of 0 recorded firings matched within 5 minutes, 0 missed, 0 extra" in run(tmp_path, "--verify").stdout


# In ALARM from the 17th to the 20th; and in the last minutes of the data.
LONG, LATE = of_minutes((2 * DAY, 3 * DAY, 9.0)), of_minutes((DAYS * DAY - 2, 2, 9.0))


@pytest.mark.parametrize(
    ("values", "updated", "changes", "counts"),
    [
        # Made while its condition held: https://docs.aws.amazon.com/AmazonCloudWatch/latest/APIReference/
        # API_PutMetricAlarm.html (a new alarm is INSUFFICIENT_DATA, then evaluated; an updated one keeps its state).
        (LONG, "18T00:00:00", [("18T00:01:00", "INSUFFICIENT_DATA", "ALARM")], (1, 0, 0)),
        (LONG, "18T00:00:00", [("17T00:02:00", "OK", "ALARM"), ("20T00:02:00", "ALARM", "OK")], (0, 0, 0)),
        # The simulation fires at 12:01 and at 23:59: its counterparts are a minute beyond what is compared.
        (PEAKS, "15T12:01:30", [("15T12:02:20", "OK", "ALARM"), ("15T12:20:00", "ALARM", "OK")], (1, 0, 1)),
        (LATE, "01T00:00:00", [("30T00:01:20", "OK", "ALARM")], (1, 0, 0)),
        (LATE, "01T00:00:00", [("30T00:30:00", "OK", "ALARM")], (0, 0, 1)),
    ],
)
def test_verify_at_the_ends_of_what_is_compared(
    tmp_path: Path,
    values: list[float | None],
    updated: str,
    changes: list[tuple[str, str, str]],
    counts: tuple[int, int, int],
) -> None:
    written(tmp_path)
    alarm = account_alarm(AlarmConfigurationUpdatedTimestamp=f"2026-11-{updated}.000Z")
    history = [state_update(ALARM, f"2026-11-{at}.000Z", *states) for at, *states in changes]
    until = {"to": "2026-11-30T00:40:00Z"}
    captured(tmp_path, metric_rows(values), alarms=[alarm], history=history, description=until)
    (data,) = json.loads(run(tmp_path, "--verify", "--format", "json").stdout)
    assert tuple(data["verify"][name] for name in ("matched", "missed", "extra")) == counts


def test_verify_does_not_count_what_the_history_may_not_have_yet(tmp_path: Path) -> None:
    written(tmp_path)
    captured(tmp_path, metric_rows(LATE), alarms=[account_alarm()], history=[])
    assert "0 of 0 recorded firings matched within 5 minutes, 0 missed, 0 extra" in run(tmp_path, "--verify").stdout


def test_verify_says_where_history_was_not_captured(tmp_path: Path) -> None:
    written(tmp_path)
    captured(tmp_path, metric_rows(PEAKS), alarms=[account_alarm()])
    assert "the history of its account is not in the capture" in run(tmp_path, "--verify").stdout


# --- old against new ------------------------------------------------------------------------------------------------


def git(folder: Path, *words: str) -> None:
    identity = ["-c", "user.name=test", "-c", "user.email=test@example.com"]
    subprocess.run(["git", "-C", str(folder), *identity, *words], check=True, capture_output=True)


def committed(folder: Path, change: str) -> None:
    """A repository with the output of a build."""
    written(folder, change)
    built = obsgen(folder, "build", "--no-lint", "--no-cache")
    assert built.returncode == 0, built.stdout + built.stderr
    git(folder, "init", "-q")
    git(folder, "add", "-A")
    git(folder, "commit", "-qm", "old")


def test_old_against_new_threshold(tmp_path: Path) -> None:
    committed(tmp_path, "")
    written(tmp_path, 'alarms: {errors: {threshold: "> 10"}}')
    captured(tmp_path, metric_rows(PEAKS))
    output = run(tmp_path, "--against", "HEAD", "--only", "errors-*").stdout
    assert (
        "1 alarm with another condition or other firings: 2 firings before, 0 now; at night 1 before, 0 now" in output
    )
    row = cells(output, "changed", part="Against HEAD")
    window = ", 1 period of 1 minute"
    assert row[1:5] == [ALARM, "alpha", f"Sum of Errors > 5{window} → Sum of Errors > 10{window}", "2 → 0"]
    markdown = run(tmp_path, "--against", "HEAD", "--format", "markdown").stdout
    assert "| changed | errors-alarm-prod | alpha | Sum of Errors > 5, 1 period of 1 minute → " in markdown


def test_incidents_before_are_those_of_the_routes_before(tmp_path: Path) -> None:
    """The alarm fires as before and notifies no channel any more; its entry is in another file."""
    (tmp_path / "teams").mkdir()
    shop = tmp_path / "teams" / "shop.yaml"
    entry = yaml.safe_load(spec())["alarms"]["errors"]
    shop.write_text(yaml.safe_dump({"alarms": {"errors": entry}}), encoding="utf-8")
    committed(tmp_path, "include: ['teams/**/*.yaml']\nalarms: null")
    shop.write_text(yaml.safe_dump({"alarms": {"errors": {**entry, "severity": "none"}}}), encoding="utf-8")
    captured(tmp_path, metric_rows(PEAKS))
    output = run(tmp_path, "--against", "HEAD", incidents=True).stdout
    assert "0 incidents of 2 firings, 0 at night" in output
    assert "incidents after grouping: 2 before, 0 now; at night 1 before, 0 now" in output
    (data,) = json.loads(run(tmp_path, "--against", "HEAD", "--format", "json", incidents=True).stdout)
    assert (data["against"]["incidents"]["count"], data["against"]["incidents"]["channels"]) == (2, {"mail": 2})
    # Only out/ was committed.
    git(tmp_path, "rm", "-q", "--cached", "observability.yaml")
    git(tmp_path, "commit", "-qm", "without the file")
    output = run(tmp_path, "--against", "HEAD", incidents=True).stdout
    assert "incidents before: not counted: HEAD has no observability.yaml" in output


def test_a_side_that_is_not_judged_has_no_number(tmp_path: Path) -> None:
    """An alarm that the capture cannot judge any more does not fire less often."""
    alarms = 'alarms: {slow: {metric: {namespace: Shop, name: Slow}, statistic: STATISTIC, threshold: "> 5"}}'
    committed(tmp_path, alarms.replace("STATISTIC", "Maximum"))
    written(tmp_path, alarms.replace("STATISTIC", "p99"))
    captured(tmp_path, [*metric_rows(PEAKS), *metric_rows(PEAKS, ("Shop", "Slow", {}))])
    output = run(tmp_path, "--against", "HEAD").stdout
    assert "0 firings before, 0 now; at night 0 before, 0 now; not counted: 1 alarm that the capture cannot" in output
    assert "2 → not judged" in cells(output, "changed", "alpha", part="Against HEAD")


def test_alarms_that_are_added_and_removed(tmp_path: Path) -> None:
    committed(tmp_path, "")
    written(tmp_path, 'alarms: {errors: null, more: {metric: {filter: errors}, statistic: Sum, threshold: "> 7"}}')
    captured(tmp_path, metric_rows(PEAKS))
    output = run(tmp_path, "--against", "HEAD").stdout
    assert cells(output, "added", "alpha", part="Against HEAD")[1] == "more-alarm-prod"
    assert cells(output, "removed", "alpha", part="Against HEAD")[1] == ALARM


def test_the_same_build_differs_in_nothing(tmp_path: Path) -> None:
    committed(tmp_path, "")
    captured(tmp_path, metric_rows(PEAKS))
    assert "no alarm has another condition or other firings" in run(tmp_path, "--against", "HEAD").stdout
    assert "unknown Git revision `nowhere`" in run(tmp_path, "--against", "nowhere", code=2).stderr


# --- suggested thresholds -------------------------------------------------------------------------------------------


def test_the_lowest_threshold_that_fires_at_most_so_often(tmp_path: Path) -> None:
    """Peaks of 6 to 15, one a day: at most 8 a month are 4 in 15 days, so `> 11`; `> 10` fires a fifth time."""
    written(tmp_path)
    captured(tmp_path, metric_rows(of_minutes(*((day * DAY + 600, 2, 6.0 + day) for day in range(10)))))
    row = cells(run(tmp_path, "--suggest", "8").stdout, ALARM, part="Thresholds")
    assert row[3:] == [
        "> 5 (20 a month)",
        "> 11 (8 a month)",
        "20 min → 8 min",
        "0 → 0",
        "> 10 (10 a month)",
        "> 15 (0 a month)",
    ]


def test_the_highest_threshold_of_an_alarm_about_too_few(tmp_path: Path) -> None:
    written(
        tmp_path,
        'alarms: {errors: null, orders: {metric: {namespace: Shop, name: Orders}, statistic: Sum, threshold: "< 10"}}',
    )
    values = of_minutes((600, 2, 3.0), (DAY + 600, 2, 5.0), (2 * DAY + 600, 2, 7.0), usual=20.0)
    captured(tmp_path, metric_rows(values, ("Shop", "Orders", {})))
    row = cells(run(tmp_path, "--suggest", "4").stdout, "orders-alarm-prod", part="Thresholds")
    assert row[3:5] == ["< 10 (6 a month)", "< 7 (4 a month)"]


@pytest.mark.parametrize(
    ("comparison", "peaks", "usual"),
    [(">", (20 / 3, 22 / 3, 1e-7), 0.0), ("<", (10_000 / 3, 20_000 / 3, 8e9 / 3), 9e9)],
)
def test_a_suggestion_in_the_file_fires_as_it_says(
    tmp_path: Path, comparison: str, peaks: tuple[float, ...], usual: float
) -> None:
    """All digits count: `> 7.333333333` fires at a value of 7.333333333333333; and `> 1,204` is no threshold."""
    alarms = """alarms: {errors: null, mean: {metric: {namespace: Shop, name: Mean}, statistic: Maximum,
  threshold: "THRESHOLD"}}"""
    values = of_minutes(*((day * DAY + 600, 2, peak) for day, peak in enumerate(peaks)), usual=usual)
    captured(tmp_path, metric_rows(values, ("Shop", "Mean", {})))
    name = "mean-alarm-prod"
    for most in (0, 2, 4):
        written(tmp_path, alarms.replace("THRESHOLD", f"{comparison} {1 if comparison == '>' else 8e9}"))
        suggested = cells(run(tmp_path, "--suggest", str(most)).stdout, name, part="Thresholds")[4]
        threshold, firings = suggested.rstrip(")").removesuffix(" a month").split(" (")
        written(tmp_path, alarms.replace("THRESHOLD", threshold))
        (data,) = json.loads(run(tmp_path, "--only", name, "--format", "json").stdout)
        assert data["alarms"][0]["a_month"] == float(firings) <= most


def test_a_number_of_firings_is_a_number(tmp_path: Path) -> None:
    written(tmp_path)
    captured(tmp_path, metric_rows(PEAKS))
    assert "'nan' is not a number of firings" in run(tmp_path, "--suggest", "nan", code=2).stderr


def test_no_threshold_helps_where_missing_data_fires(tmp_path: Path) -> None:
    """`breaching`, the default: gaps fire whatever the threshold is."""
    written(tmp_path)
    values = of_minutes(*((day * DAY, 60, None) for day in range(1, 10)), usual=1.0)
    captured(tmp_path, metric_rows(values))
    row = cells(run(tmp_path, "--suggest", "2").stdout, ALARM, part="Thresholds")
    assert row[3:5] == ["> 5 (18 a month)", "none: no value is quiet enough"]


def test_json_has_all_of_it(tmp_path: Path) -> None:
    committed(tmp_path, "")
    written(tmp_path, 'alarms: {errors: {threshold: "> 8"}}')
    captured(tmp_path, metric_rows(PEAKS), alarms=[account_alarm(Threshold=8.0)], history=recorded("15T12:02"))
    words = ("--verify", "--against", "HEAD", "--suggest", "2", "--only", ALARM, "--format", "json")
    (data,) = json.loads(run(tmp_path, *words, incidents=True).stdout)
    (alarm,) = data["alarms"]
    assert (alarm["alarm"], alarm["account"], alarm["firings"], alarm["in_alarm_s"]) == (ALARM, ALPHA, 2, 660)
    assert alarm["times"][0] == {"from": "2026-11-15T12:01:00Z", "to": "2026-11-15T12:11:00Z"}
    assert alarm["coverage"]["periods"] == 1
    assert {row["account"] for row in data["not_judged"]} == {BETA, "444444444444"}
    assert data["incidents"]["count"] == 2
    assert (data["verify"]["matched"], data["verify"]["missed"], data["verify"]["extra"]) == (1, 0, 1)
    assert data["verify"]["delay_s"] == 80
    assert data["against"]["changes"][0]["after"]["condition"] == "Sum of Errors > 8, 1 period of 1 minute"
    assert data["suggest"]["alarms"][0]["suggested"]["threshold"] == 9


def test_too_many_state_changes_are_not_grouped(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("generator.cli.backtest_run.MOST_EVENTS", 3)
    written(tmp_path)
    captured(tmp_path, metric_rows(PEAKS))
    # To OK at the start, and twice to ALARM and back.
    assert "not counted: 5 state changes; use --only for some alarms" in run(tmp_path, incidents=True).stdout
