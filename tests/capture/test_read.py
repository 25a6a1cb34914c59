"""Reading a capture: what it has, what is missing, and files that something else wrote."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from generator.capture.capture import CapturedRegion
from generator.capture.errors import MOST_ERRORS, BadCapture
from generator.capture.lines import MOST_IN_LINE
from generator.capture.read import read_capture
from generator.capture.series import MOST_VALUES, SeriesKey, pack, unpack
from generator.capture.times import format_ms, parse_ms
from tests.captures import ALPHA, DATA_FROM, REGION, metric_alarm, minutes, series, state_update, write_capture

KEY = SeriesKey(ALPHA, "AWS/EC2", "CPUUtilization", (("InstanceId", "i-1"),))
METRIC = ("AWS/EC2", "CPUUtilization", {"InstanceId": "i-1"})


def written(folder: Path, **parts: list[dict[str, object]]) -> CapturedRegion:
    rows = {name.replace("_", "-"): rows for name, rows in parts.items()}
    return read_capture(write_capture(folder, {(ALPHA, REGION): rows})).regions[0]


def test_alarms_and_history_are_in_their_order(tmp_path: Path) -> None:
    region = written(
        tmp_path,
        alarms=[metric_alarm("b", Tags=None), metric_alarm("a", Tags={"owner": "x"})],
        history=[
            state_update("b", "2026-11-02T00:00:00.000Z", "OK", "ALARM"),
            state_update("a", "2026-11-01T00:00:00.500Z", "OK", "ALARM"),
        ],
    )
    assert [(alarm.name, alarm.tags) for alarm in region.alarms() or ()] == [("a", {"owner": "x"}), ("b", None)]
    items = region.history() or ()
    assert [(item.alarm, format_ms(item.at_ms)) for item in items] == [
        ("a", "2026-11-01T00:00:00.500Z"),
        ("b", "2026-11-02T00:00:00.000Z"),
    ]
    assert items[0].data["newState"]["stateValue"] == "ALARM"


def test_a_part_that_was_not_read_is_not_an_empty_one(tmp_path: Path) -> None:
    region = written(tmp_path, alarms=[], metric_data=[])
    assert region.alarms() == ()
    assert region.history() is None
    assert region.rows("dashboards") is None
    index = region.series()
    assert index is not None
    assert list(index) == []


def test_runs_are_values_again() -> None:
    values = [1.0, None, *[0.0] * 500, 3.5, *[None] * 4, 2.0, 2.0, 2.0]
    assert pack(values)[2] == [0.0, 500]
    assert unpack(pack(values)) == values
    assert unpack(json.loads(json.dumps(pack(values)))) == values


def test_a_series_has_its_values_at_their_times(tmp_path: Path) -> None:
    region = written(tmp_path, metric_data=[series(*METRIC, "Sum", [None, 1, *[0] * 9, 2, None])])
    index = region.series()
    assert index and index.keys() == (KEY,)
    total = index.get(KEY, "Sum")
    begin = parse_ms(DATA_FROM)
    assert total and total.start_ms == begin + 60_000  # what has no data at the ends is cut off
    assert total.dense(begin, begin + 13 * 60_000) == [None, 1, *[0] * 9, 2, None]
    assert total.dense(begin - 120_000, begin + 120_000) == [None, None, None, 1]
    assert total.dense(begin + 30 * 60_000, begin + 32 * 60_000) == [None, None]
    assert total.dense(begin - 180_000, begin - 60_000) == [None, None]


def test_the_average_is_computed(tmp_path: Path) -> None:
    rows = [series(*METRIC, "Sum", [10, None, 9]), series(*METRIC, "SampleCount", [4, None, 2])]
    index = written(tmp_path, metric_data=rows).series()
    average = index.get(KEY, "Average") if index else None
    assert average and average.values == [2.5, None, 4.5]
    assert index and index.get(KEY, "Maximum") is None


def test_fifteen_days_without_errors_take_a_line_of_a_few_bytes(tmp_path: Path) -> None:
    written(tmp_path, metric_data=minutes(METRIC, [0.0] * 21_600))
    assert (tmp_path / ALPHA / REGION / "metric-data.jsonl").stat().st_size < 1000


@pytest.mark.parametrize(
    ("text", "message"),
    [
        (b"{", "the line is not JSON"),
        (b"[]", "expected an object"),
        (b'{"AlarmType": "MetricAlarm", "AlarmName": 5, "AlarmArn": "x"}', "expected `AlarmName` to be a string"),
        (b'{"AlarmType": "MetricAlarm", "AlarmName": "a\\u001b[2J", "AlarmArn": "x"}', "`AlarmName` has control"),
        (b'{"AlarmType": "MetricAlarm", "AlarmName": "\\ud800", "AlarmArn": "x"}', "`AlarmName` has control"),
        (b'{"AlarmType": "MetricAlarm", "AlarmName": "a", "AlarmArn": "x", "Tags": [1]}', "expected `Tags`"),
        (b'{"Threshold": NaN}', "not JSON: `NaN`"),
        (b'{"Threshold": ' + b"9" * 5000 + b"}", "integer"),
        (b'{"a": ' + b"[" * 100_000 + b"]" * 100_000 + b"}", "nested too deeply"),
        (b'{"a": ' + b"[" * 80 + b"]" * 80 + b"}", "nested too deeply"),
        (b'{"a": "\xff"}', "not UTF-8"),
    ],
)
def test_a_corrupt_line_is_named(tmp_path: Path, text: bytes, message: str) -> None:
    region = written(tmp_path, alarms=[metric_alarm("a")])
    file = tmp_path / ALPHA / REGION / "alarms.jsonl"
    file.write_bytes(file.read_bytes() + text + b"\n")
    with pytest.raises(BadCapture) as raised:
        region.alarms()
    assert f"{file}:2: " in str(raised.value)
    assert message in str(raised.value)


def test_each_corrupt_line_is_named_up_to_a_number(tmp_path: Path) -> None:
    region = written(tmp_path, alarms=[])
    (tmp_path / ALPHA / REGION / "alarms.jsonl").write_bytes(b"{}\n" * 50)
    with pytest.raises(BadCapture) as raised:
        region.alarms()
    assert len(raised.value.errors) == MOST_ERRORS + 1
    assert raised.value.errors[-1] == "and 30 more errors"


def test_a_line_that_has_no_end_is_refused_before_it_fills_the_memory(tmp_path: Path) -> None:
    region = written(tmp_path, alarms=[])
    file = tmp_path / ALPHA / REGION / "alarms.jsonl"
    with file.open("wb") as sparse:
        sparse.truncate(20 * MOST_IN_LINE)
    with pytest.raises(BadCapture, match="more than 8 MB"):
        region.alarms()
    file.write_bytes(b'{"AlarmName": "a"')
    with pytest.raises(BadCapture, match="1: the line is cut off"):
        region.alarms()


@pytest.mark.parametrize(
    "values",
    [
        b"[1,[0,999999999]]",
        b"[[0,-1]]",
        b"[[0,true]]",
        b"[true]",
        b'["1"]',
        b"[[[0,4],4]]",
        b"{}",
        b"[1",
        b"[NaN]",
        b"[1e999]",
        b"[[-1E999,5]]",
        b"[" + b"1," * MOST_VALUES + b"1]",
    ],
)
def test_values_that_are_none_are_refused_with_their_line(tmp_path: Path, values: bytes) -> None:
    region = written(tmp_path, metric_data=[series(*METRIC, "Sum", [1])])
    file = tmp_path / ALPHA / REGION / "metric-data.jsonl"
    file.write_bytes(file.read_bytes().replace(b"[1]", values))
    with pytest.raises(BadCapture, match=r"metric-data.jsonl:1: "):
        [each.values for each in region.series() or ()]


def test_series_of_another_writer_may_have_their_keys_in_any_order(tmp_path: Path) -> None:
    row = series(*METRIC, "Sum", [1, 2])
    region = written(tmp_path, metric_data=[])
    file = tmp_path / ALPHA / REGION / "metric-data.jsonl"
    file.write_text(json.dumps({"values": row.pop("values"), **row}) + "\n")
    assert [each.values for each in region.series() or ()] == [[1, 2]]


def test_a_link_to_what_is_outside_is_not_followed(tmp_path: Path) -> None:
    secret = tmp_path / "secret"
    secret.write_text("{}\n")
    region = written(tmp_path / "capture", alarms=[])
    file = tmp_path / "capture" / ALPHA / REGION / "alarms.jsonl"
    file.unlink()
    file.symlink_to(secret)
    with pytest.raises(BadCapture, match="symbolic link"):
        region.alarms()


@pytest.mark.parametrize(
    ("description", "message"),
    [
        ({"format": 2}, "format 2; this obsgen reads format 1"),
        ({"accounts": [{"id": "../../etc", "name": "x", "regions": []}]}, "expected the ID of an account"),
        ({"accounts": [{"id": ALPHA, "name": "x", "regions": ["../.."]}]}, "list of Regions"),
        ({"accounts": [{"id": ALPHA, "name": "x", "regions": []}] * 2}, "once"),
        ({"accounts": 5, "from": "yesterday"}, "accounts: expected a list\n"),
        ({"metric_data": {"from": 5}}, "metric_data: expected `statistics`"),
        ({"hub": 5}, "hub: expected `hub` to be a string"),
    ],
)
def test_a_description_that_cannot_be_meant_is_refused(
    tmp_path: Path, description: dict[str, object], message: str
) -> None:
    with pytest.raises(BadCapture) as raised:
        read_capture(write_capture(tmp_path, {}, **description))
    assert message in str(raised.value)


def test_a_folder_without_a_capture_is_named(tmp_path: Path) -> None:
    with pytest.raises(BadCapture, match="file not found; `obsgen capture` writes it"):
        read_capture(tmp_path)


def test_a_killed_capture_is_readable_as_far_as_it_goes(tmp_path: Path) -> None:
    capture = read_capture(write_capture(tmp_path, {(ALPHA, REGION): {"alarms": []}}, complete=False))
    assert not capture.is_complete
    assert capture.regions[0].alarms() == ()


def test_problems_say_what_is_missing(tmp_path: Path) -> None:
    problem = {
        "account": ALPHA,
        "region": REGION,
        "part": "history",
        "call": "cloudwatch:DescribeAlarmHistory",
        "code": "AccessDenied",
        "message": "not allowed",
    }
    (found,) = read_capture(write_capture(tmp_path, {(ALPHA, REGION): {}}, problems=[problem])).problems
    assert (found.part, found.code) == ("history", "AccessDenied")
    with pytest.raises(BadCapture, match=r"problems.jsonl:1: there is no part `x`"):
        read_capture(write_capture(tmp_path, {}, problems=[{**problem, "part": "x"}]))
