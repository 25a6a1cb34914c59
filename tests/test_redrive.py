"""`obsgen redrive` as people run it, against a real queue API."""

from __future__ import annotations

import json
import re
import subprocess
import sys
from collections.abc import Iterator
from functools import partial
from pathlib import Path
from typing import Any

import botocore.session
import pytest
import urllib3

from generator.manifest import Queue
from generator.rollout.operate.dead_letters import OldManifest, queues_of, read
from tests.command import Done, obsgen, typed
from tests.handlers.event_rule_world import GUARDDUTY
from tests.handlers.event_rule_world import message as event_message
from tests.handlers.finding_world import event as finding_event
from tests.handlers.table_world import create_table
from tests.handlers.test_events import EVENT
from tests.handlers.world import HUB, REGION, moto
from tests.support import ROOT, built, spec

ARN = f"arn:aws:events:{REGION}:{HUB}:rule"
INCIDENTS, DEAD, UNDELIVERED = "incident-queue-prod", "incident-dead-letters-prod", "event-dead-letters-prod"
ALARM = json.dumps({**EVENT, "detail": {**EVENT["detail"], "alarmName": "errors-alarm-prod"}})
OTHER = json.dumps({**EVENT, "detail": {**EVENT["detail"], "alarmName": "latency-alarm-prod"}})
GAVE_UP = {"Reason": "given up after 3 receives: Jira refused (401): check the token", "Origin": "incident-function"}
UNREADABLE = {"Reason": "the message is not JSON", "Origin": "incident-function"}
# What a process does at a call to AWS, put in front of the command.
AT = """
import os, signal
from botocore.client import BaseClient
from botocore.exceptions import ClientError
real = BaseClient._make_api_call
def at(self, name, arguments):
    if name == {name!r}:
        {deed}
    return real(self, name, arguments)
BaseClient._make_api_call = at
"""
KILLED = "os.kill(os.getpid(), signal.SIGKILL)"
DENIED = "raise ClientError({'Error': {'Code': 'AccessDenied', 'Message': 'no'}}, name)"


@pytest.fixture(scope="module")
def endpoint() -> Iterator[str]:
    with moto() as address:
        yield address


class Estate:
    """A built estate and the hub's queues in moto."""

    def __init__(self, folder: Path, endpoint: str) -> None:
        self.folder, self.endpoint = folder, endpoint
        self.environment = {
            "AWS_ENDPOINT_URL": endpoint,
            "AWS_ACCESS_KEY_ID": "nobody",
            "AWS_SECRET_ACCESS_KEY": "nothing",
            "AWS_CONFIG_FILE": str(folder / "none"),
            "AWS_SHARED_CREDENTIALS_FILE": str(folder / "none"),
            "AWS_EC2_METADATA_DISABLED": "true",
        }
        self.sqs = self.client("sqs")
        create_table(self.client("dynamodb"))
        self.urls = {name: self.sqs.create_queue(QueueName=name)["QueueUrl"] for name in (INCIDENTS, DEAD, UNDELIVERED)}

    def client(self, service: str) -> Any:
        return botocore.session.get_session().create_client(
            service,
            REGION,
            endpoint_url=self.endpoint,
            aws_access_key_id="nobody",
            aws_secret_access_key="nothing",
        )

    def put(self, queue: str, body: str, **attributes: str) -> str:
        marked = {name: {"DataType": "String", "StringValue": value} for name, value in attributes.items()}
        sent = self.sqs.send_message(QueueUrl=self.urls[queue], MessageBody=body, MessageAttributes=marked)
        return str(sent["MessageId"])

    def bodies(self, queue: str) -> list[str]:
        """What is there and can be seen, taken out."""
        found: list[str] = []
        while got := self.sqs.receive_message(QueueUrl=self.urls[queue], MaxNumberOfMessages=10).get("Messages"):
            found += [message["Body"] for message in got]
        return sorted(found)

    def run(self, *arguments: str, before: str = "", **more: str) -> Done:
        """before: Python that the command's process, then one of its own, runs first."""
        run = partial(typed, before=before) if before else obsgen
        return run(self.folder, "redrive", *arguments, **{**self.environment, **more})


@pytest.fixture
def estate(endpoint: str, tmp_path: Path) -> Estate:
    urllib3.request("POST", f"{endpoint}/moto-api/reset")
    (tmp_path / "observability.yaml").write_text(spec(f'hub: {{account: "{HUB}"}}'))
    assert obsgen(tmp_path, "build", "--no-lint").returncode == 0
    return Estate(tmp_path, endpoint)


def test_nothing_there_is_fine(estate: Estate) -> None:
    for arguments in ([], ["--send", "--yes"]):
        done = estate.run(*arguments)
        assert (done.returncode, done.stderr) == (0, ""), done.stderr
        lost = "  deliveries given up or refused: none\n"
        assert done.stdout == f"prod\n  {DEAD}: nothing\n  {UNDELIVERED}: nothing\n{lost}no dead-letter messages\n"


def fill(estate: Estate) -> None:
    """One of each origin that can be sent, and one of each that cannot."""
    estate.put(DEAD, ALARM, **GAVE_UP)
    estate.put(DEAD, OTHER)
    estate.put(DEAD, "<html>", **UNREADABLE)
    estate.put(
        UNDELIVERED,
        ALARM.replace("errors", "late"),
        RULE_ARN=f"{ARN}/observability-bus-prod/incident-rule-prod",
        TARGET_ARN=f"arn:aws:sqs:{REGION}:{HUB}:{INCIDENTS}",
        ERROR_CODE="NO_PERMISSIONS",
        ERROR_MESSAGE="not authorized",
    )
    estate.put(
        UNDELIVERED,
        ALARM,
        RULE_ARN=f"{ARN}/observability-bus-prod/alarm-state-change-rule-prod",
        TARGET_ARN=f"arn:aws:logs:{REGION}:{HUB}:log-group:/aws/events/alarm-state-changes-prod",
        ERROR_CODE="THROTTLING",
    )


def test_it_shows_what_is_there_and_why_and_leaves_it(estate: Estate) -> None:
    fill(estate)
    done = estate.run()
    assert done.returncode == 1
    for words in (
        f"{DEAD}: 3 messages",
        f"{UNDELIVERED}: 2 messages",
        f"errors-alarm-prod ALARM in {EVENT['account']} {EVENT['region']}",
        "given up after 3 receives: Jira refused (401)",
        "three receives without success; see the function's log (/aws/lambda/jira-ticket-creator-prod)",
        "not redrivable: the function cannot read it and would return it to this queue",
        f"incident-rule-prod could not deliver to {INCIDENTS}: NO_PERMISSIONS: not authorized",
        "not redrivable: it does not belong in the incident queue",
        "5 dead-letter messages: 3 redrivable with --send, 2 not",
    ):
        assert words in done.stdout, words
    # Nothing is held back by having been looked at.
    assert len(estate.bodies(DEAD)) == 3
    assert len(estate.bodies(UNDELIVERED)) == 2
    assert estate.bodies(INCIDENTS) == []


def test_send_sends_what_can_succeed_as_it_was(estate: Estate) -> None:
    fill(estate)
    done = estate.run("--send", "--yes")
    assert done.returncode == 1
    assert "3 messages sent, 2 not redrivable" in done.stdout
    assert estate.bodies(INCIDENTS) == sorted([ALARM, OTHER, ALARM.replace("errors", "late")])
    assert estate.bodies(DEAD) == ["<html>"]
    assert estate.bodies(UNDELIVERED) == [ALARM]


def test_all_sends_the_unreadable_too_and_nothing_that_belongs_elsewhere(estate: Estate) -> None:
    fill(estate)
    done = estate.run("--send", "--yes", "--all")
    assert "4 messages sent, 1 not redrivable" in done.stdout
    assert estate.bodies(DEAD) == []
    assert estate.bodies(UNDELIVERED) == [ALARM]


def test_only_takes_an_alarm_or_a_message_id(estate: Estate) -> None:
    fill(estate)
    known = estate.put(DEAD, ALARM.replace("errors", "mine"), **GAVE_UP)
    done = estate.run("--send", "--yes", "--only", "latency-*")
    assert (done.returncode, estate.bodies(INCIDENTS)) == (0, [OTHER])
    assert "3 not matching latency-*" in done.stdout
    assert estate.run("--send", "--yes", "--only", known).returncode == 0


def test_more_than_one_round_is_sent_whole(estate: Estate, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("generator.rollout.operate.redrive.ROUND", 20)
    for number in range(33):
        estate.put(DEAD, ALARM.replace("errors", f"n{number}"))
    done = estate.run("--send", "--yes")
    assert (done.returncode, done.stdout.splitlines()[-1]) == (0, "33 messages sent, 0 not redrivable")
    assert len(estate.bodies(INCIDENTS)) == 33
    assert estate.bodies(DEAD) == []


def test_it_comes_as_data(estate: Estate) -> None:
    fill(estate)
    shown = json.loads(estate.run("--json").stdout)
    assert [(queue["name"], queue["approximately"], queue["seen"]) for queue in shown["queues"]] == [
        (DEAD, 3, 3),
        (UNDELIVERED, 2, 2),
    ]
    rows = {row["alarm"]: row for row in shown["letters"] if row["queue"] == DEAD}
    assert rows["errors-alarm-prod"]["sendable"] and not rows["errors-alarm-prod"]["sent"]
    assert rows["errors-alarm-prod"]["account"] == EVENT["account"]
    assert not rows[""]["sendable"]
    sent = json.loads(estate.run("--send", "--yes", "--json").stdout)
    assert [row["sent"] for row in sent["letters"]].count(True) == 3


def test_killed_between_send_and_delete_nothing_is_lost(estate: Estate) -> None:
    estate.put(DEAD, ALARM, **GAVE_UP)
    done = estate.run("--send", "--yes", before=AT.format(name="DeleteMessage", deed=KILLED))
    assert done.returncode == -9
    assert estate.bodies(INCIDENTS) == [ALARM]
    waiting = estate.sqs.get_queue_attributes(QueueUrl=estate.urls[DEAD], AttributeNames=["All"])["Attributes"]
    assert waiting["ApproximateNumberOfMessagesNotVisible"] == "1"
    hidden = estate.run()
    assert (hidden.returncode, "1 more not read this time" in hidden.stdout) == (1, True)


def test_what_is_sent_and_cannot_be_deleted_is_said(estate: Estate) -> None:
    estate.put(DEAD, ALARM, **GAVE_UP)
    done = estate.run("--send", "--yes", before=AT.format(name="DeleteMessage", deed=DENIED))
    assert done.returncode == 3
    assert f"sent, but still in {DEAD}" in done.stdout
    assert "AWS denied sqs:DeleteMessage" in done.stderr
    assert (estate.bodies(INCIDENTS), estate.bodies(DEAD)) == ([ALARM], [ALARM])


def test_where_sending_is_denied_everything_stays(estate: Estate) -> None:
    estate.put(DEAD, ALARM, **GAVE_UP)
    done = estate.run("--send", "--yes", before=AT.format(name="SendMessage", deed=DENIED))
    assert (done.returncode, estate.bodies(DEAD)) == (3, [ALARM])


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"AWS_ACCESS_KEY_ID": "", "AWS_SECRET_ACCESS_KEY": ""}, f"no AWS credentials found|sign in to account {HUB}"),
        ({"AWS_PROFILE": "nobody"}, "profile (nobody) could not be found|AWS_PROFILE"),
        ({"AWS_ENDPOINT_URL": "http://127.0.0.1:9"}, "could not connect to AWS|AWS_ENDPOINT_URL"),
        ({"AWS_ENDPOINT_URL": "nonsense"}, "the request to AWS failed|AWS_ENDPOINT_URL"),
    ],
    ids=["no credentials", "no profile", "unreachable", "no address"],
)
def test_aws_out_of_reach_is_a_sentence_and_exit_3(estate: Estate, change: dict[str, str], words: str) -> None:
    done = estate.run(**change)
    assert (done.returncode, done.stdout) == (3, "")
    assert "Traceback" not in done.stderr
    assert len(done.stderr.splitlines()) == 2
    for part in words.split("|"):
        assert part in done.stderr


@pytest.mark.parametrize("code", ["ExpiredToken", "InvalidClientTokenId", "AccessDenied", "InternalError"])
def test_what_aws_answers_is_a_sentence_and_exit_3(estate: Estate, code: str) -> None:
    deed = DENIED.replace("AccessDenied", code)
    done = estate.run(before=AT.format(name="ReceiveMessage", deed=deed))
    assert (done.returncode, "Traceback" in done.stderr, len(done.stderr.splitlines())) == (3, False, 2)


def test_another_account_is_refused_before_anything_is_looked_at(estate: Estate) -> None:
    file = estate.folder / "out/prod/manifest.yaml"
    file.write_text(file.read_text().replace(HUB, "999999999999"))
    done = estate.run()
    assert (done.returncode, done.stdout) == (3, "")
    assert f"credentials belong to account {HUB}, but the hub is account 999999999999" in done.stderr


def test_a_queue_that_is_missing_is_named(estate: Estate) -> None:
    estate.sqs.delete_queue(QueueUrl=estate.urls[UNDELIVERED])
    done = estate.run()
    assert done.returncode == 3
    assert f"queue {UNDELIVERED} does not exist in account {HUB}" in done.stderr


def test_bad_usage_is_exit_2(estate: Estate, tmp_path_factory: pytest.TempPathFactory) -> None:
    for arguments, words in (
        (["--send"], "use --yes to skip the prompt"),
        (["--yes"], "requires --send"),
        (["-e", "prd"], "did you mean `prod`?"),
        (["--out", "nowhere"], "no build output in nowhere"),
    ):
        done = estate.run(*arguments)
        assert (done.returncode, words in done.stderr) == (2, True), done.stderr
    manifest = estate.folder / "out/prod/manifest.yaml"
    manifest.write_text(manifest.read_text().partition("queues:")[0])
    assert "run `obsgen build` to write it again" in estate.run().stderr


def test_the_manifest_says_where_the_queues_are() -> None:
    import yaml

    manifest = yaml.safe_load(built(spec()).artifacts["prod/manifest.yaml"])
    queues = queues_of(manifest)
    assert queues.incidents == Queue("incidents", INCIDENTS, "111111111111", "us-east-1")
    assert [queue.name for queue in queues.dead_letters] == [DEAD, UNDELIVERED]
    with pytest.raises(OldManifest):
        queues_of({**manifest, "queues": {"incidents": {}}})


def letter(body: Any, queue: str = "event_dead_letters", **attributes: str) -> Any:
    marked = {name: {"DataType": "String", "StringValue": value} for name, value in attributes.items()}
    text = body if isinstance(body, str) else json.dumps(body)
    message = {"MessageId": "m", "Body": text, "MessageAttributes": marked, "Attributes": {"SentTimestamp": "0"}}
    return read(message, Queue(queue, queue, HUB, REGION), "prod")


def test_the_page_shows_what_it_prints(estate: Estate) -> None:
    page = (ROOT / "docs/redrive.md").read_text()
    (shown,) = re.findall(r"```text\n(.*?)```", page, re.DOTALL)
    # Deliveries are tests/rollout/test_incidents.py's.
    shown = re.sub(r"refused: 1\n(    .*\n)+2 dead", "refused: none\n2 dead", shown)
    shown = re.sub(r"1 delivery given up .*\n", "", shown)
    (reason,) = re.findall(r"given up after .*", shown)
    body = {**EVENT, "region": "us-east-1", "detail": {**EVENT["detail"], "alarmName": "application-error-alarm-prod"}}
    estate.put(DEAD, json.dumps(body), Reason=reason, Origin="incident-function")
    estate.put(DEAD, "<html>", **UNREADABLE)
    moment = r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ"
    printed = re.sub(moment, "TIME", estate.run().stdout)
    assert sorted(printed.splitlines()) == sorted(re.sub(moment, "TIME", shown).splitlines())


def test_an_alarm_of_another_environment_stays() -> None:
    """With an audit trail the hub forwards every alarm; the function knows its own environment's only."""
    rule = {"RULE_ARN": f"{ARN}/hub-forwarding-rule-prod"}
    assert not letter(json.loads(ALARM), **rule).hold_reason
    assert "not an alarm of prod" in letter(json.loads(ALARM.replace("-alarm-prod", "-alarm-dev")), **rule).hold_reason


@pytest.mark.parametrize(
    "body",
    [
        {"AlarmName": "a", "AWSAccountId": "1", "AlarmArn": "arn:aws:cloudwatch:r:1:alarm:a", "NewStateValue": "OK"},
        {"Type": "Notification", "Message": json.dumps({"AlarmName": "a", "AWSAccountId": "1", "NewStateValue": "OK"})},
        {"accountId": "1", "region": "r", "alarmData": {"alarmName": "a", "state": {"value": "OK"}}},
        {"source": "obsgen", "account": "1", "region": "r", "detail": {"name": "a", "state": "OK"}},
    ],
    ids=["sns", "sns envelope", "lambda", "own"],
)
def test_an_alarm_is_known_in_each_of_its_forms(body: Any) -> None:
    found = letter(body, "incident_dead_letters")
    assert (found.alarm, found.account, found.state, found.hold_reason) == ("a", "1", "OK", "")


@pytest.mark.parametrize("body", ["", "[]", "null", "{", '{"detail": 3}', '{"Type": "Notification"}', "[" * 100_000])
def test_any_body_can_be_shown(body: str) -> None:
    for queue in ("incident_dead_letters", "event_dead_letters"):
        assert isinstance(letter(body, queue).about, str)


def test_help_loads_neither_boto3_nor_moto() -> None:
    code = (
        "import sys\nfrom generator.cli.main import main\n"
        "try: main(['--help'])\nexcept SystemExit: pass\n"
        "print('LOADED', *sorted({name.split('.')[0] for name in sys.modules}))"
    )
    done = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=True)
    assert not {"boto3", "botocore", "moto"} & set(done.stdout.rpartition("LOADED")[2].split())


def test_a_finding_is_known_by_its_check_and_subject() -> None:
    queue = Queue("event-dead-letters", "event-dead-letters-prod", HUB, REGION)
    message = {
        "MessageId": "m",
        "Body": finding_event("ALARM"),
        "MessageAttributes": {"RULE_ARN": {"StringValue": f"{ARN}/finding-rule-prod"}},
    }
    letter = read(message, queue, "prod")
    assert letter.about == "tag-compliance/i-0abc12345def67890 ALARM in 222222222222 us-east-1"
    assert letter.hold_reason == ""
    assert letter.fits("tag-compliance/*")


@pytest.mark.parametrize(("edge", "state"), [("begin", "ALARM"), ("end", "OK")])
def test_an_event_of_an_event_rule_is_known_by_its_rule(edge: str, state: str) -> None:
    queue = Queue("incident-dead-letters", "incident-dead-letters-prod", HUB, REGION)
    body = event_message("guardduty", GUARDDUTY, edge=edge)
    letter = read({"MessageId": "m", "Body": body}, queue, "prod")
    name = "event/guardduty/00000000-0000-4000-8000-000000000001"
    assert letter.about == f"{name} {state} in 222222222222 eu-west-1"
    assert letter.hold_reason == ""
    assert letter.fits("event/*")
