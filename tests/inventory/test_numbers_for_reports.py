"""From a capture to a report: the lock has the numbers, a build reads them, and the function's settings have them."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
import yaml

from generator.packages import unpacked
from generator.render.event_settings import EVENT_SETTINGS
from tests.command import obsgen
from tests.inventory.world import ALPHA, BETA, HUB, NAMES, captured, queue_alarm, queues, region
from tests.support import built, spec

FOLDER = "captures/monday"
LOCK = "coverage.lock.yaml"
REPORTS = 'reports: {daily: {at: "08:00", to: [mail]}}'
WAIVER = """\
  - {type: sqs, name: "tmp-*", accounts: [beta], regions: [us-east-1],
     reason: goes with the migration, until: 2027-03-31}
"""


def shop(folder: Path, to: str = "2026-11-30T00:00:00Z", *more: str) -> Path:
    """Two accounts, whose queues are watched in part; more: queues of alpha without an alarm."""
    alpha = region(alarms=[queue_alarm("a", "orders")], metrics=queues(ALPHA, "orders", "returns", *more))
    beta = region(metrics=queues(BETA, "jobs", "tmp-1", "tmp-2"))
    return captured(folder, {ALPHA: alpha, BETA: beta}, spec(REPORTS), to=to)


def updated(folder: Path) -> str:
    done = obsgen(folder, "coverage", FOLDER, "--update")
    assert done.returncode == 0, done.stderr
    return (folder / LOCK).read_text(encoding="utf-8")


def waived(folder: Path, waiver: str = WAIVER) -> None:
    path = folder / LOCK
    text = path.read_text(encoding="utf-8")
    path.write_text(text.replace("waivers: []\n", f"waivers:\n{waiver}"), encoding="utf-8")


def head(text: str) -> str:
    """The numbers of a lock."""
    return text.partition("numbers:\n")[2].partition("accounts:\n  ")[0].partition("\naccounts:")[0]


class Files:
    """A lock beside a spec, for a build without the file system."""

    def __init__(self, text: str) -> None:
        self.text = text

    def matching(self, pattern: str) -> list[str]:
        return [pattern] if pattern == LOCK else []

    def content(self, name: str) -> bytes:
        assert name == LOCK
        return self.text.encode()


def settings(text: str) -> dict[str, Any]:
    """What the report function has of coverage, with this lock."""
    done = built(spec(REPORTS), parts=Files(text))
    assert done.artifacts, done.findings
    packages = done.packages["prod"].items()
    (package,) = (content for key, content in packages if key.split("/")[1] == "reports")
    coverage: dict[str, Any] = json.loads(unpacked(package)[EVENT_SETTINGS]).get("coverage", {})
    return coverage


def test_the_lock_has_the_numbers_and_the_build_reads_them(tmp_path: Path) -> None:
    updated(shop(tmp_path))
    waived(tmp_path)
    text = updated(tmp_path)
    assert "      alpha: {resources: 2, watched: 1, unwatched: 1}\n" in text
    assert "      beta: {resources: 3, unwatched: 1, waived: 2}\n" in text
    assert settings(text) == {
        "day": "2026-11-30",
        "oldest": "2026-11-30",
        "resources": 5,
        "watched": 1,
        "unwatched": 2,
        "waived": 2,
        "accounts": [
            {"name": "alpha", "day": "2026-11-30", "resources": 2, "watched": 1, "unwatched": 1},
            {"name": "beta", "day": "2026-11-30", "resources": 3, "unwatched": 1, "waived": 2},
        ],
        "account_count": 2,
        # Gamma.
        "unread": 1,
        "waiver_count": 1,
        "waivers": [
            {
                "resources": "sqs tmp-* in us-east-1",
                "accounts": ["beta"],
                "reason": "goes with the migration",
                "until": "2027-03-31",
            }
        ],
    }
    done = obsgen(tmp_path, "report", "preview", "--to", "seen")
    assert done.returncode == 0, done.stderr
    mail = (tmp_path / "seen" / "daily-mail.txt").read_text(encoding="utf-8")
    assert (
        "Coverage on 2026-11-30: 1 of 5 resources are watched (20 %), 2 are waived, 1 account and Region not read\n"
        in mail
    )


def test_a_build_without_numbers_is_the_same_as_without_a_lock() -> None:
    without = built(spec(REPORTS))
    old = built(spec(REPORTS), parts=Files("version: 1\ncaptures: {prod: 2026-11-30}\naccounts: {}\n"))
    assert old.artifacts == without.artifacts
    other = built(spec(REPORTS), parts=Files(LOCKED.replace("prod", "dev")))
    assert other.artifacts == without.artifacts
    # With numbers, only the function of reports is another one.
    keys = {*built(spec(REPORTS), parts=Files(LOCKED)).packages["prod"]} ^ {*without.packages["prod"]}
    assert {key.split("/")[1] for key in keys} == {"reports"}
    # A file without reports does not read it.
    assert built(spec(), parts=Files("[")).artifacts == built(spec()).artifacts


def test_an_update_keeps_the_numbers_before(tmp_path: Path) -> None:
    updated(shop(tmp_path, "2026-11-01T00:00:00Z"))
    text = updated(shop(tmp_path, "2026-11-30T00:00:00Z", "new"))
    assert "    before: {day: 2026-11-01, resources: 5, watched: 1, unwatched: 4}\n" in text
    # The same capture once more changes nothing, and keeps what was before.
    assert updated(tmp_path) == text
    assert settings(text)["before"] == {"day": "2026-11-01", "resources": 5, "watched": 1, "unwatched": 4}


def test_a_region_that_was_not_read_takes_nothing_out_of_the_numbers(tmp_path: Path) -> None:
    """Nine queues of alpha that nothing watches are in a Region whose metrics the next capture does not have."""
    whole = spec(f"{REPORTS}\nregions: [us-east-1, eu-west-1]")
    here = region(alarms=[queue_alarm("a", "orders")], metrics=queues(ALPHA, "orders"))
    there = (ALPHA, "eu-west-1")
    nine = region(metrics=queues(ALPHA, *map(str, range(9))))
    captured(tmp_path, {ALPHA: here, there: nine}, whole, to="2026-11-20T00:00:00Z")
    assert "      alpha: {resources: 10, watched: 1, unwatched: 9}\n" in updated(tmp_path)
    captured(tmp_path, {ALPHA: here, there: region(metrics=None)}, whole)  # type: ignore[arg-type]
    (tmp_path / FOLDER / ALPHA / "eu-west-1" / "metrics.jsonl").unlink()
    assert "      alpha: {day: 2026-11-20, resources: 10, watched: 1, unwatched: 9}\n" in updated(tmp_path)
    # As long as it was never read, its number is unknown.
    (tmp_path / LOCK).unlink()
    assert "      alpha: {resources: 1, watched: 1, unread: 1}\n" in updated(tmp_path)


def test_an_account_that_is_back_has_numbers_of_the_day(tmp_path: Path) -> None:
    """They are the same ones, and reports called them old."""
    updated(shop(tmp_path, "2026-10-20T00:00:00Z"))
    capture = shop(tmp_path, "2026-11-28T00:00:00Z", "new")
    (capture / FOLDER / BETA / "us-east-1" / "metrics.jsonl").unlink()
    assert "beta: {day: 2026-10-20, " in updated(capture)
    assert "beta: {resources: 3, " in updated(shop(tmp_path, "2026-11-30T00:00:00Z", "new"))


def test_an_earlier_capture_does_not_replace_a_later_one(tmp_path: Path) -> None:
    before = updated(shop(tmp_path))
    done = obsgen(shop(tmp_path, "2026-11-10T00:00:00Z", "new"), "coverage", FOLDER, "--update")
    assert done.returncode == 2
    assert "the capture is of 2026-11-10, and the lock of 2026-11-30" in done.stderr
    assert (tmp_path / LOCK).read_text(encoding="utf-8") == before


def test_a_week_without_a_change_keeps_the_last_change(tmp_path: Path) -> None:
    updated(shop(tmp_path, "2026-11-10T00:00:00Z"))
    updated(shop(tmp_path, "2026-11-18T00:00:00Z", "new"))
    text = updated(shop(tmp_path, "2026-11-30T00:00:00Z", "new"))
    assert "captures: {prod: 2026-11-30}" in text
    assert "    before: {day: 2026-11-10, " in text


def test_a_week_without_a_change_is_a_new_day(tmp_path: Path) -> None:
    first = updated(shop(tmp_path, "2026-11-20T00:00:00Z"))
    assert updated(shop(tmp_path, "2026-11-26T00:00:00Z")) == first
    assert "captures: {prod: 2026-11-27}" in updated(shop(tmp_path, "2026-11-27T00:00:00Z"))


def test_an_account_that_the_capture_leaves_out_keeps_its_numbers_and_their_day(tmp_path: Path) -> None:
    updated(shop(tmp_path, "2026-11-01T00:00:00Z"))
    captured(tmp_path, {ALPHA: region(metrics=queues(ALPHA, "orders"))}, spec(REPORTS))
    text = updated(tmp_path)
    assert "      alpha: {resources: 1, unwatched: 1}\n" in text
    assert "      beta: {day: 2026-11-01, resources: 3, unwatched: 3}\n" in text
    assert settings(text)["oldest"] == "2026-11-01"


LOCKED = """\
version: 1
captures: {prod: 2026-11-30}
waivers: []
numbers:
  prod:
    accounts:
      alpha: {resources: 2, watched: 1, unwatched: 1}
accounts:
  alpha:
    us-east-1: {}
"""


@pytest.mark.parametrize(
    ("old", "new", "message"),
    [
        ("resources: 2", "resources: 3", f"{LOCK}:7:14: error S03: numbers.prod.accounts.alpha: the parts are 2"),
        ("watched: 1,", "wached: 1,", "did you mean `watched`?"),
        ("watched: 1,", "watched: -1,", f"{LOCK}:7:38"),
        ("watched: 1,", "day: 2026-12-01, watched: 1,", "2026-12-01 is after the day of the capture of `prod`"),
        ("    accounts:", "    before: {day: 2026-12-01, resources: 0}\n    accounts:", f"{LOCK}:6:19: error S03"),
        ("captures: {prod: 2026-11-30}", "captures: {}", f"{LOCK}:5:3: error S02: numbers.prod: `captures` has no day"),
        ("waivers: []", f"waivers:\n{WAIVER.replace('2027-03-31', '9999-12-31')}", "400 days after the latest capture"),
        ("waivers: []", f"waivers:\n{WAIVER.replace('2027-03-31', '2028-01-05')}", "use 2028-01-04 or an earlier day"),
        ("version: 1", "version: [", f"{LOCK}:"),
    ],
)
def test_a_lock_that_was_edited_wrongly_stops_a_build(tmp_path: Path, old: str, new: str, message: str) -> None:
    (tmp_path / "observability.yaml").write_text(spec(REPORTS), encoding="utf-8")
    (tmp_path / LOCK).write_text(LOCKED.replace(old, new, 1), encoding="utf-8")
    done = obsgen(tmp_path, "build", "--no-lint")
    assert done.returncode == 2
    assert message in done.stdout + done.stderr


@pytest.mark.parametrize(("until", "code"), [("2028-01-04", 0), ("2028-01-05", 2)])
def test_a_waiver_ends_within_400_days_of_the_capture(tmp_path: Path, until: str, code: int) -> None:
    updated(shop(tmp_path))
    waived(tmp_path, WAIVER.replace("2027-03-31", until))
    for option in ("--check", "--update"):
        done = obsgen(tmp_path, "coverage", FOLDER, option)
        assert done.returncode == code, done.stderr
    sentence = "a waiver ends at most 400 days after the latest capture, which is of 2026-11-30"
    assert (sentence in done.stderr) is bool(code)


def test_a_waiver_without_a_capture_is_judged_by_the_one_at_hand(tmp_path: Path) -> None:
    shop(tmp_path)
    (tmp_path / LOCK).write_text(f"version: 1\nwaivers:\n{WAIVER}accounts: {{}}\n", encoding="utf-8")
    assert "waived: 2" in updated(tmp_path)
    (tmp_path / LOCK).write_text("version: 1\ncaptures: {prod: 9999-12-31}\naccounts: {}\n", encoding="utf-8")
    assert obsgen(tmp_path, "coverage", FOLDER, "--check").returncode == 1


@pytest.mark.parametrize(
    ("to", "options", "message"),
    [
        ("2026-10-31T00:00:00Z", (), ""),
        ("2026-10-30T00:00:00Z", (), "the capture is 31 days old, more than 30; capture again"),
        ("2026-10-30T00:00:00Z", ("--max-age", "60d"), ""),
        ("2026-11-20T00:00:00Z", ("--max-age", "7d"), "the capture is 10 days old, more than 7; capture again"),
    ],
)
def test_a_capture_may_be_too_old(tmp_path: Path, to: str, options: tuple[str, ...], message: str) -> None:
    updated(shop(tmp_path, to))
    done = obsgen(tmp_path, "coverage", FOLDER, "--check", *options)
    assert done.returncode == (1 if message else 0)
    assert message in done.stdout
    assert ("Nothing is worse than the lock." in done.stdout) is not bool(message)


@pytest.mark.parametrize("text", ["soon", "12h", "0d", "36h", "-1d", ""])
def test_an_age_is_in_whole_days(tmp_path: Path, text: str) -> None:
    done = obsgen(tmp_path, "coverage", FOLDER, "--check", f"--max-age={text}")
    assert done.returncode == 2
    assert "--max-age" in done.stderr


def test_the_order_of_keys_does_not_matter() -> None:
    data = yaml.safe_load(LOCKED)
    for account in NAMES.values():
        data["numbers"]["prod"]["accounts"][account] = {"resources": 1, "unwatched": 1}
    turned = {**data, "numbers": {"prod": {"accounts": dict(reversed(data["numbers"]["prod"]["accounts"].items()))}}}
    texts = [yaml.safe_dump(each, sort_keys=False) for each in (data, dict(reversed(turned.items())))]
    first, second = (built(spec(REPORTS), parts=Files(text)).artifacts for text in texts)
    assert first == second
    assert HUB
