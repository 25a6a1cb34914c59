"""`obsgen drill --local errors`: from a line in a member's log to what people see, the API and a report."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from tests.command import obsgen
from tests.support import spec

ERRORS = """
error_logs: {groups: {prefixes: [/ecs/]}}
events: {api: true}
reports: {daily: {at: "08:00", to: [mail]}}
"""
# The small spec has an alarm of that name.
NO_ALARM = "alarms: {errors: null}\n"


def _written(folder: Path, change: str = ERRORS + NO_ALARM) -> Path:
    (folder / "observability.yaml").write_text(spec(change), encoding="utf-8")
    return folder


def test_a_line_becomes_a_finding_an_answer_and_a_row_of_the_report(tmp_path: Path) -> None:
    done = obsgen(_written(tmp_path), "drill", "--local", "errors", "--account", "beta", "--json")
    assert (done.returncode, done.stderr) == (0, "")
    data = json.loads(done.stdout)
    assert data["problems"] == []
    assert data["account_name"] == "beta"
    assert [(step["title"], step["heard"]) for step in data["steps"]] == [
        ("the error is new", ["mail"]),
        ("the same event again", []),
        ("it is resolved through the API", ["mail"]),
    ]
    errors = data["errors"]
    (found,) = errors["window"]["errors"]
    assert (found["count"], errors["error"]["count"], errors["error"]["state"]) == (3, 3, "new")
    assert "[redacted: card]" in found["sample"]
    assert "new errors: 1" in errors["report"]
    # The line is what was in the log; nothing of it that is personal is anywhere else.
    everything = json.dumps({**data, "errors": {**errors, "line": ""}})
    assert "4111" in errors["line"]
    assert "4111" not in everything
    assert "ann.other@example.com" not in everything


@pytest.mark.parametrize(
    ("change", "arguments", "said"),
    [
        (ERRORS, ("--account", "bteta"), "did you mean `beta`?"),
        (ERRORS, ("--region", "eu-west-1"), "prod has no members in eu-west-1"),
        ("", (), "no error-log agents and API of the event store in prod"),
        (ERRORS.replace("{groups", "{severities: {log: none}, groups"), (), "severity none"),
    ],
)
def test_bad_usage_is_exit_2(tmp_path: Path, change: str, arguments: tuple[str, ...], said: str) -> None:
    done = obsgen(_written(tmp_path, change + NO_ALARM), "drill", "--local", "errors", *arguments)
    assert (done.returncode, said in done.stderr) == (2, True), done.stderr


def test_errors_are_drilled_on_this_machine_only(tmp_path: Path) -> None:
    done = obsgen(_written(tmp_path), "drill", "errors", "--yes")
    assert done.returncode == 2
    assert "obsgen drill --local errors" in done.stderr


def test_an_alarm_of_that_name_comes_first(tmp_path: Path) -> None:
    done = obsgen(_written(tmp_path, ERRORS), "drill", "--local", "errors", "--account", "bteta")
    assert "did you mean `beta`" in done.stderr.lower()
    done = obsgen(_written(tmp_path, ERRORS), "drill", "--local", "error_logs", "--region", "eu-west-1")
    assert "prod has no members in eu-west-1" in done.stderr


def test_an_alarm_of_that_name_says_how_the_drill_of_errors_is_called(tmp_path: Path) -> None:
    done = obsgen(_written(tmp_path, ERRORS), "drill", "--local", "errors", "--quiet")
    assert done.returncode == 0, done.stderr
    assert done.stdout.startswith("errors-alarm-prod in ")
    assert "`errors` is an alarm here; for an error in a log run `obsgen drill --local error_logs`" in done.stderr
