"""Messages of a dead-letter queue: their alarm, their reason, and whether they can be redriven; pure.

Each sender of a message leaves marks of its own:
- a function, of what it cannot read or gave up on: attributes `Reason` and `Origin`;
- SQS, after the last receive: no attributes at all, the function died or was not let in;
- Lambda, of an event that a function without a queue could not handle: ErrorCode, ErrorMessage, RequestID
  (https://docs.aws.amazon.com/lambda/latest/dg/invocation-async-retain-records.html);
- EventBridge, of what a rule could not deliver: RULE_ARN, TARGET_ARN, ERROR_CODE, ERROR_MESSAGE
  (https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-rule-dlq.html).
"""

from __future__ import annotations

import json
import re
from collections.abc import Container, Iterable, Mapping
from dataclasses import dataclass
from fnmatch import fnmatchcase
from typing import Any

from generator.aws.regions import partition_of
from generator.manifest import Queue
from generator.rollout.operate.event_letters import fields_of, message_of
from generator.wording import format_utc

INCIDENTS, INCIDENT_DEAD_LETTERS, EVENT_DEAD_LETTERS = "incidents", "incident_dead_letters", "event_dead_letters"
WAKE_UPS = "wake_ups"
PURPOSES = (INCIDENTS, INCIDENT_DEAD_LETTERS, EVENT_DEAD_LETTERS, WAKE_UPS)
# Where there is an event store, reports and agents; back_to of a queue whose function has no queue to take from.
EVENT_STORE, NOWHERE = "monitoring_events", "nowhere"
MORE = (EVENT_STORE, "reports")
MORE_DEAD_LETTERS = ("monitoring_event_dead_letters", "report_dead_letters", "agent_status_dead_letters")
# The other side of the wire: app.py of handlers/incident, events and reports. What a function gave up on may succeed
# another day, and so may what an older version did not know; every other reason it gives holds for good.
ORIGINS = ("incident-function", "handle-monitoring-events", "daily-report")
WORTH_ANOTHER = ("given up after ", "this build knows no alarm ")
# Rules whose events end in the incident queue.
TO_INCIDENTS = ("incident-rule", "hub-forwarding-rule", "finding-rule", "monitoring-finding-rule")
# Rules whose events end in the queue of the event store.
TO_EVENT_STORE = ("monitoring-events-rule", "monitoring-alarms-rule")
SHOWN_BODY = 120
# `incident-named-1f8a0c2e-rule-prod` is beside `incident-rule-prod`.
_OF_NAMED_ALARMS = re.compile(r"-named-[0-9a-f]{8}-rule-")


class OldManifest(Exception):
    """The manifest says nothing about queues; an older build wrote it."""


@dataclass(frozen=True, slots=True)
class Queues:
    """The hub's queues in one environment, and the name of its table. wake_ups: where channels are woken.

    more: queues of functions besides the incident function's, by purpose. named_alarms: alarms with names of their own.
    """

    environment: str
    incidents: Queue
    dead_letters: tuple[Queue, ...]
    wake_ups: Queue
    table: str
    more: tuple[Queue, ...] = ()
    named_alarms: frozenset[str] = frozenset()

    def goal(self, letter: DeadLetter) -> Queue:
        """The queue that a message is redriven to."""
        return next((queue for queue in self.more if queue.purpose == letter.back_to), self.incidents)


@dataclass(frozen=True, slots=True)
class DeadLetter:
    """A dead-letter message. when: ISO 8601 in UTC, the time at which it was sent there.

    alarm, account, region, state: from its body, empty where it has none. hold_reason: why it is not redriven; empty
    where it is. hopeless: not redriven because it would only come back. back_to: the purpose of its queue; empty for
    the incident queue.
    """

    queue: str
    id: str
    when: str
    reason: str
    body: str
    alarm: str = ""
    account: str = ""
    region: str = ""
    state: str = ""
    hold_reason: str = ""
    hopeless: bool = False
    back_to: str = ""

    @property
    def about(self) -> str:
        """A line about the message: the alarm and its state, or the beginning of its body."""
        if not self.alarm:
            text = " ".join(self.body.split())
            return text if len(text) <= SHOWN_BODY else f"{text[: SHOWN_BODY - 1]}…"
        where = " ".join(part for part in (self.account, self.region) if part)
        return f"{self.alarm}{f' {self.state}' if self.state else ''}{f' in {where}' if where else ''}"

    def sendable(self, *, hopeless: bool = False) -> bool:
        """True if it is sent back; `hopeless`: also what would only come back to a function that has not changed."""
        return not self.hold_reason or (hopeless and self.hopeless)

    def fits(self, pattern: str | None) -> bool:
        """True if it is one of those that were asked for, by alarm or by message id."""
        return pattern is None or fnmatchcase(self.alarm, pattern) or fnmatchcase(self.id, pattern)

    def as_data(self) -> dict[str, Any]:
        """The message as an object of `--json`."""
        fields = ("queue", "id", "when", "reason", "alarm", "account", "region", "state")
        data: dict[str, Any] = {name: getattr(self, name) for name in fields}
        return {**data, "sendable": not self.hold_reason, "held": self.hold_reason, "body": self.body}


def queues_of(manifest: Mapping[str, Any]) -> Queues:
    """The queues that a manifest lists. Raises OldManifest."""
    try:
        listed = manifest["queues"]
        optional = (name for name in (*MORE, *MORE_DEAD_LETTERS) if name in listed)
        queues = {name: _queue(name, listed[name]) for name in (*PURPOSES, *optional)}
        environment, table = str(manifest["environment"]), str(manifest["table"]["name"])
        named_alarms = frozenset(str(name) for name in manifest.get("named_alarms", ()))
    except (AttributeError, KeyError, TypeError) as error:
        raise OldManifest(str(error)) from None
    dead = (INCIDENT_DEAD_LETTERS, EVENT_DEAD_LETTERS, *(name for name in MORE_DEAD_LETTERS if name in queues))
    more = tuple(queues[name] for name in MORE if name in queues)
    dead_letters = tuple(queues[purpose] for purpose in dead)
    return Queues(environment, queues[INCIDENTS], dead_letters, queues[WAKE_UPS], table, more, named_alarms)


def _queue(purpose: str, listed: Mapping[str, Any]) -> Queue:
    return Queue(
        purpose,
        str(listed["name"]),
        str(listed["account"]),
        _region(listed["region"]),
        str(listed.get("log_group", "")),
        str(listed.get("back_to", "")),
    )


def _region(value: Any) -> str:
    """A Region that is one: clients are made for it."""
    partition_of(value)
    return str(value)


def read(
    message: Mapping[str, Any], queue: Queue, environment: str, named_alarms: Container[str] = frozenset()
) -> DeadLetter:
    """A message as SQS's ReceiveMessage returns it. named_alarms: the environment's alarms with names of their own."""
    body = str(message.get("Body", ""))
    attributes = {
        name: str(value.get("StringValue", "")) for name, value in message.get("MessageAttributes", {}).items()
    }
    data = _json(body)
    # EventBridge is recognized by its attributes, whichever queue a rule uses.
    back_to = queue.back_to
    of_event_rule = message_of(attributes.get("RULE_ARN", ""), data, environment)
    if of_event_rule:
        reason, hold_reason, hopeless = _not_delivered(attributes), "", False
    elif "RULE_ARN" in attributes or queue.purpose == EVENT_DEAD_LETTERS:
        reason, hold_reason, hopeless = _from_a_rule(attributes, data, environment, back_to, named_alarms)
        back_to = EVENT_STORE if _first_rule(attributes) in _named(TO_EVENT_STORE, environment) else back_to
    else:
        reason, hold_reason, hopeless = _from_the_function(attributes, data, queue)
    if back_to == NOWHERE:
        hold_reason, hopeless = (
            "its function has no queue; the agents report their state again in the next window",
            False,
        )
    return DeadLetter(
        queue.name,
        str(message["MessageId"]),
        _moment(message.get("Attributes", {}).get("SentTimestamp")),
        reason,
        of_event_rule or body,
        **_alarm_fields(data),
        hold_reason=hold_reason,
        hopeless=hopeless,
        back_to=back_to,
    )


def _from_the_function(attributes: Mapping[str, str], data: Any, queue: Queue) -> tuple[str, str, bool]:
    """Reason, why it is not sent, and whether it would only come back."""
    reason = attributes.get("Reason", "")
    if attributes.get("Origin") in ORIGINS and reason:
        if reason.startswith(WORTH_ANOTHER):
            return reason, "", False
        return reason, "the function cannot read it and would return it to this queue", True
    log = f" ({queue.log_group})" if queue.log_group else ""
    error_message = attributes.get("ErrorMessage", "")
    receives = "five" if queue.back_to else "three"
    reason = reason or error_message or f"{receives} receives without success; see the function's log{log}"
    return (reason, "", False) if isinstance(data, dict) else (reason, "it is not a JSON object", True)


def _rule(attributes: Mapping[str, str]) -> str:
    return attributes.get("RULE_ARN", "").rpartition("/")[2]


def _first_rule(attributes: Mapping[str, str]) -> str:
    """The rule; for one of alarms with names of their own the rule that it is beside."""
    return _OF_NAMED_ALARMS.sub("-rule-", _rule(attributes))


def _named(kinds: Iterable[str], environment: str) -> set[str]:
    return {f"{kind}-{environment}" for kind in kinds}


def _target(attributes: Mapping[str, str]) -> str:
    return attributes.get("TARGET_ARN", "").rpartition(":")[2]


def _not_delivered(attributes: Mapping[str, str]) -> str:
    """The reason of EventBridge."""
    code, message = attributes.get("ERROR_CODE", ""), attributes.get("ERROR_MESSAGE", "")
    cause = ": ".join(part for part in (code, message) if part) or "EventBridge gave no reason"
    return f"{_rule(attributes) or 'a rule'} could not deliver to {_target(attributes) or 'its target'}: {cause}"


def _from_a_rule(
    attributes: Mapping[str, str], data: Any, environment: str, back_to: str, named_alarms: Container[str]
) -> tuple[str, str, bool]:
    target, reason = _target(attributes), _not_delivered(attributes)
    if not back_to and _first_rule(attributes) not in _named((*TO_INCIDENTS, *TO_EVENT_STORE), environment):
        return reason, f"it does not belong in the incident queue{f'; its target is {target}' if target else ''}", False
    if not isinstance(data, dict):
        return reason, "it is not a JSON object", True
    name = _alarm_fields(data)["alarm"]
    # With an audit trail the hub forwards every alarm there is, those of other people and environments too.
    is_ours = name.endswith(f"-alarm-{environment}") or name in named_alarms
    if data.get("source") == "aws.cloudwatch" and not is_ours:
        return reason, f"{name or 'it'} is not an alarm of {environment}; only the audit trail lacks it", False
    return reason, "", False


def _json(body: str) -> Any:
    try:
        return json.loads(body)
    except (ValueError, RecursionError):
        return None


def _alarm_fields(data: Any) -> dict[str, str]:
    """Alarm, account, Region and state, in whichever of its forms an alarm speaks; empty where it does not say."""
    data = data if isinstance(data, dict) else {}
    if data.get("Type") == "Notification":
        data = _map(_json(_text(data, "Message")))
    detail = _map(data.get("detail"))
    if of_event := fields_of(data):
        fields = of_event
    elif "NewStateValue" in data:
        arn = [*_text(data, "AlarmArn").split(":"), "", "", "", ""]
        fields = (_text(data, "AlarmName"), _text(data, "AWSAccountId"), arn[3], _text(data, "NewStateValue"))
    elif "alarmData" in data:
        inner = _map(data["alarmData"])
        state = _text(_map(inner.get("state")), "value")
        fields = (_text(inner, "alarmName"), _text(data, "accountId"), _text(data, "region"), state)
    else:
        name = _text(detail, "alarmName") or _text(detail, "alarm") or _text(detail, "name") or _finding(detail)
        state_data = detail.get("state")
        state = state_data if isinstance(state_data, str) else _text(_map(state_data), "value")
        region = (_text(detail, "region") if _finding(detail) else "") or _text(data, "region")
        fields = (name, _text(data, "account"), region, state)
    return dict(zip(("alarm", "account", "region", "state"), fields, strict=True))


def _finding(detail: Mapping[str, Any]) -> str:
    """The name of a check's finding, as the functions write it."""
    check, subject = _text(detail, "check"), _text(detail, "subject")
    return f"{check}/{subject}" if check and subject else ""


def _map(value: Any) -> Mapping[str, Any]:
    return value if isinstance(value, dict) else {}


def _text(data: Mapping[str, Any], name: str) -> str:
    value = data.get(name)
    return value if isinstance(value, str) else ""


def _moment(milliseconds: Any) -> str:
    try:
        return format_utc(int(milliseconds))
    except (TypeError, ValueError, OverflowError, OSError):
        return ""


def oldest_first(letters: Iterable[DeadLetter]) -> list[DeadLetter]:
    """In the order in which they are shown and sent: an ALARM before its OK."""
    return sorted(letters, key=lambda letter: (letter.when, letter.id))
