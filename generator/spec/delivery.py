"""Rate, retries and form of delivery: the keys that every type of channel has."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import TYPE_CHECKING, Annotated, Any, ClassVar, Literal

from pydantic import Discriminator, Field, Tag

from generator.model.delivery import Missed
from generator.spec.quantities import duration
from generator.spec.scalars import EnumScalar, Key, Scalar, show, wrong
from generator.spec.strict import Strict

MINUTE, DAY = 60, 86_400
LONGEST_RETRY_DAYS = 30
LONGEST_CALL = 30
LONGEST_DIGEST = 3600
_SECONDS = {"s": 1, "m": MINUTE, "h": 3600, "d": DAY}
_RATE = re.compile(r"([+-]?[0-9]{1,9}(?:\.[0-9]{1,9})?)\s*/\s*([0-9]{0,9})\s*([smhd])[a-z]*")


class Rate(Scalar):
    """`100/1m`: calls in a minute, at most `ceiling`.

    why: whose limit that is, as the end of a hint. nothing: what to write instead of a rate of nothing.
    """

    def __init__(self, ceiling: int, why: str, nothing: str = "remove the channel from `routes` to disable it") -> None:
        self.ceiling, self.why, self.nothing = ceiling, why, nothing
        super().__init__(self._parse, type="string", pattern=r"^[1-9][0-9]*/1m$", examples=["10/1m", f"{ceiling}/1m"])

    def _parse(self, value: object) -> int:
        match = _RATE.fullmatch(value.strip()) if isinstance(value, str) else None
        if not match:
            bare = isinstance(value, int) and not isinstance(value, bool) and value > 0
            raise wrong(
                f"expected a rate such as 60/1m, got {show(value)}",
                f"write {value}/1m" if bare else "use a rate such as 60/1m",
            )
        count, over = float(match[1]), int(match[2] or 1) * _SECONDS[match[3]]
        if count <= 0 or over == 0:
            raise wrong(
                f"expected a rate of at least 1/1m, got {show(value)}",
                f"use a rate such as 60/1m; {self.nothing}",
            )
        a_minute = count * MINUTE / over
        if over != MINUTE or count != int(count) or not match[2]:
            raise wrong(
                f"expected a whole number of calls in one minute, got {show(value)}",
                f"write {max(1, min(self.ceiling, int(a_minute)))}/1m",
            )
        if count > self.ceiling:
            raise wrong(f"{show(value)} is more than {self.ceiling}/1m", f"use at most {self.ceiling}/1m: {self.why}")
        return int(count)


def _between(least: int, most: int, message: str, too_little: str, too_much: str) -> Scalar:
    """A duration of `least` to `most` seconds, and a hint for either side of it."""

    def parse(value: object) -> int:
        seconds = duration(value)
        if not least <= seconds <= most:
            raise wrong(f"{message}, got {show(value)}", too_little if seconds < least else too_much)
        return seconds

    return Scalar(parse, type="string", pattern=r"^\d+\s*[smhd]$")


RetryFor = Annotated[
    int,
    _between(
        MINUTE,
        LONGEST_RETRY_DAYS * DAY,
        "expected a retry time of 1m to 30d",
        "use at least 1m: due messages are checked every minute",
        "use at most 30d: records of an incident are deleted 75 days after its end",
    ),
]
TimeLimit = Annotated[
    int,
    _between(
        1,
        LONGEST_CALL,
        "expected a time limit of 1s to 30s",
        "use a duration such as 5s",
        "use at most 30s: one invocation of 60 s makes several calls",
    ),
]
DigestEvery = Annotated[
    int, _between(MINUTE, LONGEST_DIGEST, "expected a digest interval of 1m to 1h", "use at least 1m", "use at most 1h")
]
AnyRate = Annotated[int, Rate(600, "no channel has a higher rate", "disable it with `digest: none`")]


def usual(text: Any, value: object, description: str) -> Any:
    """A field with a default that editors show as it would be written: text, or a mapping of texts."""
    return Field(default=value, description=description, json_schema_extra={"default": text})


class DigestSpec(Strict):
    """One message instead of many, while many are due; an alarm of severity critical always has its own."""

    above: AnyRate = usual("10/1m", 10, "more messages in a minute than this are combined into one")
    every: DigestEvery = usual("1m", MINUTE, "how often the digest is updated")


def digest_form(value: object) -> str:
    """The form of a value of `digest`, as the tag of a union."""
    return "mapping" if isinstance(value, dict | DigestSpec) else "none"


def _none(value: object) -> str:
    if value == "none":
        return "none"
    raise wrong(f"expected a mapping or the word none, got {show(value)}", "write {above: 10/1m, every: 1m}")


def _no_digest(value: object) -> str:
    if value == "none":
        return "none"
    raise wrong(
        "a ticket system has no digest: each incident has its own ticket",
        "remove it; `rate` limits how fast tickets are written",
    )


def _missed(*words: Missed, instead: str) -> Scalar:
    known = EnumScalar("a way to handle what was missed", *words)

    def parse(value: object) -> str:
        if value in ("each", "digest", "never") and value not in words:
            hint = f"use one of {', '.join(words)}" if len(words) > 1 else f"remove it; it is always {words[0]}"
            raise wrong(f"this type of channel does not support `missed: {value}`: {instead}", hint)
        return str(known.parse(value))

    return Scalar(parse, **known.schema)


def _no_digest_of_events(value: object) -> str:
    if value == "none":
        return "none"
    raise wrong(
        "an event is about one incident, so there is no digest", "remove it; `rate` limits how fast events are put"
    )


DigestOff = Annotated[Literal["none"], Scalar(_none, type="string", enum=["none"]), Tag("none")]
Digests = Annotated[DigestOff | Annotated[DigestSpec, Tag("mapping")], Discriminator(digest_form)]
NoDigest = Annotated[Literal["none"], Scalar(_no_digest, type="string", enum=["none"])]
MissedMessages = Annotated[Missed, _missed("each", "digest", "never", instead="")]
MissedTickets = Annotated[Missed, _missed("each", "never", instead="a ticket is about one incident")]
NoDigestOfEvents = Annotated[Literal["none"], Scalar(_no_digest_of_events, type="string", enum=["none"])]
MissedEvents = Annotated[Missed, _missed("each", "never", instead="an event is about one incident")]
MissedPages = Annotated[Missed, _missed("never", instead="incidents that are over do not page")]


class ChannelKeys(Strict):
    """The keys of every type of channel; each gives its own `rate`, `retry_for`, `missed` and `digest`."""

    # Whether the type takes daily and weekly reports: `handlers/reports/channels/<type>.py`.
    takes_reports: ClassVar[bool] = False
    elsewhere: ClassVar[Mapping[str, str]] = {"private": "only jira and webhook channels can be in a private network"}

    if TYPE_CHECKING:
        # Declared by each type with its own limits and defaults; a field of this class would come first in the schema.
        type: str
        rate: int
        retry_for: int
        missed: Missed
        digest: Literal["none"] | DigestSpec

    environments: list[Key] | None = Field(
        default=None, description="environments with this channel, such as [prod] (default: all)", min_length=1
    )
    time_limit: TimeLimit = usual("30s", LONGEST_CALL, "timeout of one call")
