"""obsgen drill --local compliance: the notifications of an instance without its required tags"""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from functools import partial
from typing import TYPE_CHECKING, Any

from generator.build import Built
from generator.cli.drill.subject import account_in, listeners_of, member_region_of, only_one
from generator.cli.exit import usage_error

if TYPE_CHECKING:
    from generator.drill.compliance_example import Findings
    from generator.drill.drill_result import DrillEvent
    from generator.model.estate import Estate
    from generator.model.routing import AlarmSeverity

COMPLIANCE = "compliance"


def is_requested(built: Built, name: str) -> bool:
    """Whether the name means tag compliance: no alarm and no composite has it."""
    keys = {alarm.key for estate in built.estates.values() for alarm in estate.alarms}
    keys |= {composite.key for estate in built.estates.values() for composite in estate.composites}
    return name == COMPLIANCE and name not in keys


def estate_with(built: Built) -> Estate:
    """The one environment that checks tags; ends the command where none does, or several."""
    estates = [estate for estate in built.estates.values() if estate.compliance]
    # An environment without the section has its alarms, disabled.
    if not estates and any(
        alarm.path[:1] == (COMPLIANCE,) for estate in built.estates.values() for alarm in estate.alarms
    ):
        raise usage_error(f"{' and '.join(built.estates)} does not check tags", "-e with an environment that does")
    if not estates:
        raise usage_error(
            f"{built.source.name} has no section `compliance:`", "add the section as in docs/compliance.md"
        )
    return only_one(estates, "tags are checked")


def example(built: Built, estate: Estate, account: str | None, region: str | None) -> dict[str, Any]:
    """Subject, events and outcome of a plan, for an example instance of an account. Raises CannotDrill."""
    from generator.drill.alarm_event import DrillSubject
    from generator.drill.compliance_example import findings
    from generator.packages import unpacked

    _require_instances(estate)
    name, account_id = account_in(estate, account)
    region = member_region_of(estate, name, region)
    packages = built.packages[estate.environment]
    package = unpacked(next(content for key, content in packages.items() if key.split("/")[1] == COMPLIANCE))
    # In the past, because events from the future are refused.
    example_findings = findings(package, account_id, region, datetime.now(UTC) - timedelta(minutes=5))
    subject = DrillSubject(
        example_findings.subject,
        account_id,
        name,
        region,
        estate.hub.partition,
        severity_in(estate, name),
        "An instance without its required tags",
        None,
        listeners=listeners_of(
            estate, severity_in(estate, name), name, estate.compliance.owner if estate.compliance else ""
        ),
    )
    end = "terminated" if example_findings.gone else "fixed"
    outcome = f"received opening, change and end ({end}); the duplicate was ignored"
    return {
        "subject": subject,
        "events": tuple(_events(example_findings, account_id, estate.hub.region)),
        "outcome": outcome,
    }


def severity_in(estate: Estate, account: str) -> AlarmSeverity:
    """How severe a finding in that account is."""
    compliance = estate.compliance
    return dict(compliance.severity_by_account).get(account, compliance.severity) if compliance else "none"


def _require_instances(estate: Estate) -> None:
    """End the command where a single instance is never notified."""
    from generator.model.compliance import EC2_INSTANCE

    compliance = estate.compliance
    if compliance and EC2_INSTANCE not in compliance.resources:
        raise usage_error(f"{estate.environment} does not check instances, which a drill requires")
    if compliance and "each" not in (compliance.notify.changes, compliance.notify.scans):
        message = f"{estate.environment} does not notify single instances, which a drill requires"
        raise usage_error(message, "compliance: {notify: {changes: each}}")


def _events(findings: Findings, account: str, region: str) -> list[DrillEvent]:
    from generator.drill.compliance_example import event_of
    from generator.drill.drill_result import DrillEvent

    opened, changed, closed = (
        event_of(finding, account, region) for finding in (findings.opened, findings.changed, findings.closed)
    )
    fixed = "the instance is terminated" if findings.gone else "the tags are set"
    return [
        DrillEvent("tags are missing", "missing tags", True, partial(dict, opened)),
        DrillEvent("the same event again", "missing tags", False, partial(dict, opened)),
        DrillEvent("some of them are set", "the change", True, partial(dict, changed)),
        DrillEvent(fixed, "the end", True, partial(dict, closed)),
    ]
