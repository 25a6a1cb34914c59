"""obsgen explain incident"""

from __future__ import annotations

from collections.abc import Iterator

from generator.build import Built
from generator.cli.exit import usage_error
from generator.findings import did_you_mean, dotted
from generator.model.alarms import Alarm, Composite
from generator.model.estate import Estate


def explained(built: Built, alarm: str | None, all_alarms: bool) -> str:
    """Of one alarm, by its name, key or place in the spec, or of all of them; in every environment that was built."""
    if all_alarms:
        if alarm is not None:
            raise usage_error("an alarm's name, or --all; not both")
        from generator.render.wake_up import wake_up

        return "\n\n".join(wake_up(estate).rstrip("\n") for estate in built.estates.values())
    if alarm is None:
        raise usage_error("the name of an alarm is missing", "obsgen explain incident ALARM, or --all")
    return "\n\n".join("\n".join(block) for block in _blocks(built, alarm))


def _blocks(built: Built, wanted: str) -> list[list[str]]:
    from generator.render.explain_incident import explain_incident
    from generator.render.incident_groups import groups

    blocks = []
    for estate in built.estates.values():
        of = groups(estate)
        blocks += [explain_incident(alarm, estate, of) for alarm in _called(wanted, estate)]
    if not blocks:
        known = {name for estate in built.estates.values() for alarm in _both(estate) for name in _names(alarm)}
        near = did_you_mean(wanted, known).strip()
        raise usage_error(
            f"there is no alarm `{wanted}` in {built.source.name}", near or "a name such as my-alarm-prod"
        )
    return blocks


def _called(wanted: str, estate: Estate) -> list[Alarm | Composite]:
    """The alarm of that name; by key or place all that come of it, as of one over each account."""
    exact = [alarm for alarm in _both(estate) if wanted in (alarm.name, alarm.ref)]
    return exact or [alarm for alarm in _both(estate) if wanted in _names(alarm)]


def _both(estate: Estate) -> Iterator[Alarm | Composite]:
    yield from estate.alarms
    yield from estate.composites


def _names(alarm: Alarm | Composite) -> tuple[str, ...]:
    return (alarm.name, alarm.ref, alarm.key, alarm.logical_id, dotted(alarm.path))
