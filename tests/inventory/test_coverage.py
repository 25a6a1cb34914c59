"""`obsgen coverage`: numbers, the lock, waivers that end."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

import pytest

from tests.captures import REGION
from tests.command import Done, obsgen
from tests.inventory.world import (
    ALPHA,
    BETA,
    HUB,
    OPS,
    captured,
    functions,
    listed,
    query_alarm,
    queue_alarm,
    queues,
    region,
    shop,
)
from tests.support import ROOT

FOLDER = "captures/monday"
LOCK = "coverage.lock.yaml"
# After one queue lost its alarm and another one came, in the shop of the pages.
WORSE = """\
2 worse than the lock:
  sqs in alpha us-east-1: 1 not watched: invoices
  sqs in alpha us-east-1: 1 watched, but calls no one: orders
"""


def coverage(folder: Path, *arguments: str) -> Done:
    return obsgen(folder, "coverage", FOLDER, *arguments)


def locked(folder: Path) -> Path:
    """The folder, with a lock of its capture."""
    done = coverage(folder, "--update")
    assert done.returncode == 0, done.stderr
    return folder


def of_alpha(folder: Path, alarms: list[dict[str, Any]], metrics: list[dict[str, Any]]) -> Path:
    """A capture of alpha."""
    return captured(folder, {ALPHA: region(alarms=alarms, metrics=metrics)}, spec=None)


def with_waivers(folder: Path, waivers: str) -> Path:
    path = folder / LOCK
    path.write_text(path.read_text(encoding="utf-8").replace("waivers: []\n", f"waivers:\n{waivers}"), encoding="utf-8")
    return folder


def checked(folder: Path, code: int) -> dict[str, Any]:
    done = coverage(folder, "--check", "--format", "json")
    assert done.returncode == code, done.stdout + done.stderr
    data: dict[str, Any] = json.loads(done.stdout)["check"]
    return data


def test_the_page_begins_with_what_the_command_prints(tmp_path: Path) -> None:
    locked(shop(tmp_path))
    path = tmp_path / FOLDER / ALPHA / REGION
    alarms = (path / "alarms.jsonl").read_text(encoding="utf-8")
    orders = next(line for line in alarms.splitlines(keepends=True) if '"AlarmName":"orders-age"' in line)
    (path / "alarms.jsonl").write_text(alarms.replace(orders, orders.replace(OPS, "arn:aws:swf:x")), encoding="utf-8")
    row = json.dumps(queues(ALPHA, "invoices")[0])
    (path / "metrics.jsonl").write_text((path / "metrics.jsonl").read_text() + row + "\n", encoding="utf-8")
    done = coverage(tmp_path, "--check")
    assert done.returncode == 1
    page = (ROOT / "docs" / "coverage.md").read_text(encoding="utf-8")
    assert page.partition(f"```text\n$ obsgen coverage {FOLDER} --check\n")[2].partition("```")[0] == done.stdout
    assert page.index("```text") < 700
    assert WORSE in done.stdout


def test_a_lock_of_the_same_capture_is_fine_and_stays(tmp_path: Path) -> None:
    before = (locked(shop(tmp_path)) / LOCK).read_text(encoding="utf-8")
    assert coverage(tmp_path, "--check").returncode == 0
    assert "Unchanged: coverage.lock.yaml" in coverage(tmp_path, "--update").stdout
    assert (tmp_path / LOCK).read_text(encoding="utf-8") == before


def test_more_alarms_and_deleted_resources_are_no_loss(tmp_path: Path) -> None:
    """9 of 10 watched queues become 8 of 9 when a watched one is deleted: the share falls, and nothing is worse."""
    metrics = queues(ALPHA, *(f"q{number}" for number in range(10)))
    alarms = [queue_alarm(f"a{number}", f"q{number}") for number in range(9)]
    locked(of_alpha(tmp_path, alarms, metrics))
    of_alpha(tmp_path, alarms[1:], metrics[1:])
    assert checked(tmp_path, 0)["better"] == 0
    of_alpha(tmp_path, [*alarms, queue_alarm("new", "q9")], metrics)
    assert checked(tmp_path, 0)["better"] == 1


def test_a_long_list_is_locked_by_its_number(tmp_path: Path) -> None:
    names = [f"q{number:02}" for number in range(30)]
    locked(of_alpha(tmp_path, [], queues(ALPHA, *names)))
    assert "      sqs: {unwatched: 30}\n" in (tmp_path / LOCK).read_text(encoding="utf-8")
    of_alpha(tmp_path, [], queues(ALPHA, *names[1:], "other"))
    checked(tmp_path, 0)
    of_alpha(tmp_path, [], queues(ALPHA, *names, "other"))
    (finding,) = checked(tmp_path, 1)["findings"]
    assert (finding["count"], finding["message"]) == (1, "1 more than 30 not watched")


def test_instances_that_come_and_go_are_one_line(tmp_path: Path) -> None:
    def instances(*names: str) -> list[dict[str, Any]]:
        return [listed(ALPHA, "AWS/EC2", "CPUUtilization", InstanceId=name) for name in names]

    fleet = query_alarm("cpu", 'SELECT MAX(CPUUtilization) FROM SCHEMA("AWS/EC2", InstanceId) GROUP BY InstanceId')
    locked(of_alpha(tmp_path, [], instances("i-1", "i-2")))
    assert "      ec2: {unwatched: 1}\n" in (tmp_path / LOCK).read_text(encoding="utf-8")
    of_alpha(tmp_path, [], instances("i-3", "i-4", "i-5"))
    checked(tmp_path, 0)
    of_alpha(tmp_path, [fleet], instances("i-3", "i-4"))
    coverage(tmp_path, "--update")
    of_alpha(tmp_path, [fleet], instances("i-6", "i-7"))
    checked(tmp_path, 0)
    of_alpha(tmp_path, [], instances("i-6", "i-7"))
    (finding,) = checked(tmp_path, 1)["findings"]
    assert (finding["type"], finding["count"]) == ("ec2", 2)


def test_what_cannot_be_judged_is_a_finding_and_stays_in_the_lock(tmp_path: Path) -> None:
    both = {ALPHA: region(metrics=queues(ALPHA, "a")), BETA: region(metrics=queues(BETA, "b"))}
    before = (locked(captured(tmp_path, both, spec=None)) / LOCK).read_text(encoding="utf-8")
    (tmp_path / FOLDER / ALPHA / REGION / "alarms.jsonl").unlink()
    (finding,) = checked(tmp_path, 1)["findings"]
    assert (finding["kind"], finding["account"]) == ("unread", "alpha")
    done = coverage(tmp_path, "--update")
    assert "Kept as they were: 1 account and Region that this capture cannot judge" in done.stdout
    assert (tmp_path / LOCK).read_text(encoding="utf-8") == before


def test_a_new_account_is_compared_with_nothing_unwatched(tmp_path: Path) -> None:
    locked(captured(tmp_path, {BETA: region()}, spec=None))
    captured(tmp_path, {BETA: region(), ALPHA: region(metrics=functions(ALPHA, "f"))}, spec=None)
    data = checked(tmp_path, 1)
    assert data["new_places"] == 1
    assert [finding["names"] for finding in data["findings"]] == [["f"]]


WAIVER = """\
  # agreed with the team
  - {type: sqs, name: "tmp-*", accounts: [alpha], reason: goes with the migration, until: 2027-12-31}  # see wiki
"""


def test_a_waiver_holds_until_its_day_and_keeps_its_comments(tmp_path: Path) -> None:
    with_waivers(locked(captured(tmp_path, {ALPHA: region()}, spec=None)), WAIVER)
    captured(tmp_path, {ALPHA: region(metrics=queues(ALPHA, "tmp-1"))}, spec=None)
    assert checked(tmp_path, 0)["waived"] == 1
    coverage(tmp_path, "--update")
    text = (tmp_path / LOCK).read_text(encoding="utf-8")
    assert WAIVER in text
    assert "tmp-1" not in text
    (tmp_path / LOCK).write_text(text.replace("2027", "2020"), encoding="utf-8")
    findings = checked(tmp_path, 1)["findings"]
    assert [(finding["kind"], finding["count"]) for finding in findings] == [("waiver", 1), ("unwatched", 1)]
    assert "ended on 2020-12-31" in findings[0]["message"]


def test_a_lock_in_flow_style_keeps_its_waivers(tmp_path: Path) -> None:
    captured(tmp_path, {ALPHA: region(metrics=queues(ALPHA, "tmp-1"))}, spec=None)
    waiver = "{type: sqs, name: tmp-*, reason: goes with the migration, until: 2027-12-31}"
    (tmp_path / LOCK).write_text(f"{{version: 1, waivers: [{waiver}], accounts: {{}}}}\n", encoding="utf-8")
    locked(tmp_path)
    assert f"waivers: [{waiver}]\n" in (tmp_path / LOCK).read_text(encoding="utf-8")
    assert checked(tmp_path, 0)["waived"] == 1


def test_a_waiver_without_a_resource_is_a_remark(tmp_path: Path) -> None:
    with_waivers(locked(captured(tmp_path, {ALPHA: region()}, spec=None)), WAIVER)
    done = coverage(tmp_path, "--check")
    assert done.returncode == 0
    assert "The waiver of sqs tmp-* has no resource; remove it" in done.stdout


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("version: 1\naccounts: {a: {r: {sqs: {unwached: [x]}}}}\n", "did you mean `unwatched`?"),
        ("version: 2\naccounts: {}\n", f"{LOCK}:1:10: error S03"),
        ("version: 1\nwaivers: [{type: sqs, name: x, reason: too long ago}]\naccounts: {}\n", "until"),
        ("version: 1\nwaivers: [{type: sqs, name: x, reason: short, until: soon}]\naccounts: {}\n", f"{LOCK}:2:"),
        ("version: 1\naccounts: {a: {r: {sqs: {unwatched: -1}}}}\n", f"{LOCK}:2:"),
        ("version: 1\naccounts: {a: {r: {sqs: {unwatched: true}}}}\n", f"{LOCK}:2:"),
        ("version: 1\naccounts: [a, &x b]\n", f"{LOCK}:2:"),
        ("[[[[", f"{LOCK}:2:1: error Y02"),
        ("", LOCK),
    ],
)
def test_a_lock_that_was_edited_wrongly(tmp_path: Path, text: str, message: str) -> None:
    captured(tmp_path, {ALPHA: region()}, spec=None)
    (tmp_path / LOCK).write_text(text, encoding="utf-8")
    for option in ("--check", "--update"):
        done = coverage(tmp_path, option)
        assert done.returncode == 2
        assert message in done.stderr
    assert (tmp_path / LOCK).read_text(encoding="utf-8") == text


def test_without_a_lock_there_is_what_to_do(tmp_path: Path) -> None:
    done = coverage(captured(tmp_path, {ALPHA: region()}, spec=None), "--check")
    assert done.returncode == 2
    assert "run `obsgen coverage FOLDER --update` and commit it" in done.stderr
    assert coverage(tmp_path, "--check", "--update").returncode == 2


def test_other_forms_have_the_same_numbers(tmp_path: Path) -> None:
    (shop(tmp_path) / "observability.yaml").unlink()
    markdown = coverage(tmp_path, "--format", "markdown").stdout
    assert "| account | resources | watched | in part | calls no one | not watched | cannot say | % |" in markdown
    assert "| `alpha` | 5 | 2 | 2 | 1 | 2 | 0 | 40 |" in markdown
    assert "| `gamma` | 1 | 0 | 0 | 0 | 0 | 1 |  |" in markdown
    data = json.loads(coverage(tmp_path, "--format", "json").stdout)
    assert data["all"] == {
        "total": 15,
        "watched": 2,
        "no_data": 0,
        "silent": 1,
        "unwatched": 11,
        "unknown": 1,
        "partial": 2,
        "planned": 0,
        "percent": 14,
    }
    assert data["by_owner"]["shop"]["percent"] == 50


def test_names_mean_nothing_to_markdown_or_yaml(tmp_path: Path) -> None:
    hostile = "a`@ops` | <b> [x](https://evil.example) &#64;all \u202e: # {x}"
    row = listed(ALPHA, "AWS/Events", "FailedInvocations", RuleName=hostile)
    tags = [{"ResourceARN": f"arn:aws:sqs:{REGION}:{ALPHA}:q", "Tags": {"owner": hostile}}]
    captured(tmp_path, {ALPHA: region(metrics=[row], resources=tags), HUB: region()}, spec=None)
    locked(tmp_path)
    assert coverage(tmp_path, "--check").returncode == 0
    (tmp_path / LOCK).write_text("version: 1\naccounts: {}\n", encoding="utf-8")
    for form in ("markdown", "text"):
        done = coverage(tmp_path, "--check", "--format", form)
        assert done.returncode == 1
        assert "\u202e" not in done.stdout
        words = re.sub(r"`[^`\n]*`", "", done.stdout)
        assert form == "text" or not {"@ops", "](https", "&#64;"} & {*re.findall(r"@ops|\]\(https|&#64;", words)}
