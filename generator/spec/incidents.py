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
from generator.spec.quantities import Seconds
from generator.spec.scalars import KEY, KEY_LIMIT, EnumScalar, Key, RegexScalar, Scalar, one_of, show, wrong
from generator.spec.strict import Strict

HOUR = 3600
_WORDS = ("tickets", "everywhere", "none")
_one_of_the_words = one_of(_WORDS, "a treatment of evidence")


def _evidence(value: object) -> str:
    """A word; true and false as they were written before there were words."""
    if isinstance(value, bool):
        return "everywhere" if value else "none"
    return _one_of_the_words(value)


EvidenceName = Annotated[
    Evidence, Scalar(_evidence, oneOf=[{"type": "string", "enum": list(_WORDS)}, {"type": "boolean"}])
]
PartsName = Annotated[Parts, EnumScalar("a treatment of the children of a composite", "quiet", "separate")]
GroupedByName = Annotated[GroupedBy, EnumScalar("a property of alarms", *GROUPED_BY)]
AcknowledgedName = Annotated[Acknowledged, EnumScalar("a way to acknowledge", *ACKNOWLEDGED)]

Wait = Annotated[int, Bounded("a wait of the first message of", 0, 10 * MINUTE, "30s")]
UpdateEvery = Annotated[int, Bounded("an interval of messages about changed members of", MINUTE, DAY, "5m")]
Collect = Annotated[int, Bounded("a time in which an incident collects alarms of", MINUTE, DAY, "1h")]
Calm = Annotated[int, Bounded("a calm after which a storm is over of", MINUTE, DAY, "10m")]
Pace = Annotated[int, Bounded("an interval of messages about a flapping alarm of", MINUTE, DAY, "15m")]
Remind = Annotated[int, Bounded("an interval of reminders of", 5 * MINUTE, 7 * DAY, "30m", none=True)]
After = Annotated[int, Bounded("a time before an escalation of", MINUTE, 7 * DAY, "20m")]
PageAgain = Annotated[int, Bounded("a time before a pager is called again of", MINUTE, DAY, "30m")]
Alone = Annotated[
    Literal["none"],
    Scalar(
        off(
            "group",
            "the word none, or no value",
            "use `service` to group alarms, and `group: none` for an alarm that is never grouped",
        ),
        type="string",
        enum=["none"],
    ),
]
ServiceName = Annotated[
    str,
    RegexScalar(
        KEY,
        f"a service name of at most {KEY_LIMIT} lower-case letters, digits and single dashes",
        "checkout",
        KEY_LIMIT,
    ),
]

WAIT: Mapping[AlarmSeverity, int] = {"critical": 0, "high": 30, "medium": 30, "low": MINUTE}
REMIND: Mapping[AlarmSeverity, int] = {"critical": 30 * MINUTE, "high": 4 * HOUR}


def _off(what: str) -> Scalar:
    return Scalar(off(what, "a mapping or the word none"), type="string", enum=["none"])


def _form(value: object) -> str:
    """The form of a part of the section, a mapping or the word none, as the tag of a union."""
    return "mapping" if isinstance(value, dict | Strict) else "none"


class GroupSpec(Strict):
    """The alarms that are one incident, and how it is sent."""

    elsewhere: ClassVar[Mapping[str, str]] = {
        "children": "set `composites: quiet` here for all composites, or `children` in one composite",
        "collect": "write `for: 1h`, the time in which an incident collects alarms",
        "reopen_within": "move it to `incidents`, one level up",
    }
    forms: ClassVar[Mapping[str, str]] = {
        "": "write {by: [service, account]}; to disable grouping, {composites: separate, by: []}"
    }

    composites: PartsName = Field(
        default="quiet", description="quiet: the children of a composite are members of its incident; or separate"
    )
    by: list[GroupedByName] = Field(
        default=["service", "account"], description="properties that alarms of one incident share; [] disables grouping"
    )
    wait: dict[RoutedSeverity, Wait] = usual(
        {"critical": "0s", "high": "30s", "medium": "30s", "low": "1m"},
        WAIT,
        "wait of the first message for further alarms, by severity",
    )
    update_every: UpdateEvery = usual("5m", 5 * MINUTE, "minimum interval of messages about changed members")
    for_: Collect = Field(
        default=HOUR,
        alias="for",
        description="how long after its start an incident collects further alarms",
        json_schema_extra={"default": "1h"},
    )


class StormSpec(Strict):
    """A storm: so many alarms fire that no reader could follow them one by one."""

    elsewhere: ClassVar[Mapping[str, str]] = {"environment": "set `above: 30/1m` for the whole environment"}

    above: IncidentsPerMinute = usual(
        "30/1m", 30, "rate of new incidents in the environment above which there is a storm"
    )
    account: IncidentsPerMinute = usual(
        "10/1m", 10, "rate of new incidents in one account above which there is a storm"
    )
    own_pages: int = Field(
        default=10, description="number of critical alarms of a storm that still page individually", ge=0, le=100
    )
    calm: Calm = usual("10m", 10 * MINUTE, "how long few alarms have to join before a storm is over")
    split: int = Field(
        default=20,
        description="maximum number of alarms that are not OK that get their own incidents after the storm",
        ge=0,
        le=100,
    )
    severity: RoutedSeverity = Field(
        default="critical", description="severity of a storm; selects the notified channels"
    )


class FlappingSpec(Strict):
    """An alarm that goes to ALARM and back again and again."""

    after: Occurrences = usual("4/1h", (4, HOUR), "number of repeats above which an alarm is flapping")
    every: Pace = usual("15m", 15 * MINUTE, "minimum interval of messages and comments while flapping")
    page_every: Pace = usual("30m", 30 * MINUTE, "minimum interval of pages while flapping")


class EscalationSpec(Strict):
    """The channels that are notified of an incident that is not acknowledged."""

    forms: ClassVar[Mapping[str, str]] = {"": "write {after: 20m, to: [lead-pager]}", "to": "write [name]"}

    after: After = Field(description="time an incident is open and not acknowledged, such as 20m")
    to: list[Key] = Field(description="additional channels to notify", min_length=1)
    also: bool = Field(
        default=False, description="true: escalate in addition to the escalation policy of a pager of the route"
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
        raise wrong(f"expected a time of day such as 22:00, got {show(value)}", 'write it in quotes: "22:00"')
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
        default=["medium", "low"], description="severities that wait; never critical", min_length=1
    )
    from_: ClockTime = Field(alias="from", description='start of the quiet hours, such as "22:00"')
    to: ClockTime = Field(description='end of the quiet hours, such as "07:00"')
    timezone: Timezone = Field(default="UTC", description="time zone, such as Europe/Berlin")


class IncidentsSpec(Strict):
    """The grouping of alarms into incidents, their contents, and their escalation."""

    reopen_within: Seconds = Field(
        default=1800, description="an ALARM within this time after the OK reopens the incident"
    )
    evidence: EvidenceName = Field(
        default="tickets",
        description="where the latest matching log lines are shown, redacted: tickets, everywhere, or none",
    )
    group: GroupSpec = Field(default_factory=GroupSpec, description="how alarms are grouped into incidents")
    storm: Storm = Field(default_factory=StormSpec, description="detection of alarm storms; or none")
    flapping: Flapping = Field(default_factory=FlappingSpec, description="detection of flapping alarms; or none")
    remind: Reminders = usual(
        {"critical": "30m", "high": "4h"}, REMIND, "interval of reminders of an open incident, by severity; or none"
    )
    escalate: dict[RoutedSeverity, EscalationSpec] = Field(
        default_factory=dict, description="additional channels for incidents that are not acknowledged, by severity"
    )
    quiet: QuietSpec | None = Field(
        default=None, description='quiet hours, in which messages wait: {from: "22:00", to: "07:00", timezone: …}'
    )
    acknowledge: list[AcknowledgedName] = Field(
        default=["ticket", "reaction", "command"], description="ways to acknowledge an incident"
    )
