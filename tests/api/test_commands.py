"""`obsgen errors`, `events` and `agents`: the command, through the local API Gateway, to the function in moto's AWS."""

from __future__ import annotations

import json
import subprocess
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from handlers.api import app
from handlers.events.records import Count, FindingState, SentFinding, Status
from tests.api.api_world import BETA, FINGERPRINT, HOUR, NOW, REGION, agent, client
from tests.api.desk import HUB, KEY, SECRET_KEY, STACK, Desk
from tests.command import obsgen

EVENT = f"{0:020x}"


def test_errors_are_listed(desk: Desk) -> None:
    desk.place.add_error(title="Timeout after\x1b[31m [number] ms", sources=(BETA, (HUB, REGION)))
    desk.place.add_error(1, service="", kind="lambda")
    done = desk("errors", "--since", "2026-11-19")
    assert (done.returncode, done.stderr) == (0, "")
    assert done.stdout.splitlines() == [
        "ERROR               STATE  LAST SEEN         WHERE              SERVICE  TITLE",
        "1-0123456789abcdf0  new    2026-11-20 09:59  alpha us-east-1    -        Timeout 1",
        "1-0123456789abcdef  new    2026-11-20 09:59  beta eu-west-1 +1  ledger   Timeout after[31m [number] ms",
    ]
    one = desk("errors", "list", "--kind", "lambda", "--since", "2026-11-19T00:00:00Z", "--format", "json")
    assert [one["title"] for one in json.loads(one.stdout)["errors"]] == ["Timeout 1"]
    assert desk("errors", "--account", "gamma", "--since", "2026-11-19").stdout == "no errors\n"
    assert desk("errors", "--account", BETA.account, "--since", "2026-11-19").stdout != "no errors\n"
    assert desk("errors", "--service", "none").stdout == "no errors\n"


def test_a_list_is_read_page_by_page(desk: Desk) -> None:
    for number in range(205):
        desk.place.add_error(number)
    done = desk("errors", "--since", "2026-11-19", "--limit", "203", "--format", "json")
    assert len({one["fingerprint"] for one in json.loads(done.stdout)["errors"]}) == 203


def test_one_error_is_shown_and_decided_about(desk: Desk) -> None:
    notified = SentFinding(NOW - HOUR, FindingState.ALARM, "0a1b")
    desk.place.add_error(sample="Timeout\n\tat ledger.post(\x07post.py:3)", notified=notified, owner="payments")
    desk.place.store.put_count(Count(FINGERPRINT, NOW, desk.place.store.head(FINGERPRINT).home, 1234))  # type: ignore[union-attr]
    shown = desk("errors", "show", FINGERPRINT)
    assert shown.stdout.splitlines() == [
        "1-0123456789abcdef (log): Timeout 0",
        "  state       new",
        "  first seen  2026-11-20 09:00",
        "  last seen   2026-11-20 09:59",
        "  where       alpha us-east-1",
        "  service     ledger",
        "  owner       payments",
        "  log groups  /ecs/ledger",
        "  last 24 hours  1,234                         █",
        "  sample:",
        "    Timeout",
        "        at ledger.post(post.py:3)",
        "  /ecs/ledger: https://us-east-1.console.aws.amazon.com/cloudwatch/home?region=us-east-1"
        "#logsV2:log-groups/log-group/$252Fecs$252Fledger",
    ]
    assert "acknowledged by Operator/alice of 111111111111, 2026-11-20 10:00" in (
        desk("errors", "acknowledge", FINGERPRINT).stdout
    )
    ignored = desk("errors", "ignore", FINGERPRINT, "--until-count", "1000", "--within", "1h")
    assert (
        "ignored by Operator/alice of 111111111111, 2026-11-20 10:00, until 1,000 occur in 3,600 seconds"
        in ignored.stdout
    )
    assert "until 2027-01-01 00:00" in desk("errors", "ignore", FINGERPRINT, "--until", "2026-12-31").stdout
    assert len(desk.place.findings.sent) == 1
    other = desk.place.add_error(1)
    merged = desk("errors", "merge", FINGERPRINT, other.fingerprint)
    assert f"counts as this  {FINGERPRINT}" in merged.stdout
    assert desk("errors", "resolve", other.fingerprint, "--format", "json").returncode == 0
    refused = desk("errors", "acknowledge", other.fingerprint)
    assert (refused.returncode, refused.stdout) == (2, "")
    assert "the error is resolved; it is new when it occurs again" in refused.stderr


def test_events_are_listed_shown_and_decided_about(desk: Desk) -> None:
    desk.place.add_event()
    done = desk("events", "--from", "2026-11-20", "--type", "task-failure")
    assert done.stdout.splitlines() == [
        "TIME              EVENT                 TYPE          SEVERITY  STATE  WHERE            TITLE",
        f"2026-11-20 09:59  {EVENT}  task-failure  medium    new    alpha us-east-1  Task 0 stopped",
    ]
    assert desk("events", "--type", "alarm", "--from", "1970-01-01T00:00:00Z").stdout == "no events\n"
    shown = desk("events", "show", EVENT).stdout
    assert "  Exit code  137" in shown
    assert shown.endswith("  log lines:\n    out of memory\n")
    assert "until 2026-12-01 00:00" in desk("events", "ignore", EVENT, "--until", "2026-11-30").stdout
    assert "acknowledged by" in desk("events", "acknowledge", EVENT).stdout
    assert "resolved by" in desk("events", "resolve", EVENT).stdout


def test_agents_are_listed_with_what_is_wrong(desk: Desk) -> None:
    desk.place.store.save_agent(agent(), 0)
    done = desk("agents")
    assert done.returncode == 0
    assert done.stdout.splitlines() == [
        "AGENT            STATUS   HEARTBEAT         READ UP TO        LOG GROUPS  VERSION",
        "alpha us-east-1  updated  2026-11-20 09:59  2026-11-20 09:58  42          0123456789ab",
        "alpha us-east-1: not queried: /ecs/x: AccessDenied",
    ]
    desk.place.store.save_agent(agent(BETA, status=Status.SILENT, heartbeat_at=0), 0)
    assert desk("agents", "--format", "json").returncode == 1


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (("errors", "show", "../events"), "`../events` is not the ID of an error"),
        (("errors", "show", "1-0123456789abcdeF"), "an ID such as 1-0123456789abcdef"),
        (("events", "show", "1"), "20 hexadecimal digits; `obsgen events` lists them"),
        (("errors", "show", FINGERPRINT), "no error with this fingerprint"),
        (("errors", "shw", FINGERPRINT), "there is no command `shw`; did you mean `show`?"),
        (("errors", "ignore", FINGERPRINT), "an end is required"),
        (("errors", "ignore", FINGERPRINT, "--until-count", "3"), "--until 2026-12-31, or --until-count 100"),
        (("errors", "ignore", FINGERPRINT, "--until", "tomorrow"), "`tomorrow` is not a day such as 2026-11-30"),
        (("errors", "--since", "yesterday"), "--since: `yesterday` is not a time"),
        (("errors", "--account", "alhpa"), "there is no account `alhpa`\n  = help: did you mean `alpha`?"),
        (("errors", "-e", "dev"), "there is no environment `dev`"),
    ],
)
def test_what_makes_no_sense_is_said(desk: Desk, words: tuple[str, ...], said: str) -> None:
    done = desk(*words)
    assert done.returncode == 2
    assert said in done.stderr
    assert "Traceback" not in done.stderr


def refuse(status: int, message: str = "", headers: dict[str, str] | None = None) -> Callable[[Any], Any]:
    body = json.dumps({"message": message}) if message else "<html>"
    return lambda _event: {"statusCode": status, "headers": headers or {}, "body": body}


@pytest.mark.parametrize(
    ("invoke", "said"),
    [
        (refuse(403, "User: x is not authorized to perform: execute-api:Invoke"), "AWS denied GET /v1/errors"),
        (refuse(403, "The security token included in the request is expired"), "sign in to account"),
        (refuse(429, "Too Many Requests"), "the API throttled the request"),
        (refuse(502, "Internal server error"), "the API failed with status 502"),
        (refuse(500, "x", {"x-amzn-RequestId": "r-9"}), "the API failed with status 500 (request r-9)"),
        (refuse(503), "it is a web page"),
        (refuse(200), "is not from the API"),
    ],
)
def test_what_the_api_refuses_is_a_sentence(desk: Desk, invoke: Any, said: str) -> None:
    desk.gateway.invoke = invoke
    done = desk("errors")
    assert (done.returncode, done.stdout) == (3, "")
    assert said in done.stderr


def test_a_busy_api_is_asked_again(desk: Desk) -> None:
    answers = [refuse(429, "Too Many Requests"), refuse(503, "busy")]
    desk.gateway.invoke = lambda event: answers.pop()(event) if answers else app.handler(event, None)
    assert desk("errors").stdout == "no errors\n"


def test_without_the_right_credentials_it_says_so(desk: Desk) -> None:
    wrong = desk("errors", AWS_SECRET_ACCESS_KEY="wrong")
    assert (wrong.returncode, "does not match the signature" in wrong.stderr) == (3, True)
    unknown = desk("errors", AWS_ACCESS_KEY_ID="AKIAOTHER")
    assert (unknown.returncode, "sign in to account" in unknown.stderr) == (3, True)
    none = desk("errors", AWS_ACCESS_KEY_ID="", AWS_SECRET_ACCESS_KEY="", AWS_EC2_METADATA_DISABLED="true")
    assert (none.returncode, "no AWS credentials found" in none.stderr) == (3, True)


def test_where_it_is_not_deployed_it_says_so(desk: Desk, out: Path, tmp_path: Path) -> None:
    desk.deployed("")
    assert "observability-hub-prod has no API" in desk("errors").stderr
    client(desk.place.endpoint, "cloudformation").delete_stack(StackName=STACK)
    done = desk("agents")
    assert (done.returncode, "obsgen deploy -e prod" in done.stderr) == (3, True)
    desk.deployed("http://127.0.0.1:9")
    done = desk("events")
    assert (done.returncode, "could not connect to AWS" in done.stderr) == (3, True)
    old = tmp_path / "out" / "prod"
    old.mkdir(parents=True)
    for file in (out / "out" / "prod").iterdir():
        if file.name != "openapi.json":
            (old / file.name).write_bytes(file.read_bytes())
    done = obsgen(tmp_path, "errors")
    assert (done.returncode, "prod has no API" in done.stderr) == (2, True)


def test_curl_signs_as_the_page_says(desk: Desk) -> None:
    desk.place.add_error()
    words = ["curl", "--silent", "--aws-sigv4", f"aws:amz:{REGION}:execute-api", "--user", f"{KEY}:{SECRET_KEY}"]
    try:
        done = subprocess.run([*words, f"{desk.gateway.url}/v1/errors/{FINGERPRINT}"], capture_output=True, check=True)
    except (FileNotFoundError, subprocess.CalledProcessError):
        pytest.skip("no curl that signs")
    assert json.loads(done.stdout)["fingerprint"] == FINGERPRINT
    refused = subprocess.run(["curl", "--silent", f"{desk.gateway.url}/v1/agents"], capture_output=True, check=True)
    assert json.loads(refused.stdout)["title"] == "MISSING_AUTHENTICATION_TOKEN"
