"""`obsgen drill --local` as people run it: an alarm through the whole path on this machine, and nothing left."""

from __future__ import annotations

import json
import os
import re
import signal
import subprocess
import sys
import time
import uuid
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from generator.drill.alarm_event import AlarmComparison, DrillSubject, event, measured
from generator.drill.hub import LocalHub, Unresolved
from handlers.incident.events import Change, read
from tests.command import obsgen
from tests.support import ROOT, built, spec
from tests.test_cli import RUN

EVERYBODY = """
alarms:
  errors:
    severity: critical
    summary: The shop is logging errors
    runbook: https://runbooks.example.com/errors
    overrides:
      - {where: {account: beta}, severity: low}
      - {where: {account: gamma}, enabled: false}
  quiet: {metric: {filter: errors}, statistic: Sum, threshold: "> 500", severity: none}
composites:
  down: {rule: errors and not quiet, severity: high, summary: The shop is down}
metric_filters: {errors: {examples: {match: ["[ERROR] the till is empty"]}}}
channels:
  night: {type: email, addresses: [night@example.com, boss@example.com]}
  cloud: {type: jira, url: "https://x.atlassian.net", project: SHOP, issue_type: Outage, secret: s/cloud,
          resolve_on_ok: true, priority: {critical: Blocker}}
  own-jira: {type: jira, url: "https://jira.example.com", project: DC, secret: s/own}
  team: {type: slack, channel: "#shop", secret: s/team}
  hook: {type: slack, secret: s/hook}
  pager: {type: pagerduty, secret: s/pager}
  other: {type: webhook, url: "https://hook.example.com/x", secret: s/other}
  ops: {type: opsitem}
routes:
  critical: [mail, cloud, own-jira, team, hook, pager, other, ops]
  high: [team]
  low: [night]
"""
TWO = """
environments: {dev: {accounts: [alpha, gamma]}, prod: {accounts: [beta]}}
access: {sharing: null, monitoring_role: null}
events: {api: {account_role: false}}
compliance: {required_tags: {Owner: {}}}
error_logs: true
"""
# Put in front of the command: what makes it fail.
NO_MOTO = "import sys; sys.modules['moto'] = None\n"


@pytest.fixture
def shop(tmp_path: Path) -> Path:
    (tmp_path / "observability.yaml").write_text(spec(EVERYBODY))
    (tmp_path / "tmp").mkdir()
    return tmp_path


def settings(folder: Path, **more: str) -> dict[str, str]:
    return {**os.environ, "PYTHONPATH": str(ROOT), "TMPDIR": str(folder / "tmp"), **more}


def drill(folder: Path, *arguments: str, before: str = "", **more: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-c", before + RUN, "drill", *arguments],
        cwd=folder,
        capture_output=True,
        text=True,
        check=False,
        env=settings(folder, **more),
    )


def here(folder: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    """The same in this process, where only the functions have one of their own."""
    return obsgen(folder, "drill", *arguments)


def test_everybody_hears_once_and_sees_what_they_should(shop: Path) -> None:
    done = drill(shop, "--local", "errors", "--json")
    assert done.returncode == 0, done.stdout + done.stderr
    told = json.loads(done.stdout)
    everybody = ["mail", "cloud", "own-jira", "team", "hook", "pager", "other", "ops"]
    assert told["expected"] == everybody
    assert [sorted(step["heard"]) for step in told["steps"]] == [sorted(everybody), [], sorted(everybody)]
    assert (told["violations"], told["problems"], told["dead_letters"]) == ([], [], [])
    heard = {channel["name"]: channel for channel in told["channels"]}
    assert "night" not in heard
    (issue,) = heard["cloud"]["issues"].values()
    assert (issue["key"], issue["status"], issue["fields"]["priority"]) == ("SHOP-1", "Done", {"name": "Blocker"})
    (other,) = heard["own-jira"]["issues"].values()
    assert (other["status"], type(other["fields"]["description"])) == ("To Do", str)
    first, *rest = heard["team"]["messages"]
    assert rest and {message["thread_ts"] for message in rest} == {first["ts"]}
    assert [message["thread_ts"] for message in heard["hook"]["messages"]] == [None, None]
    (alert,) = heard["pager"]["alerts"].values()
    assert (alert["status"], alert["opened"]) == ("resolved", 1)
    assert len(heard["other"]["posts"]) == 2
    (item,) = heard["ops"]["opsitems"].values()
    assert (item["Status"], item["Severity"]) == ("Resolved", "1")
    subjects = [mail["subject"] for mail in heard["mail"]["mails"]["ops@example.com"]]
    assert [subject.split()[0] for subject in subjects] == ["ALARM", "OK"]
    assert list((shop / "tmp").iterdir()) == []


AWS = """
alarms: {errors: {severity: critical, summary: The shop is logging errors}}
channels:
  ann: {type: sms, phone_number: "+442079460000", region: eu-west-1}
  people: {type: sns, topic: "arn:aws:sns:eu-west-1:222222222222:people", format: text}
  ordered: {type: sns, topic: "arn:aws:sns:us-east-1:111111111111:incidents.fifo"}
  bus: {type: event_bus, bus: "arn:aws:events:us-east-1:222222222222:event-bus/incidents"}
routes: {critical: [ann, people, ordered, bus]}
"""


def test_telephones_topics_and_buses_hear_once(shop: Path) -> None:
    (shop / "observability.yaml").write_text(spec(AWS))
    done = here(shop, "--local", "errors", "--json")
    assert done.returncode == 0, done.stdout + done.stderr
    told = json.loads(done.stdout)
    everybody = ["ann", "bus", "ordered", "people"]
    assert [sorted(step["heard"]) for step in told["steps"]] == [everybody, [], everybody]
    assert (told["violations"], told["problems"], told["dead_letters"]) == ([], [], [])
    heard = {channel["name"]: channel for channel in told["channels"]}
    assert [one["text"].split()[0] for one in heard["ann"]["texts"]] == ["ALARM", "OK"]
    assert [one["detail-type"] for one in heard["bus"]["bus_events"]] == ["Incident Opened", "Incident Closed"]
    (group,) = {one["group"] for one in heard["ordered"]["sns_messages"]}
    assert {one["body"]["incident"] for one in heard["ordered"]["sns_messages"]} == {group}
    assert [one["attributes"]["state"] for one in heard["people"]["sns_messages"]] == ["ALARM", "OK"]
    assert "Location: alpha" in heard["people"]["sns_messages"][0]["body"]


def test_it_is_told_as_people_see_it(shop: Path) -> None:
    done = here(shop, "--local", "errors-alarm-prod")
    assert done.returncode == 0, done.stdout + done.stderr
    for words in (
        "SHOP-1  CloudWatch Alarm: errors-alarm-prod, critical in alpha (us-east-1)",
        "Priority: Blocker   Status: Done (Done)",
        "Comment 1\n    Latest log events matched by errors-alarm-prod\n      | [ERROR] the till is empty",
        "Recovered: errors-alarm-prod",
        "reply in the thread, also in the channel",
        "Status: resolved   Events: trigger, then resolve",
        "to ops@example.com: ALARM critical: errors-alarm-prod in alpha (us-east-1)",
        "no notification (duplicate)",
    ):
        assert words in done.stdout, words
    assert "\x1b[" not in done.stdout
    lines = done.stdout.splitlines()
    assert lines[-1].endswith(": all 8 channels received ALARM and OK; the duplicate event was ignored")
    assert [line for line in lines if len(line) > 120 or line != line.rstrip()] == []


@pytest.mark.parametrize(
    ("arguments", "heard"),
    [
        (["errors", "--account", "beta"], ["night"]),
        (["down"], ["team"]),
        (["quiet"], []),
    ],
    ids=["another account", "composite", "severity none"],
)
def test_who_hears_depends_on_alarm_and_account(shop: Path, arguments: list[str], heard: list[str]) -> None:
    done = here(shop, "--local", *arguments, "--json")
    assert done.returncode == 0, done.stdout + done.stderr
    told = json.loads(done.stdout)
    assert (told["expected"], told["steps"][0]["heard"], told["steps"][2]["heard"]) == (heard, heard, heard)


def test_quiet_says_the_verdict_and_nothing_else(shop: Path) -> None:
    shown = here(shop, "--local", "quiet", "--quiet").stdout
    assert shown == json.loads(here(shop, "--local", "quiet", "--json").stdout)["verdict"] + "\n"


def test_where_vendors_fail_it_says_who_did_not_hear(shop: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("generator.drill.vendors.kit.server.no_fault", lambda _path, _method: "500")
    done = obsgen(shop, "drill", "--local", "errors", TMPDIR=str(shop / "tmp"))
    assert done.returncode == 1
    *_, last = done.stdout.splitlines()
    assert last.startswith("FAILED: errors-alarm-prod in alpha: ")
    assert "pager did not receive ALARM" in last and "mail did not receive" not in last
    assert " s  pager does not accept it; it would be retried: PagerDuty failed (500)\n" in done.stdout
    # Nobody watches the minutes in which it would be.
    assert done.stdout.count("pager does not accept it") == 1
    # What nobody takes is owed to each channel; only what cannot be read ends among the dead letters.
    assert "Dead letters" not in done.stdout and "has a message" not in last
    assert list((shop / "tmp").iterdir()) == []


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["errors"], "confirmation requires a terminal, since this pages people"),
        (["--local", "erors"], "did you mean `errors`?"),
        (["--local", "xyz"], "one of down, errors, quiet\n"),
        (["--local", "errors", "--account", "alhpa"], "did you mean `alpha`?"),
        (["--local", "errors", "--account", "gamma"], "does not exist in gamma\n  = help: --account alpha or beta"),
        (["--local", "errors", "-e", "prd"], "did you mean `prod`?"),
        (["--local", "errors", "-f", "none.yaml"], "file not found"),
        (["--local"], "an alarm is required"),
        (["--storm", "9"], "--storm requires --local"),
        (["--local", "--storm", "0"], "0 is not in the range 1<=x<=10000"),
        (["--local", "--storm", "9", "errors"], "--storm selects its alarms itself"),
        (["--local", "--storm", "9", "--keep"], "--keep is for the drill of one alarm"),
        (["--local", "--storm", "9", "--account", "alhpa"], "did you mean `alpha`?"),
        (["--local", "--down", "pagr"], "did you mean `pager`?"),
        (["--local", "--down", "other", "--account", "beta"], "no alarm in beta notifies other"),
        (["--local", "errors", "--for", "1h"], "--for requires --down"),
        (["--local", "--down", "pager", "--for", "6"], "expected a duration such as 1m, 5m or 30d, got `6`"),
    ],
)
def test_bad_usage_is_exit_2(shop: Path, arguments: list[str], words: str) -> None:
    done = obsgen(shop, "drill", *arguments, TMPDIR=str(shop / "tmp"))
    assert (done.returncode, words in done.stderr, "Traceback" in done.stderr) == (2, True, False), done.stderr
    assert list((shop / "tmp").iterdir()) == []


def test_without_moto_it_says_how_to_get_it(shop: Path) -> None:
    done = drill(shop, "--local", "errors", before=NO_MOTO)
    assert (done.returncode, done.stdout) == (2, "")
    assert (
        done.stderr.splitlines()[-1]
        == "  = help: pip install '.[drill]' in a checkout of obsgen, or pip install 'moto[server]'"
    )
    assert list((shop / "tmp").iterdir()) == []


def test_it_reaches_for_nothing_of_the_users(shop: Path) -> None:
    """Profiles, endpoints and proxies that would break it, or lead it to the real AWS."""
    done = obsgen(
        shop,
        "drill",
        "--local",
        "quiet",
        AWS_PROFILE="nobody",
        AWS_ENDPOINT_URL="http://127.0.0.1:9",
        AWS_ENDPOINT_URL_SQS="http://127.0.0.1:9",
        AWS_DEFAULT_REGION="eu-central-1",
        HTTP_PROXY="http://127.0.0.1:9",
        https_proxy="http://127.0.0.1:9",
    )
    assert done.returncode == 0, done.stdout + done.stderr


def test_keep_leaves_the_package_and_says_where(shop: Path) -> None:
    told = json.loads(drill(shop, "--local", "quiet", "--keep", "--json").stdout)
    folder = Path(told["kept"])
    for function in ("jira-ticket-creator-prod", "incident-notifier-prod"):
        package = folder / function / "package"
        routing = json.loads((package / "handlers/incident/routing.json").read_text())
        assert routing["channels"]["cloud"]["url"].startswith("http://127.0.0.1:")
        assert routing["channels"]["cloud"]["delivery"]["private"] is True
        assert not (package / "generator").exists()
        assert (folder / function / "function.log").exists()


def processes(marker: str) -> list[tuple[int, str]]:
    """Everything that runs with the marker in its environment: process id and command line."""
    found = []
    for entry in Path("/proc").glob("[0-9]*"):
        try:
            if marker.encode() in (entry / "environ").read_bytes():
                found.append((int(entry.name), (entry / "cmdline").read_text().replace("\0", " ")))
        except OSError:
            continue
    return found


def until(true: Callable[[], Any], seconds: float = 40) -> Any:
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        found = true()
        if found:
            return found
        time.sleep(0.02)
    raise AssertionError("it did not come to that")


@pytest.mark.skipif(not Path("/proc/self/environ").exists(), reason="looks for processes in /proc")
@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM, signal.SIGKILL], ids=lambda number: number.name)
def test_stopped_in_the_middle_nothing_is_left(shop: Path, number: signal.Signals) -> None:
    marker = f"drilled-{uuid.uuid4()}"
    running = subprocess.Popen(
        # A test run in the background inherits that SIGINT is ignored.
        [sys.executable, "-c", f"import signal; signal.signal(2, signal.default_int_handler); {RUN}"]
        + ["drill", "--local", "errors"],
        cwd=shop,
        env=settings(shop, MARKER=marker),
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
    until(lambda: any("runner.py" in line for _, line in processes(marker)))
    running.send_signal(number)
    _, complaint = running.communicate(timeout=30)
    assert running.returncode in (1, -number)
    assert "Traceback" not in complaint
    until(lambda: not processes(marker))
    # Whoever is killed outright cannot tidy up.
    assert number is signal.SIGKILL or list((shop / "tmp").iterdir()) == []


@pytest.mark.parametrize("comparison", [">", ">=", "<", "<="])
@pytest.mark.parametrize("threshold", [0.0, 5.0, -3.0, 99.9, 1e12])
def test_the_event_is_read_as_the_alarm_that_it_is(comparison: str, threshold: float) -> None:
    metric = {"metric": {"namespace": "Shop", "name": "Errors", "dimensions": {}}, "period": 60, "stat": "Sum"}
    entry = {"id": "m1", "metricStat": metric, "returnData": True}
    condition = AlarmComparison(comparison, threshold, 60, 2, 3, "Sum", (entry,))
    subject = DrillSubject("a-alarm-prod", "1" * 12, "alpha", "us-east-1", "aws", "high", "what", condition)
    now = datetime.now(UTC)
    meaning = read(json.dumps(event(subject, "ALARM", now, "OK", now)))
    assert isinstance(meaning, Change)
    assert (meaning.key.alarm, meaning.state, meaning.before) == ("a-alarm-prod", "ALARM", "OK")
    value = json.loads(event(subject, "ALARM", now, "OK", now)["detail"]["state"]["reasonData"])["recentDatapoints"][0]
    signs: dict[str, Callable[[float], bool]] = {
        ">": lambda number: number > threshold,
        ">=": lambda number: number >= threshold,
        "<": lambda number: number < threshold,
        "<=": lambda number: number <= threshold,
    }
    assert signs[comparison](value)


def test_every_setting_of_the_function_is_resolved() -> None:
    """Whatever Ref or GetAtt its environment gains, the drill has to know it."""
    template = built(spec(EVERYBODY)).templates["prod"]["hub.template.yaml"]
    hub = LocalHub(template, "1" * 12, "eu-west-1", "aws", lambda _service: None)
    hub.urls = {title: f"https://{title}" for title, r in template["Resources"].items() if "Queue" in r["Type"]}
    variables = hub.function("IncidentFunction")["Environment"]["Variables"]
    assert (variables["QUEUE_URL"], variables["WAKE_UPS_URL"]) == ("https://IncidentQueue", "https://WakeUpQueue")
    of_notifier = hub.function("NotifierFunction")["Environment"]["Variables"]
    assert of_notifier["TOPIC_ARN"] == f"arn:aws:sns:eu-west-1:{'1' * 12}:monitoring-alerts-prod"
    assert (hub.queue_of("IncidentFunction"), hub.queue_of("NotifierFunction")) == ("IncidentQueue", "WakeUpQueue")
    assert variables["TABLE_NAME"] == "incident-episodes-prod"
    assert all(isinstance(value, str) and value for value in variables.values())
    assert hub.resolve({"Fn::Join": ["-", ["a", {"Fn::Sub": "${AWS::Region}/${IncidentTable}"}]]}) == (
        "a-eu-west-1/incident-episodes-prod"
    )
    with pytest.raises(Unresolved):
        hub.resolve({"Fn::Select": [0, []]})


def plain(text: str) -> list[str]:
    """The lines without what differs from run to run."""
    for pattern, word in (
        (r"\d+\.\d{3} s", "N s"),
        (r"[0-9a-f]{16}", "EPISODE"),
        (r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ", "TIME"),
        (r"\d\d/\d\d/\d\d \d\d:\d\d:\d\d", "TIME"),
    ):
        text = re.sub(pattern, word, text)
    return [line.strip() for line in text.splitlines() if line.strip()]


def test_a_storm_keeps_every_pace_and_nothing_is_lost(shop: Path) -> None:
    done = here(shop, "--local", "--storm", "40", "--json")
    assert done.returncode == 0, done.stdout + done.stderr
    storm = json.loads(done.stdout)
    assert (len(storm["alarms"]), storm["problems"], storm["dead_letters"], storm["unsent"]) == (40, [], [], [])
    channels = {channel["name"]: channel for channel in storm["channels"]}
    # The storm is one more: of the alarms above the limit of an account, one incident as severe as storms are.
    critical = sum(one["severity"] == "critical" for one in storm["incidents"])
    assert sum(one["alarms"] for one in storm["incidents"]) == 40
    assert {one["kind"] for one in storm["incidents"]} == {"alone", "storm"}
    assert (channels["pager"]["pages"], channels["cloud"]["tickets"], channels["ops"]["tickets"]) == (critical,) * 3
    assert all(channel["too_many"] == 0 for channel in storm["channels"])
    # A critical one that opens is never only in a list.
    listed = {(one["severity"], one["step"]) for one in storm["notifications"] if one["listed"]}
    assert listed and ("critical", "open") not in listed
    shown = here(shop, "--local", "--storm", "40")
    lines = shown.stdout.splitlines()
    assert lines[0].startswith("40 alarms at once in prod, and OK again after 30m: ")
    assert lines[-1] == storm["verdict"]
    assert [line for line in lines if len(line) > 120 or line != line.rstrip()] == []


def test_while_a_channel_is_away_the_others_hear_as_ever_and_it_catches_up(shop: Path) -> None:
    outage = json.loads(here(shop, "--local", "--down", "cloud", "--for", "6h", "--json").stdout)
    assert (outage["down"], outage["down_seconds"], outage["problems"]) == ("cloud", 21_600, [])
    six_hours = 21_600_000
    for one in outage["notifications"]:
        if one["channel"] == "cloud":
            assert six_hours <= one["delivered_at"] or one["at"] > six_hours
        elif one["step"] == "open":
            assert one["delivered_at"] - one["at"] < 10_000
    opened = [one for one in outage["notifications"] if (one["channel"], one["step"]) == ("cloud", "open")]
    assert len(opened) == len(outage["alarms"]) == 12
    assert max(one["delivered_at"] for one in opened) < six_hours + 10 * 60_000
    (channel,) = [channel for channel in outage["channels"] if channel["name"] == "cloud"]
    assert channel["unanswered"] > 10 and channel["too_many"] == 0


def test_what_a_pager_missed_is_said_and_is_no_page(shop: Path) -> None:
    done = here(shop, "--local", "--storm", "20", "--down", "pager", "--for", "2h")
    assert done.returncode == 0, done.stdout + done.stderr
    assert re.search(r"pager \(pagerduty\) +0 of \d+ ", done.stdout), done.stdout
    assert "pager was not sent " in " ".join(done.stdout.split())


def test_what_is_open_is_sent_however_long_a_channel_was_away(shop: Path) -> None:
    """Longer than the three days for which what is over is tried."""
    done = here(shop, "--local", "--down", "team", "--for", "73h")
    assert done.returncode == 0, done.stdout
    assert "no delivery given up" in done.stdout


def test_what_is_given_up_is_no_success(shop: Path) -> None:
    done = here(shop, "--local", "--storm", "12", "--down", "other", "--for", "73h")
    assert done.returncode == 1
    assert "FAILED: other gave up " in done.stdout
    assert " ".join(done.stdout.split()).count("gave up") == 1


@pytest.mark.parametrize("command", ["--storm 300 -e prod", "--down ops-jira --for 6h -e prod"])
def test_the_page_shows_storm_and_outage_to_the_letter(command: str) -> None:
    page = (ROOT / "docs" / "drill.md").read_text(encoding="utf-8")
    found = re.search(rf"\$ obsgen drill --local {command}\n(.*?)```", page, re.DOTALL)
    assert found
    done = here(ROOT, "--local", *command.split())
    assert (done.returncode, done.stdout) == (0, found[1]), done.stderr


def test_the_readme_and_the_page_show_what_it_prints() -> None:
    done = here(ROOT, "--local", "application-error", "-e", "prod")
    assert done.returncode == 0, done.stdout + done.stderr
    printed = set(plain(done.stdout))
    for page in ("README.md", "docs/drill.md"):
        (shown,) = re.findall(r"```text\n(application-error-alarm.*?)```", (ROOT / page).read_text(), re.DOTALL)
        assert [line for line in plain(shown) if line != "…" and line not in printed] == [], page


def test_hours_and_ends_that_nobody_reads_of_are_no_fault(shop: Path) -> None:
    """The verdict is the same by day and by night, and an end that the file leaves out is not missed."""
    own = EVERYBODY.replace("high: [team]", "high: [team, pager]").replace(
        "{rule:", "{children: separate, ok: false, rule:"
    )
    quiet = 'incidents: {quiet: {from: "00:00", to: "23:59", severities: [high]}}\n'
    (shop / "observability.yaml").write_text(spec(own + quiet))
    said = here(shop, "--local", "down", "--quiet")
    assert said.returncode == 0, said.stdout
    assert "received ALARM and OK (except team: `ok: false`); the duplicate event was ignored" in said.stdout


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["errors"], "there is a `errors` in dev and in prod"),
        (["errors", "--account", "alpha"], "there is a `errors` in dev and in prod"),
        (["compliance"], "tags are checked in dev and in prod"),
        (["error_logs"], "agents and API of the event store are in dev and in prod"),
        (["--storm", "9"], "there are alarms in dev and in prod"),
        (["--down", "pager"], "there are alarms in dev and in prod"),
    ],
)
def test_of_several_environments_one_has_to_be_named(shop: Path, arguments: list[str], message: str) -> None:
    """Who is shown as notified would hang on the order of the file: rollouts refuse the same."""
    (shop / "observability.yaml").write_text(spec(EVERYBODY + TWO))
    done = here(shop, "--local", *arguments)
    assert (done.returncode, done.stdout) == (2, "")
    assert done.stderr == f"Error: {message}\n  = help: use --environment dev or another of them\n"


def test_an_alarm_of_one_environment_needs_no_name_of_it(shop: Path) -> None:
    """A full name is of one environment."""
    (shop / "observability.yaml").write_text(spec(EVERYBODY + TWO))
    done = here(shop, "--local", "quiet-alarm-dev", "--quiet")
    assert (done.returncode, done.stdout[:19]) == (0, "quiet-alarm-dev in "), done.stderr


@pytest.mark.parametrize(
    ("comparison", "threshold", "alarm", "ok"),
    [
        (">", 0.0, 1.0, 0.0),
        (">", 5.0, 7.5, 2.5),
        (">=", 1.0, 2.0, 0.0),
        (">=", 0.0, 1.0, -1.0),  # CloudWatch compares nothing else.
        ("<", 0.5, 0.0, 1.5),
        ("<", 1.0, 0.0, 2.0),
        ("<", 0.0, -1.0, 1.0),
        ("<=", 0.0, 0.0, 1.0),
        (">", -5.0, -2.5, -7.5),
    ],
)
def test_a_value_is_not_negative_where_the_threshold_is_not(
    comparison: str, threshold: float, alarm: float, ok: float
) -> None:
    condition = AlarmComparison(comparison, threshold, 60, 1, 1, "Sum", ())
    assert (measured(condition, breaching=True), measured(condition, breaching=False)) == (alarm, ok)
