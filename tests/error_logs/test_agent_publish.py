"""What goes to the hub: parts that EventBridge takes, entries that are tried again, nothing unredacted."""

from __future__ import annotations

import json
import re
from collections import Counter
from typing import Any

import pytest
from botocore.exceptions import ClientError

from handlers.common.printable import printable
from handlers.common.redact import Options
from handlers.error_logs.counting import EvaluatedEvent, _whole_words
from handlers.error_logs.crowd import KnownLines
from handlers.error_logs.fingerprint import Fingerprint
from handlers.error_logs.health import MOST_FUNCTIONS, Unhealthy
from handlers.error_logs.inventory import Function, Inventory
from handlers.error_logs.monitoring_event import ALARM, HEALTH, MonitoringEvent
from handlers.error_logs.publish import MOST_CALL, MOST_DETAIL, WINDOW, Bus, NotAccepted, Sender, size, window_parts
from handlers.error_logs.rows import Event
from handlers.error_logs.run import MOST_NAMED
from handlers.error_logs.tally import MOST_KINDS, OTHER, WindowTally, error_json, service_of
from handlers.error_logs.windows import due
from tests.insights_server import NOON, agent

SENDER = Sender("prod", "eu-west-1", "c0ffee")
END = NOON - 15_000


class EventBridge:
    """Takes entries, or not: refuse has how many of the next calls fail which entries."""

    def __init__(self, *refuse: set[int]) -> None:
        self.refuse = list(refuse)
        self.calls: list[list[dict[str, str]]] = []
        self.taken: list[dict[str, str]] = []

    def put_events(self, Entries: list[dict[str, str]]) -> dict[str, Any]:  # noqa: N803
        self.calls.append(Entries)
        refused = self.refuse.pop(0) if self.refuse else set()
        self.taken += [entry for index, entry in enumerate(Entries) if index not in refused]
        return {
            "FailedEntryCount": len(refused),
            "Entries": [
                {"ErrorCode": "ThrottlingException"} if index in refused else {"EventId": str(index)}
                for index in range(len(Entries))
            ],
        }


def tally(errors: int, text: str = "x" * 900) -> WindowTally:
    found = WindowTally()
    for number in range(errors):
        key = f"1-{number:016x}"
        one = found.of(Fingerprint(key, "log", f"title {number}", text[:400], "", "", ""), text, "s", END)
        one.add("/app", number + 1, END - 5, END - 1)
    return found


def test_a_window_of_many_errors_is_in_parts_that_eventbridge_takes() -> None:
    found = tally(900, '\U0001f600 \\ " ' * 100)
    parts = window_parts(SENDER, due(NOON, 300, 15).first, found, {"version": "v", "log_groups": 3}, {})
    assert len(parts) > 3
    assert [part["part"] for part in parts] == list(range(1, len(parts) + 1))
    assert {part["parts"] for part in parts} == {len(parts)}
    assert all(size(part) <= MOST_DETAIL for part in parts)
    assert sum(len(part["errors"]) for part in parts) == 900
    assert [part["agent"] for part in parts[:2]] == [{"version": "v", "log_groups": 3}, {"version": "v"}]
    again = window_parts(SENDER, due(NOON, 300, 15).first, found, {"version": "v", "log_groups": 3}, {})
    assert again == parts


def test_a_window_without_errors_is_one_part() -> None:
    parts = window_parts(SENDER, due(NOON, 300, 15).final, WindowTally(), {"version": "v"}, {})
    assert [(part["pass"], part["parts"], part["errors"]) for part in parts] == [("final", 1, [])]


def test_calls_have_ten_entries_and_a_quarter_of_a_megabyte_at_most() -> None:
    client = EventBridge()
    details: list[tuple[str, dict[str, Any]]] = [(WINDOW, {"x": "y" * 100_000})] * 5 + [("Other", {"x": 1})] * 25
    Bus(client, "arn:aws:events:us-east-1:111111111111:event-bus/b").put(details)
    assert len(client.taken) == 30
    assert max(len(call) for call in client.calls) == 10
    assert max(sum(len(entry["Detail"]) for entry in call) for call in client.calls) <= MOST_CALL
    assert {entry["Source"] for entry in client.taken} == {"obsgen.error-logs"}


def test_entries_that_are_not_taken_are_sent_again_alone() -> None:
    client = EventBridge({1, 3}, {0})
    Bus(client, "bus", lambda _seconds: None).put([("Other", {"number": number}) for number in range(5)])
    assert [len(call) for call in client.calls] == [5, 2, 1]
    assert sorted(json.loads(entry["Detail"])["number"] for entry in client.taken) == [0, 1, 2, 3, 4]


def test_entries_that_are_never_taken_fail_the_message_after_the_others_were_sent() -> None:
    client = EventBridge(*[{0}] * 4)
    with pytest.raises(NotAccepted, match="1 of 12"):
        Bus(client, "bus", lambda _seconds: None).put([("Other", {"number": number}) for number in range(12)])
    assert len(client.taken) == 11


def test_errors_of_more_kinds_than_are_told_apart_are_still_counted() -> None:
    found = tally(MOST_KINDS)
    for number in range(7):
        one = found.of(Fingerprint(f"1-f{number}", "log", "t", "", "", "", ""), "x", "s", END)
        one.add("/app", 2, END, END)
    assert len(found.errors) == MOST_KINDS + 1
    assert found.errors[OTHER.key].count == 14


def test_an_error_of_many_log_groups_names_those_with_the_most() -> None:
    one = tally(1).errors["1-0000000000000000"]
    for number in range(60):
        one.add(f"/group/{number:02}", 100 + number, END, END)
    groups = error_json(one, {})["groups"]
    assert list(groups) == [f"/group/{number:02}" for number in range(59, 9, -1)]


def test_an_error_is_of_the_service_that_names_its_log_group() -> None:
    one = tally(1).errors["1-0000000000000000"]
    assert error_json(one, {"/app": "payment-processor"})["service"] == "payment-processor"
    assert error_json(one, {})["service"] == "app"
    assert service_of("/aws/application/prod", "prod") == "application"
    assert service_of("prod", "prod") == "prod"


SECRETS = ("jan.kowalski@example.com", "AKIAIOSFODNN7EXAMPLE", "hunter2hunter2", "C-12345678")


def test_nothing_leaves_unredacted() -> None:
    redact = {"patterns": [{"name": "customer", "pattern": "C-[0-9]{8}"}]}
    with agent(redact=redact) as one:
        for number, secret in enumerate(SECRETS):
            said = f"ERROR payment of {secret} failed, password={SECRETS[2]}"
            one.place.write("/app", f"{SECRETS[0]}/{number}", END - 1, said)
            one.place.write(
                "/app", "s", END - 2, json.dumps({"level": "error", "user": secret, "password": SECRETS[2]})
            )
        one.count()
        window = one.bus.windows()[0]
        sent = json.dumps(one.bus.sent)
    assert window["errors"]
    assert [secret for secret in SECRETS if secret in sent] == []
    assert window["agent"]["redacted"]["customer"] >= 1


def test_titles_facts_lines_and_reasons_of_events_are_redacted() -> None:
    found = MonitoringEvent(
        HEALTH,
        SECRETS[0],
        END,
        ALARM,
        f"bad {SECRETS[1]}",
        [("Reason", SECRETS[3])],
        [f"password={SECRETS[2]}"],
        SECRETS[0],
    )
    counts: Counter[str] = Counter()
    detail = found.detail(SENDER.head(), Options(patterns=(("customer", re.compile("C-[0-9]{8}")),)), counts)
    assert [secret for secret in SECRETS if secret in json.dumps(detail)] == []
    assert counts["customer"] == 1


def test_a_line_that_was_cut_loses_the_word_that_the_cut_went_through() -> None:
    line = "ERROR failed " + "x " * 1_990 + "AKIAIOSFODNN7EXAMPLE"
    assert line[:4_000].endswith("AKIAIOS"), "the cut goes through the key"
    assert _whole_words(line[:4_000]).endswith(" x")
    assert _whole_words("ERROR short") == "ERROR short"


def test_a_line_is_counted_by_the_error_and_by_the_longest_text_that_it_has() -> None:
    known = KnownLines()
    event = Event(END, "1:/app", "s", "", 1)
    for text, is_counted in (("timeout", True), ("importing a long list of things", False), ("ledger timeout", True)):
        found = Fingerprint(f"1-{text}", "log", text, "", "", "", text)
        known.learn([EvaluatedEvent(event, found, "", is_counted, is_counted, {})])
    assert known.texts("fields @message") == ["ledger timeout", "timeout", "importing a long list of things"]


def test_one_failed_invocation_is_counted_once_though_its_report_says_it_again() -> None:
    request = "3f2504e0-4f89-11d3-9a0c-0305e82c3301"
    with agent() as one:
        said = f"2026-11-29T11:59:00.000Z {request} Task timed out after 3.00 seconds"
        one.place.write("/aws/lambda/post", "s", END - 100, said)
        report = f"REPORT RequestId: {request}\tDuration: 3000.00 ms\tMemory Size: 128 MB\tStatus: timeout error"
        one.place.write("/aws/lambda/post", "s", END - 99, report)
        one.count()
        errors = one.bus.windows()[0]["errors"]
        assert [(error["kind"], error["count"]) for error in errors] == [("lambda", 1)]
        assert errors[0]["request"] == request


def test_rules_of_the_file_are_looked_at_though_events_differ_in_noise_alone() -> None:
    ignore = [{"pattern": "order 10000007 ", "log_group": "/app", "reason": "known", "until": "2026-11-29"}]
    with agent(ignore=ignore, same=[{"name": "ledger", "pattern": "order 10000008 "}]) as one:
        for number in range(10):
            one.place.write("/app", "s", END - 10 + number, f"ERROR order {10_000_000 + number} was rejected")
        one.count()
        assert sorted(error["count"] for error in one.bus.windows()[0]["errors"]) == [1, 8]


def test_an_ignore_rule_ends_after_its_day() -> None:
    ignore = [{"pattern": "rejected", "log_group": "*", "reason": "known", "until": "2026-11-28"}]
    with agent(ignore=ignore) as one:
        one.place.write("/app", "s", END - 10, "ERROR order was rejected")
        one.count()
        assert [error["count"] for error in one.bus.windows()[0]["errors"]] == [1]


# Colours between a name and its value, as logrus, zerolog and others write them, and bytes that nobody sees.
HIDDEN = (
    "\x1b[31mpassword\x1b[0m=hunter2hunter2",
    '\x1b[36m"password"\x1b[0m: \x1b[32m"hunter2hunter2"\x1b[0m',
    "key AKIA\x1b[1mIOSFODNN7EXAMPLE",
    "of jan.kowalski\x00@example.com",
)


@pytest.mark.parametrize("hidden", HIDDEN)
def test_colours_and_control_characters_hide_no_secret(hidden: str) -> None:
    with agent() as one:
        one.place.write("/app", "s", END - 1, f"\x1b[31mERROR\x1b[0m payment failed {hidden}")
        one.count()
        sent = [str(printable(json.dumps(detail, ensure_ascii=False))) for _, detail in one.bus.sent]
    assert one.bus.windows()[0]["errors"]
    shown = [re.sub(r"\\u001b\[[0-9;]*m|\\u0000", "", text) for text in sent]
    assert [secret for secret in SECRETS if any(secret in text for text in shown)] == []
    detail = MonitoringEvent(HEALTH, "s", END, ALARM, hidden, [("Reason", hidden)], [hidden]).detail(
        {}, Options(), Counter()
    )
    assert [
        secret for secret in SECRETS if secret in re.sub(r"\\u001b\[[0-9;]*m|\[[0-9;]+m", "", json.dumps(detail))
    ] == []


def test_a_private_key_in_the_last_lines_of_a_task_stays_where_it_is() -> None:
    body = ["MIIEowIBAAKCAQEAx4fm7dngEmOULNmAs1IGZ9Apfzh", "DlRSbd8RqvZ0Q5ni1DP6pqOsyRIuT8DMLJmL3h1Yjsj6"]
    lines = ["cannot read the key:", "-----BEGIN RSA PRIVATE KEY-----", *body, "-----END RSA PRIVATE KEY-----", "bye"]
    detail = MonitoringEvent(HEALTH, "s", END, ALARM, "bad", (), lines).detail({}, Options(), Counter())
    assert [line for line in body if line in json.dumps(detail)] == []
    assert detail["lines"][0] == lines[0] and detail["lines"][-1] == "bye"


def test_the_newest_lines_are_kept_where_all_are_too_long_to_be_looked_at() -> None:
    lines = [*(f"{number} " + "word " * 300 for number in range(9)), "the last one"]
    detail = MonitoringEvent(HEALTH, "s", END, ALARM, "bad", (), lines).detail({}, Options(), Counter())
    assert detail["lines"][-1] == "the last one"
    assert len(detail["lines"]) >= 4


def test_a_service_that_does_not_work_is_listed_as_its_event_names_it(monkeypatch: pytest.MonkeyPatch) -> None:
    bad = [Unhealthy(f"{SECRETS[0]}/{number}", "bad", (), "s") for number in range(MOST_NAMED + 1)]
    monkeypatch.setattr("handlers.error_logs.health.of_services", lambda _services: list(bad))
    monkeypatch.setattr("handlers.error_logs.discovery.inventory", lambda *_clients, **_asked: Inventory())
    with agent(health=True) as one:
        one.count()
        block = one.bus.windows()[0]["agent"]
        assert block["unhealthy"] == [event["subject"] for event in one.bus.events()]
        # Not all of them could be named, so what is not listed may not work either.
        assert block["unavailable"] == ["health of functions", "health of services"]
        assert SECRETS[0] not in json.dumps(one.bus.sent)


def test_more_functions_than_one_run_asks_for_leave_no_service_open_for_ever(monkeypatch: pytest.MonkeyPatch) -> None:
    functions = [Function(f"f{number:03}", f"/aws/lambda/f{number:03}", 0) for number in range(MOST_FUNCTIONS + 2)]
    monkeypatch.setattr("handlers.error_logs.discovery.inventory", lambda *_clients, **_asked: Inventory(functions))
    asked: list[str] = []
    throttled: set[str] = set()

    class Lambda:
        def get_function_concurrency(self, FunctionName: str) -> dict[str, int]:  # noqa: N803
            asked.append(FunctionName)
            if FunctionName in throttled:
                raise ClientError({"Error": {"Code": "TooManyRequestsException"}}, "GetFunctionConcurrency")
            return {}

    for names, unknown in ((), []), (("f003",), ["health of functions"]):
        throttled.update(names)
        with agent(groups={}, health=True) as one:
            one.clients = {"lambda": Lambda()}
            for function in functions:
                one.place.create(function.log_group)
            one.count()
            said = one.bus.windows()[0]["agent"]["unavailable"]
            assert said == [*unknown, "health of 2 functions not read: the limit of a run was reached"]
    assert asked[:MOST_FUNCTIONS] == [function.name for function in functions[:MOST_FUNCTIONS]]
