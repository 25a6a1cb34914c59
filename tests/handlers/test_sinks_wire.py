"""Both sides of the wire, secrets that stay where they are, what is tried twice, and the stand-in itself."""

from __future__ import annotations

import base64
import dataclasses
import inspect
import json
import logging
import re
import subprocess
import sys
import traceback
from collections.abc import Callable, Mapping
from functools import cache
from typing import Any

import pytest
import urllib3

from generator.drill.vendors.kit.server import VendorServer, random_faults
from generator.spec.document import Document
from handlers.common.deadline import Deadline
from handlers.common.http import Answer, Http, NoAnswer
from handlers.incident.channel_types import TICKET_TYPES
from handlers.incident.channels import Channel
from handlers.incident.message.report import Step, clip
from handlers.incident.sinks.sink import Attempt, Blame, SinkFailed, Tools, ask, quoted, sink
from tests.handlers.finding_world import finding_report
from tests.handlers.sink_world import (
    NASTY,
    OPEN,
    POLICY,
    STEPS,
    Always,
    channel_of,
    deadline,
    failure,
    send,
    sending,
    sink_to,
    tools,
)
from tests.support import ROOT
from tests.vendors import Vendors

SHARED = {"__init__", "sink"}
TOPIC, BUS = "arn:aws:sns:us-east-1:123456789012:x", "arn:aws:events:us-east-1:123456789012:event-bus/x"
# How a channel is delivered to is no business of its sink.
OF_DELIVERY = {"rate", "retry_for", "missed", "time_limit", "digest", "private"}
TOKEN = "s3cr3t-T0ken-that-nobody-else-ha"  # 32 characters, as PagerDuty's routing keys have
# What the build uses, and the sink does not: subscriptions are resources of the template, keys in its permissions.
OF_BUILD = {"type", "secret", "environments", "addresses", "key"}
EXAMPLES = VendorServer().example_channels()
# Any success is a proof of a webhook, a 202 all there is of a workflow, and a bot's refusals have status 200.
WITHOUT_PROOF, REFUSES_WITH_200 = {"webhook", "teams"}, {"slack"}


def own_secret(secret: Mapping[str, str]) -> dict[str, str]:
    """A secret of the same form, with TOKEN in the place of what is secret in it."""
    return {
        name: value if "@" in value else f"{value.rpartition('/')[0]}/{TOKEN}" if "/" in value else TOKEN
        for name, value in secret.items()
    }


def files(folder: str) -> set[str]:
    return {path.stem for path in (ROOT / folder).glob("*.py")} - SHARED


def test_every_channel_of_the_language_has_its_sink_and_the_reverse() -> None:
    assert files("generator/spec/channels") == files("handlers/incident/sinks")


@pytest.mark.parametrize("kind", sorted(files("generator/spec/channels")))
def test_a_sink_is_what_the_protocol_says(kind: str) -> None:
    settings = {
        "url": "https://example.com",
        "project": "OPS",
        "topic": TOPIC,
        "bus": BUS,
        "phone_number": "+15555550100",
    }
    way = sink(Channel("name", kind, "secret", settings, POLICY), tools({}))
    assert type(way).tickets is (kind in TICKET_TYPES)
    assert list(inspect.signature(way.advance).parameters) == ["report", "attempt", "deadline"]


@cache
def definitions() -> dict[str, Any]:
    """The schema of each entry of the language."""
    schema: dict[str, Any] = Document.model_json_schema()["$defs"]
    return schema


@pytest.mark.parametrize("kind", sorted(files("generator/spec/channels")))
def test_a_sink_reads_the_settings_that_the_language_has(kind: str) -> None:
    sources = (ROOT / f"handlers/incident/sinks/{kind}.py", ROOT / f"handlers/incident/vendors/{kind}_api.py")
    source = "".join(path.read_text(encoding="utf-8") for path in sources if path.exists())
    known = definitions()
    (model,) = (entry for entry in known.values() if entry.get("properties", {}).get("type", {}).get("const") == kind)
    for name in set(model["properties"]) - {*OF_BUILD, *OF_DELIVERY}:
        assert f'"{name}"' in source or f"'{name}'" in source, name
    read = set(re.findall(r"""settings(?:\.get\(|\[)["'](\w+)""", source))
    assert read <= set(model["properties"])


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
        private: bool = False,
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
    secret = own_secret(vendors.example_channels()[name]["secret"])
    dead = dict(channel.settings) | ({"url": "http://127.0.0.1:9"} if "url" in channel.settings else {})
    addresses = [key for key, value in secret.items() if value.startswith("http:")]
    nowhere = {**secret, **dict.fromkeys(addresses, f"http://127.0.0.1:9/{TOKEN}")}
    found: list[tuple[str, Callable[[], Any]]] = []

    def add(label: str, given: Tools, settings: Any = channel.settings, fault: str | None = None) -> None:
        way = sink(dataclasses.replace(channel, settings=settings), given)
        for report in STEPS:
            for ref in (None, "OPS-1", "C1:1"):

                def go(report: Any = report, ref: str | None = ref) -> None:
                    vendors.fault = lambda _path, _method: fault
                    send(way, report, ref, unsure=True)

                found.append((f"{label} {report.step} {ref}", go))

    for fault in (None, "500", "500-after", "drop", "drop-after", "429:1"):
        add(f"fault {fault}", tools(secret), fault=fault)
    for status in (200, 302, 400, 401, 403, 404, 410, 500, 503):
        add(f"echo {status}", dataclasses.replace(tools(secret), http=Echo(status)))
    add("nobody there", tools(nowhere), dead)
    add("no address", tools({**secret, **dict.fromkeys(addresses, f"http://[{TOKEN}")}))
    return found


@pytest.mark.parametrize("name", sorted(EXAMPLES))
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
    ("method", "first", "calls", "unsure"),
    [
        ("POST", NoAnswer("refused", sent=False), 2, False),
        ("POST", NoAnswer("cut", sent=True), 1, True),
        ("POST", 500, 1, True),
        ("POST", 429, 1, False),
        ("GET", NoAnswer("refused", sent=False), 2, False),
        ("GET", NoAnswer("cut", sent=True), 1, False),
        ("GET", 500, 1, False),
        ("GET", 404, 1, False),
        ("GET", 429, 1, False),
    ],
)
def test_only_what_was_never_sent_is_sent_again_at_once(
    method: str, first: NoAnswer | int, calls: int, unsure: bool
) -> None:
    channel = Channel("it", "webhook", None, {}, POLICY)
    for seconds, most in ((2.0, calls), (0.1, 1)):
        http = Once(first)
        given = dataclasses.replace(tools({}), http=http)
        try:
            ask(given, channel, method, "http://x", deadline(seconds), who="it")
        except SinkFailed as error:
            assert error.unsure is unsure
        assert http.calls == most


@pytest.mark.parametrize(
    ("headers", "wait", "blame"),
    [
        ({}, 20.0, Blame.CHANNEL),
        ({"retry-after": "7"}, 7.0, Blame.CHANNEL),
        ({"retry-after": "0"}, 1.0, Blame.CHANNEL),
        ({"retry-after": "86400"}, 900.0, Blame.CHANNEL),
        ({"retry-after": "9" * 400}, 900.0, Blame.CHANNEL),
        ({"retry-after": "²"}, 20.0, Blame.CHANNEL),
        ({"retry-after": "-5"}, 20.0, Blame.CHANNEL),
        ({"retry-after": "soon"}, 20.0, Blame.CHANNEL),
        ({"retry-after": "Sun, 06 Nov 1994 08:49:37 GMT"}, 30.0, Blame.CHANNEL),
        ({"retry-after": "Sun, 06 Nov 1994 08:49:07 GMT"}, 1.0, Blame.CHANNEL),
        ({"retry-after": "5", "ratelimit-reason": "jira-per-issue-on-write"}, 5.0, Blame.DELIVERY),
        ({"retry-after": "5", "ratelimit-reason": "jira-burst-based"}, 5.0, Blame.CHANNEL),
    ],
)
def test_how_long_to_wait_is_read_strictly_and_within_bounds(
    headers: dict[str, str], wait: float, blame: Blame
) -> None:
    given = dataclasses.replace(tools({}), http=Always(Answer(429, headers, b"")), now=lambda: 784111747.0)
    with pytest.raises(SinkFailed) as found:
        ask(given, Channel("it", "webhook", None, {}, POLICY), "POST", "http://x", deadline(), who="it")
    assert (found.value.retry_after, found.value.blame, found.value.unsure) == (wait, blame, False)


@pytest.mark.parametrize("name", sorted(EXAMPLES.keys() - WITHOUT_PROOF))
@pytest.mark.parametrize("status", [200, 201, 202])
@pytest.mark.parametrize("body", [b"<html>log in</html>", b'{"ok": tru', b"", b"[]", b'"ok'])
def test_a_success_needs_a_proof(name: str, status: int, body: bytes) -> None:
    with Vendors() as vendors:
        channel, secret = channel_of(vendors, name)
    way = sink(channel, dataclasses.replace(tools(secret), http=Always(Answer(status, {}, body))))
    error = failure(way, OPEN)
    assert error.unsure or (name == "slack-webhook" and status != 200)


@pytest.mark.parametrize("status", [400, 413, 422])
@pytest.mark.parametrize("name", sorted(EXAMPLES.keys() - REFUSES_WITH_200))
def test_refused_content_speaks_against_the_content(name: str, status: int) -> None:
    with Vendors() as vendors:
        channel, secret = channel_of(vendors, name)
    said = b"invalid_blocks" if name == "slack-webhook" else b'{"errorMessages": ["no"]}'
    way = sink(channel, dataclasses.replace(tools(secret), http=Always(Answer(status, {}, said))))
    assert failure(way, OPEN).blame is Blame.CONTENT


@pytest.mark.parametrize("name", sorted(EXAMPLES))
def test_the_plain_form_is_ascii_short_and_without_links(name: str) -> None:
    with Vendors() as vendors:
        one = sending(sink_to(vendors, name), NASTY, plain=True)
        one.run()
        assert vendors.violations == []
        shown = json.dumps(vendors.state(), ensure_ascii=False)
    assert "example.com/?a=1" not in shown
    assert "🚨" not in shown


def test_a_deadline_is_kept() -> None:
    with Vendors() as vendors:
        vendors.fault = lambda _path, _method: "slow:1"
        way = sink_to(vendors, "pagerduty")
        limit = deadline(0.2)
        with pytest.raises(SinkFailed) as caught:
            way.advance(OPEN, Attempt(), limit)
        assert caught.value.unsure
        assert deadline(0).at - limit.at < 0.3


def test_texts_are_cut_to_measure() -> None:
    assert clip("abc", 3) == "abc"
    assert clip("abcd", 3) == "ab…"
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
            assert state["violations"] == ["no vendor serves POST /nowhere"]
        finally:
            process.terminate()


def test_faults_are_the_same_for_the_same_seed() -> None:
    first, second = (random_faults(0.3, ("500", "drop"), 7) for _ in range(2))
    drawn = [first("/", "POST") for _ in range(200)]
    assert drawn == [second("/", "POST") for _ in range(200)]
    assert 30 < sum(kind is not None for kind in drawn) < 90


def test_all_channels_at_once_through_faults() -> None:
    """Sent until each is sure, with a third of all requests failing: one issue, one alert, nothing malformed."""
    with Vendors() as vendors:
        vendors.fault = random_faults(0.34, ("500", "500-after", "drop", "drop-after", "429:0"), 3)
        for name in EXAMPLES:
            vendors.issues.clear()
            way, ref = sink_to(vendors, name), None
            for report in STEPS[:3]:
                one = sending(way, report, ref)
                for _ in range(60):
                    try:
                        ref = one.run() or ref
                        break
                    except SinkFailed:
                        continue
                else:
                    raise AssertionError(f"{name} was never sent {report.step}")
            if name.startswith("jira"):
                (issue,) = vendors.issues.values()
                assert (issue["status"], len(issue["comments"])) == ("Done", 2)
            if name.startswith("servicenow"):
                (record,) = vendors.servicenow.incidents_by_id.values()
                assert (record["state"], len(record["work_notes"])) == ("6", 2)
                vendors.servicenow.incidents_by_id.clear()
        assert [alert["status"] for alert in vendors.alerts.values()] == ["resolved"]
        assert [(alert["status"], alert["opened"]) for alert in vendors.jsm.alerts.values()] == [("closed", 1)]
        assert len({post["key"] for post in vendors.posts}) == 3
        assert vendors.violations == []


def test_steps_are_all_of_them() -> None:
    assert {report.step for report in (*STEPS, *map(finding_report, (Step.CHANGED, Step.ADDED)))} == set(Step)
