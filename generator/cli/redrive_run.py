"""A run of `obsgen redrive`: what is in the hubs' queues and tables, what of it is sent, and how that is reported."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from generator.cli.redrive_deliveries import UndeliveredNotifications, delivery_count
from generator.rollout.operate.dead_letters import DeadLetter, Queues
from generator.rollout.operate.redrive import HubQueues, QueueSnapshot, SendResult
from generator.wording import pluralize


@dataclass(slots=True)
class RedriveRun:
    """The messages and deliveries of all hubs, and what became of them.

    only: a pattern of alarms and IDs. channel: only deliveries to it. hopeless: send also messages that the function
    could not read.
    """

    only: str | None
    channel: str | None
    hopeless: bool
    snapshots: list[tuple[HubQueues, list[QueueSnapshot]]] = field(default_factory=list)
    deliveries: list[UndeliveredNotifications] = field(default_factory=list)
    outcomes: list[SendResult] = field(default_factory=list)

    def collect(self, hub: HubQueues, names: Mapping[str, str]) -> None:
        """Read the queues and the table of one hub. Raises AwsError."""
        self.snapshots.append((hub, [] if self.channel else hub.peek()))
        self.deliveries.append(UndeliveredNotifications(hub, names))
        self.deliveries[-1].collect(self.channel, self.only)

    @property
    def letters(self) -> list[DeadLetter]:
        """The dead letters that match the options."""
        return [
            letter
            for _, snapshots in self.snapshots
            for peek in snapshots
            for letter in peek.letters
            if letter.fits(self.only)
        ]

    @property
    def sendable(self) -> set[str]:
        """The IDs of the letters that can be sent."""
        return {letter.id for letter in self.letters if letter.sendable(hopeless=self.hopeless)}

    @property
    def has_work(self) -> bool:
        """True if there is a message to send or a delivery to retry."""
        return bool(self.sendable) or any(deliveries.lost for deliveries in self.deliveries)

    @property
    def question(self) -> str:
        """The question before anything is sent."""
        parts = [f"send {_messages(len(self.sendable))}"] if self.sendable else []
        if any(deliveries.lost for deliveries in self.deliveries):
            parts.append(f"retry {delivery_count(self.deliveries)}")
        return " and ".join(parts).capitalize()

    def send(self) -> Iterator[str]:
        """Send the messages and retry the deliveries; yields a line for each. Raises AwsError."""
        sendable = self.sendable
        for hub, snapshots in self.snapshots:
            for outcome in _sent(hub, snapshots, sendable):
                self.outcomes.append(outcome)
                yield f"{outcome.problem or 'sent'}  {outcome.letter.about}"
        for deliveries in self.deliveries:
            yield from deliveries.put_back()

    @property
    def unread(self) -> int:
        """The number of messages that SQS counts but did not return."""
        return sum(max(0, peek.total - len(peek.letters)) for _, snapshots in self.snapshots for peek in snapshots)

    @property
    def is_incomplete(self) -> bool:
        """True if messages or deliveries remain, or could not be read."""
        unsent = len(self.letters) - len(self.outcomes)
        return bool(
            unsent or self.unread or any(deliveries.remaining or deliveries.skipped for deliveries in self.deliveries)
        )

    def lines(self) -> Iterator[str]:
        """The messages and deliveries, by environment."""
        for (hub, snapshots), deliveries in zip(self.snapshots, self.deliveries, strict=True):
            yield from _queue_lines(hub.queues, snapshots, self.only)
            yield from deliveries.lines()

    def summary(self, *, send: bool) -> Iterator[str]:
        """The last lines: what --send would do, or did."""
        lost, retried = (
            sum(len(deliveries.lost) for deliveries in self.deliveries),
            sum(deliveries.retried for deliveries in self.deliveries),
        )
        if self.letters or self.unread or not lost:
            yield _letter_summary(len(self.letters), len(self.sendable), len(self.outcomes), self.unread, send=send)
        if lost and not send:
            yield f"{delivery_count(self.deliveries)} given up or refused: use --send to retry"
        elif lost:
            changed_meanwhile = sum(deliveries.changed for deliveries in self.deliveries)
            changed = f", {changed_meanwhile} changed meanwhile" if changed_meanwhile else ""
            yield f"{retried} of {delivery_count(self.deliveries)} owed again{changed}"

    def as_data(self, refused: str = "") -> dict[str, Any]:
        """The run for `--json`. refused: the error that ended it."""
        deliveries = [deliveries.as_data() for deliveries in self.deliveries]
        return {**_data(self.snapshots, self.letters, self.outcomes, refused), "deliveries": deliveries}


def _sent(hub: HubQueues, snapshots: list[QueueSnapshot], sendable: set[str]) -> Iterator[SendResult]:
    """Send the messages that were listed, and none that arrived since."""
    for peek in snapshots:
        yield from hub.send(peek.queue, {letter.id for letter in peek.letters} & sendable)


def _queue_lines(queues: Queues, peeks: list[QueueSnapshot], only: str | None) -> Iterator[str]:
    yield queues.environment
    for peek in peeks:
        letters = [letter for letter in peek.letters if letter.fits(only)]
        missed = peek.total - len(peek.letters)
        more = f"; {missed} more not read this time" if missed > 0 else ""
        other = f"; {len(peek.letters) - len(letters)} not matching {only}" if len(letters) < len(peek.letters) else ""
        yield f"  {peek.queue.name}: {_messages(len(letters)) if letters else 'nothing'}{other}{more}"
        for letter in letters:
            yield from _letter(letter)


def _letter(letter: DeadLetter) -> Iterator[str]:
    yield f"    {letter.when}  {letter.about}"
    yield f"      {' '.join(letter.reason.split())}"
    if letter.hold_reason:
        yield f"      not redrivable: {letter.hold_reason}"


def _letter_summary(total: int, sendable: int, sent: int, unread: int, *, send: bool) -> str:
    if not total:
        return "no message could be read; run the command again in two minutes" if unread else "no dead-letter messages"
    unsent = total - sendable
    if not send:
        return f"{pluralize(total, 'dead-letter message')}: {sendable} redrivable with --send, {unsent} not"
    if sendable and not sent:
        return "no message was sent"
    removed = f"; {sendable - sent} no longer in the queue" if sent < sendable else ""
    return f"{_messages(sent)} sent, {unsent} not redrivable{removed}"


def _messages(number: int) -> str:
    return pluralize(number, "message")


def _data(
    hubs: list[tuple[HubQueues, list[QueueSnapshot]]],
    letters: list[DeadLetter],
    outcomes: list[SendResult],
    refused: str = "",
) -> dict[str, Any]:
    became = {outcome.letter.id: outcome for outcome in outcomes}
    rows = [
        {
            **letter.as_data(),
            "sent": letter.id in became,
            **({"problem": became[letter.id].problem} if letter.id in became and became[letter.id].problem else {}),
        }
        for letter in letters
    ]
    queues = [
        {
            "environment": hub.queues.environment,
            "name": peek.queue.name,
            "account": peek.queue.account,
            "region": peek.queue.region,
            "approximately": peek.total,
            "seen": len(peek.letters),
        }
        for hub, snapshots in hubs
        for peek in snapshots
    ]
    return {"queues": queues, "letters": rows, **({"refused": refused} if refused else {})}
