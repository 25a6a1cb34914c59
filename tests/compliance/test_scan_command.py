"""`obsgen compliance scan` as people run it: three accounts, two Regions, some of which refuse."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from generator.rollout.aws.clients import Aws
from tests.command import obsgen
from tests.compliance.places_world import CHANGE, MEMBERS, NAME, READER, REGIONS, World, running, total, world
from tests.rollout.front import Fault, refusal
from tests.support import spec

DENIED = refusal("AccessDenied", "not authorized", 403)


@pytest.fixture
def place(tmp_path: Path) -> Iterator[World]:
    with world(tmp_path) as made:
        yield made


def everywhere() -> Iterator[tuple[str, str]]:
    return ((account, region) for account in MEMBERS.values() for region in REGIONS)


def test_every_account_and_region_is_asked(place: World) -> None:
    done = place.run("scan", "-e", "prod")
    assert (done.returncode, done.stderr) == (0, "")
    lines = done.stdout.splitlines()
    assert lines[0] == f"prod: {NAME} in 3 accounts, 2 Regions"
    assert lines[1] == "  alpha 222222222222 eu-west-1: scan requested"
    assert re.fullmatch(
        r"6 of 6 scans requested, \d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ; "
        r"`obsgen compliance report -e prod` shows the results",
        lines[-1],
    )
    sent = [message for where in everywhere() for message in place.messages(*where)]
    assert len(sent) == 6
    assert len({json.dumps(message) for message in sent}) == 1
    assert sent[0]["scan"]["by"] == "hand"
    assert sent[0]["scan"]["at"] in lines[-1]
    datetime.fromisoformat(sent[0]["scan"]["at"])


def test_a_dry_run_sends_nothing_and_calls_nothing(place: World) -> None:
    done = place.run("scan", "--dry-run", "--account", "beta")
    assert done.returncode == 0
    assert f"  beta 333333333333 us-east-1: {NAME} would receive " in done.stdout
    assert "alpha" not in done.stdout
    assert done.stdout.endswith("no message was sent\n")
    assert place.front.seen == []


def test_accounts_and_regions_are_chosen_by_name_or_id(place: World) -> None:
    chosen = ("--account", "alpha", "--account", "333333333333", "--region", "eu-west-1")
    assert place.run("scan", *chosen).returncode == 0
    asked = {where for where in everywhere() if place.messages(*where)}
    assert asked == {("222222222222", "eu-west-1"), ("333333333333", "eu-west-1")}


def test_a_place_that_refuses_stops_no_other(place: World) -> None:
    sqs = place.client("sqs", MEMBERS["alpha"], "eu-west-1")
    sqs.delete_queue(QueueUrl=sqs.get_queue_url(QueueName=NAME)["QueueUrl"])
    done = place.run("scan")
    assert done.returncode == 3
    assert f"  alpha 222222222222 eu-west-1: queue {NAME} does not exist in account 222222222222\n" in done.stdout
    assert "    = help: " in done.stdout
    assert "5 of 6 scans requested" in done.stdout
    assert all(place.messages(*where) for where in everywhere() if where != (MEMBERS["alpha"], "eu-west-1"))


def test_a_role_that_may_not_be_assumed_is_named_with_who_may(place: World) -> None:
    # The first is the reader's; the second is of one of the places.
    place.front.faults = [Fault("AssumeRole", DENIED, skip=1, times=1)]
    done = place.run("scan")
    assert done.returncode == 3
    assert len(re.findall("AWS denied sts:AssumeRole on tag-compliance-operator-role-", done.stdout)) == 1
    assert f", and use a principal that can assume {READER}" in done.stdout
    assert "5 of 6 scans requested" in done.stdout


def test_the_reader_comes_first_where_the_role_wants_it(place: World) -> None:
    place.run("scan", "--account", "alpha", "--region", "us-east-1")
    assert place.front.seen.count("AssumeRole") == 2
    place.front.seen.clear()
    place.manifest(readers=[], external_id="")
    place.run("scan", "--account", "alpha", "--region", "us-east-1")
    assert place.front.seen.count("AssumeRole") == 1


def test_a_reader_that_may_not_be_assumed_refuses_every_place(place: World) -> None:
    place.front.faults = [Fault("AssumeRole", DENIED)]
    done = place.run("scan", "--account", "alpha")
    assert done.returncode == 3
    assert done.stdout.count(f"AWS denied sts:AssumeRole on {READER}") == 2
    assert "0 of 2 scans requested" in done.stdout


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (("--account", "alhpa"), "did you mean `alpha`?"),
        (("--region", "eu-west-2"), "did you mean `eu-west-1`?"),
        (("--dry-run", "--wait"), "--wait and --dry-run cannot be combined"),
        (("--wait", "soon"), "soon"),
        (("-e", "prd"), "there is no environment `prd`"),
    ],
)
def test_bad_usage_is_exit_2(place: World, words: tuple[str, ...], said: str) -> None:
    done = place.run("scan", *words)
    assert done.returncode == 2
    assert said in done.stderr
    assert place.front.seen == []


def test_an_environment_without_tag_compliance_says_so(place: World) -> None:
    manifest = place.folder / "out/prod/manifest.yaml"
    manifest.write_text(manifest.read_text().replace("\ncompliance:\n", "\nelse:\n"))
    done = place.run("scan")
    assert (done.returncode, "prod has no tag compliance" in done.stderr) == (2, True)


def test_a_manifest_that_somebody_wrote_says_so(place: World) -> None:
    manifest = place.folder / "out/prod/manifest.yaml"
    manifest.write_text(manifest.read_text().replace("\n  operator_role:", "\n  role:"))
    done = place.run("scan")
    assert done.returncode == 2
    assert "`compliance` in the manifest is not the output of a build" in done.stderr


def test_accounts_of_units_that_are_not_known_are_said(place: World) -> None:
    units = "organizational_units: [ou-ab12-cdefgh34]\nregions: [us-east-1]\naccounts: {beta: null, gamma: null}"
    (place.folder / "observability.yaml").write_text(spec(f"{CHANGE}{units}"))
    assert obsgen(place.folder, "build", "--no-lint").returncode == 0
    place.front.faults = [Fault("DescribeStackSet|ListStackInstances", DENIED)]
    done = place.run("scan")
    assert done.returncode == 3
    assert "accounts of organizational units are not known: AWS denied cloudformation:" in done.stderr
    assert "1 of 1 scan requested" in done.stdout
    report = place.run("report")
    assert report.returncode == 3
    assert "  Not read: accounts of organizational units are not known: " in report.stdout


class Checkers:
    """What the checkers do meanwhile: at each sleep of the command, the next of some acts."""

    def __init__(self, place: World, *acts: Any) -> None:
        self.place, self.acts, self.slept = place, list(acts), 0

    def __call__(self, _seconds: float) -> None:
        self.slept += 1
        if self.acts:
            self.acts.pop(0)()


def wait(place: World, patch: pytest.MonkeyPatch, checkers: Checkers, *words: str) -> Any:
    patch.setattr("generator.cli.compliance.places.aws", lambda profile: Aws(profile, sleep=checkers))
    return place.run("scan", "--account", "alpha", *words)


def test_waiting_shows_what_the_scans_found(place: World, monkeypatch: pytest.MonkeyPatch) -> None:
    account, at = MEMBERS["alpha"], int(datetime.now(UTC).timestamp() * 1000) + 60_000
    checkers = Checkers(
        place,
        lambda: place.put(account, "eu-west-1", total(at, 38, 2, 1)),
        lambda: place.put(account, "us-east-1", total(at, 5, 0)),
    )
    done = wait(place, monkeypatch, checkers, "--wait")
    assert done.returncode == 0, done.stdout
    assert "  alpha 222222222222 eu-west-1: 38 compliant, 2 not, 1 exempt\n" in done.stdout
    assert "  alpha 222222222222 us-east-1: 5 compliant, 0 not\n" in done.stdout
    assert checkers.slept == 2


def test_waiting_has_an_end(place: World, monkeypatch: pytest.MonkeyPatch) -> None:
    checkers = Checkers(place)
    done = wait(place, monkeypatch, checkers, "--wait", "30s")
    assert done.returncode == 1
    assert done.stdout.count("scan not finished") == 2
    assert checkers.slept == 6


def test_where_a_scan_runs_already_its_total_counts(place: World, monkeypatch: pytest.MonkeyPatch) -> None:
    """The checker drops a scan that begins while another runs."""
    account, earlier = MEMBERS["alpha"], int(datetime.now(UTC).timestamp() * 1000) - 60_000
    place.put(account, "us-east-1", running(earlier), total(earlier - 86_400_000, 1, 1))
    table = place.client("dynamodb", account, "us-east-1")

    def end() -> None:
        place.put(account, "us-east-1", total(earlier, 7, 3))
        table.delete_item(TableName=NAME, Key={name: running(0)[name] for name in ("pk", "sk")})

    done = wait(place, monkeypatch, Checkers(place, end), "--region", "us-east-1", "--wait")
    assert done.returncode == 0
    assert "7 compliant, 3 not" in done.stdout
