"""Many incidents, few messages: lists above a channel's limit, and one list of what was missed."""

from __future__ import annotations

from typing import Any

from handlers.incident.records import Status
from handlers.incident.report import Step
from handlers.incident.sinks.sink import Blame, SinkFailed
from tests.handlers.delivery_world import START, Chat, Place, most_in_a_minute

SLACK: dict[str, dict[str, Any]] = {"chat": {"type": "slack"}}
MAIL: dict[str, dict[str, Any]] = {"mail": {"type": "email"}}
DAY = 86_400


def down(*_sent: Any) -> SinkFailed:
    return SinkFailed("invalid_auth")


def fine(*_sent: Any) -> None:
    return None


def flood(place: Place, channel: str, number: int, criticals: int, seconds: float = 60) -> None:
    for index in range(number):
        severity = "critical" if index % (number // max(1, criticals)) == 0 and criticals else "medium"
        at = START + index * 1000 * seconds / number
        place.clock.call(
            at, lambda index=index, severity=severity: place.open(f"i{index:04}", channel, severity=severity) and None
        )


def test_fault_14_ten_days_away_are_one_list_and_the_new_critical_comes_first() -> None:
    place = Place(SLACK)
    chat: Chat = place.sinks["chat"]
    chat.fault = down
    for number in range(60):
        place.open(f"old{number:02}", "chat")
        place.run("chat", 3_600, tick_s=600)
        place.end(f"old{number:02}")
        place.run("chat", 3 * 3_600, tick_s=600)
    probes = len(chat.calls)
    assert probes <= 10 * DAY / 300 + 60
    chat.fault = fine
    started = place.clock.ms
    place.open("new", "chat", severity="critical")
    place.run("chat", 900)
    assert [(about, str(step)) for _, about, step in chat.sent] == [("new", "open")]
    assert chat.sent[0][0] - started <= 5_000
    ((_, digest, reference),) = chat.digests
    assert digest.away
    assert reference is None
    assert digest.total == 60
    assert len(digest.lines) == 20
    assert ("high", 60) in digest.counts
    assert ("account checkout", 60) in digest.counts
    assert digest.link.endswith("#dashboards/dashboard/overview-prod")
    assert place.table.owed() == []
    assert place.table.of("old00", "chat").digested


def test_fault_4_five_thousand_alarms_are_few_chat_messages() -> None:
    place = Place(SLACK)
    place.table.op_ms = 2
    chat: Chat = place.sinks["chat"]
    flood(place, "chat", 5_000, 50)
    place.run("chat", 3_600)
    assert place.table.owed() == []
    assert chat.messages <= 60
    assert {step for _, _, step in chat.sent} == {Step.OPEN}
    assert most_in_a_minute(chat.calls) <= 55
    opened = {about: at for at, about, _ in chat.sent}
    waits = [opened[f"i{index:04}"] - (START + index * 12) for index in range(0, 5_000, 100)]
    assert max(waits) <= 5_000
    edits = [at for at, _, reference in chat.digests if reference]
    assert all(later - before >= 10_000 for before, later in zip(edits, edits[1:], strict=False))


def test_five_thousand_alarms_are_few_mails() -> None:
    place = Place(MAIL)
    place.table.op_ms = 2
    mail: Chat = place.sinks["mail"]
    flood(place, "mail", 5_000, 20)
    place.run("mail", 3_600)
    assert place.table.owed() == []
    assert mail.messages <= 40
    sent = [at for at, _, _ in mail.digests]
    assert all(later - before >= 300_000 for before, later in zip(sent, sent[1:], strict=False))
    assert sum(digest.total for _, digest, _ in mail.digests) + len(mail.sent) == 5_000


def test_up_to_the_limit_each_has_its_own_message_and_what_follows_stays_in_its_thread() -> None:
    place = Place(SLACK)
    chat: Chat = place.sinks["chat"]
    for number in range(10):
        place.open(f"i{number}", "chat")
    place.run("chat", 120)
    assert chat.digests == []
    for number in range(30):
        place.open(f"j{number}", "chat")
    place.run("chat", 180)
    (digest, *edits) = chat.digests
    assert sum(reference is None for _, _, reference in chat.digests) == 1
    place.end("j29")
    place.run("chat", 60)
    assert place.table.of("j29", "chat").reference == "list-1"
    assert chat.steps("j29") == ["resolve"]
    assert digest[1].total + len(chat.sent) - 1 >= 30 or edits


def test_a_list_that_is_refused_is_sent_as_numbers() -> None:
    place = Place(SLACK)
    chat: Chat = place.sinks["chat"]
    refused = SinkFailed("400", blame=Blame.CONTENT)
    chat.fault = lambda content, attempt: refused if attempt is None and content.lines else None
    for number in range(30):
        place.open(f"i{number}", "chat")
    place.run("chat", 600)
    assert chat.digests[0][1].lines == ()
    assert chat.digests[0][1].counts
    assert place.table.owed() == []


def test_an_uncertain_list_is_not_sent_again_for_a_minute() -> None:
    place = Place(SLACK)
    chat: Chat = place.sinks["chat"]
    once = [SinkFailed("no answer", unsure=True)]
    chat.fault = lambda _content, attempt: once.pop() if attempt is None and once else None
    for number in range(30):
        place.open(f"i{number}", "chat")
    place.run("chat", 600)
    assert len([at for at in chat.calls if at < START + 60_000]) == 1
    assert place.table.owed() == []
    assert all(row.status is Status.SETTLED for row, _, _ in place.table.rows.values())


def test_what_ends_is_listed_too() -> None:
    place = Place(SLACK)
    chat: Chat = place.sinks["chat"]
    for number in range(40):
        place.open(f"i{number}", "chat")
    place.run("chat", 300)
    for number in range(40):
        place.end(f"i{number}")
    place.run("chat", 300)
    assert place.table.owed() == []
    assert chat.messages <= 12
    assert any(line.startswith("OK ") for _, digest, _ in chat.digests for line in digest.lines)


def test_evidence_is_never_in_a_list() -> None:
    place = Place(SLACK, lines=("ERROR x",), evidence="everywhere")
    type(place.sinks["chat"]).accepts_evidence = True
    try:
        for number in range(30):
            place.open(f"i{number}", "chat", alarm="logs")
        place.run("chat", 300)
        assert "evidence" not in place.sinks["chat"].steps()
        assert place.table.owed() == []
    finally:
        type(place.sinks["chat"]).accepts_evidence = False


def test_a_critical_does_not_wait_while_a_long_list_is_written_down() -> None:
    """Whatever the turn: a list of a thousand takes seconds to read and to write down, and no call in that time."""
    place = Place(SLACK)
    place.table.op_ms = 15
    chat: Chat = place.sinks["chat"]
    for index in range(1_200):
        at = START + index * 50
        place.clock.call(at, lambda index=index: place.open(f"i{index:04}", "chat", severity="low") and None)
    begun: dict[str, float] = {}

    def critical(name: str) -> None:
        begun[name] = place.clock.ms
        place.open(name, "chat", severity="critical")

    for number in range(40):
        place.clock.call(START + 2_000 + number * 3_000, lambda number=number: critical(f"c{number:02}"))
    place.run("chat", 180)
    waits = {about: at - begun[about] for at, about, _ in chat.sent if about in begun}
    assert len(waits) == 40
    assert max(waits.values()) <= 5_000
    assert place.table.owed() == []
