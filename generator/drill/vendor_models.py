"""Channels as a simulation has them: what is sent is written down, each call takes its time, and may be refused.

A model follows its type's sink in what matters to a worker: how many calls a step takes, whether it keeps tickets,
whether it takes lists and can edit them. What a message looks like is not modelled; `obsgen drill --local ALARM` and
the handlers' tests have the stand-ins that check requests.
"""

from __future__ import annotations

from collections import Counter, deque
from collections.abc import Callable
from dataclasses import dataclass
from importlib import import_module
from typing import Any

MINUTE = 60_000
# What a call takes, in milliseconds: of the kind that is usual for each vendor.
LATENCY_MS = {"jira": 570, "opsitem": 120, "pagerduty": 250, "slack": 200, "email": 60, "webhook": 150}
# Connecting to a server that does not answer.
UNANSWERED_MS = 1_000
RETRY_AFTER_S = 30.0
OPENS = ("open", "repeat")


@dataclass(frozen=True, slots=True)
class Message:
    """Something that a channel took. at: milliseconds since 1970.

    kind: page (somebody is paged), ticket (one is made), message, digest, or update (of what there is already).
    incidents: how many it is about. text: what it says, as a mail would; empty where calls take time, and in digests.
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
    """tickets, takes_evidence: as the type's own sink says. limit: calls that the vendor takes in any 60 seconds.

    takes_time: whether calls take time, and are limited. outage: from when to when nothing answers.
    """

    def __init__(self, channel: Any, time: Any, *, takes_time: bool, outage: tuple[int, int] | None) -> None:
        kind = import_module(f"handlers.incident.sinks.{channel.type}").Sink
        self.tickets, self.takes_evidence, self.omits = kind.tickets, kind.takes_evidence, kind.omits
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
        step, kind = str(report.step), self._channel.type
        calls, made = self._calls(step, report, attempt), int(attempt.progress.get("calls", "0")) + 1
        if calls:
            self._call()
        if made < calls:
            return self._sinks.Advance(attempt.reference, False, {"calls": str(made)})
        if not calls:
            return self._sinks.Advance(attempt.reference)
        self._text = "" if self._takes_time else _text(report)
        if kind == "pagerduty" and self._pages_anew(step, report, attempt):
            self._alerts.discard(report.episode)
        note = {"jira": self._ticket, "opsitem": self._ticket, "pagerduty": self._page}.get(kind, self._message)
        return self._sinks.Advance(note(step, report.episode, attempt.reference))

    def _calls(self, step: str, report: Any, attempt: Any) -> int:
        """How many calls the type's sink makes for a step."""
        kind, reference = self._channel.type, attempt.reference
        if kind == "pagerduty":
            return 2 if self._pages_anew(step, report, attempt) else int(step in (*OPENS, "resolve"))
        if kind in ("jira", "opsitem") and reference is None:
            return int(step in OPENS)
        # The title and the members of an incident of several alarms are brought up to date.
        edits = int(report.is_of_several and step in ("repeat", "resolve"))
        if kind == "jira":
            # A comment, and a look at the status, one at the transitions, and the transition itself.
            moves = step == "repeat" or (step == "resolve" and self._channel.settings.get("resolve_on_ok"))
            looks = int(step == "reminder" and "ticket" in attempt.acknowledge)
            return (4 if moves else 1) + edits + looks
        if kind == "slack":
            is_bot = bool(self._channel.settings.get("channel"))
            looks = int(step == "reminder" and "reaction" in attempt.acknowledge)
            return (1 + edits + looks) if is_bot else int(step != "updated")
        return 1

    @staticmethod
    def _pages_anew(step: str, report: Any, attempt: Any) -> bool:
        """Something worse in an incident that is open is an alert of its own."""
        return step == "repeat" and report.is_of_several and attempt.is_open

    def _ticket(self, step: str, incident: str, reference: str | None) -> str:
        if reference is None:
            self._number += 1
            reference = f"{self._channel.settings.get('project', self._channel.name)}-{self._number}"
            self._note("ticket", step, incident)
        else:
            self._note("update", step, incident)
        return reference

    def _page(self, step: str, incident: str, _reference: str | None) -> str:
        """A trigger for an alert that is open already pages nobody."""
        self._note("page" if step in OPENS and incident not in self._alerts else "update", step, incident)
        if step in OPENS:
            self._alerts.add(incident)
        else:
            self._alerts.discard(incident)
        return incident

    def _message(self, step: str, incident: str, reference: str | None) -> str:
        self._note("update" if step == "updated" and self._channel.type == "slack" else "message", step, incident)
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
        self._time.sleep(LATENCY_MS[self._channel.type] / 1000)
        now = self._time.now()
        while self._accepted and self._accepted[0] <= now - MINUTE:
            self._accepted.popleft()
        if len(self._accepted) >= self.limit:
            self.refused["429"] += 1
            raise self._sinks.SinkFailed(f"{self._channel.name} asks to wait (429)", retry_after=RETRY_AFTER_S)
        self._accepted.append(now)


class ListingModel(ChannelModel):
    """A channel that takes lists, too."""

    def digest(self, digest: Any, reference: str | None, _deadline: Any) -> str | None:
        """Send the list, or edit it where the type's sink could."""
        self._call()
        editable = self._channel.type == "slack" and self._channel.settings.get("channel")
        self._note("update" if reference else "digest", "digest", "", digest.total)
        return (reference or f"{self._channel.name}/digest") if editable else None


def model(channel: Any, time: Any, *, takes_time: bool, outage: tuple[int, int] | None) -> ChannelModel:
    """The model of a channel."""
    takes_lists = hasattr(import_module(f"handlers.incident.sinks.{channel.type}").Sink, "digest")
    made: Callable[..., ChannelModel] = ListingModel if takes_lists else ChannelModel
    return made(channel, time, takes_time=takes_time, outage=outage)


def _text(report: Any) -> str:
    """What every channel says in its own form: the title, how it stands, the facts."""
    facts = [f"{name}: {value}" for name, value in report.facts]
    return "\n".join(filter(None, [report.title, report.lead, *facts]))
