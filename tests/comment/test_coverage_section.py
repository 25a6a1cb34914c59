"""The section about coverage: what a pull request takes away is apart from what others left unwatched."""

from __future__ import annotations

import datetime
import re
from typing import Any

import pytest
from pydantic import ValidationError

from generator.cli.comment.steps.coverage import caused_by_change
from generator.comment.blocks import render_blocks
from generator.comment.sections.coverage import SECTION, CoverageResults
from generator.inventory.lock import CoverageCheck, CoverageFinding
from tests.command import Done, obsgen
from tests.comment.repository import Repository
from tests.inventory.world import ALPHA, BETA, captured, queue_alarm, queues, region

BEFORE = "services: {orders: {type: sqs, queue: orders, accounts: [alpha]}}"
AFTER = "services: {orders: null, returns: {type: sqs, queue: returns, accounts: [beta]}}"
CAPTURE = "capture/captures/monday"
LOCK = "coverage.lock.yaml"


@pytest.fixture(scope="module")
def repository(tmp_path_factory: pytest.TempPathFactory) -> Repository:
    """A file that watches one queue, deployed, captured and locked; then a branch that watches another one instead."""
    root = tmp_path_factory.mktemp("repository")
    repository = Repository(root)
    repository.change(BEFORE)
    repository.build()
    repository.commit("watch orders")
    deployed = [queue_alarm(f"orders-{name}-alarm-prod", "orders", AlarmActions=[]) for name in ("age", "depth")]
    alpha = region(alarms=deployed, metrics=queues(ALPHA, "orders"))
    captured(root / "capture", {ALPHA: alpha, BETA: region(metrics=queues(BETA, "returns"))}, spec=None)
    done = obsgen(root, "coverage", CAPTURE, "--update")
    assert done.returncode == 0, done.stderr
    # Since then, beta has one more queue.
    captured(root / "capture", {ALPHA: alpha, BETA: region(metrics=queues(BETA, "returns", "new"))}, spec=None)
    repository.change(AFTER)
    return repository


@pytest.fixture(autouse=True)
def today(monkeypatch: pytest.MonkeyPatch) -> None:
    """The day of the capture."""
    monkeypatch.setattr("generator.cli.comment.steps.coverage.today", lambda: datetime.date(2026, 11, 30))


def commented(repository: Repository) -> Done:
    return obsgen(repository.folder, "comment", "--no-lint", "--capture", CAPTURE)


def test_only_what_the_change_takes_away_fails(repository: Repository) -> None:
    done = commented(repository)
    assert done.returncode == 1
    lines = done.stdout.splitlines()
    assert "- ❌ **Coverage**: 1 type of resources would be watched less, 1 of 3 resources watched" in lines
    first = lines.index("- **by this change**, `sqs` in `alpha us-east-1`: 1 not watched: `orders`")
    assert lines[first + 1] == "- `sqs` in `beta us-east-1`: 1 not watched: `new`"
    assert "| account | resources | watched | not watched |" in lines
    assert "| `beta` | 2 | 1 | 1 |" in lines


def test_a_wrong_lock_is_a_sentence(repository: Repository) -> None:
    path = repository.folder / LOCK
    text = path.read_text(encoding="utf-8")
    path.write_text("version: 3\n", encoding="utf-8")
    stdout = commented(repository).stdout
    path.write_text(text, encoding="utf-8")
    assert "coverage was not compared" in stdout
    assert "`obsgen coverage --check` prints them" in stdout


def results(**keys: Any) -> CoverageResults:
    worse = {"account": "a", "region": "r", "type": "t", "names": ("n",), "count": 1, "message": "m", **keys}
    return CoverageResults.model_validate({"worse": {"rows": (worse,)}, "total": 2, "watched": 1})


def test_what_is_worse_without_the_change_only_warns() -> None:
    assert SECTION.summary(results()).state.name == "WARNING"
    assert SECTION.summary(results(is_by_change=True)).state.name == "FAILED"
    planned = CoverageResults(total=2, watched=2, planned=1)
    assert SECTION.summary(planned).text == "2 of 2 resources watched, 1 of them when this is deployed"


def test_results_of_a_stranger_are_text() -> None:
    hostile = "`@ops` <b>|[x](y)\n- z"
    text, _ = render_blocks(list(SECTION.blocks(results(account=hostile, names=(hostile,), message=hostile))), 60_000)
    words = re.sub(r"`[^`\n]*`|<code>.*?</code>", "", text)
    assert not re.search(r"@ops|<b>|\]\(|^- z", words, re.MULTILINE), text
    for keys in ({"message": "x" * 5_000}, {"count": -1}, {"names": ("n",) * 6}, {"other": 1}):
        with pytest.raises(ValidationError):
            results(**keys)


def finding(kind: str, *names: str) -> CoverageFinding:
    return CoverageFinding(kind, "a", "r", "sqs", names, len(names), "m")


@pytest.mark.parametrize(
    ("before", "after", "is_by_change"),
    [
        ([], finding("silent", "q"), True),
        ([finding("silent", "q")], finding("unwatched", "q"), True),
        # The first alarm of a queue, which calls no one yet, is no loss.
        ([finding("unwatched", "q")], finding("silent", "q"), False),
        ([finding("unwatched", "p"), finding("silent", "q")], finding("silent", "p", "q"), False),
        ([finding("unwatched", "p")], finding("silent", "q"), True),
    ],
)
def test_a_change_that_makes_something_better_does_not_fail(
    before: list[CoverageFinding], after: CoverageFinding, is_by_change: bool
) -> None:
    assert caused_by_change(after, CoverageCheck(tuple(before), 0, 0, (), 0)) is is_by_change
