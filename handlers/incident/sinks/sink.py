"""What every sink is: the way to one channel.

A sink is one file, named as its channel's type in the language (`generator/spec/channels/<type>.py` is the other side
of the wire), with a class `Sink` that is made from a channel and tools. It makes one call at a time: between two calls
the worker records what the first one did, looks at the clock and spends the channel's next token.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field, replace
from enum import StrEnum
from importlib import import_module
from typing import Any, ClassVar, Protocol, cast

from handlers.common.deadline import Deadline
from handlers.common.http import Answer, Http, NoAnswer
from handlers.incident.channels import Channel
from handlers.incident.finding import Finding
from handlers.incident.message.report import Digest, MemberLine, Report, Step, clip

# With less time than this left, in seconds, nothing is tried again.
TIME_FOR_ANOTHER = 0.5
# Seconds to wait where a server says 429 and not for how long.
DEFAULT_WAIT = 20.0
PLAIN_LIMIT = 300
# What speaks against the content of a request, and not against the sender or the address.
REFUSED_CONTENT = (400, 413, 422)


@dataclass(frozen=True, slots=True)
class Tools:
    """What sinks work with, and what tests put something else in for.

    secret: the parsed JSON of a secret, or {"value": text} where it is plain text; raises SinkFailed.
    client: a botocore client, by service name, that waits as long as a vendor may take, and never retries; with
    `region`, of another Region than the function's own.
    now: seconds since 1970.
    """

    http: Http
    secret: Callable[[str], Mapping[str, str]]
    client: Callable[..., Any]
    topic_arn: str = ""
    now: Callable[[], float] = time.time


class Blame(StrEnum):
    """Whom a failed attempt speaks against."""

    CHANNEL = "channel"  # no answer, 5xx, 429, refused credentials: everything else of this channel would fail too
    DELIVERY = "delivery"  # this ticket or thread has to wait, such as Jira's limit of writes per issue
    CONTENT = "content"  # the other side does not take what was sent (400, 413, 422): tried once more in plain form


class SinkFailed(Exception):
    """An attempt failed. The message holds no secret: it is logged and kept.

    unsure: this very attempt may have taken effect all the same (no answer to what was sent, a 5xx, an unreadable 2xx).
    Where it is False, what was unsure before stays so.
    retry_after: seconds the other side asked to be left alone, 1 to 900.
    """

    def __init__(
        self, reason: str, *, unsure: bool = False, retry_after: float | None = None, blame: Blame = Blame.CHANNEL
    ) -> None:
        super().__init__(reason)
        self.unsure = unsure
        self.retry_after = retry_after
        self.blame = blame


@dataclass(frozen=True, slots=True)
class Attempt:
    """Where sending a report stands.

    reference: how the ticket or thread is found, from an earlier step. progress: the sink's own record of which parts
    of this very step are done, with what a later part needs; short strings. unsure_since: when the latest attempt was
    made that may have taken effect, in milliseconds since 1970, and 0 for none; unsure_ms: how long ago that is. plain:
    the full form was refused, so as plain as can be. acknowledge: which ways of acknowledging count, of `ticket`,
    `reaction` and `command`. is_open: whether the channel was sent an ALARM, and no OK since. begun_for: time of what
    this step is about, a state change, a change of the members or a reminder, in milliseconds since 1970; the same for
    all attempts that may take effect.
    """

    reference: str | None = None
    progress: Mapping[str, str] = field(default_factory=dict)
    unsure_since: int = 0
    unsure_ms: int = 0
    plain: bool = False
    acknowledge: tuple[str, ...] = ()
    is_open: bool = False
    begun_for: int = 0

    @property
    def unsure(self) -> bool:
        """Whether to look before anything is sent again."""
        return self.unsure_since > 0


@dataclass(frozen=True, slots=True)
class Advance:
    """What one call brought. finished: whether the step is done; otherwise the next call continues from here.

    acknowledged_by: who or what says that somebody has taken the incident on, such as `OPS-12 is In Progress`; a
    reminder is done with it, and nothing was sent.
    """

    reference: str | None
    finished: bool = True
    progress: Mapping[str, str] = field(default_factory=dict)
    acknowledged_by: str = ""


class Sink(Protocol):
    """One channel.

    tickets: whether it keeps a ticket for each incident, and hears nothing of what needs none (no data).
    takes_evidence: whether log lines can be added to what it has. omits: the steps of which it is sent nothing.
    """

    tickets: ClassVar[bool]
    accepts_evidence: ClassVar[bool]
    omits: ClassVar[frozenset[Step]]

    def __init__(self, channel: Channel, tools: Tools) -> None: ...

    def advance(self, report: Report, attempt: Attempt, deadline: Deadline) -> Advance:
        """Make exactly one call towards what the report says. Raises SinkFailed.

        Whatever took effect is in what is returned, so that it is recorded before the next call. What was only looked
        up may be in `progress` too, but a search that found nothing must never count as done.
        """


class DigestSink(Sink, Protocol):
    """A channel that can take many incidents in one message."""

    def digest(self, digest: Digest, reference: str | None, deadline: Deadline) -> str | None:
        """Send it, or edit the message of that reference in place. Returns the reference where it can be edited later.

        Raises SinkFailed.
        """


def sink(channel: Channel, tools: Tools) -> Sink:
    """The sink of a channel; its file is loaded when first asked for."""
    kind = cast(type[Sink], import_module(f"handlers.incident.sinks.{channel.type}").Sink)
    return kind(channel, tools)


def ask(
    tools: Tools,
    channel: Channel,
    method: str,
    url: str,
    deadline: Deadline,
    *,
    who: str,
    headers: dict[str, str] | None = None,
    body: bytes | None = None,
    data: Any = None,
) -> Answer:
    """One HTTP call whose failures are SinkFailed. `who`: the other side's name in what is logged.

    Tried a second time only where the first certainly never reached the server. Statuses of 500 and more, and what asks
    to wait, are failures; every other answer is the caller's to judge.
    """
    private = channel.policy.private
    for last in (False, True):
        try:
            answer = tools.http.call(method, url, deadline, headers=headers, body=body, data=data, private=private)
            break
        except NoAnswer as error:
            if last or error.sent or deadline.left < TIME_FOR_ANOTHER:
                raise SinkFailed(f"{who} did not answer ({error})", unsure=error.sent and method != "GET") from None
    wait = answer.wait_seconds(tools.now())
    if answer.status == 429 or (answer.status == 503 and wait is not None):
        is_per_issue = "per-issue" in answer.headers.get("ratelimit-reason", "").lower()
        blame = Blame.DELIVERY if is_per_issue else Blame.CHANNEL
        raise SinkFailed(f"{who} asked to retry later ({answer.status})", retry_after=wait or DEFAULT_WAIT, blame=blame)
    if answer.status >= 500:
        raise SinkFailed(f"{who} failed ({answer.status})", unsure=method != "GET")
    return answer


def blame_for(status: int) -> Blame:
    """Whom a refusal speaks against: what was sent, or who sent it and where to."""
    return Blame.CONTENT if status in REFUSED_CONTENT else Blame.CHANNEL


def error_of(answer: Answer) -> Mapping[str, Any]:
    """The object `error` of a JSON response; empty where there is none."""
    response = answer.json()
    error = response.get("error") if isinstance(response, dict) else None
    return error if isinstance(error, dict) else {}


def of_channel(failure: SinkFailed, *, plain: bool) -> SinkFailed:
    """The refusal of a service that takes any plain content: what it refuses even then is the channel's setting, and
    what is owed can wait until that is repaired.
    """
    return SinkFailed(str(failure)) if plain and failure.blame is Blame.CONTENT else failure


def plain_report(report: Report) -> Report:
    """The report as any server should take it: ASCII, PLAIN_LIMIT characters a field, no links."""
    texts = ("alarm", "account_name", "summary", "reason", "measured", "note", "muted", "owner", "size", "acknowledged")
    changes: dict[str, Any] = {name: _plain(getattr(report, name)) for name in (*texts, "newest")}
    finding = report.finding
    if finding:
        facts = tuple((_plain(name), _plain(value)) for name, value in finding.facts)
        changes["finding"] = Finding(_plain(finding.title), facts, _plain(finding.action), event=finding.event)
    lines, members = (_plain(line) for line in report.lines), (_plain_member(member) for member in report.members)
    counts = tuple((_plain(label), number) for label, number in report.counts)
    return replace(report, **changes, runbook="", links=(), lines=tuple(lines), members=tuple(members), counts=counts)


def _plain_member(member: MemberLine) -> MemberLine:
    return replace(
        member,
        alarm=_plain(member.alarm),
        account_name=_plain(member.account_name),
        measured=_plain(member.measured),
    )


def _plain(text: str) -> str:
    return "".join(char if " " <= char <= "~" else "?" for char in text)[:PLAIN_LIMIT]


def credentials(channel: Channel, tools: Tools, *names: str) -> Mapping[str, str]:
    """The channel's secret, which has to hold one of the names; plain text counts as the first of them."""
    secret = tools.secret(channel.secret or "")
    values = {names[0]: secret["value"], **secret} if "value" in secret else secret
    if not any(values.get(name) for name in names):
        raise SinkFailed(f"the secret {channel.secret} has no {' and no '.join(names)}")
    return values


def quoted(text: str, secrets: Iterable[str], limit: int = 300) -> str:
    """What the other side said, in one line and not too long, without what it may have echoed of a secret."""
    for value in secrets:
        if value:
            text = text.replace(value, "[secret]")
    return clip(" ".join(text.split()), limit)
