"""The section `incidents`: how alarms become incidents."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Annotated, ClassVar, Literal

from pydantic import Discriminator, Field, Tag

from generator.model.incidents import ACKNOWLEDGED, GROUPED_BY, Acknowledged, Evidence, GroupedBy, Parts
from generator.model.routing import AlarmSeverity
from generator.spec.delivery import DAY, MINUTE, usual
from generator.spec.incident_words import (
    Bounded,
    IncidentsPerMinute,
    Occurrences,
    RoutedSeverity,
    off,
)
from generator.spec.maintenance import Timezone
from generator.spec.scalars import KEY, KEY_LIMIT, EnumScalar, Key, RegexScalar, Scalar, Seconds, one_of, show, wrong
from generator.spec.strict import Strict

HOUR = 3600
_WORDS = ("tickets", "everywhere", "none")
_one_of_the_words = one_of(_WORDS, "a way to treat evidence")


def _evidence(value: object) -> str:
    """A word; true and false as they were written before there were words."""
    if isinstance(value, bool):
        return "everywhere" if value else "none"
    return _one_of_the_words(value)


EvidenceName = Annotated[
    Evidence, Scalar(_evidence, oneOf=[{"type": "string", "enum": list(_WORDS)}, {"type": "boolean"}])
]
PartsName = Annotated[Parts, EnumScalar("a treatment of a composite's parts", "quiet", "separate")]
GroupedByName = Annotated[GroupedBy, EnumScalar("something that alarms have in common", *GROUPED_BY)]
AcknowledgedName = Annotated[Acknowledged, EnumScalar("a way to acknowledge", *ACKNOWLEDGED)]

Wait = Annotated[int, Bounded("the first message waits for", 0, 10 * MINUTE, "30s")]
UpdateEvery = Annotated[int, Bounded("messages about changed members are apart by", MINUTE, DAY, "5m")]
Collect = Annotated[int, Bounded("an incident takes further alarms for", MINUTE, DAY, "1h")]
Calm = Annotated[int, Bounded("a storm is over after a calm of", MINUTE, DAY, "10m")]
Pace = Annotated[int, Bounded("messages about a flapping alarm are apart by", MINUTE, DAY, "15m")]
Remind = Annotated[int, Bounded("reminders are apart by", 5 * MINUTE, 7 * DAY, "30m", none=True)]
After = Annotated[int, Bounded("an escalation comes after", MINUTE, 7 * DAY, "20m")]
PageAgain = Annotated[int, Bounded("a pager is called again after", MINUTE, DAY, "30m")]
Alone = Annotated[
    Literal["none"],
    Scalar(
        off("group", "the word none, or left out", "`service` puts alarms together, and `group: none` keeps one alone"),
        type="string",
        enum=["none"],
    ),
]
ServiceName = Annotated[
    str,
    RegexScalar(
        KEY, f"a service's name of at most {KEY_LIMIT} in lower case, digits and single dashes", "checkout", KEY_LIMIT
    ),
]

WAIT: Mapping[AlarmSeverity, int] = {"critical": 0, "high": 30, "medium": 30, "low": MINUTE}
REMIND: Mapping[AlarmSeverity, int] = {"critical": 30 * MINUTE, "high": 4 * HOUR}


def _off(what: str) -> Scalar:
    return Scalar(off(what, "a mapping or the word none"), type="string", enum=["none"])


def _form(value: object) -> str:
    """Which of two forms a part of the section has, a mapping or the word none: the tag of a union."""
    return "mapping" if isinstance(value, dict | Strict) else "none"


class GroupSpec(Strict):
    """Which alarms are one incident, and how it is sent."""

    elsewhere: ClassVar[Mapping[str, str]] = {
        "children": "`composites: quiet` here holds for all; `children` is a composite's own",
        "collect": "`for: 1h` says how long an incident takes further alarms",
        "reopen_within": "it belongs to `incidents`, one level up",
    }
    forms: ClassVar[Mapping[str, str]] = {
        "": "such as {by: [service, account]}; to switch grouping off, {composites: separate, by: []}"
    }

    composites: PartsName = Field(
        default="quiet", description="quiet: the parts of a composite are members of its incident; or separate"
    )
    by: list[GroupedByName] = Field(
        default=["service", "account"], description="what alarms of one incident have in common; [] for no such groups"
    )
    wait: dict[RoutedSeverity, Wait] = usual(
        {"critical": "0s", "high": "30s", "medium": "30s", "low": "1m"},
        WAIT,
        "how long the first message waits for further alarms, by severity",
    )
    update_every: UpdateEvery = usual("5m", 5 * MINUTE, "messages about changed members are at least so far apart")
    for_: Collect = Field(
        default=HOUR,
        alias="for",
        description="how long after it opened an incident takes further alarms",
        json_schema_extra={"default": "1h"},
    )


class StormSpec(Strict):
    """When so many alarms fire that nobody could read them one by one."""

    elsewhere: ClassVar[Mapping[str, str]] = {"environment": "`above: 30/1m` is of the whole environment"}

    above: IncidentsPerMinute = usual("30/1m", 30, "more new incidents in the environment are a storm")
    account: IncidentsPerMinute = usual("10/1m", 10, "more new incidents in one account are a storm")
    own_pages: int = Field(
        default=10, description="so many critical alarms of a storm page by themselves all the same", ge=0, le=100
    )
    calm: Calm = usual("10m", 10 * MINUTE, "how long few alarms have joined it before a storm is over")
    split: int = Field(
        default=20,
        description="when it is over, at most so many alarms that are not OK get incidents of their own",
        ge=0,
        le=100,
    )
    severity: RoutedSeverity = Field(default="critical", description="decides who hears about a storm")


class FlappingSpec(Strict):
    """An alarm that goes to ALARM and back again and again."""

    after: Occurrences = usual("4/1h", (4, HOUR), "more repeats than this are flapping")
    every: Pace = usual("15m", 15 * MINUTE, "then messages and comments are at least so far apart")
    page_every: Pace = usual("30m", 30 * MINUTE, "and pages")


class EscalationSpec(Strict):
    """Who else hears of an incident that nobody takes on."""

    forms: ClassVar[Mapping[str, str]] = {"": "such as {after: 20m, to: [lead-pager]}", "to": "write [name]"}

    after: After = Field(description="how long it is open and not acknowledged, such as 20m")
    to: list[Key] = Field(description="channels that are notified, too", min_length=1)
    also: bool = Field(
        default=False, description="true where a pager of the route escalates by itself, and this comes on top"
    )


Storm = Annotated[
    Annotated[Literal["none"], _off("storm"), Tag("none")] | Annotated[StormSpec, Tag("mapping")], Discriminator(_form)
]
Flapping = Annotated[
    Annotated[Literal["none"], _off("flapping"), Tag("none")] | Annotated[FlappingSpec, Tag("mapping")],
    Discriminator(_form),
]
Reminders = Annotated[
    Annotated[Literal["none"], _off("remind"), Tag("none")] | Annotated[dict[RoutedSeverity, Remind], Tag("mapping")],
    Discriminator(_form),
]


def _clock(value: object) -> int:
    """Minutes of the day in `22:00`."""
    text = value.strip() if isinstance(value, str) else ""
    match = re.fullmatch(r"([01]?\d|2[0-3]):([0-5]\d)", text)
    if not match:
        raise wrong(f"a time of the day is text such as 22:00, not {show(value)}", 'in quotes: "22:00"')
    return 60 * int(match[1]) + int(match[2])


ClockTime = Annotated[
    int, Scalar(_clock, type="string", pattern=r"^([01]?\d|2[0-3]):[0-5]\d$", examples=["22:00", "07:00"])
]
QuietSeverity = Annotated[
    AlarmSeverity, EnumScalar("a severity that can wait for the morning", "high", "medium", "low")
]


class QuietSpec(Strict):
    """Hours in which mails, messages and pages of some severities wait."""

    elsewhere: ClassVar[Mapping[str, str]] = {"until": "`to`"}

    severities: list[QuietSeverity] = Field(
        default=["medium", "low"], description="of which severities; never critical", min_length=1
    )
    from_: ClockTime = Field(alias="from", description='when they begin, such as "22:00"')
    to: ClockTime = Field(description='when they end, such as "07:00"')
    timezone: Timezone = Field(default="UTC", description="such as Europe/Berlin")


class IncidentsSpec(Strict):
    """What one incident is, what is put into it, and who hears of it again."""

    reopen_within: Seconds = Field(
        default=1800, description="an ALARM this soon after the OK reopens the incident instead of making a new one"
    )
    evidence: EvidenceName = Field(
        default="tickets", description="who gets the last matching log lines, redacted: tickets, everywhere, or none"
    )
    group: GroupSpec = Field(default_factory=GroupSpec, description="which alarms are one incident")
    storm: Storm = Field(default_factory=StormSpec, description="when alarms are too many to read; or none")
    flapping: Flapping = Field(default_factory=FlappingSpec, description="an alarm that comes again and again; or none")
    remind: Reminders = usual(
        {"critical": "30m", "high": "4h"}, REMIND, "how often an open incident is told again, by severity; or none"
    )
    escalate: dict[RoutedSeverity, EscalationSpec] = Field(
        default_factory=dict, description="who else hears of what nobody takes on, by severity"
    )
    quiet: QuietSpec | None = Field(
        default=None, description='when messages wait for the morning: {from: "22:00", to: "07:00", timezone: …}'
    )
    acknowledge: list[AcknowledgedName] = Field(
        default=["ticket", "reaction", "command"], description="how somebody says that an incident is taken on"
    )
