"""Models of channels for a simulation: each call is recorded, takes its time, and may be refused.

A model follows its type's sink in what matters to a worker: how many calls a step takes, whether it has tickets, and
whether it takes digests and can edit them; the vendor's module declares that. Texts are not modelled; the stubs of
`obsgen drill --local ALARM` and of the handlers' tests check requests.
"""

from __future__ import annotations

from collections import Counter, deque
from dataclasses import dataclass
from importlib import import_module
from typing import Any

from generator.drill.vendors.kit.registry import vendor_class
from generator.drill.vendors.kit.vendor import OPENING_STEPS, opens_another_page

MINUTE = 60_000
# The time of an attempt to connect to a server that does not answer.
UNANSWERED_MS = 1_000
RETRY_AFTER_S = 30.0


@dataclass(frozen=True, slots=True)
class Message:
    """Something that a channel accepted. at: milliseconds since 1970.

    kind: page (a person is paged), ticket (one is created), message, digest, or update (of one that exists).
    incidents: how many it is about. text: as in a mail; empty where calls take time, and in digests.
    """

    at: int
    channel: str
    type: str
    kind: str
    step: str
    incident: str
    incidents: int = 1
    text: str = ""


class ChannelModel:
    """tickets, takes_evidence: as the type's own sink says. limit: calls that the vendor accepts in any 60 seconds.

    takes_time: whether calls take time, and are limited. outage: from when to when no call is answered.
    """

    def __init__(self, channel: Any, time: Any, *, takes_time: bool, outage: tuple[int, int] | None) -> None:
        sink = import_module(f"handlers.incident.sinks.{channel.type}").Sink
        self.tickets, self.accepts_evidence, self.omits = sink.tickets, sink.accepts_evidence, sink.omits
        self.vendor = vendor_class(channel.type)
        self._sinks = import_module("handlers.incident.sinks.sink")
        self._channel, self._time, self._takes_time, self._outage = channel, time, takes_time, outage
        self.limit = channel.policy.rate + max(1.0, channel.policy.rate / 10)
        self.messages: list[Message] = []
        self.refused: Counter[str] = Counter()
        self._accepted: deque[int] = deque()
        self._alerts: set[str] = set()
        self._number = 0
        self._text = ""

    def advance(self, report: Any, attempt: Any, _deadline: Any) -> Any:
        """One call of a step; what is sent counts once the step is done."""
        step = str(report.step)
        calls = self.vendor.calls(step, report, attempt, self._channel.settings)
        calls_made = int(attempt.progress.get("calls", "0")) + 1
        if calls:
            self._call()
        if calls_made < calls:
            return self._sinks.Advance(attempt.reference, False, {"calls": str(calls_made)})
        if not calls:
            return self._sinks.Advance(attempt.reference)
        self._text = "" if self._takes_time else _text(report)
        if self.vendor.kind == "page" and opens_another_page(step, report, attempt):
            self._alerts.discard(report.episode)
        record = {"ticket": self._ticket, "page": self._page, "message": self._message}[self.vendor.kind]
        return self._sinks.Advance(record(step, report.episode, attempt.reference))

    def _ticket(self, step: str, incident: str, reference: str | None) -> str:
        if reference is None:
            self._number += 1
            reference = f"{self._channel.settings.get('project', self._channel.name)}-{self._number}"
            self._note("ticket", step, incident)
        else:
            self._note("update", step, incident)
        return reference

    def _page(self, step: str, incident: str, _reference: str | None) -> str:
        """A trigger for an alert that is open already is no page."""
        self._note("page" if step in OPENING_STEPS and incident not in self._alerts else "update", step, incident)
        if step in OPENING_STEPS:
            self._alerts.add(incident)
        else:
            self._alerts.discard(incident)
        return incident

    def _message(self, step: str, incident: str, reference: str | None) -> str:
        is_edit = step == "updated" and self.vendor.edits_digests(self._channel.settings)
        self._note("update" if is_edit else "message", step, incident)
        return reference or f"{self._channel.name}/{incident}"

    def _note(self, kind: str, step: str, incident: str, incidents: int = 1) -> None:
        self.messages.append(
            Message(
                *(self._time.now(), self._channel.name, self._channel.type, kind, step, incident, incidents),
                "" if kind == "digest" else self._text,
            )
        )

    def _call(self) -> None:
        if not self._takes_time:
            return
        if self._outage and self._outage[0] <= self._time.now() < self._outage[1]:
            self._time.sleep(UNANSWERED_MS / 1000)
            self.refused["unanswered"] += 1
            raise self._sinks.SinkFailed(f"{self._channel.name} did not answer")
        self._time.sleep(self.vendor.latency_ms / 1000)
        now = self._time.now()
        while self._accepted and self._accepted[0] <= now - MINUTE:
            self._accepted.popleft()
        if len(self._accepted) >= self.limit:
            self.refused["429"] += 1
            raise self._sinks.SinkFailed(f"{self._channel.name} asks to wait (429)", retry_after=RETRY_AFTER_S)
        self._accepted.append(now)


class DigestModel(ChannelModel):
    """The model of a channel that takes digests, too."""

    def digest(self, digest: Any, reference: str | None, _deadline: Any) -> str | None:
        """Send the digest, or edit it where the type's sink does."""
        self._call()
        self._note("update" if reference else "digest", "digest", "", digest.total)
        is_editable = self.vendor.edits_digests(self._channel.settings)
        return (reference or f"{self._channel.name}/digest") if is_editable else None


def model(channel: Any, time: Any, *, takes_time: bool, outage: tuple[int, int] | None) -> ChannelModel:
    """The model of a channel."""
    takes_digests = hasattr(import_module(f"handlers.incident.sinks.{channel.type}").Sink, "digest")
    model_class = DigestModel if takes_digests else ChannelModel
    return model_class(channel, time, takes_time=takes_time, outage=outage)


def _text(report: Any) -> str:
    """What all channels have in a form of their own: title, lead and facts."""
    facts = [f"{name}: {value}" for name, value in report.facts]
    return "\n".join(filter(None, [report.title, report.lead, *facts]))
