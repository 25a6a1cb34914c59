"""What every sink is: one channel's way to be told.

A sink is one file, named as its channel's type in the language (`generator/spec/channels/<type>.py` is the other side
of the wire), with a class `Sink` that is made from a channel and tools and has the one method `tell`.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from importlib import import_module
from typing import Any, ClassVar, Protocol, cast

from handlers.common.deadline import Deadline
from handlers.common.http import Answer, Http, NoAnswer
from handlers.incident.report import Report

# With less time than this left, in seconds, nothing is tried again.
TIME_FOR_ANOTHER = 0.5


@dataclass(frozen=True, slots=True)
class Channel:
    """A channel of the routing table. secret: the name of a Secrets Manager secret. settings: as in the YAML."""

    name: str
    type: str
    secret: str | None
    settings: Mapping[str, Any]


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


class SinkFailed(Exception):
    """The sink was not told. The message holds no secret: it is logged, and stands in the dead-letter queue.

    unsure: it may have been told all the same (no answer to what was sent, or a 5xx).
    retry_after: seconds the other side asked to be left alone.
    """

    def __init__(self, reason: str, *, unsure: bool = False, retry_after: float | None = None) -> None:
        super().__init__(reason)
        self.unsure = unsure
        self.retry_after = retry_after


class Sink(Protocol):
    """One channel. `tickets`: whether it keeps a ticket for each episode, and is not told what needs none."""

    tickets: ClassVar[bool]

    def __init__(self, channel: Channel, tools: Tools) -> None: ...

    def tell(self, report: Report, ref: str | None, deadline: Deadline, *, unsure: bool) -> str | None:
        """Say it, and return the reference under which it is found again (ticket key, thread).

        ref: what an earlier step returned. unsure: an earlier attempt at this very step may have succeeded; look first.
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
