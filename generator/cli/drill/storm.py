"""obsgen drill --local with --storm or --down: many alarms at once, an outage of a channel"""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

import click

from generator.build import Built
from generator.cli.drill.subject import HUB_NAME, accounts_with, only_one, region_of, subject_in
from generator.cli.exit import FINDINGS, FINE, usage_error
from generator.cli.options import incident_package
from generator.findings import did_you_mean
from generator.manifest import ROUTING_FILE

if TYPE_CHECKING:
    from generator.drill.alarm_event import DrillSubject
    from generator.model.alarms import Alarm, Composite
    from generator.model.estate import Estate

MOST = 10_000
USUAL_OUTAGE_S = 3_600


def storm(
    built: Built, *, number: int | None, down: str | None, seconds: int | None, account: str | None, as_json: bool
) -> int:
    """Simulate it in the one environment, and print the result; the exit code."""
    from generator.drill.incident_process import CoreFailed, simulated
    from generator.drill.storm import at_once, problems, spread, with_outage
    from generator.drill.storm_story import as_data, story

    estate = only_one(list(built.estates.values()), "there are alarms")
    package = incident_package(built, estate.environment)
    routing: Mapping[str, Any] = json.loads(package[ROUTING_FILE])
    subjects = [subject for subject in _subjects(built, estate, account) if subject.listeners]
    if down:
        _check_channel(down, routing)
    if not subjects:
        raise usage_error(f"no alarm in {account or estate.environment} notifies a channel")
    if number:
        scenario = at_once(estate.environment, subjects, routing, number)
        scenario = with_outage(scenario, down, seconds or USUAL_OUTAGE_S) if down else scenario
    elif down:
        subjects = [subject for subject in subjects if down in subject.listeners]
        if not subjects:
            raise usage_error(f"no alarm in {account or estate.environment} notifies {down}")
        scenario = spread(estate.environment, subjects, routing, down, seconds or USUAL_OUTAGE_S)
    try:
        (result,) = simulated(package, [scenario.play])
    except CoreFailed as error:
        raise usage_error(str(error)) from None
    channels = routing["channels"]
    if as_json:
        click.echo(json.dumps(as_data(scenario, result, channels), indent=1))
    else:
        click.echo(story(scenario, result, channels))
    return FINDINGS if problems(scenario, result) else FINE


def _check_channel(name: str, routing: Mapping[str, Any]) -> None:
    if name not in routing["channels"]:
        near = did_you_mean(name, routing["channels"]).strip()
        raise usage_error(f"there is no channel `{name}`", near or f"one of {', '.join(routing['channels'])}")


def _subjects(built: Built, estate: Estate, account: str | None) -> list[DrillSubject]:
    """Every alarm and composite in every account that has it."""
    names = [member.name for member in estate.accounts]
    only_regions = {member.name: member.regions for member in estate.accounts}
    if account and account not in (*names, HUB_NAME):
        near = did_you_mean(account, [*names, HUB_NAME]).strip()
        raise usage_error(f"there is no account `{account}`", near or f"one of {', '.join(names)}")
    alarms: list[Alarm | Composite] = [*estate.composites, *estate.alarms]
    return [
        subject_in(built, estate, alarm, name, region_of(estate, alarm, only_regions.get(name, ()), None))
        for alarm in alarms
        for name in accounts_with(alarm, estate)
        if account in (None, name)
    ]
