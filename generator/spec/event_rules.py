"""The section `event_rules`: AWS events that become incidents or messages."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Annotated, Any, ClassVar, Literal

from pydantic import Field

from generator.spec.incidents import ServiceName
from generator.spec.placements import PlacedSpec
from generator.spec.quantities import Seconds
from generator.spec.scalars import EnumScalar, Key, RegexScalar, Scalar, SeverityName, Url, show, wrong
from generator.spec.strict import Strict

# What the incident function reads: handlers/incident/event_rules has the same grammar.
STEP = r"(?:\.[A-Za-z0-9_-]+|\['[^'\]]+'\]|\[[0-9]{1,4}\])"
PATH = re.compile(rf"\${STEP}+")
_LONGEST_TEXT = 200
MOST_SUBJECTS, MOST_FACTS = 4, 10
# Names of facts that every incident of an event has: handlers/incident/finding.py, event_rules.py.
RESERVED_FACTS = frozenset(
    (
        "Why",
        "State",
        "Status",
        "Severity",
        "Where",
        "Location",
        "Episode",
        "Owner",
        "Runbook",
        "Note",
        "To do",
        "Events",
        "Meaning",
        "AWS event",
    )
)
_EXAMPLE = "$.detail.SourceIdentifier"
EventSide = Annotated[
    Literal["members", "hub", "all"], EnumScalar("a side (members, hub or all)", "members", "hub", "all")
]


def _path(value: object) -> str:
    if isinstance(value, str) and PATH.fullmatch(value.strip()):
        return value.strip()
    hint = (
        f"begin with $.: $.{value}" if isinstance(value, str) and re.fullmatch(r"[\w.-]+", value) else f"use {_EXAMPLE}"
    )
    raise wrong(f"expected the path of a value in the event, got {show(value)}", hint)


def _paths(value: object) -> tuple[str, ...]:
    values = value if isinstance(value, list) else [value]
    if not 0 < len(values) <= MOST_SUBJECTS:
        raise wrong(f"expected one path or at most {MOST_SUBJECTS}, got {len(values)}")
    return tuple(_path(text) for text in values)


PLACEHOLDER = re.compile(rf"\{{(\${STEP}+)\}}")


def _template(value: object) -> str:
    if not isinstance(value, str) or not value.strip():
        raise wrong(f"expected text, with values of the event as {{{_EXAMPLE}}}, got {show(value)}")
    text = " ".join(value.split())
    if len(text) > _LONGEST_TEXT:
        raise wrong(f"expected at most {_LONGEST_TEXT} characters, got {len(text)}")
    if left := re.search(r"\{\$[^}]*\}?", PLACEHOLDER.sub("", text)):
        raise wrong(f"`{left.group(0)}` is not the path of a value", f"use {{{_EXAMPLE}}}")
    return text


EventPath = Annotated[str, Scalar(_path, type="string")]
EventPaths = Annotated[tuple[str, ...], Scalar(_paths, type=["string", "array"], items={"type": "string"})]
Template = Annotated[str, Scalar(_template, type="string", maxLength=_LONGEST_TEXT)]
FactName = Annotated[str, RegexScalar(r"\S(?:.{0,58}\S)?", "a name of at most 60 characters", "Instance", 60)]
# Fields of an event, as EventBridge's own JSON has them.
JsonMapping = dict[str, Any]


class EventEndSpec(Strict):
    """What ends an incident of an event rule."""

    forms: ClassVar[Mapping[str, str]] = {"": "{after: 1h}, or {pattern: {…}}"}

    pattern: JsonMapping | None = Field(default=None, description="event pattern of the event that ends it")
    subject: EventPaths | None = Field(
        default=None, description="path of the subject in that event; by default that of the entry"
    )
    after: Seconds | None = Field(
        default=None, description="time without another event after which it ends; with `pattern`, if no end arrives"
    )


class EventExamplesSpec(Strict):
    """Events that every build tries on the patterns."""

    forms: ClassVar[Mapping[str, str]] = {"": "{match: [{source: …, detail: {…}}], ignore: […]}"}

    match: list[JsonMapping] = Field(default_factory=list, description="events that must match", max_length=20)
    ignore: list[JsonMapping] = Field(default_factory=list, description="events that must not match", max_length=20)
    end: list[JsonMapping] = Field(default_factory=list, description="events that must match `ends`", max_length=20)


class EventWordsSpec(Strict):
    """The keys of an event rule that a pack's events have as well."""

    severity: SeverityName | None = Field(default=None, description="how severe it is; selects the notified channels")
    title: Template | None = Field(default=None, description="title: text with paths, such as {$.detail.state}")
    action: Template | None = Field(default=None, description="what to do: text with paths")
    ends: EventEndSpec | None = Field(default=None, description="what ends it: {after: 1h}, or {pattern: {…}}")


class EventOverrideSpec(EventWordsSpec):
    """The settings of one event of a pack."""

    enabled: bool | None = Field(default=None, description="false removes it, true adds one that is off by default")
    summary: str | None = Field(default=None, description="one-line description", max_length=400)
    runbook: Url | None = Field(default=None, description="URL of the runbook")
    owner: str | None = Field(default=None, description="the responsible team")


class EventRuleSpec(PlacedSpec, EventWordsSpec):
    """Events that become incidents: those of a pattern, or the events of a pack."""

    elsewhere: ClassVar[Mapping[str, str]] = {
        "channels": "set `severity`: routes select its channels",
        "source": "write pattern: {source: […]}",
        "detail-type": "write pattern: {detail-type: […]}",
        "detail": "write pattern: {detail: {…}}",
        "type": "use `pack`",
    }

    in_: EventSide | None = Field(
        default=None,
        alias="in",
        description="members, hub or all; by default all, or members if the entry selects accounts",
    )
    pack: Key | None = Field(default=None, description="a pack of events, such as rds; `obsgen packs` lists them")
    events: dict[Key, EventOverrideSpec] = Field(default_factory=dict, description="(pack) settings of its events")
    pattern: JsonMapping | None = Field(default=None, description="EventBridge event pattern")
    summary: str = Field(default="", description="one-line description for the person on call", max_length=400)
    runbook: Url | None = Field(default=None, description="URL of the runbook")
    owner: str | None = Field(default=None, description="the responsible team")
    service: ServiceName | None = Field(default=None, description="the service that it belongs to")
    subject: EventPaths | None = Field(
        default=None, description="path of what it is about: one incident for each, in an account and Region"
    )
    account_from: EventPath | None = Field(
        default=None, description="path of the account that it is about, if an administrator account receives it too"
    )
    facts: dict[FactName, Template] = Field(
        default_factory=dict, description="details by name: a path, or text with paths", max_length=MOST_FACTS
    )
    examples: EventExamplesSpec = Field(default_factory=EventExamplesSpec, description="example events to try")
