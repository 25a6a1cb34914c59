"""The shape of routing.json as the incident function reads it; `obsgen build` writes it into the package.

`tests/schemas/routing.json` has the same shape as a JSON Schema; both sides are tested against it. A key that an
earlier build did not write is optional here, although this version's build always writes it. Times are seconds.
"""

from __future__ import annotations

from typing import Any, NotRequired, TypedDict

# A channel has its type's own settings beside type, secret and delivery, so that only the sink knows its keys.
ChannelEntry = dict[str, Any]


class HubEntry(TypedDict):
    """The account ID and the Region of the hub."""

    account: NotRequired[str]
    region: str


class DigestEntry(TypedDict):
    """More messages than `above_per_minute` become a digest, which is sent `every_seconds`."""

    above_per_minute: int
    every_seconds: int


class DeliveryEntry(TypedDict):
    """The delivery policy of a channel. missed: each, digest or never."""

    rate_per_minute: float
    retry_seconds: int
    missed: str
    digest: DigestEntry | None
    time_limit_seconds: int
    private: bool


class LogsEntry(TypedDict):
    """The metric filter behind an alarm. log_groups: account ID to name, where names differ. query: Logs Insights."""

    log_group: str
    log_groups: NotRequired[dict[str, str]]
    pattern: str
    query: str
    readable: bool


class SuppressorEntry(TypedDict):
    """alarm: name of the suppressor. extend: the extension period in seconds."""

    alarm: str
    extend: int


class AlarmDetails(TypedDict):
    """An alarm, composite or finding; empty for one that the build does not know.

    severity_by_account: account ID to a severity that differs. ok: false where no mail and chat message is sent about
    the end. dashboard: of a finding. contributors: how many contributors may have incidents of their own at a time,
    where each is to have one. no_data: false where no channel is notified that an alarm has no data.
    """

    severity_by_account: NotRequired[dict[str, str]]
    summary: NotRequired[str]
    runbook: NotRequired[str]
    owner: NotRequired[str]
    service: NotRequired[str]
    objective: NotRequired[str]
    parts_of: NotRequired[list[str]]
    page_again_seconds: NotRequired[int]
    ok: NotRequired[bool]
    alone: NotRequired[bool]
    level_of: NotRequired[str]
    contributors: NotRequired[int]
    no_data: NotRequired[bool]
    condition: NotRequired[str]
    account: NotRequired[str]
    logs: NotRequired[LogsEntry]
    suppressor: NotRequired[SuppressorEntry]
    dashboard: NotRequired[str]


class AlarmEntry(AlarmDetails):
    """An alarm, composite or finding that the build knows."""

    severity: str


class EndsEntry(TypedDict):
    """When an incident of an event rule is over. by: event, quiet or none. after_seconds: without an event."""

    by: str
    after_seconds: NotRequired[int | None]


class EventRuleEntry(AlarmEntry):
    """An event rule. title, action: templates. subject, end_subject, account_from: paths into an event. facts: name and
    template.
    """

    title: str
    subject: list[str]
    end_subject: NotRequired[list[str]]
    account_from: NotRequired[str]
    action: NotRequired[str]
    facts: NotRequired[list[list[str]]]
    ends: EndsEntry


class RuleEntry(TypedDict):
    """A rule of the routes: its conditions, and its channels. later: whether accounts that join later match."""

    when: dict[str, list[str]]
    to: list[str]
    later: NotRequired[bool]
    ok: NotRequired[bool]


class GroupEntry(TypedDict):
    """Grouping of alarms into incidents. wait_seconds: by severity."""

    by: list[str]
    wait_seconds: dict[str, int]
    update_every_seconds: int
    collect_seconds: int


class StormEntry(TypedDict):
    """Thresholds of a storm; per_minute counts new incidents."""

    environment_per_minute: int
    account_per_minute: int
    own_pages: int
    calm_seconds: int
    split: int
    severity: str


class FlappingEntry(TypedDict):
    """More repeats than `repeats` within `within_seconds` are flapping."""

    repeats: int
    within_seconds: int
    every_seconds: int
    page_every_seconds: int


class EscalationEntry(TypedDict):
    """Channels that are notified of an incident without acknowledgement."""

    after_seconds: int
    to: list[str]


class QuietEntry(TypedDict):
    """Quiet hours in minutes of the day. zone_rules: a TZif file in Base64, for zones other than UTC."""

    severities: list[str]
    begins_minute: int
    ends_minute: int
    time_zone: str
    zone_rules: NotRequired[str]


class IncidentsEntry(TypedDict):
    """The section `incidents`; storm and flapping are null where they are turned off."""

    group: GroupEntry
    storm: NotRequired[StormEntry | None]
    flapping: NotRequired[FlappingEntry | None]
    remind_seconds: dict[str, int]
    escalate: dict[str, EscalationEntry]
    acknowledge: list[str]
    quiet: NotRequired[QuietEntry]


class RoutingTable(TypedDict):
    """The whole file. reopen_within: seconds. accounts: account ID to name. routes: severity to channels."""

    version: int
    project: str
    environment: str
    hub: HubEntry
    reopen_within: int
    evidence: NotRequired[str]
    incidents: NotRequired[IncidentsEntry]
    dashboard: NotRequired[str]
    accounts: dict[str, str]
    accounts_closed: bool
    routes: dict[str, list[str]]
    rules: NotRequired[list[RuleEntry]]
    labels: NotRequired[dict[str, dict[str, str]]]
    channels: dict[str, ChannelEntry]
    alarms: dict[str, AlarmEntry]
    findings: NotRequired[dict[str, AlarmEntry]]
    event_rules: NotRequired[dict[str, EventRuleEntry]]
