"""What every sink is: the way to one channel.

A sink is one file, named as its channel's type in the language (`generator/spec/channels/<type>.py` is the other side
of the wire), with a class `Sink` that is made from a channel and tools. It makes one call at a time: between two calls
the worker records what the first one did, looks at the clock and spends the channel's next token.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from importlib import import_module
from typing import Any, ClassVar, Protocol, cast

from handlers.common.deadline import Deadline
from handlers.common.http import Answer, Http, NoAnswer
from handlers.incident.report import Digest, Report

# With less time than this left, in seconds, nothing is tried again.
TIME_FOR_ANOTHER = 0.5


@dataclass(frozen=True, slots=True)
class DeliveryPolicy:
    """How a channel is delivered to.

    rate: calls a minute. retry_ms: how long a delivery is attempted before it is given up. missed: what becomes of an
    incident that began and ended before the channel could be reached: `each`, `digest` or `never`. time_limit_s: for
    one call. digest_above: more than this many due within a minute go into one message; None for never.
    digest_every_ms: how long that message is edited, or how far apart such messages are. private: whether private
    addresses may be called.
    """

    rate: float
    retry_ms: int
    missed: str
    time_limit_s: float = 30.0
    digest_above: int | None = None
    digest_every_ms: int = 60_000
    private: bool = False


@dataclass(frozen=True, slots=True)
class Channel:
    """A channel of the routing table. secret: the name of a Secrets Manager secret. settings: as in the YAML."""

    name: str
    type: str
    secret: str | None
    settings: Mapping[str, Any]
    policy: DeliveryPolicy


@dataclass(frozen=True, slots=True)
class Tools:
    """What sinks work with, and what tests put something else in for.

    secret: the parsed JSON of a secret, or {"value": text} where it is plain text; raises SinkFailed.
    client: a botocore client, by service name, with short time-outs and no retries.
    """

    http: Http
    secret: Callable[[str], Mapping[str, str]]
    client: Callable[[str], Any]
    topic_arn: str = ""


class Blame(StrEnum):
    """Whom a failed attempt speaks against."""

    CHANNEL = "channel"  # no answer, 5xx, 429, refused credentials: everything else of this channel would fail too
    DELIVERY = "delivery"  # this ticket or thread has to wait, such as Jira's limit of writes per issue
    CONTENT = "content"  # the other side does not take what was sent (400, 413, 422): tried once more in plain form


class SinkFailed(Exception):
    """An attempt failed. The message holds no secret: it is logged and kept.

    unsure: it may have taken effect all the same (no answer to what was sent, a 5xx, an unreadable 2xx).
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
    the full form was refused, so as plain as can be.
    """

    reference: str | None = None
    progress: Mapping[str, str] = field(default_factory=dict)
    unsure_since: int = 0
    unsure_ms: int = 0
    plain: bool = False

    @property
    def unsure(self) -> bool:
        """Whether to look before anything is sent again."""
        return self.unsure_since > 0


@dataclass(frozen=True, slots=True)
class Advance:
    """What one call brought. finished: whether the step is done; otherwise the next call continues from here."""

    reference: str | None
    finished: bool = True
    progress: Mapping[str, str] = field(default_factory=dict)


class Sink(Protocol):
    """One channel.

    tickets: whether it keeps a ticket for each incident, and hears nothing of what needs none (no data).
    takes_evidence: whether log lines can be added to what it has.
    """

    tickets: ClassVar[bool]
    takes_evidence: ClassVar[bool]

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
    method: str,
    url: str,
    deadline: Deadline,
    *,
    who: str,
    headers: dict[str, str] | None = None,
    body: bytes | None = None,
    data: Any = None,
) -> Answer:
    """An HTTP call whose bad ends are SinkFailed. `who`: how the other side is called in what is logged.

    Tried a second time only where that cannot say anything twice: it was certainly not sent, or it only reads.
    """
    for last in (False, True):
        try:
            answer = tools.http.call(method, url, deadline, headers=headers, body=body, data=data)
        except NoAnswer as error:
            unsure = error.sent and method != "GET"
            if last or unsure or deadline.left < TIME_FOR_ANOTHER:
                raise SinkFailed(f"{who} did not answer ({error})", unsure=unsure) from None
            continue
        if answer.status == 429 or (answer.status == 503 and answer.retry_after is not None):
            raise SinkFailed(f"{who} asks to wait ({answer.status})", retry_after=answer.retry_after or 1.0)
        if answer.status < 500:
            return answer
        if last or method != "GET" or deadline.left < TIME_FOR_ANOTHER:
            raise SinkFailed(f"{who} failed ({answer.status})", unsure=method != "GET")
    raise AssertionError("the second attempt returns or raises")


def credentials(channel: Channel, tools: Tools, *names: str) -> Mapping[str, str]:
    """The channel's secret, which has to hold one of the names; plain text counts as the first of them."""
    secret = tools.secret(channel.secret or "")
    found = {names[0]: secret["value"], **secret} if "value" in secret else secret
    if not any(found.get(name) for name in names):
        raise SinkFailed(f"the secret {channel.secret} holds no {' and no '.join(names)}")
    return found


def quoted(text: str, secrets: Iterable[str], limit: int = 300) -> str:
    """What the other side said, in one line and not too long, without what it may have echoed of a secret."""
    for value in secrets:
        if value:
            text = text.replace(value, "[secret]")
    return clipped(" ".join(text.split()), limit)


def clipped(text: str, limit: int) -> str:
    """At most so many characters, the last one an ellipsis where some are missing."""
    return text if len(text) <= limit else text[: limit - 1] + "…"
