"""obsgen drill --local compliance: what people would see of an instance without its tags"""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from functools import partial
from typing import TYPE_CHECKING, Any

from generator.build import Built
from generator.cli.drill.subject import account_in, listeners_of, member_region_of, only_one
from generator.cli.exit import usage_error

if TYPE_CHECKING:
    from generator.drill.compliance_example import Findings
    from generator.drill.drill_result import Event
    from generator.model.estate import Estate
    from generator.model.routing import AlarmSeverity

COMPLIANCE = "compliance"


def is_asked(built: Built, name: str) -> bool:
    """Whether tag compliance is meant: nothing else has that name."""
    keys = {alarm.key for estate in built.estates.values() for alarm in estate.alarms}
    keys |= {composite.key for estate in built.estates.values() for composite in estate.composites}
    return name == COMPLIANCE and name not in keys


def estate_with(built: Built) -> Estate:
    """The environment that checks tags; ends the command where none does, or several."""
    having = [estate for estate in built.estates.values() if estate.compliance]
    # Its alarms are there, switched off, where an environment does not check.
    if not having and any(one.path[:1] == (COMPLIANCE,) for estate in built.estates.values() for one in estate.alarms):
        raise usage_error(f"{' and '.join(built.estates)} checks no tags", "-e with an environment that does")
    if not having:
        raise usage_error(f"{built.source.name} has no section `compliance:`", "docs/compliance.md shows one")
    return only_one(having, "tags are checked")


def example(built: Built, estate: Estate, account: str | None, region: str | None) -> dict[str, Any]:
    """What a plan needs: subject, events and words for an example of that account. Raises CannotDrill."""
    from generator.drill.alarm_event import Subject
    from generator.drill.compliance_example import findings
    from generator.packages import unpacked

    _hears_of_instances(estate)
    name, number = account_in(estate, account)
    place = member_region_of(estate, name, region)
    packages = built.packages[estate.environment]
    package = unpacked(next(content for key, content in packages.items() if key.split("/")[1] == COMPLIANCE))
    # The looks of the drill are over when it begins: what is of the future is refused.
    made = findings(package, number, place, datetime.now(UTC) - timedelta(minutes=5))
    subject = Subject(
        made.subject,
        number,
        name,
        place,
        estate.hub.partition,
        severity_in(estate, name),
        "An instance without the tags that it has to have",
        None,
        listeners=listeners_of(
            estate, severity_in(estate, name), name, estate.compliance.owner if estate.compliance else ""
        ),
    )
    end = "was terminated" if made.gone else "was fixed"
    words = f"heard that it is open, changed and {end}, nobody of the duplicate"
    return {"subject": subject, "events": tuple(_events(made, number, estate.hub.region)), "all_heard": words}


def severity_in(estate: Estate, account: str) -> AlarmSeverity:
    """How severe a finding in that account is."""
    compliance = estate.compliance
    return dict(compliance.severity_by_account).get(account, compliance.severity) if compliance else "none"


def _hears_of_instances(estate: Estate) -> None:
    """Ends the command where nobody would ever hear of a single instance."""
    from generator.model.compliance import EC2_INSTANCE

    compliance = estate.compliance
    if compliance and EC2_INSTANCE not in compliance.resources:
        raise usage_error(f"{estate.environment} checks no instances, and an instance is what a drill shows")
    if compliance and "each" not in (compliance.notify.changes, compliance.notify.scans):
        message = f"{estate.environment} notifies of no single instance, and one is what a drill shows"
        raise usage_error(message, "compliance: {notify: {changes: each}}")


def _events(made: Findings, account: str, region: str) -> list[Event]:
    from generator.drill.compliance_example import event_of
    from generator.drill.drill_result import Event

    opened, changed, closed = (event_of(one, account, region) for one in (made.opened, made.changed, made.closed))
    fixed = "the instance is terminated" if made.gone else "the tags are set"
    return [
        Event("tags are missing", "tags that are missing", True, partial(dict, opened)),
        Event("the same event again", "tags that are missing", False, partial(dict, opened)),
        Event("some of them are set", "what has changed", True, partial(dict, changed)),
        Event(fixed, "the end", True, partial(dict, closed)),
    ]
