"""Requests and responses of the API as models; its document has their JSON Schemas.

The function answers without these: tests hold it to the document.
"""

from __future__ import annotations

import datetime
from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field, RootModel

Account = Annotated[str, Field(pattern="^[0-9]{12}$", description="Id of an AWS account.")]
Fingerprint = Annotated[
    str,
    Field(
        pattern="^[0-9]{1,2}-[0-9a-f]{16}$",
        description="What makes an error the same error: version of the algorithm, and digits.",
        examples=["1-0123456789abcdef"],
    ),
]
Moment = Annotated[datetime.datetime, Field(description="ISO 8601, in UTC.")]
State = Literal["new", "acknowledged", "resolved", "ignored"]
EventType = Literal["alarm", "task-failure", "canary-failure", "deployment", "health", "error", "agent"]
Severity = Literal["critical", "high", "medium", "low"]
Kind = Literal["log", "lambda"]
AgentStatus = Literal["registered", "updated", "removed", "failed", "silent"]
Cursor = Annotated[str | None, Field(description="With it, the same request gives what follows; null at the end.")]
Count = Annotated[int, Field(ge=0)]


class _Model(BaseModel):
    model_config = ConfigDict(extra="forbid")


class Mistake(_Model):
    """One mistake of a request."""

    in_: Literal["query", "path", "body"] = Field(alias="in")
    name: str = Field(description="Of the parameter, or a JSON pointer into the body.")
    detail: str


class Problem(_Model):
    """Why a request was not fulfilled (RFC 9457)."""

    type: str
    title: str
    status: int = Field(default=0, description="Missing where API Gateway itself answers.")
    detail: str
    errors: list[Mistake] = Field(default=[], description="Every mistake of the request.")
    request_id: str = Field(default="", description="Under which the log has it.")


class Place(_Model):
    """An account and a Region."""

    account: str
    account_name: str = Field(description="As the file calls it; empty where it does not.")
    region: str


class Fact(_Model):
    """A name and a value."""

    name: str
    value: str


class Link(_Model):
    """An address to go on at."""

    title: str
    url: str


class Event(Place):
    """Something that happened once."""

    id: str
    type: EventType
    at: Moment
    severity: str
    title: str
    subject: str = Field(description="The alarm, task, service, error or agent that it is about.")
    state: State
    state_at: Moment | None
    state_by: str
    ignored_until: Moment | None
    service: str
    owner: str
    runbook: str
    link: str
    facts: list[Fact]
    lines: list[str] = Field(description="Log lines, redacted.")


class Events(_Model):
    """Some events, the latest first."""

    events: list[Event]
    next_cursor: Cursor


class Ignored(_Model):
    """Until when an error is ignored: a time, or so many occurrences within so many seconds."""

    until: Moment | None
    until_count: int | None
    within_seconds: int | None


class Error(_Model):
    """One error, wherever it occurs."""

    fingerprint: str
    kind: Kind
    title: str
    state: State
    state_at: Moment | None
    state_by: str
    ignored: Ignored | None
    merged_into: str | None = Field(description="The error that it counts as.")
    first_seen: Moment
    last_seen: Moment
    sources: list[Place] = Field(description="Where it was seen.")
    service: str
    owner: str
    runbook: str


class Errors(_Model):
    """Some errors; those seen in the latest hour come first."""

    errors: list[Error]
    next_cursor: Cursor


class Hour(_Model):
    """The number of an error's occurrences in an hour."""

    hour: Moment
    count: Count
    exact: bool = Field(description="false where lines were counted by a part of their text.")


class ErrorDetails(Error):
    """One error with all that is known of it."""

    shape: str = Field(description="What made the fingerprint.")
    sample: str = Field(description="One occurrence, redacted.")
    source_path: str
    log_groups: list[str]
    merged: list[str] = Field(description="Errors that count as this one.")
    learned: Moment | None = Field(description="When it was recorded without a notification.")
    count: Count = Field(description="Of all the hours.")
    exact: bool
    hours: list[Hour] = Field(description="The last 24, the earliest first; the present one is the last.")
    links: list[Link]


class Incident(Place):
    """One cause that people were notified of, or will be when a mute ends."""

    id: str
    subject: str = Field(description="The alarm, or the finding.")
    severity: str
    state: Literal["open", "ended"]
    title: str
    reason: str
    opened: Moment
    changed: Moment
    ended: Moment | None
    alarms: Count = Field(description="How often it went to ALARM.")
    muted_until: Moment | None = Field(
        description="The end of the mute that withholds its notifications; null where a channel was notified."
    )
    muted: str = Field(description="Which mutes withhold or withheld it: by whom, until when and why.")


class Incidents(_Model):
    """Some incidents, the latest first."""

    incidents: list[Incident]
    next_cursor: Cursor


class MutedAccount(_Model):
    """An account that muted alarms are about."""

    account: str
    account_name: str = Field(description="As the file calls it; empty where it does not.")


class Mute(_Model):
    """Alarms that send no notification for some time."""

    id: str
    by: str = Field(description="Who set it, as they say.")
    reason: str
    begun: Moment
    until: Moment
    accounts: list[MutedAccount] = Field(description="Only of these; empty for every account.")
    alarms: list[str] = Field(description="Full names; of many the first ones.")
    alarm_count: Count


class Mutes(_Model):
    """All mutes that are in force, by their ends."""

    mutes: list[Mute]


class Agent(Place):
    """The agent of an account and Region."""

    status: AgentStatus
    status_at: Moment
    reason: str
    version: str
    registered_at: Moment | None
    heartbeat_at: Moment | None = Field(description="When the hub had its last window.")
    window_end: Moment | None = Field(description="Up to when its log groups were read.")
    learned: Moment | None = Field(description="When its first, silent day was over.")
    log_groups: Count
    rows: Count = Field(description="Of its last window.")
    failed: list[str]
    unavailable: list[str]
    unhealthy: list[str] = Field(description="Services that do not run.")


class Agents(_Model):
    """All agents, by account and Region."""

    agents: list[Agent]


class EventCounts(_Model):
    """Events of the time."""

    total: Count
    by_type: dict[str, Count]
    by_severity: dict[str, Count]


class ErrorCounts(_Model):
    """Errors that were seen in the time. new: for the first time."""

    total: Count
    new: Count
    by_state: dict[str, Count]
    by_kind: dict[str, Count]


class IncidentCounts(_Model):
    """Incidents that are open now."""

    open: Count
    by_severity: dict[str, Count]


class AgentCounts(_Model):
    """Agents as they are now."""

    by_status: dict[str, Count]


class Summary(_Model):
    """Counts of errors, events and incidents."""

    from_: Moment = Field(alias="from")
    to: Moment
    complete: bool = Field(description="false where there is more than is counted: the counts are at least so many.")
    events: EventCounts
    errors: ErrorCounts
    incidents: IncidentCounts
    agents: AgentCounts


Until = Annotated[datetime.date, Field(description="The last day (UTC) of it, such as 2026-12-31; a year at most.")]


class IgnoreUntil(_Model):
    """Ignored up to and including a day."""

    until: Until


class IgnoreCount(_Model):
    """Ignored until so many occur within a time."""

    until_count: int = Field(ge=1, le=1_000_000_000)
    within: str = Field(
        pattern="^[1-9][0-9]{0,4}[mhd]$", description="Minutes, hours or days, such as 1h; 30 days at most."
    )


class Ignore(RootModel[IgnoreUntil | IgnoreCount]):
    """Until when an error is ignored."""


class Merge(_Model):
    """The error that this one is to count as, from now on."""

    into: Fingerprint
