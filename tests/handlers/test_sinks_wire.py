"""Both sides of the wire, secrets that stay where they are, what is tried twice, and the stand-in itself."""

from __future__ import annotations

import base64
import dataclasses
import inspect
import json
import logging
import subprocess
import sys
import traceback
from collections.abc import Callable
from typing import Any

import pytest
import urllib3

from generator.drill.vendors import Vendors, random_faults
from generator.spec.document import Document
from handlers.common.deadline import Deadline
from handlers.common.http import Answer, Http, NoAnswer
from handlers.incident.report import Step
from handlers.incident.sinks.sink import Channel, SinkFailed, Tools, ask, clipped, quoted, sink
from tests.handlers.sink_world import OPEN, STEPS, channel_of, deadline, sink_to, tell, tools
from tests.support import ROOT

SHARED = {"__init__", "sink"}
# How a channel is delivered to is no business of its sink.
OF_DELIVERY = {"rate", "retry_for", "missed", "time_limit", "digest", "private"}
TOKEN = "s3cr3t-T0ken-that-nobody-else-has-32c"
MINE = {
    "jira-cloud": {"email": "bot@example.com", "token": TOKEN},
    "jira-data-center": {"token": TOKEN},
    "slack": {"token": TOKEN},
    "slack-webhook": {"webhook_url": f"/services/T/B/{TOKEN}"},
    "pagerduty": {"routing_key": TOKEN[:32]},
    "webhook": {"key": TOKEN},
}


def files(folder: str) -> set[str]:
    return {path.stem for path in (ROOT / folder).glob("*.py")} - SHARED


def test_every_channel_of_the_language_has_its_sink_and_the_reverse() -> None:
    assert files("generator/spec/channels") == files("handlers/incident/sinks")


@pytest.mark.parametrize("kind", sorted(files("generator/spec/channels")))
def test_a_sink_is_what_the_protocol_says(kind: str) -> None:
    settings = {"url": "https://example.com", "project": "OPS"}
    way = sink(Channel("name", kind, "secret", settings), tools({}))
    assert type(way).tickets is (kind in ("jira", "pagerduty", "opsitem"))
    names = list(inspect.signature(way.tell).parameters)
    assert names == ["report", "ref", "deadline", "unsure"]


@pytest.mark.parametrize(
    ("kind", "read"),
    [
        ("jira", {"url", "api", "project", "issue_type", "resolve_on_ok", "priority"}),
        ("slack", {"url", "channel"}),
        ("pagerduty", {"url"}),
        ("webhook", {"url"}),
    ],
)
def test_a_sink_reads_the_settings_that_the_language_has(kind: str, read: set[str]) -> None:
    source = (ROOT / f"handlers/incident/sinks/{kind}.py").read_text(encoding="utf-8")
    known = Document.model_json_schema()["$defs"]
    (model,) = (entry for entry in known.values() if entry.get("properties", {}).get("type", {}).get("const") == kind)
    assert set(model["properties"]) - {"type", "secret", *OF_DELIVERY} == read
    for name in read:
        assert f'"{name}"' in source or f"'{name}'" in source


class Echo(Http):
    """The worst vendor: refuses with everything in the answer that it was sent."""

    def __init__(self, status: int) -> None:
        self.status = status

    def call(
        self,
        method: str,
        url: str,
        deadline: Deadline,
        *,
        headers: dict[str, str] | None = None,
        body: bytes | None = None,
        data: Any = None,
    ) -> Answer:
        said = f"{url} {headers} {data} {body!r}"
        content = json.dumps(
            {"error": said, "message": said, "errors": {"x": said}, "errorMessages": [said], "ok": False}
        )
        if self.status == 200:
            content = json.dumps({"ok": False, "error": said, "errors": [said], "message": said})
        return Answer(self.status, {}, content.encode())


def outcomes(name: str, vendors: Vendors) -> list[tuple[str, Callable[[], Any]]]:
    """Every way to fail that there is, with a secret that is to be found nowhere."""
    channel, _ = channel_of(vendors, name)
    secret = dict(MINE[name])
    if "webhook_url" in secret:
        secret["webhook_url"] = vendors.url + secret["webhook_url"]
    dead = dict(channel.settings) | ({"url": "http://127.0.0.1:9"} if "url" in channel.settings else {})
    nowhere = {**secret, **({"webhook_url": f"http://127.0.0.1:9/{TOKEN}"} if "webhook_url" in secret else {})}
    found: list[tuple[str, Callable[[], Any]]] = []

    def add(label: str, given: Tools, settings: Any = channel.settings, fault: str | None = None) -> None:
        way = sink(dataclasses.replace(channel, settings=settings), given)
        for report in STEPS:
            for ref in (None, "OPS-1", "C1:1"):

                def go(report: Any = report, ref: str | None = ref) -> None:
                    vendors.fault = lambda _path, _method: fault
                    way.tell(report, ref, deadline(1), unsure=True)

                found.append((f"{label} {report.step} {ref}", go))

    for fault in (None, "500", "500-after", "drop", "drop-after", "429:1"):
        add(f"fault {fault}", tools(secret), fault=fault)
    for status in (200, 302, 400, 401, 403, 404, 410, 500, 503):
        add(f"echo {status}", dataclasses.replace(tools(secret), http=Echo(status)))
    add("nobody there", tools(nowhere), dead)
    add("no address", tools({**secret, **({"webhook_url": f"http://[{TOKEN}"} if "webhook_url" in secret else {})}))
    return found


@pytest.mark.parametrize("name", sorted(MINE))
def test_a_secret_is_in_no_error_and_in_no_log(name: str, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.DEBUG)
    # urllib3 logs paths at DEBUG, which the function never switches on; what counts is what the handlers log.
    logging.getLogger("urllib3").setLevel(logging.INFO)
    basic = base64.b64encode(f"bot@example.com:{TOKEN}".encode()).decode()
    failed = 0
    with Vendors() as vendors:
        for label, go in outcomes(name, vendors):
            try:
                go()
            except SinkFailed as error:
                failed += 1
                shown = "".join(traceback.format_exception(error)) + repr(error)
                for secret in (TOKEN, TOKEN[:32], basic):
                    assert secret not in shown, label
    assert failed > 20
    for record in caplog.records:
        assert TOKEN[:32] not in repr(record.__dict__)
        assert basic not in repr(record.__dict__)


class Once(Http):
    """Fails the first time, as told, and answers the second."""

    def __init__(self, first: NoAnswer | int) -> None:
        self.first: NoAnswer | int | None = first
        self.calls = 0

    def call(self, method: str, url: str, deadline: Deadline, **_more: Any) -> Answer:
        self.calls += 1
        first, self.first = self.first, None
        if isinstance(first, NoAnswer):
            raise first
        return Answer(first or 200, {}, b"{}")


@pytest.mark.parametrize(
    ("method", "first", "calls"),
    [
        ("POST", NoAnswer("refused", sent=False), 2),
        ("POST", NoAnswer("cut", sent=True), 1),
        ("POST", 500, 1),
        ("POST", 429, 1),
        ("GET", NoAnswer("cut", sent=True), 2),
        ("GET", 500, 2),
        ("GET", 404, 1),
        ("GET", 429, 1),
    ],
)
def test_only_what_cannot_be_said_twice_is_tried_twice(method: str, first: NoAnswer | int, calls: int) -> None:
    for seconds, most in ((2.0, calls), (0.1, 1)):
        http = Once(first)
        given = dataclasses.replace(tools({}), http=http)
        try:
            ask(given, method, "http://x", deadline(seconds), who="it")
        except SinkFailed as error:
            assert error.unsure is (method == "POST" and first != 429 and getattr(first, "sent", True))
        assert http.calls == most


def test_a_deadline_is_kept() -> None:
    with Vendors() as vendors:
        vendors.fault = lambda _path, _method: "slow:1"
        way = sink_to(vendors, "pagerduty")
        limit = deadline(0.2)
        with pytest.raises(SinkFailed) as caught:
            way.tell(OPEN, None, limit, unsure=False)
        assert caught.value.unsure
        assert deadline(0).at - limit.at < 0.3


def test_texts_are_cut_to_measure() -> None:
    assert clipped("abc", 3) == "abc"
    assert clipped("abcd", 3) == "ab…"
    assert quoted("a\n  secret b", ("secret", ""), 20) == "a [secret] b"


def test_the_stand_in_runs_beside_a_bench() -> None:
    http = urllib3.PoolManager(retries=False)
    command = [sys.executable, "-m", "generator.drill.vendors", "--port", "0"]
    with subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, text=True) as process:
        try:
            assert process.stdout
            url = process.stdout.readline().strip()
            assert http.request("GET", f"{url}/_state").json()["issues"] == {}
            http.request("POST", f"{url}/_fault", body=json.dumps({"down": True}))
            assert http.request("POST", f"{url}/hook").status == 503
            http.request("POST", f"{url}/_fault", body=json.dumps({"rate": 1, "kinds": ["429:3"], "seed": 1}))
            assert http.request("POST", f"{url}/hook").headers["Retry-After"] == "3"
            http.request("POST", f"{url}/_fault", body="{}")
            assert http.request("POST", f"{url}/nowhere").status == 404
            state = http.request("GET", f"{url}/_state").json()
            assert (state["requests"], state["faults"]) == (3, {"503": 1, "429:3": 1})
            assert state["violations"] == ["nobody is at POST /nowhere"]
        finally:
            process.terminate()


def test_faults_are_the_same_for_the_same_seed() -> None:
    first, second = (random_faults(0.3, ("500", "drop"), 7) for _ in range(2))
    drawn = [first("/", "POST") for _ in range(200)]
    assert drawn == [second("/", "POST") for _ in range(200)]
    assert 30 < sum(kind is not None for kind in drawn) < 90


def test_all_channels_at_once_through_faults() -> None:
    """Told until each is sure, with a third of all requests failing: one issue, one alert, nothing malformed."""
    with Vendors() as vendors:
        vendors.fault = random_faults(0.34, ("500", "500-after", "drop", "drop-after", "429:0"), 3)
        for name in ("jira-cloud", "jira-data-center", "pagerduty", "webhook", "slack"):
            vendors.issues.clear()
            way, ref = sink_to(vendors, name), None
            for report in STEPS[:3]:
                unsure = False
                for _ in range(40):
                    try:
                        ref = tell(way, report, ref, unsure=unsure) or ref
                        break
                    except SinkFailed as error:
                        unsure = unsure or error.unsure
                else:
                    raise AssertionError(f"{name} was never told {report.step}")
            if name.startswith("jira"):
                (issue,) = vendors.issues.values()
                assert (issue["status"], len(issue["comments"])) == ("Done", 2)
        assert [alert["status"] for alert in vendors.alerts.values()] == ["resolved"]
        assert len({post["key"] for post in vendors.posts}) == 3
        assert vendors.violations == []


def test_steps_are_all_of_them() -> None:
    assert {report.step for report in STEPS} == set(Step)
