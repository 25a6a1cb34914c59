"""T66: the events of an event rule exist where it is deployed."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from typing import Any

from generator.aws.event_sources import (
    API_CALL,
    CALL_KINDS,
    CALLS_PAGE,
    GLOBAL,
    PAGE,
    PARTLY_GLOBAL,
    SOURCES,
    global_region,
    only_reads,
)
from generator.checks.check import Subject
from generator.evaluate.events.pattern import EventPattern, parse
from generator.findings import Finding, Path, Severity, did_you_mean
from generator.model.estate import Estate
from generator.model.event_rules import EventRule, sources
from generator.model.named_alarms import named_alarms

CODE = "T66"
NAME = "event-can-match"
TITLE = "The sources of an event rule exist, in the Regions in which the rule is deployed."
SUMMARY = "The events of an event rule exist where it is deployed."
WHY = (
    "A rule sees the events of its own Region. Those of global services, such as IAM or CloudFront, are in us-east-1"
    " alone, so that a rule elsewhere never matches; of AWS Health and of sign-ins some are. A source with a typing"
    " error never matches either. Of API calls, those that only read (Get, List, Describe) are sent to no"
    " rule. Alarms of obsgen are incidents already: a rule for their events makes a second one."
)
SOURCE = "https://docs.aws.amazon.com/eventbridge/latest/ref/events.html"
_RULE = """\
event_rules:
  policies:
    pattern: {source: [%s], detail-type: [AWS API Call via CloudTrail], detail: {eventName: [CreateUser]}}
    severity: high
    examples:
      match: [{source: %s, detail-type: AWS API Call via CloudTrail, detail: {eventName: CreateUser}}]
"""
BAD = _RULE % ("aws.iaam", "aws.iaam")
GOOD = _RULE % ("aws.iam", "aws.iam")


def check(subject: Subject) -> Iterator[Finding]:
    """A finding for each rule whose events are elsewhere, and for each unknown source of AWS."""
    estate = subject.estate
    for rule in estate.event_rules:
        path = rule.path if rule.pack else (*rule.path, "pattern")
        names = [source for source in sources([rule]) if isinstance(source, str)]
        for name in names:
            if name.startswith("aws.") and name not in SOURCES:
                hint = did_you_mean(name, SOURCES).strip() or f"see {PAGE}"
                yield Finding(CODE, f"no AWS service has the source `{name}`", path, Severity.WARNING, hint)
        yield from _elsewhere(rule, names, estate, path)
        yield from _withheld(rule, path)
        yield from _ours(rule, estate, path)


def _elsewhere(rule: EventRule, names: list[str], estate: Estate, path: Path) -> Iterator[Finding]:
    place = global_region(estate.hub.region)
    if rule.region or place in _regions(rule, estate):
        return
    hint = f"add {place} to regions"
    only = [name for name in names if name in GLOBAL]
    if only and len(only) == len(sources([rule])):
        message = f"events of {', '.join(only)} are in {place} only, and the rule is not"
        yield Finding(CODE, message, path, hint=hint, on="key")
    elif partly := [name for name in names if name in GLOBAL | PARTLY_GLOBAL]:
        message = f"some events of {', '.join(partly)} are in {place} only, and the rule is not"
        yield Finding(CODE, message, path, Severity.WARNING, hint, on="key")


def _regions(rule: EventRule, estate: Estate) -> set[str]:
    members = (rule.placement.regions if rule.placement else ()) or estate.regions
    return {*(members if rule.is_forwarded else ()), *((estate.hub.region,) if rule.in_hub else ())}


def _withheld(rule: EventRule, path: Path) -> Iterator[Finding]:
    """A finding for calls that only read: EventBridge sends the rule none of them. A warning if others are left."""
    for text in rule.patterns:
        pattern = json.loads(text)
        detail = pattern.get("detail")
        if API_CALL not in pattern.get("detail-type", ()) or not isinstance(detail, dict) or detail.keys() & CALL_KINDS:
            continue
        calls = [call for call in detail.get("eventName", ()) if isinstance(call, str | dict)]
        withheld = [name for call in calls if (name := _withheld_name(call))]
        if withheld:
            severity = Severity.ERROR if len(withheld) == len(calls) else Severity.WARNING
            message = f"EventBridge sends no rule the calls {', '.join(withheld)}, which only read"
            hint = f"name other calls; for data events, add managementEvent: [false] to detail. See {CALLS_PAGE}"
            yield Finding(CODE, message, path, severity, hint, on="key")


def _withheld_name(call: str | dict[str, str]) -> str:
    """A value of `eventName` that has calls that only read, and no others; empty for any other."""
    if isinstance(call, str):
        return call if only_reads(call) else ""
    prefix = call.get("prefix")
    return f"{prefix}*" if isinstance(prefix, str) and only_reads(prefix) else ""


def _ours(rule: EventRule, estate: Estate, path: Path) -> Iterator[Finding]:
    """A warning for a pattern of alarms, or of schedules, that does not leave obsgen's own out."""
    event = {
        "source": "aws.cloudwatch",
        "detail-type": "CloudWatch Alarm State Change",
        "detail": {"alarmName": estate.name("example-alarm"), "state": {"value": "ALARM"}},
    }
    parsed = parse(json.loads(rule.pattern))
    heartbeat = {
        "source": "aws.events",
        "detail-type": "Scheduled Event",
        "resources": [f"arn:aws:events:{estate.hub.region}:{estate.hub.account}:rule/{estate.name('heartbeat-rule')}"],
    }
    if isinstance(parsed, EventPattern) and parsed.matches(heartbeat):
        message = "the pattern takes the heartbeats of obsgen, every five minutes in each account"
        hint = 'name your schedules: resources: [{suffix: ":rule/nightly-import"}]'
        yield Finding(CODE, message, path, hint=hint, on="key")
    second = next((name for name in named_alarms(estate) if _takes(parsed, event, name)), "")
    if second and not _takes(parsed, event, estate.name("example-alarm")):
        message = f"`{second}` is an incident already, and would be a second time"
        hint = "exclude it: alarmName: [{anything-but: […]}]"
        yield Finding(CODE, message, path, Severity.WARNING, hint, on="key")
    if isinstance(parsed, EventPattern) and parsed.matches(event):
        ending = f"-alarm-{estate.environment}"
        message = "the alarms of obsgen are incidents already, and would be a second time"
        hint = f"exclude them: alarmName: [{{anything-but: {{suffix: {ending}}}}}]"
        yield Finding(CODE, message, path, Severity.WARNING, hint, on="key")


def _takes(parsed: object, event: Mapping[str, Any], name: str) -> bool:
    """Whether a pattern takes an event of an alarm of this name."""
    detail = {**event["detail"], "alarmName": name}
    return isinstance(parsed, EventPattern) and parsed.matches({**event, "detail": detail})
