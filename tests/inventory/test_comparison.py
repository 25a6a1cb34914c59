"""`obsgen coverage --check` with captures that say less than the lock: too little was read, or of something else."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from tests.captures import REGION
from tests.command import Done, obsgen
from tests.inventory.world import (
    ALPHA,
    BETA,
    GAMMA,
    HUB,
    captured,
    queue_alarm,
    queues,
    region,
)
from tests.support import BASE

FOLDER = "captures/monday"
LOCK = "coverage.lock.yaml"


def coverage(folder: Path, *arguments: str) -> Done:
    return obsgen(folder, "coverage", FOLDER, *arguments)


def locked(folder: Path) -> Path:
    """The folder, with a lock of its capture."""
    done = coverage(folder, "--update")
    assert done.returncode == 0, done.stderr
    return folder


def findings(folder: Path, *arguments: str) -> list[tuple[str, str, str]]:
    """Kind, account and message of each finding."""
    done = coverage(folder, "--check", "--format", "json", *arguments)
    rows: list[dict[str, Any]] = json.loads(done.stdout)["check"]["findings"]
    assert done.returncode == (1 if rows else 0), done.stderr
    return [(row["kind"], row["account"], row["message"]) for row in rows]


def tagged(account: str, name: str) -> dict[str, Any]:
    """A queue as the tagging API lists it."""
    return {"ResourceARN": f"arn:aws:sqs:{REGION}:{account}:{name}", "Tags": {"owner": "shop"}}


def test_a_capture_that_was_ended_is_no_evidence(tmp_path: Path) -> None:
    both = {ALPHA: region(metrics=queues(ALPHA, "a")), BETA: region()}
    before = (locked(captured(tmp_path, both, spec=None)) / LOCK).read_text(encoding="utf-8")
    captured(tmp_path, both, spec=None, complete=False)
    assert findings(tmp_path) == [("unread", "", "the capture is not complete")]
    done = coverage(tmp_path, "--update")
    assert done.returncode == 2
    assert "run the same `obsgen capture` again" in done.stderr
    assert (tmp_path / LOCK).read_text(encoding="utf-8") == before


def test_tags_alone_do_not_say_what_an_account_has(tmp_path: Path) -> None:
    """Without the metrics, queues that never had a tag are missing: they are neither deleted nor watched."""
    locked(captured(tmp_path, {ALPHA: region(metrics=queues(ALPHA, "a", "b"))}, spec=None))
    captured(tmp_path, {ALPHA: region(metrics=None, resources=[tagged(ALPHA, "a")])}, spec=None)  # type: ignore[arg-type]
    (tmp_path / FOLDER / ALPHA / REGION / "metrics.jsonl").unlink()
    assert findings(tmp_path) == [("unread", "alpha", "the capture has no alarms or no metrics of it")]
    assert "better" not in coverage(tmp_path, "--check").stdout


def test_an_account_that_was_left_out_is_no_better(tmp_path: Path) -> None:
    both = {ALPHA: region(metrics=queues(ALPHA, "a")), BETA: region(metrics=queues(BETA, "b"))}
    locked(captured(tmp_path, both, spec=None))
    path = tmp_path / FOLDER / "capture.json"
    head = json.loads(path.read_text(encoding="utf-8"))
    head["accounts"] = [account for account in head["accounts"] if account["name"] != "beta"]
    path.write_text(json.dumps(head), encoding="utf-8")
    assert findings(tmp_path) == [("unread", "beta", "it is not in the capture")]


def test_an_account_that_left_the_file_is_no_finding(tmp_path: Path) -> None:
    """The lock has lines of other environments, and of accounts that were closed."""
    everywhere = {ALPHA: region(), BETA: region(), GAMMA: region(metrics=queues(GAMMA, "q"))}
    locked(captured(tmp_path, everywhere, BASE))
    text = (tmp_path / LOCK).read_text(encoding="utf-8")
    (tmp_path / LOCK).write_text(text + "  closed:\n    us-east-1:\n      sqs: {unwatched: [old]}\n", encoding="utf-8")
    assert findings(tmp_path) == []


def test_a_capture_from_before_the_lock_is_no_evidence(tmp_path: Path) -> None:
    locked(captured(tmp_path, {ALPHA: region(metrics=queues(ALPHA, "a"))}, spec=None))
    assert "captures: {prod: 2026-11-30}\n" in (tmp_path / LOCK).read_text(encoding="utf-8")
    captured(tmp_path, {ALPHA: region(metrics=queues(ALPHA, "a"))}, spec=None, to="2026-11-29T00:00:00Z")
    assert findings(tmp_path) == [("unread", "", "the capture is of 2026-11-29, and the lock of 2026-11-30")]


def test_another_day_alone_does_not_change_the_lock(tmp_path: Path) -> None:
    locked(captured(tmp_path, {ALPHA: region(metrics=queues(ALPHA, "a"))}, spec=None))
    captured(tmp_path, {ALPHA: region(metrics=queues(ALPHA, "a"))}, spec=None, to="2026-12-02T00:00:00Z")
    assert "Unchanged" in coverage(tmp_path, "--update").stdout
    assert findings(tmp_path) == []


def test_the_capture_of_another_environment_is_refused(tmp_path: Path) -> None:
    several = BASE.replace("environments: [prod]", "environments: [prod, dev]")
    several = several.replace("name: Errors,", 'name: "Errors-{environment}",')
    captured(tmp_path, {ALPHA: region()}, several.replace("access: {", "access: {owned_by: prod, "))
    for command in ("coverage", "discover"):
        done = obsgen(tmp_path, command, FOLDER, "--environment", "dev")
        assert done.returncode == 2
        assert "the capture is of `prod`" in done.stderr


def test_alarms_that_became_silent_do_not_hide_in_a_number(tmp_path: Path) -> None:
    """30 that nothing watches stay 30; of the ten that are watched, the alarms lose their actions."""
    names = [f"q{number:02}" for number in range(40)]
    alarms = [queue_alarm(f"a-{name}", name) for name in names[:10]]
    locked(captured(tmp_path, {ALPHA: region(alarms=alarms, metrics=queues(ALPHA, *names))}, spec=None))
    quiet = [{**alarm, "AlarmActions": []} for alarm in alarms]
    captured(tmp_path, {ALPHA: region(alarms=quiet, metrics=queues(ALPHA, *names))}, spec=None)
    assert [finding[:2] for finding in findings(tmp_path)] == [("silent", "alpha")]


def test_an_alarm_that_calls_no_one_for_one_of_a_number_is_no_loss(tmp_path: Path) -> None:
    names = [f"q{number:02}" for number in range(40)]
    locked(captured(tmp_path, {ALPHA: region(metrics=queues(ALPHA, *names))}, spec=None))
    alarms = [queue_alarm(f"a-{name}", name, AlarmActions=[]) for name in names[:10]]
    captured(tmp_path, {ALPHA: region(alarms=alarms, metrics=queues(ALPHA, *names))}, spec=None)
    assert findings(tmp_path) == []


def test_the_hub_is_needed_in_a_lock(tmp_path: Path) -> None:
    locked(captured(tmp_path, {ALPHA: region(metrics=queues(ALPHA, "a"))}, spec=None))
    (tmp_path / FOLDER / HUB / REGION / "alarms.jsonl").unlink()
    assert [finding[:2] for finding in findings(tmp_path)] == [("unread", "hub")]
