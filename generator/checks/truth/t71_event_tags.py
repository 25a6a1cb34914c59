"""T71: a tag that events carry is a tag of an alarm."""

from __future__ import annotations

from collections.abc import Iterator

from generator.checks.check import Subject
from generator.findings import Finding, Path, Severity, suggest
from generator.model.alarms import Alarm, Composite

CODE = "T71"
NAME = "event-tags"
TITLE = "A key in event_tags is the key of a tag of an alarm."
WHY = (
    "CloudWatch includes the named tags in an alarm's events and leaves out those that the alarm does not have. A key"
    " that no alarm has, such as a misspelled one, is in no event, and whatever reads it there never matches."
)
SOURCE = "https://docs.aws.amazon.com/AmazonCloudWatch/latest/APIReference/API_AlarmTagsPropagation.html"
BAD = """\
alarms:
  errors: {owner: shop-team, event_tags: [Owner]}
"""
GOOD = """\
alarms:
  errors: {owner: shop-team, event_tags: [owner, severity]}
"""
_ALARMS = ("AWS::CloudWatch::Alarm", "AWS::CloudWatch::CompositeAlarm", "AWS::CloudWatch::LogAlarm")


def check(subject: Subject) -> Iterator[Finding]:
    """A warning for each key that no alarm has, where it is written."""
    known = {tag["Key"] for resource in subject.resources(*_ALARMS) for tag in resource.properties.get("Tags", ())}
    reported: set[tuple[Path, str]] = set()
    alarms: tuple[Alarm | Composite, ...] = (*subject.estate.alarms, *subject.estate.composites)
    for alarm in alarms:
        for key in alarm.event_tags:
            path = next((origin.path for origin in alarm.origins if origin.field == "event_tags"), ()) or alarm.path
            if key not in known and (path, key) not in reported:
                reported.add((path, key))
                hint = suggest(key, sorted(known), f"use {', '.join(sorted(known))}, or add it to `tags`")
                yield Finding(CODE, f"no alarm has a tag `{key}`", path, Severity.WARNING, hint)
