"""obsgen drill --local: which drill the options mean, what it needs, and what it prints"""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any, TypeVar

import click

from generator.build import Built
from generator.cli.drill import compliance as drill_compliance
from generator.cli.drill import errors as drill_errors
from generator.cli.drill import event_rules as drill_event_rules
from generator.cli.drill.options import DrillOptions
from generator.cli.drill.subject import find, located, parts_of
from generator.cli.exit import FINDINGS, FINE, usage_error
from generator.cli.options import incident_package
from generator.manifest import HUB_TEMPLATE, ROUTING_FILE

if TYPE_CHECKING:
    from generator.drill.alarm_event import DrillSubject
    from generator.drill.drill_result import Plan
    from generator.model.estate import Estate

T = TypeVar("T")


def run_local(built: Built, options: DrillOptions) -> int:
    """Run the drill on this machine; the exit code."""
    if options.alarm is None:
        from generator.cli.drill.storm import storm

        return storm(
            built,
            number=options.storm,
            down=options.down,
            seconds=options.down_for,
            account=options.account,
            as_json=options.as_json,
        )
    if drill_compliance.is_requested(built, options.alarm):
        estate = drill_compliance.estate_with(built)
        return _run(lambda: _compliance_plan(built, estate, options), options)
    if drill_errors.is_requested(built, options.alarm):
        return _run_errors(built, options)
    if drill_event_rules.is_requested(built, options.alarm):
        estate, rule = drill_event_rules.estate_with(built, options.alarm)
        subject = drill_event_rules.example(estate, rule, options.account, options.region)
        return _run(lambda: _plan(built, estate, **subject), options)
    return _run_alarm(built, options.alarm, options)


def _compliance_plan(built: Built, estate: Estate, options: DrillOptions) -> Plan:
    return _plan(built, estate, **drill_compliance.example(built, estate, options.account, options.region))


def _run_errors(built: Built, options: DrillOptions) -> int:
    """From a log line to the report."""
    estate = drill_errors.estate_with(built)
    example, subject = _or_fail(lambda: drill_errors.example_of(built, estate, options.account, options.region))
    for line in drill_errors.before_the_story(example) if options.prints_story else ():
        click.echo(line)
    code = _run(lambda: _plan(built, estate, **subject), options, {"errors": drill_errors.as_data(example)})
    for line in drill_errors.after_the_story(example) if options.prints_story else ():
        click.echo(line)
    return code


def _run_alarm(built: Built, name: str, options: DrillOptions) -> int:
    from generator.model.alarms import Composite

    estate, alarms = find(built, name)
    alarm, subject = located(built, estate, alarms, options.account, options.region)
    if name in drill_errors.NAMES and any(other.error_logs for other in built.estates.values()):
        click.echo(f"`{name}` is an alarm here; for an error in a log run `obsgen drill --local error_logs`", err=True)
    parts: tuple[DrillSubject, ...] = ()
    if isinstance(alarm, Composite):
        routing = json.loads(incident_package(built, estate.environment)[ROUTING_FILE])
        parts = tuple(parts_of(built, estate, alarm, routing, subject))
    return _run(lambda: _plan(built, estate, subject=subject, parts=parts), options)


def _run(plan: Callable[[], Plan], options: DrillOptions, extra: Mapping[str, Any] | None = None) -> int:
    """Run a plan, and print the result; the exit code. extra: other keys of `--json`."""
    from generator.drill.local import run
    from generator.drill.story import as_data, short, story

    result = _or_fail(lambda: run(plan(), keep=options.keep))
    if options.as_json:
        click.echo(json.dumps({**as_data(result), **(extra or {})}, indent=1))
    else:
        click.echo(short(result) if options.quiet else story(result))
    return FINDINGS if result.problems else FINE


def _or_fail(run: Callable[[], T]) -> T:
    """The result of what a drill runs; ends the command where this machine cannot run it."""
    from generator.drill.machine import CannotDrill, NoMoto

    try:
        return run()
    except NoMoto as error:
        raise usage_error(
            str(error), "pip install '.[drill]' in a checkout of obsgen, or pip install 'moto[server]'"
        ) from None
    except CannotDrill as error:
        raise usage_error(str(error)) from None


def _plan(built: Built, estate: Estate, **subject: Any) -> Plan:
    """The plan of a drill, from the build. subject: the alarm that fires, and its events."""
    from generator.drill.drill_result import Plan
    from generator.drill.local import FUNCTION, NOTIFIER
    from generator.packages import unpacked

    template = built.templates[estate.environment][HUB_TEMPLATE]
    keys = [template["Resources"][title]["Properties"]["Code"]["S3Key"] for title in (FUNCTION, NOTIFIER)]
    files, notifier_files = (unpacked(built.packages[estate.environment][key]) for key in keys)
    return Plan(
        environment=estate.environment,
        files=files,
        notifier_files=notifier_files,
        template=template,
        account=estate.hub.account,
        region=estate.hub.region,
        partition=estate.hub.partition,
        **subject,
    )
