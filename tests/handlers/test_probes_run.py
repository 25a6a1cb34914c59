"""A run of many probes: side by side, each inside its time, in the minute for which it was planned."""

from __future__ import annotations

import json
import threading
import time
from dataclasses import replace
from typing import Any

import pytest
from botocore.exceptions import ClientError, EndpointConnectionError

from handlers.common.deadline import Deadline
from handlers.common.secrets import Secrets
from handlers.probes.app import run
from handlers.probes.header_secrets import LastKnown
from handlers.probes.run import CONCURRENT, Runner, run_probes
from handlers.probes.settings import Probe, load_probes, probe_of
from tests.handlers.probe_world import HERE, answering, request_of, response, server, silent

MINUTE_MS = 60_000
# 2026-11-20T10:00:00Z
PLANNED_MS = 1_795_168_800_000
RUNNER = Runner(HERE, lambda name: {}, lambda text: text, apart=0)


def at(name: str, port: int, **keys: Any) -> Probe:
    url = f"http://127.0.0.1:{port}/{name}"
    return probe_of({"probe": name, "type": "http", "every": 60, "timeout": 1, "url": url, "status": [200], **keys})


@pytest.fixture(autouse=True)
def function_name(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AWS_LAMBDA_FUNCTION_NAME", "probe-runner-prod")


def lines(*probes: Probe, planned: str = "2026-11-20T10:00:23Z", late_ms: int = 5_000, left: float = 50) -> list[Any]:
    written: list[str] = []
    now = PLANNED_MS + 23_000 + late_ms
    run({"at": planned}, probes, RUNNER, Deadline.after(left), now_ms=now, write=written.append)
    return [json.loads(line) for line in written]


def test_each_probe_has_a_line_in_its_minute_and_the_run_has_one() -> None:
    with server(answering(response())) as port:
        one, two, whole = lines(at("one", port), at("two", 1))
    assert [(line["Probe"], line["Up"]) for line in (one, two)] == [("one", 1), ("two", 0)]
    assert "Connection refused" in two["Reason"]
    assert {line["_aws"]["Timestamp"] for line in (one, two, whole)} == {PLANNED_MS}
    assert (whole["Runner"], whole["ProbesRun"], whole["ProbesNotRun"]) == ("probe-runner-prod", 2, 0)


def test_a_run_is_left_out_when_its_minute_is_long_over() -> None:
    assert lines(at("one", 1), late_ms=119_000)[-1]["ProbesRun"] == 1
    (whole,) = lines(at("one", 1), late_ms=121_000)
    assert (whole["ProbesRun"], whole["ProbesNotRun"]) == (0, 1)


def test_a_probe_without_time_is_counted_and_not_reported_as_failing() -> None:
    (whole,) = lines(at("one", 1, timeout=5), left=4)
    assert (whole["ProbesRun"], whole["ProbesNotRun"]) == (0, 1)


def test_a_runner_without_due_probes_still_says_that_it_ran() -> None:
    (whole,) = lines(at("one", 1, every=300, offset=1))
    assert (whole["ProbesRun"], whole["ProbesNotRun"]) == (0, 0)


@pytest.mark.parametrize("every", [1, 5, 7, 60])
def test_a_probe_is_due_once_in_each_of_its_periods(every: int) -> None:
    """CloudWatch aligns periods to 1970, so each has one point wherever the offset is."""
    for offset in range(every):
        probe = at("one", 1, every=every * 60, offset=offset)
        minutes = [minute for minute in range(1_000 * every, 1_010 * every) if probe.is_due(minute)]
        assert [minute // every for minute in minutes] == list(range(1_000, 1_010))


def test_one_broken_probe_does_not_stop_others(monkeypatch: pytest.MonkeyPatch) -> None:
    def broken(*_: Any) -> Any:
        raise RecursionError

    monkeypatch.setattr("handlers.probes.run.probe_tcp", broken)
    bad = probe_of({"probe": "bad", "type": "tcp", "every": 60, "timeout": 1, "host": "x.example", "port": 1})
    with server(answering(response())) as port:
        first, second, _ = lines(bad, at("good", port))
    assert (first["Failure"], first["Reason"]) == ("error", "RecursionError while starting")
    assert second["Up"] == 1


def test_slow_servers_do_not_delay_the_others() -> None:
    """Two rounds of servers that never answer, and one that does: all of it in the time of two timeouts."""
    with server(silent) as slow, server(answering(response())) as quick:
        probes = [at(f"slow-{number:03}", slow, timeout=0.1) for number in range(CONCURRENT + 10)]
        outcome = run_probes([*probes, at("zebra", quick)], RUNNER, Deadline.after(30))
    assert [result.kind for result in outcome.results] == ["timeout"] * (CONCURRENT + 10) + [""]
    assert outcome.skipped == ()


def test_probes_do_not_begin_all_at_once() -> None:
    """Handshakes that begin together would measure how they wait for the one processor."""
    begun: list[float] = []
    with server(lambda connection: begun.append(time.monotonic()) or connection.sendall(response())) as port:
        runner = replace(RUNNER, apart=0.03)
        run_probes([at(f"probe-{number}", port) for number in range(4)], runner, Deadline.after(30))
    assert max(begun) - min(begun) >= 0.06


def test_a_runner_takes_the_probes_of_its_account() -> None:
    entry = {"type": "tcp", "every": 60, "timeout": 5, "host": "db.example.com", "port": 1}
    entries = [{**entry, "probe": "a", "from": ["hub"]}, {**entry, "probe": "b", "from": ["1", "2"]}]
    text = json.dumps({"version": 1, "probes": entries})
    assert [probe.name for probe in load_probes(text, "2")] == ["b"]
    with pytest.raises(ValueError, match="version 2"):
        load_probes(json.dumps({"version": 2, "probes": []}), "hub")


SECRET = {"secrets": {"Authorization": {"name": "shop/probe", "key": ""}}}


class Manager:
    """Secrets Manager: values by name, and what it raises."""

    def __init__(self, **values: str) -> None:
        self.values, self.error = values, None

    def get_secret_value(self, *, SecretId: str) -> dict[str, str]:
        if self.error:
            raise self.error
        return {"SecretString": self.values[SecretId.replace("/", "_")]}


def with_secrets(manager: Any, clock: list[float]) -> Runner:
    secrets = Secrets(lambda: manager, clock=lambda: clock[0])
    return replace(RUNNER, secret=LastKnown(secrets), hide=secrets.hide, forget=secrets.forget)


def results(runner: Runner, *probes: Probe) -> dict[str, str]:
    outcome = run_probes(probes, runner, Deadline.after(30))
    return {result.probe: result.kind for result in outcome.results} | dict.fromkeys(outcome.skipped, "not run")


def wanting(value: list[str]) -> Any:
    def script(connection: Any) -> None:
        is_right = f"Authorization: {value[0]}\r\n" in request_of(connection)
        connection.sendall(response(b"", "200 OK" if is_right else "401 Unauthorized"))

    return script


def test_a_secret_that_was_rotated_fails_one_run_and_no_more() -> None:
    """Two of three runs page: without a second look every rotation would, five minutes long."""
    value, manager = ["former-value"], Manager(shop_probe="former-value")
    runner = with_secrets(manager, [0.0])
    with server(wanting(value)) as port:
        probe = at("one", port, **SECRET)
        assert results(runner, probe) == {"one": ""}
        value[0] = manager.values["shop_probe"] = "later-value"
        assert [results(runner, probe) for _ in range(2)] == [{"one": "status"}, {"one": ""}]


@pytest.mark.parametrize(
    "error",
    [
        EndpointConnectionError(endpoint_url="https://secretsmanager.us-east-1.amazonaws.com"),
        ClientError({"Error": {"Code": "ThrottlingException"}}, "GetSecretValue"),
        ClientError({"Error": {"Code": "X"}, "ResponseMetadata": {"HTTPStatusCode": 500}}, "GetSecretValue"),
    ],
)
def test_without_secrets_manager_no_target_is_said_to_be_down(error: Exception) -> None:
    manager, clock = Manager(shop_probe="the-value"), [0.0]
    runner = with_secrets(manager, clock)
    with server(wanting(["the-value"])) as port:
        probe, other = at("one", port, **SECRET), at("other", port, status=[401])
        manager.error = error
        assert results(runner, probe, other) == {"one": "not run", "other": ""}
        manager.error = None
        assert results(runner, probe) == {"one": ""}
        manager.error, clock[0] = error, 900.0
        assert results(runner, probe) == {"one": ""}


@pytest.mark.parametrize("value", ["[" * 60_000, '{"value": ""}', ""])
def test_a_secret_that_is_none_stops_no_other_probe(value: str) -> None:
    runner = with_secrets(Manager(shop_probe=value), [0.0])
    with server(answering(response())) as port:
        found = results(runner, at("bad", port, **SECRET), at("good", port))
    assert found["good"] == ""
    assert found["bad"] in ("status", "secret", "")


def test_secrets_do_not_take_the_time_of_probes(monkeypatch: pytest.MonkeyPatch) -> None:
    """Of a hundred secrets each call of which runs into its time-outs."""
    monkeypatch.setattr("handlers.probes.run.READ_SECONDS", 0.05)
    wait = threading.Event()
    runner = replace(RUNNER, secret=lambda name: {} if wait.wait(20) else {})
    entries = [{"secrets": {"A": {"name": f"shop/{number}", "key": ""}}} for number in range(20)]
    with server(answering(response())) as port:
        probes = [at(f"p{number}", port, **entry) for number, entry in enumerate(entries)]
        found = results(runner, *probes, at("good", port))
    wait.set()
    assert found == {"good": "", **{probe.name: "not run" for probe in probes}}
