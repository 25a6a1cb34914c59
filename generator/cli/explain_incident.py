"""obsgen explain incident"""

from __future__ import annotations

from collections.abc import Iterator

from generator.build import Built
from generator.cli.exit import usage_error
from generator.findings import dotted, suggest
from generator.model.alarms import Alarm, Composite
from generator.model.estate import Estate
from generator.model.event_rules import EventRule


def explained(built: Built, alarm: str | None, all_alarms: bool) -> str:
    """Of one alarm, by its name, key or place in the spec, of an event rule by its key, or of all of them; in every
    environment that was built.
    """
    if all_alarms:
        if alarm is not None:
            raise usage_error("ALARM and --all cannot be combined")
        from generator.render.wake_up import wake_up

        return "\n\n".join(wake_up(estate).rstrip("\n") for estate in built.estates.values())
    if alarm is None:
        raise usage_error("missing argument ALARM", "use `obsgen explain incident ALARM`, or --all")
    return "\n\n".join("\n".join(block) for block in _blocks(built, alarm))


def _blocks(built: Built, name_: str) -> list[list[str]]:
    from generator.render.event_incidents import explain_event_incident
    from generator.render.explain_incident import explain_incident
    from generator.render.incident_groups import groups

    blocks = []
    for estate in built.estates.values():
        of = groups(estate)
        alarms = _alarms_named(name_, estate)
        blocks += [explain_incident(alarm, estate, of) for alarm in alarms]
        blocks += [explain_event_incident(rule, estate) for rule in _rules_named(name_, estate) if not alarms]
    if not blocks:
        known = {name for estate in built.estates.values() for alarm in _both(estate) for name in _names(alarm)}
        known |= {rule.key for estate in built.estates.values() for rule in estate.event_rules}
        hint = suggest(name_, known, "use a name such as my-alarm-prod")
        raise usage_error(f"there is no alarm `{name_}` in {built.source.name}", hint)
    return blocks


def _alarms_named(name: str, estate: Estate) -> list[Alarm | Composite]:
    """The alarm of that name; by key or place all that come of it, as of one over each account."""
    exact = [alarm for alarm in _both(estate) if name in (alarm.name, alarm.ref)]
    return exact or [alarm for alarm in _both(estate) if name in _names(alarm)]


def _rules_named(name: str, estate: Estate) -> list[EventRule]:
    return [rule for rule in estate.event_rules if name in (rule.key, rule.name, dotted(rule.path))]


def _both(estate: Estate) -> Iterator[Alarm | Composite]:
    yield from estate.alarms
    yield from estate.composites


def _names(alarm: Alarm | Composite) -> tuple[str, ...]:
    return (alarm.name, alarm.ref, alarm.key, alarm.logical_id, dotted(alarm.path))
