"""`obsgen drill` of a deployed alarm: set, followed, put back, against a real API for each of AWS's services.

moto takes SetAlarmState and tells nobody. So a thread here plays what lies between an alarm and the function: it looks
at the alarm's state, writes each change to the audit trail, and hands it by the real queue to the function's own code,
which talks to stand-ins that check what they are sent. Where a test says so, it plays CloudWatch's own evaluation, too.
"""

from __future__ import annotations

import base64
import dataclasses
import json
import os
import pty
import re
import secrets
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import boto3
import pytest
from botocore.client import BaseClient
from botocore.exceptions import ClientError, ReadTimeoutError
from click.testing import CliRunner, Result
from moto.backends import get_backend

from generator.cli.drill import listeners as drill_listeners
from generator.cli.drill import words as drill_words
from generator.cli.drill.deployed import _target
from generator.cli.drill.listeners import Hours
from generator.cli.drill.subject import choose, find, subject_in
from generator.cli.main import group
from generator.cli.options import incident_package
from generator.drill.vendors.jira import EMAIL, TOKEN
from generator.drill.vendors.pagerduty import ROUTING_KEY
from generator.drill.vendors.slack import BOT_TOKEN
from generator.manifest import ROUTING_FILE
from generator.model.incidents import Quiet
from generator.model.quiet_hours import quiet_until
from generator.model.time_zones import time_zone_rules
from generator.rollout.aws.errors import AwsError
from generator.rollout.aws.signals import SignalGuard
from generator.rollout.drill import delivery_trace as traces
from generator.rollout.drill import drill as rollout_drill
from generator.rollout.drill.calls import DrillClient
from generator.rollout.drill.drill import CLOUDWATCH, DRILL, NEVER, REAL_ALARM, Drill, Hop, ResetFailed
from handlers.incident import app, notifier
from handlers.incident.decision.quiet import Quiet as FunctionsQuiet
from handlers.incident.delivery import worker
from handlers.incident.events import Key
from handlers.incident.state import items
from handlers.incident.state.records import Alarm, Delivery, Incident, Kind, Member, Rank, StateChange, Status
from handlers.incident.state.table import MembershipChanges, OutstandingDelivery
from tests.handlers.world import HUB, REGION, World, moto, renew, world
from tests.support import ROOT, built, spec
from tests.test_cli import RUN
from tests.vendors import Vendors

ALPHA = "222222222222"
ALARM, SILENT, EVERYWHERE = "errors-alarm-prod", "silent-alarm-prod", "all-errors-alarm-prod"
AUDIT = "/aws/events/alarm-state-changes-prod"
CHANNELS = ["mail", "jira", "team", "pager"]
SPEC = """
alarms:
  errors: {severity: critical, summary: The shop is logging errors}
  all-errors:
    in: hub
    metric: {filter: errors}
    statistic: Sum
    threshold: "> 50"
    over: all-accounts
    severity: low
  silent: {metric: {filter: errors}, statistic: Sum, threshold: "> 500", severity: none}
composites:
  down: {rule: errors and not silent, severity: high, summary: The shop is down}
channels:
  jira: {type: jira, url: "https://shop.atlassian.net", project: OPS, issue_type: Incident, secret: s/jira,
         resolve_on_ok: true}
  team: {type: slack, channel: "#ops", secret: s/team}
  pager: {type: pagerduty, secret: s/pager}
routes: {critical: [mail, jira, team, pager], high: [team], low: [mail]}
audit: {alarm_changes: true}
"""
SECRETS = {
    "s/jira": {"email": EMAIL, "token": TOKEN},
    "s/team": {"token": BOT_TOKEN},
    "s/pager": {"routing_key": ROUTING_KEY},
}
# Put in front of the command: a test has no seconds to spare.
QUICK = "import generator.rollout.drill.drill as d\nd.PAUSE_SECONDS = 0.05\n"
# A process interrupts itself while it puts the alarm back.
STOPPED_AT_THE_END = """
import os, signal
from generator.rollout.drill.calls import DrillClient
real = DrillClient.set_alarm
def set_alarm(self, state, reason, mark):
    if state == "OK":
        os.kill(os.getpid(), signal.SIGINT)
    real(self, state, reason, mark)
DrillClient.set_alarm = set_alarm
"""
# A test run in the background, or under nohup, inherits that signals are ignored.
LISTENS = """
import signal
signal.signal(signal.SIGINT, signal.default_int_handler)
signal.signal(signal.SIGHUP, signal.SIG_DFL)
"""


def here(folder: Path, *arguments: str) -> Result:
    """The command in this process."""
    return CliRunner().invoke(group, ["drill", "-f", str(folder / "observability.yaml"), *arguments])


def clients(endpoint: str, account: str) -> Callable[[str], Any]:
    """Clients of an account; moto knows whose credentials are whose."""
    hub = {"endpoint_url": endpoint, "region_name": REGION}
    keys = {"aws_access_key_id": "nobody", "aws_secret_access_key": "nothing"}
    if account != HUB:
        role = f"arn:aws:iam::{account}:role/operator"
        given = boto3.client("sts", **hub, **keys).assume_role(RoleArn=role, RoleSessionName="jane")["Credentials"]
        keys = {
            "aws_access_key_id": given["AccessKeyId"],
            "aws_secret_access_key": given["SecretAccessKey"],
            "aws_session_token": given["SessionToken"],
        }
    made: dict[str, Any] = {}

    def client(service: str) -> Any:
        if service not in made:
            made[service] = boto3.client(service, **hub, **keys)
        return made[service]

    client.keys = keys  # type: ignore[attr-defined]
    return client


@dataclass
class Desk:
    """Somebody who drills: the estate in moto, everybody who is told, a folder with the spec, profiles."""

    place: World
    vendors: Vendors
    folder: Path
    hub: Callable[[str], Any]
    alpha: Callable[[str], Any]
    between: Between | None = None

    def alarm(self, name: str = ALARM) -> dict[str, Any]:
        where = self.hub if name.startswith("all-") else self.alpha
        (found,) = where("cloudwatch").describe_alarms(AlarmNames=[name])["MetricAlarms"]
        return dict(found)

    def state(self, state: str, reason: str, name: str = ALARM) -> None:
        self.alpha("cloudwatch").set_alarm_state(AlarmName=name, StateValue=state, StateReason=reason)

    def command(self, *arguments: str, before: str = "") -> list[str]:
        code = f"{QUICK}{LISTENS}{before}{RUN}"
        return [sys.executable, "-c", code, "drill", *arguments]

    def settings(self) -> dict[str, str]:
        return {**os.environ, "PYTHONPATH": str(ROOT), "AWS_CONFIG_FILE": str(self.folder / "config")}

    def run(self, *arguments: str, before: str = "") -> subprocess.CompletedProcess[str]:
        """As people run it."""
        return subprocess.run(
            self.command(*arguments, before=before),
            cwd=self.folder,
            env=self.settings(),
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            check=False,
            timeout=60,
        )

    def here(self, *arguments: str) -> Result:
        """The same in this process, where nothing is set."""
        return here(self.folder, *arguments)

    def drill(self, name: str = "errors", account: str | None = "alpha", wait: float = 10) -> Drill:
        """A drill without its command."""
        made = built((self.folder / "observability.yaml").read_text())
        estate, found = find(made, name)
        alarm, where = choose(estate, found, account)
        target = _target(made, estate, alarm, subject_in(made, estate, alarm, where, REGION))  # type: ignore[arg-type]
        calls = DrillClient(target, None, "alpha")
        # The audit trail remembers the drills of other tests.
        return Drill(calls, f"drill-{secrets.token_hex(6)}", wait, sleep=lambda seconds: time.sleep(seconds / 20))

    def play(self, drill: Drill) -> tuple[list[Hop], list[str]]:
        """What was reached, and what is said to be wrong."""
        hops: list[Hop] = []
        drill.preflight()
        drill.run(lambda findings: hops.append(findings) if isinstance(findings, Hop) else None)
        return hops, drill_words.problems(drill, hops, drill.new_dead_letters())


# Longer than any drill here waits for a hop.
RUNS_MS = 20_000


class Between(threading.Thread):
    """EventBridge, the audit trail's rule, the queue and Lambda's poller, and on request CloudWatch's evaluation.

    audits, delivers: whether the event goes there. notifies: whether wake-ups arrive.
    changed: called with state and reason before anything is told.
    """

    def __init__(self, desk: Desk, account: str, alarm: str) -> None:
        super().__init__(daemon=True)
        self.desk, self.account, self.alarm = desk, account, alarm
        self.audits = self.delivers = self.notifies = True
        self.detail: dict[str, Any] = {}
        self.changed: Callable[[str, str], None] = lambda _state, _reason: None
        self.failures: list[str] = []
        self._over = threading.Event()
        self._last = self._see()

    def _see(self) -> dict[str, Any]:
        # As moto has it in this process: to ask for it all the time would slow down everything else.
        found = get_backend("cloudwatch")[self.account][REGION].alarms[self.alarm]
        stamp = found.state_updated_timestamp.strftime("%Y-%m-%dT%H:%M:%S.%f")[:-3] + "+0000"
        seen = {"value": found.state_value, "reason": found.state_reason, "timestamp": stamp}
        return {**seen, "reasonData": found.state_reason_data or "{}"}

    def run(self) -> None:
        while not self._over.wait(0.02):
            now = self._see()
            if now == self._last:
                continue
            before, self._last = self._last, now
            self.changed(now["value"], now["reason"])
            # CloudWatch tells of changes only.
            if now["value"] != before["value"]:
                self._tell(now, before)

    def stop(self) -> None:
        self._over.set()
        self.join()

    def _tell(self, now: dict[str, Any], before: dict[str, Any]) -> None:
        detail = {"alarmName": self.alarm, "state": now, "previousState": before, "configuration": {}, **self.detail}
        said = {
            "version": "0",
            "id": "e1",
            "detail-type": "CloudWatch Alarm State Change",
            "source": "aws.cloudwatch",
            "account": self.account,
            "region": REGION,
            "time": now["timestamp"],
            "resources": [],
            "detail": detail,
        }
        if self.audits:
            stamp = round(datetime.fromisoformat(now["timestamp"]).timestamp() * 1000)
            line = {"timestamp": stamp, "message": json.dumps(said)}
            self.desk.hub("logs").put_log_events(logGroupName=AUDIT, logStreamName="s", logEvents=[line])
        if self.delivers and not self.desk.place.deliver(said):
            self.failures.append(now["value"])
        if self.notifies:
            self.notify()

    def notify(self) -> None:
        """Let the notifier serve the channels for which there are wake-ups."""
        for name in self.desk.place.wake_ups():
            record = {"messageId": name, "receiptHandle": name, "body": json.dumps({"wake": name})}
            # It waits for a channel that refuses as long as it may run, and a test for it.
            left = SimpleNamespace(get_remaining_time_in_millis=lambda: RUNS_MS)
            notifier.handler({"Records": [record]}, left)


@pytest.fixture(scope="module")
def estate() -> Iterator[tuple[World, Callable[[str], Any], Callable[[str], Any]]]:
    """What a rollout would have made, as far as a drill meets it; made once, for making it takes longest."""
    with moto() as endpoint, pytest.MonkeyPatch.context() as patch:
        patch.setattr(app, "read_routing", None)
        # The index here is never behind, and nobody has to look again for what it may list late.
        patch.setattr(worker, "LINGER_MS", 0)
        patch.setenv("AWS_SHARED_CREDENTIALS_FILE", os.devnull)
        place = world(endpoint, SPEC, SECRETS, patch.setenv)
        hub, alpha = clients(endpoint, HUB), clients(endpoint, ALPHA)
        hub("sqs").create_queue(QueueName="event-dead-letters-prod")
        alpha("sqs").create_queue(QueueName="alarm-forwarding-dead-letters-prod")
        hub("logs").create_log_group(logGroupName=AUDIT)
        hub("logs").create_log_stream(logGroupName=AUDIT, logStreamName="s")
        yield place, hub, alpha


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Where the spec is."""
    (tmp_path / "observability.yaml").write_text(spec(f'hub: {{account: "{HUB}"}}\n{SPEC}'))
    return tmp_path


@pytest.fixture
def desk(
    estate: tuple[World, Callable[[str], Any], Callable[[str], Any]], folder: Path, monkeypatch: pytest.MonkeyPatch
) -> Iterator[Desk]:
    place, hub, alpha = estate
    monkeypatch.setenv("AWS_CONFIG_FILE", str(folder / "config"))
    keys = "\n".join(f"{name} = {value}" for name, value in alpha.keys.items())  # type: ignore[attr-defined]
    (folder / "config").write_text(f"[profile alpha]\n{keys}\n")
    with Vendors() as vendors:
        for name in ("jira", "team", "pager"):
            url = f"{vendors.url}/api" if name == "team" else vendors.url
            place.routing.data["channels"][name] |= {"url": url, **({"api": "cloud"} if name == "jira" else {})}
        for channel in place.routing.data["channels"].values():
            channel["delivery"] |= {"private": True, "rate_per_minute": 6_000}
        made = Desk(place, vendors, folder, hub, alpha)
        _as_new(made)
        between = Between(made, ALPHA, ALARM)
        made.between = between
        between.start()
        yield made
        between.stop()


def _as_new(desk: Desk) -> None:
    """No incidents, no messages, every alarm OK, and functions that remember nobody."""
    renew(desk.place)
    table = "incident-episodes-prod"
    for found in desk.hub("dynamodb").scan(TableName=table)["Items"]:
        desk.hub("dynamodb").delete_item(TableName=table, Key={name: found[name] for name in ("pk", "sk")})
    # Purging is allowed once a minute only, and leaves what is in flight.
    for queue in get_backend("sqs")[HUB][REGION].queues.values():
        queue._messages.clear()
        queue._pending_messages.clear()
    about: dict[str, Any] = {
        "Namespace": "Shop",
        "MetricName": "Errors",
        "Statistic": "Sum",
        "Period": 60,
        "EvaluationPeriods": 1,
        "Threshold": 5,
        "ComparisonOperator": "GreaterThanThreshold",
    }
    for where, name in ((desk.alpha, ALARM), (desk.alpha, SILENT), (desk.hub, EVERYWHERE)):
        where("cloudwatch").put_metric_alarm(AlarmName=name, **about)


IN_ALPHA = ("errors", "--account", "alpha", "--alarm-profile", "alpha", "--yes")


def test_everybody_hears_that_it_is_a_drill_and_that_it_is_over(desk: Desk) -> None:
    done = desk.run(*IN_ALPHA, "--json")
    assert done.returncode == 0, done.stdout + done.stderr
    told = json.loads(done.stdout)
    assert (told["expected"], told["problems"], told["more_dead_letters"]) == (CHANNELS, [], {})
    assert told["end"]["by"] == "drill"
    names = sorted([AUDIT, "jira-ticket-creator-prod", *CHANNELS])
    for state in ("ALARM", "OK"):
        hops = [hop for hop in told["hops"] if hop["state"] == state]
        assert sorted(hop["name"] for hop in hops) == names
        assert all(0 <= hop["seconds"] < 10 and not hop["late"] for hop in hops), hops
    ticket = next(hop for hop in told["hops"] if hop["name"] == "jira")
    assert (ticket["ref"], ticket["link"]) == ("OPS-1", "https://shop.atlassian.net/browse/OPS-1")
    reason = f"Drill by obsgen, {told['drill']}: this is no incident, nothing was measured. Set by assumed-role/"
    (issue,) = desk.vendors.issues.values()
    assert reason in json.dumps(issue["fields"]["description"])
    assert f"Drill by obsgen, {told['drill']}: it is over." in json.dumps(issue["comments"])
    (alert,) = desk.vendors.alerts.values()
    assert reason in alert["events"][0]["payload"]["custom_details"]["Reason"]
    assert reason in json.dumps(desk.vendors.messages[0])
    mails = desk.place.mails()
    assert [reason in mail["Message"] for mail in mails] == [True, False]
    assert (issue["status"], alert["status"]) == ("Done", "resolved")
    alarm = desk.alarm()
    assert (alarm["StateValue"], told["drill"] in alarm["StateReason"]) == ("OK", True)
    assert json.loads(alarm["StateReasonData"])["obsgen"]["drill"] == told["drill"]
    assert (desk.vendors.violations, desk.between and desk.between.failures) == ([], [])


def plain(text: str) -> list[str]:
    """The lines without what differs from run to run."""
    for pattern, word in (
        (r" +\d+\.\d s", "N s"),
        (r"drill-[0-9a-f]{12}", "DRILL"),
        (r"[0-9a-f]{16}", "INCIDENT"),
        (r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ", "TIME"),
    ):
        text = re.sub(pattern, word, text)
    return text.splitlines()


def test_a_person_is_told_who_will_hear_before_and_each_hop_then(desk: Desk) -> None:
    done = desk.run(*IN_ALPHA)
    assert done.returncode == 0, done.stdout + done.stderr
    for words in (
        f"{ALARM} in alpha ({ALPHA}, us-east-1), critical\nOK since 20",
        'These channels will be notified as for a real ALARM, with the reason\n"Drill by obsgen, drill-',
        "\n  jira   jira OPS shop.atlassian.net\n  team   slack #ops\n  pager  pagerduty\n",
        "down-alarm-prod has it in its rule and may fire as well (high): team\n",
        f" s  {AUDIT} has the event\n",
        " s  jira is notified (jira): https://shop.atlassian.net/browse/OPS-1\n",
        "\nOK, reset at 20",
    ):
        assert words in done.stdout, words
    page = (ROOT / "docs/drill.md").read_text()
    (shown,) = re.findall(r"```console\n\$ obsgen drill errors .*?\n(.*?)```", page, re.DOTALL)
    printed = plain(done.stdout)
    assert [line for line in plain(shown) if line not in printed and not line.startswith("Page them now?")] == []
    *rest, last = done.stdout.splitlines()
    assert last == f"{ALARM} in alpha: mail, jira, team and pager received ALARM and OK"
    assert [line for line in rest if len(line) > 120 or line != line.rstrip()] == []


def test_an_alarm_of_the_hub_needs_the_hubs_credentials_only(desk: Desk) -> None:
    between = Between(desk, HUB, EVERYWHERE)
    between.start()
    done = desk.run("all-errors", "--yes", "--quiet")
    between.stop()
    assert (done.returncode, done.stdout) == (
        0,
        "all-errors-alarm-prod in hub: mail received ALARM and OK\n",
    ), done.stderr


def hours_around(severity: str) -> dict[str, Any]:
    """Quiet hours that are now, and neither began nor end soon."""
    begins, ends = (datetime.now(UTC) + timedelta(hours=hours) for hours in (-2, 2))
    return {"severities": [severity], "from": f"{begins:%H:%M}", "to": f"{ends:%H:%M}"}


def low(desk: Desk, monkeypatch: pytest.MonkeyPatch, **changes: Any) -> subprocess.CompletedProcess[str]:
    """A drill of an alarm of severity low, of which everybody hears, in a file that says something else, too."""
    text = SPEC.replace("low: [mail]}", "low: [mail, jira, team, pager]}")
    silent = changes.pop("ok", True) is False
    text = text.replace("severity: low", "severity: low\n    ok: false") if silent else text
    more = "".join(f"\n{name}: {json.dumps(value)}" for name, value in changes.items())
    (desk.folder / "observability.yaml").write_text(spec(f'hub: {{account: "{HUB}"}}\n{text}{more}'))
    made = built((desk.folder / "observability.yaml").read_text())
    table = json.loads(incident_package(made, "prod")[ROUTING_FILE])
    data = desk.place.routing.data
    for name in ("routes", "incidents", "alarms"):
        monkeypatch.setitem(data, name, table[name])
    between = Between(desk, HUB, EVERYWHERE)
    between.start()
    done = desk.run("all-errors", "--yes", "--wait", "10s")
    between.stop()
    return done


def test_in_quiet_hours_it_says_who_waits_and_does_not_miss_them(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    hours = hours_around("low")
    done = low(desk, monkeypatch, incidents={"quiet": hours})
    assert done.returncode == 0, done.stdout + done.stderr
    until = rf"\(quiet hours until 20\d\d-\d\d-\d\dT{hours['to']}:00Z\)"
    for name, about in (("mail", "email ops@example.com"), ("team", "slack #ops"), ("pager", "pagerduty")):
        assert re.search(rf"\n  {name} +{about}; receives nothing {until}\n", done.stdout), done.stdout
    *_, last = done.stdout.splitlines()
    assert re.fullmatch(
        rf"{EVERYWHERE} in hub: mail, team and pager received nothing \(quiet hours\), jira ALARM and OK", last
    ), last
    assert (desk.vendors.messages, desk.vendors.alerts, desk.place.mails()) == ([], {}, [])


def test_where_nobody_is_to_read_of_the_end_it_is_not_missed(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    done = low(desk, monkeypatch, ok=False)
    assert done.returncode == 0, done.stdout + done.stderr
    assert "\n  team   slack #ops; receives no OK (`ok: false`)\n" in done.stdout
    *_, last = done.stdout.splitlines()
    heard = "mail and team received ALARM only (`ok: false`), jira and pager ALARM and OK"
    assert last == f"{EVERYWHERE} in hub: {heard}"


def test_hours_that_begin_during_a_drill(folder: Path) -> None:
    """An ALARM may be too late for them, the end of it waits, and a page is taken back at any time."""
    quiet = Quiet(("low",), 22 * 60, 7 * 60, "UTC")
    at = datetime(2026, 11, 20, 21, 57, tzinfo=UTC).timestamp()
    soon = "from 2026-11-20T22:00:00Z on"
    assert drill_listeners._hours(quiet, "low", at - 3600, 120) == Hours()
    assert drill_listeners._hours(quiet, "high", at, 120) == Hours()
    assert drill_listeners._hours(quiet, "low", at, 120) == Hours(soon)
    assert drill_listeners._hours(quiet, "low", at + 100, 120) == Hours(soon, alarm_waits=True)
    hours = Hours(soon)
    assert drill_listeners._states("slack", hours, ends_silently=False) == (("ALARM",), "quiet hours", soon)
    for kind in ("pagerduty", "jira"):
        assert drill_listeners._states(kind, hours, ends_silently=True) == (("ALARM", "OK"), "", "")


@pytest.mark.parametrize("hours", [(22 * 60, 7 * 60), (22 * 60, 150), (60, 150), (12 * 60, 13 * 60)])
def test_quiet_hours_are_as_the_function_has_them(hours: tuple[int, int]) -> None:
    """In the weeks in which clocks change, too."""
    quiet = Quiet(("low",), *hours, "Europe/Berlin")
    rules = base64.b64encode(time_zone_rules("Europe/Berlin")).decode()
    ours = FunctionsQuiet(frozenset({"low"}), *hours, "Europe/Berlin", rules)
    for day in ("2026-03-28", "2026-03-29", "2026-10-24", "2026-10-25"):
        for minute in range(0, 24 * 60, 7):
            at = datetime.fromisoformat(f"{day}T00:00+00:00").timestamp() + 60 * minute
            assert 1000 * quiet_until(quiet, "low", at) == ours.until("low", round(1000 * at)), (day, minute)


def test_where_nothing_arrives_it_says_where_to_look_and_puts_it_back(desk: Desk) -> None:
    assert desk.between
    desk.between.audits = desk.between.delivers = False
    queue = desk.hub("sqs").get_queue_url(QueueName="event-dead-letters-prod")["QueueUrl"]
    desk.between.changed = lambda _state, _reason: desk.hub("sqs").send_message(QueueUrl=queue, MessageBody="{}")
    done = desk.run(*IN_ALPHA, "--wait", "1s")
    assert done.returncode == 1, done.stdout + done.stderr
    text = " ".join(done.stdout.split())
    assert (
        f"{AUDIT} did not receive ALARM in 1 s; check alarm-forwarding-rule-prod and "
        "alarm-forwarding-dead-letters-prod in alpha, observability-bus-prod, `obsgen redrive -e prod`"
    ) in text
    assert "event-dead-letters-prod has 2 more messages than before: `obsgen redrive -e prod` shows why" in text
    *_, last = done.stdout.splitlines()
    everywhere = ", ".join([AUDIT, "jira-ticket-creator-prod", *CHANNELS])
    lost = f"ALARM did not reach {everywhere}; OK did not reach {everywhere}"
    assert last == f"FAILED: {ALARM} in alpha: {lost}"
    assert desk.alarm()["StateValue"] == "OK"


def test_a_channel_that_refuses_is_the_one_that_did_not_hear(desk: Desk) -> None:
    desk.vendors.fault = lambda path, _method: "500" if path == "/v2/enqueue" else None
    drill = desk.drill(wait=6)
    hops, problems = desk.play(drill)
    assert len(problems) == 2
    for state, problem in zip(("ALARM", "OK"), problems, strict=True):
        tried = f"pager did not receive {state} in 6 s, after 1 failed attempt (PagerDuty failed (500)); "
        assert problem.startswith(f"{tried}next attempt at 20")
    lost = next(hop for hop in hops if hop.seconds is None)
    line = " ".join(" ".join(drill_words.line(drill, lost)).split())
    assert line.endswith("check /aws/lambda/incident-notifier-prod, `obsgen incidents -e prod`")
    verdict = drill_words.verdict(drill, hops)
    assert verdict == f"FAILED: {ALARM} in alpha: ALARM did not reach pager; OK did not reach pager"
    assert desk.alarm()["StateValue"] == "OK"


def test_what_comes_too_late_is_late(desk: Desk) -> None:
    assert desk.between
    between = desk.between
    between.notifies = False

    def wake_up(state: str, _reason: str) -> None:
        """What was lost until the alarm is put back comes then, before the OK does."""
        if state == "OK":
            between.notifies = True
            between.notify()

    between.changed = wake_up
    hops, problems = desk.play(desk.drill(wait=6))
    late = ["mail", "team", "pager"]
    # The ticket is the decision function's own where there is time left for it, which a busy machine may not leave.
    others = [problem for problem in problems if not problem.startswith("jira ")]
    assert others == [f"{name} did not receive ALARM in 6 s" for name in late]
    assert {(name, "ALARM") for name in late} <= {(hop.name, hop.state) for hop in hops if hop.late}


def test_cloudwatch_may_put_it_back_by_itself(desk: Desk) -> None:
    assert desk.between
    desk.between.changed = lambda state, _reason: (
        desk.state("OK", "Threshold not crossed") if state == "ALARM" else None
    )
    drill = desk.drill()
    hops, problems = desk.play(drill)
    assert (problems, {hop.seconds is None for hop in hops}) == ([], {False})
    assert drill.end and (drill.end.by, drill.end.reason) == (CLOUDWATCH, "Threshold not crossed")
    assert desk.alarm()["StateReason"] == "Threshold not crossed"


def test_a_real_alarm_meanwhile_is_left_alone(desk: Desk) -> None:
    assert desk.between

    def real(_state: str, reason: str) -> None:
        if reason.startswith("Drill"):
            desk.state("ALARM", "Threshold Crossed: 9")

    desk.between.changed = real
    drill = desk.drill()
    _, (problem,) = desk.play(drill)
    assert drill.end and drill.end.by == REAL_ALARM
    assert problem.startswith("ALARM, a real one since 20") and problem.endswith("not reset: Threshold Crossed: 9")
    assert (desk.alarm()["StateValue"], desk.alarm()["StateReason"]) == ("ALARM", "Threshold Crossed: 9")


def test_where_it_is_muted_nobody_is_waited_for(desk: Desk) -> None:
    assert desk.between
    end = (datetime.now(UTC) + timedelta(hours=1)).strftime("%Y-%m-%dT%H:%M:%S.000+0000")
    desk.between.detail = {"muteDetail": {"mutedBy": "x", "muteWindowEnd": end}}
    started = time.monotonic()
    hops, problems = desk.play(desk.drill(wait=60))
    assert time.monotonic() - started < 20
    assert any(problem.startswith("jira did not receive ALARM: the alarm is muted until 20") for problem in problems)
    assert {hop.kind for hop in hops if hop.seconds is not None} == {"audit", "function"}


def test_a_second_drill_says_that_it_goes_to_the_ticket_of_the_first(desk: Desk) -> None:
    assert desk.play(desk.drill())[1] == []
    done = desk.run(*IN_ALPHA)
    assert done.returncode == 0, done.stdout + done.stderr
    assert "the drill updates the tickets of that incident (OPS-1) instead" in done.stdout
    assert list(desk.vendors.issues) == ["OPS-1"]


def test_an_alarm_of_which_nobody_hears_is_followed_in_the_audit_trail(desk: Desk) -> None:
    between = Between(desk, ALPHA, SILENT)
    between.start()
    drill = desk.drill("silent")
    hops, problems = desk.play(drill)
    between.stop()
    assert (problems, [(hop.state, hop.kind) for hop in hops]) == ([], [("ALARM", "audit"), ("OK", "audit")])
    assert "no channel is to be notified" in drill_words.verdict(drill, hops)


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM, signal.SIGHUP], ids=lambda number: number.name)
def test_stopped_in_the_middle_the_alarm_is_put_back(desk: Desk, number: signal.Signals) -> None:
    assert desk.between
    desk.between.delivers = False
    running = subprocess.Popen(
        desk.command(*IN_ALPHA), cwd=desk.folder, env=desk.settings(), stdout=subprocess.PIPE, stderr=subprocess.PIPE
    )
    end = time.monotonic() + 30
    while desk.alarm()["StateValue"] == "OK" and time.monotonic() < end:
        time.sleep(0.02)
    running.send_signal(number)
    _, complaint = running.communicate(timeout=30)
    assert (running.returncode, desk.alarm()["StateValue"]) == (130, "OK")
    assert complaint.decode().startswith(f"Error: stopped; {ALARM}: OK, reset at 20"), complaint


def test_not_even_ctrl_c_ends_putting_it_back(desk: Desk) -> None:
    done = desk.run(*IN_ALPHA, before=STOPPED_AT_THE_END)
    assert (done.returncode, desk.alarm()["StateValue"]) == (130, "OK"), done.stderr
    assert "the alarm is being reset first" in done.stderr


class Refusing:
    """AWS denies an action from some call on, counted over all clients of this process that are not the function's."""

    def __init__(self, patch: pytest.MonkeyPatch, action: str, error: Exception | None = None, after: int = 0) -> None:
        self.calls: list[str] = []
        real = BaseClient._make_api_call  # type: ignore[attr-defined]
        denied = ClientError({"Error": {"Code": "AccessDenied", "Message": "no"}}, action)
        main = threading.current_thread()

        def call(client: Any, name: str, arguments: Any) -> Any:
            if threading.current_thread() is main:
                self.calls.append(name)
                if name == action and self.calls.count(name) > after:
                    if error:
                        real(client, name, arguments)
                    raise error or denied
            return real(client, name, arguments)

        patch.setattr(BaseClient, "_make_api_call", call)


@pytest.mark.parametrize(
    ("action", "said"),
    [
        ("DescribeAlarms", f"AWS denied cloudwatch:DescribeAlarms on {ALARM}\n  = help: use a role of account {ALPHA}"),
        ("GetItem", f"AWS denied dynamodb:GetItem on incident-episodes-prod\n  = help: use a role of account {HUB}"),
        ("Query", "AWS denied dynamodb:Query on incident-episodes-prod"),
        ("FilterLogEvents", f"AWS denied logs:FilterLogEvents on {AUDIT}"),
        ("GetQueueAttributes", "AWS denied sqs:GetQueueAttributes on incident-dead-letters-prod"),
    ],
)
def test_what_is_denied_is_known_before_anybody_is_paged(
    desk: Desk, monkeypatch: pytest.MonkeyPatch, action: str, said: str
) -> None:
    asked = Refusing(monkeypatch, action)
    done = desk.here(*IN_ALPHA)
    assert (done.exit_code, said in done.stderr) == (3, True), done.stderr
    assert "SetAlarmState" not in asked.calls


def test_a_denied_setalarmstate_changes_nothing(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    asked = Refusing(monkeypatch, "SetAlarmState")
    done = desk.here(*IN_ALPHA, "--quiet")
    assert (done.exit_code, done.stdout) == (3, "")
    assert f"AWS denied cloudwatch:SetAlarmState on {ALARM}" in done.stderr
    assert done.stderr.rstrip().endswith(f"{ALARM}: never set to ALARM")
    assert (asked.calls.count("SetAlarmState"), asked.calls.count("DescribeAlarms")) == (1, 1)


def test_if_it_cannot_be_put_back_the_command_for_it_is_there(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    Refusing(monkeypatch, "SetAlarmState", after=1)
    drill = desk.drill()
    drill.preflight()
    with pytest.raises(ResetFailed) as refused:
        drill.run(lambda _news: None)
    assert str(refused.value).startswith(f"{ALARM} could not be reset to OK: AWS denied cloudwatch:SetAlarmState")
    assert refused.value.command == (
        f"aws cloudwatch set-alarm-state --alarm-name {ALARM} --state-value OK "
        f"--state-reason 'Drill by obsgen, {drill.drill_id}: it is over.' --region us-east-1 --profile alpha"
    )


def test_refused_in_the_middle_it_is_put_back(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    Refusing(monkeypatch, "GetItem", after=1)
    drill = desk.drill()
    drill.preflight()
    with pytest.raises(AwsError, match="dynamodb:GetItem"):
        drill.run(lambda _news: None)
    assert drill.end and (drill.end.by, desk.alarm()["StateValue"]) == (DRILL, "OK")


def test_an_answer_that_is_lost_may_have_set_it(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    lost = Refusing(monkeypatch, "SetAlarmState", ReadTimeoutError(endpoint_url="x"))
    drill = desk.drill()
    drill.preflight()
    lost.calls.clear()
    with monkeypatch.context() as only_once:
        real = DrillClient.set_alarm

        def restored(self: DrillClient, state: str, reason: str, mark: str) -> None:
            if state == "OK":
                lost.calls[:] = [name for name in lost.calls if name != "SetAlarmState"]
                monkeypatch.undo()
            real(self, state, reason, mark)

        only_once.setattr(DrillClient, "set_alarm", restored)
        with pytest.raises(AwsError, match="could not connect to AWS"):
            drill.run(lambda _news: None)
    assert drill.end and drill.end.by == DRILL
    assert desk.alarm()["StateReason"] == drill.end_reason


def test_what_was_never_seen_was_never_set(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    def unreachable(_self: DrillClient, _state: str, _reason: str, _mark: str) -> None:
        raise AwsError("AWS was not reached", "the network")

    monkeypatch.setattr(DrillClient, "set_alarm", unreachable)
    drill = desk.drill()
    drill.preflight()
    with pytest.raises(AwsError, match="not reached"):
        drill.run(lambda _news: None)
    assert drill.end and drill.end.by == NEVER


def test_where_cloudwatch_shows_an_old_state_it_is_put_back_all_the_same(
    desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    drill = desk.drill(wait=0.1)
    drill.preflight()
    with monkeypatch.context() as stale:
        stale.setattr(DrillClient, "alarm", lambda _self: drill.before)
        drill.run(lambda _news: None)
    assert drill.end and drill.end.by == DRILL
    assert desk.alarm()["StateReason"] == drill.end_reason


@pytest.mark.parametrize(
    ("state", "arguments", "words"),
    [
        ("ALARM", (), "has been in ALARM since 20"),
        ("ALARM", ("--anyway",), "; drill not started"),
        ("INSUFFICIENT_DATA", (), "is in INSUFFICIENT_DATA since 20"),
    ],
)
def test_an_alarm_that_is_not_ok_is_not_drilled(desk: Desk, state: str, arguments: tuple[str, ...], words: str) -> None:
    desk.state(state, "by a test")
    done = desk.here(*IN_ALPHA, *arguments)
    assert (done.exit_code, words in done.stderr) == (2, True), done.stderr
    assert desk.alarm()["StateReason"] == "by a test"


def test_what_a_drill_that_was_killed_left_behind_can_be_put_back(desk: Desk) -> None:
    desk.state("ALARM", "Drill by obsgen, drill-0123456789ab: this is no incident")
    done = desk.here(*IN_ALPHA)
    command = "unless that drill still runs, reset it: aws cloudwatch set-alarm-state --alarm-name"
    assert (done.exit_code, f"{command} {ALARM} --state-value OK" in done.stderr) == (2, True), done.stderr


def test_without_an_audit_trail_the_functions_memory_is_enough(desk: Desk) -> None:
    assert desk.between
    file = desk.folder / "observability.yaml"
    file.write_text(spec(f'hub: {{account: "{HUB}"}}\n{SPEC}\naudit: null'))
    hops, problems = desk.play(desk.drill())
    assert (problems, {hop.kind for hop in hops}) == ([], {"function", "channel"})
    desk.between.delivers = False
    drill = desk.drill(wait=0.1)
    hops, _ = desk.play(drill)
    first = " ".join(" ".join(drill_words.line(drill, hops[0])).split())
    assert first.startswith(
        "jira-ticket-creator-prod did not decide on ALARM in 0.1 s; check alarm-forwarding-rule-prod"
    )


def test_without_data_it_is_drilled_anyway_and_is_ok_then(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    desk.state("INSUFFICIENT_DATA", "by a test")
    monkeypatch.setattr(rollout_drill, "PAUSE_SECONDS", 0.05)
    done = desk.here(*IN_ALPHA, "--anyway", "--quiet")
    assert (done.exit_code, desk.alarm()["StateValue"]) == (0, "OK"), done.stdout + done.stderr


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["errors", "--account", "alpha", "--yes"], f"only credentials of account {ALPHA} can set it"),
        (["errors", "--account", "alpha", "--yes"], f"--alarm-profile NAME, an AWS profile of account {ALPHA}"),
        (["errors", "--yes"], "`errors` exists in alpha, beta, gamma\n  = help: use --account alpha"),
        (
            ["all-errors", "--alarm-profile", "alpha", "--yes"],
            "is a hub alarm; --alarm-profile applies to member",
        ),
        (["down", "--account", "alpha", "--yes"], "a state set by hand stays, and a reset could hide"),
        (["down", "--account", "alpha", "--yes"], "= help: drill one of its children: errors, silent"),
        (
            ["errors", "--account", "alpha", "--alarm-profile", "alpha"],
            "confirmation requires a terminal, since",
        ),
        (["errors", "--json"], "= help: --yes, or `obsgen drill --local`"),
        (["errors", "--local", "--alarm-profile", "x"], "--alarm-profile is for deployed alarms, not for --local"),
        (["errors", "--keep", "--yes"], "--keep requires --local"),
        (["errors", "--yes", "--wait", "5"], "expected a duration such as 1m, 5m or 30d, got `5`"),
        (["errors", "--account", "alpha", "--yes", "--region", "eu-west-1"], "does not exist in eu-west-1"),
    ],
)
def test_bad_usage_is_exit_2_and_asks_nothing_of_aws(
    folder: Path, monkeypatch: pytest.MonkeyPatch, arguments: list[str], words: str
) -> None:
    asked = Refusing(monkeypatch, "nothing")
    done = here(folder, *arguments)
    said = " ".join(done.stderr.split())
    assert (done.exit_code, " ".join(words.split()) in said) == (2, True), done.stderr
    assert asked.calls == []


def test_two_environments_have_to_be_told_apart(folder: Path) -> None:
    text = (folder / "observability.yaml").read_text()
    (folder / "observability.yaml").write_text(
        text.replace("- prod\n", "- dev\n- prod\n").replace("access:\n", "access:\n  owned_by: prod\n")
    )
    done = here(folder, *IN_ALPHA)
    assert (done.exit_code, "there is a `errors` in dev and in prod" in done.stderr) == (2, True), done.stderr


@pytest.mark.parametrize(
    ("profile", "words"),
    [
        ("other", f"these credentials are of account {HUB}; alpha is {ALPHA}\n  = help: use credentials of account"),
        ("nobody", "The config profile (nobody) could not be found"),
    ],
)
def test_credentials_of_another_account_are_refused(desk: Desk, profile: str, words: str) -> None:
    with (desk.folder / "config").open("a") as config:
        config.write("[profile other]\naws_access_key_id = nobody\naws_secret_access_key = nothing\n")
    done = desk.here("errors", "--account", "alpha", "--alarm-profile", profile, "--yes")
    assert (done.exit_code, words in done.stderr) == (3, True), done.stderr


def test_an_alarm_that_is_not_deployed_is_said_to_be_so(desk: Desk) -> None:
    desk.alpha("cloudwatch").delete_alarms(AlarmNames=[SILENT])
    done = desk.here("silent", *IN_ALPHA[1:])
    assert (done.exit_code, f"there is no alarm silent-alarm-prod in account {ALPHA}" in done.stderr) == (
        3,
        True,
    )


def test_on_a_terminal_it_asks_and_no_is_no(desk: Desk) -> None:
    ours, theirs = pty.openpty()
    running = subprocess.Popen(
        desk.command(*IN_ALPHA[:-1]), cwd=desk.folder, env=desk.settings(), stdin=theirs, stdout=subprocess.PIPE
    )
    os.write(ours, b"n\n")
    said, _ = running.communicate(timeout=30)
    os.close(ours)
    os.close(theirs)
    assert (running.returncode, said.decode().endswith("drill not started\n")) == (1, True)
    assert b"pager  pagerduty" in said and b"Page them now? [y/N]" in said
    assert "Drill" not in desk.alarm()["StateReason"]


MARK = "drill-0123456789ab"


OURS = StateChange(50, "ALARM", f"Drill by obsgen, {MARK}: x", incident="1" * 16)


def alarm_item(*changes: StateChange) -> dict[str, Any]:
    """As the function writes it."""
    return items.alarm_item(Alarm(Key("1" * 12, "r", "a"), changes, incident="1" * 16), 3, 100)


def rows(*deliveries: Delivery) -> list[dict[str, Any]]:
    """An incident and its deliveries, as the functions write them."""
    incident = Incident("1" * 16, Key("1" * 12, "r", "a"), Kind.ALONE, "high", 50, "ALARM", 50, 50)
    return [
        items.incident_item(incident, 1, 100),
        *(items.delivery_item(delivery, 2, None, incident, 100) for delivery in deliveries),
    ]


def sent(channel: str, state: str, alarm_at: int, **more: Any) -> Delivery:
    return Delivery("1" * 16, channel, 1, 1, Status.SETTLED, state, alarm_at, **more)


def test_the_record_is_read_as_the_functions_write_it() -> None:
    key = Key("1" * 12, "r", "a")
    assert traces.alarm_key("1" * 12, "r", "a") == items.alarm_key(key)
    assert traces.incident_partition("1" * 16) == items.incident_key("1" * 16)["pk"]["S"]
    before = (StateChange(5, "ALARM"), StateChange(9, "OK"))
    item = alarm_item(*before, OURS)
    assert (traces.fired_at(item, MARK), traces.incident_of(item, 50)) == (50, "1" * 16)
    assert traces.latest_incident(item) == "1" * 16
    fired = traces.record(item, 50, rows(sent("jira", "ALARM", 50, reference="OPS-1")))
    assert (fired.knows("ALARM"), fired.knows("OK"), fired.incident) == (True, False, "1" * 16)
    assert [fired.notified("jira", state) for state in ("ALARM", "OK")] == [True, False]
    assert (fired.notified("pager", "ALARM"), fired.reference("jira")) == (False, "OPS-1")
    later = alarm_item(OURS, StateChange(60, "OK"), StateChange(99, "ALARM"))
    over = traces.record(
        later, 50, rows(sent("jira", "OK", 50), sent("pager", "OK", 49, attempts=2, reason="500", not_before=70))
    )
    assert [over.notified(name, state) for name in ("jira", "pager") for state in ("ALARM", "OK")] == [True] * 2 + [
        False
    ] * 2
    assert (over.knows("OK"), over.deliveries["pager"].attempts, over.deliveries["pager"].not_before) == (True, 2, 70)


def test_of_an_incident_that_is_part_of_another_that_one_is_read(desk: Desk) -> None:
    table, key = desk.place.table(), Key("1" * 12, "r", "a")
    own = Incident("1" * 16, key, Kind.ALONE, "high", 50, "ALARM", 50, 50, parent="2" * 16)
    root = dataclasses.replace(own, id="2" * 16, kind=Kind.GROUP, parent="")
    member = Member(own.id, key, Kind.ALONE, "high", "ALARM", 50, 50, 50, 1, 50)
    written = [(own, 0, ()), (root, 0, (OutstandingDelivery("jira", Rank.HIGH, 50),))]
    table.commit(table.load(key), Alarm(key, incident=own.id), written, 100, MembershipChanges([(root.id, member)]))
    read = desk.drill().client.incident_rows(own.id)
    assert [row["sk"]["S"] for row in read] == ["DELIVERY#jira", "HEAD"]
    assert traces.deliveries(read) == {"jira": traces.ChannelDelivery("owed")}


def test_what_the_table_does_not_say_is_not_known() -> None:
    # An OK that came first implies the ALARM; nobody has said yet why it was.
    implied = alarm_item(StateChange(50, "ALARM", implied=True), StateChange(60, "OK"))
    assert (traces.fired_at(implied, MARK), traces.fired_at(None, MARK)) == (None, None)
    assert (traces.latest_incident(None), traces.incident_of(None, 50)) == ("", "")
    assert not traces.record(None, 50, ()).ended
    owed = Delivery("1" * 16, "jira", 1)
    assert traces.deliveries(rows(owed)) == {"jira": traces.ChannelDelivery("owed")}
    muted = alarm_item(StateChange(50, "ALARM", f"Drill by obsgen, {MARK}", mute=3_600_000))
    assert traces.record(muted, 50, ()).withheld == "the alarm is muted until 1970-01-01T01:00:00Z"
    told = alarm_item(StateChange(50, "ALARM", f"Drill by obsgen, {MARK}", incident="1" * 16))
    key = Key("2" * 12, "us-east-1", "a")
    withheld = Incident("1" * 16, key, Kind.ALONE, "high", 50, "ALARM", 50, 50, withheld_from=1, muted_until=3_600_000)
    head = items.incident_item(withheld, 1, 60)
    assert traces.record(told, 50, [head]).withheld == "the alarm is muted until 1970-01-01T01:00:00Z"
    nobody = alarm_item(StateChange(50, "ALARM", f"Drill by obsgen, {MARK}", incident="-"))
    assert traces.incident_of(nobody, 50) == ""


@pytest.mark.parametrize("message", ["", "[]", "null", "{}", '{"detail": 1}', '{"detail": {"state": {"reason": 1}}}'])
def test_any_line_of_the_audit_trail_can_be_read(message: str) -> None:
    assert traces.audited(message, MARK) is None


@pytest.mark.skipif(signal.getsignal(signal.SIGTERM) is signal.SIG_IGN, reason="ignored here")
def test_only_the_first_stop_is_an_interruption() -> None:
    before = signal.getsignal(signal.SIGTERM)
    with SignalGuard("wait") as stops:
        with pytest.raises(KeyboardInterrupt):
            os.kill(os.getpid(), signal.SIGTERM)
        os.kill(os.getpid(), signal.SIGTERM)
        with pytest.raises(KeyboardInterrupt):
            stops.release()
    assert signal.getsignal(signal.SIGTERM) is before


def test_the_pause_is_as_the_page_says() -> None:
    page = (ROOT / "docs" / "drill.md").read_text(encoding="utf-8")
    assert rollout_drill.PAUSE_SECONDS == 1 and "once a second" in page
