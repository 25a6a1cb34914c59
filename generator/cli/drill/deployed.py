"""obsgen drill of a deployed alarm: the channels it will notify, the confirmation, and the result"""

from __future__ import annotations

import json
import secrets
import time
from collections.abc import Iterator
from datetime import UTC, datetime
from typing import cast
from urllib.parse import urlsplit

import click

from generator.build import Built
from generator.cli.drill import compliance, errors, words
from generator.cli.drill.listeners import above, drilled_channels
from generator.cli.drill.options import DrillOptions
from generator.cli.drill.subject import channels_of, find, located, require_one_account
from generator.cli.drill.words import format_utc_seconds
from generator.cli.exit import AWS_REFUSED, FINDINGS, FINE, AwsErrorExit, usage_error
from generator.drill.alarm_event import DrillSubject
from generator.manifest import HUB_TEMPLATE, MANIFEST, MEMBER_TEMPLATE, Queue
from generator.model.accounts import Side
from generator.model.alarm_rules import children
from generator.model.alarms import Alarm, Composite
from generator.model.estate import Estate
from generator.model.routing import AlarmSeverity, Channel
from generator.rollout.aws.errors import AwsError
from generator.rollout.drill.calls import DrillClient, Target
from generator.rollout.drill.drill import DRILLED, Drill, End, Hop, ResetFailed
from generator.rollout.operate.dead_letters import queues_of

WAIT_SECONDS = 120
STOPPED = 130


def run_deployed(built: Built, options: DrillOptions) -> int:
    """Drill the deployed alarm of the options; the exit code."""
    name = str(options.alarm)
    if compliance.is_requested(built, name):
        raise usage_error("tag compliance can be drilled on this machine only", "`obsgen drill --local compliance`")
    if errors.is_requested(built, name):
        raise usage_error("errors in logs can be drilled on this machine only", "`obsgen drill --local errors`")
    estate, alarms = find(built, name)
    require_one_account(estate, name, alarms, options.account)
    alarm, subject = located(built, estate, alarms, options.account, options.region)
    if isinstance(alarm, Composite):
        raise _composite(estate, alarm)
    if alarm.contributors:
        # https://docs.aws.amazon.com/AmazonCloudWatch/latest/APIReference/API_SetAlarmState.html
        raise usage_error(
            f"{alarm.name} has incidents for its contributors, and CloudWatch sets the state of the alarm only",
            f"`obsgen drill --local {name}`",
        )
    wait = options.deployed.wait or WAIT_SECONDS
    target = _target(built, estate, alarm, subject, wait)
    _check_profiles(target, options.deployed.alarm_profile)
    client = DrillClient(target, options.deployed.profile, options.deployed.alarm_profile)
    drill = Drill(client, f"drill-{secrets.token_hex(6)}", wait)
    try:
        last_references = drill.preflight()
    except AwsError as error:
        raise AwsErrorExit(f"{error}\n  = help: {error.hint}") from None
    _check_state(drill, anyway=options.deployed.anyway)
    if options.prints_story or not options.deployed.yes:
        for line in _announcement(estate, alarm, drill, last_references):
            click.echo("\n".join(words.wrapped(line, "", "  ")))
    if not options.deployed.yes and not click.confirm("Page them now?"):
        click.echo("drill not started")
        return FINDINGS
    return _run(drill, options)


def _run(drill: Drill, options: DrillOptions) -> int:
    """Run it, and print the hops as they are reached; the exit code."""
    hops: list[Hop] = []
    code, problem = FINE, ""

    def report(progress: Hop | End) -> None:
        if isinstance(progress, Hop):
            hops.append(progress)
        if options.prints_story:
            click.echo("\n".join(words.line(drill, progress)))

    if options.prints_story:
        click.echo(f"\nALARM, as {drill.drill_id}")
    try:
        drill.run(report)
        dead_letters = drill.new_dead_letters()
    except ResetFailed as error:
        raise AwsErrorExit(f"{error}\n  = help: {error.command}") from None
    except AwsError as error:
        code, problem, dead_letters = AWS_REFUSED, f"{error}\n  = help: {error.hint}", {}
    except KeyboardInterrupt:
        code, problem, dead_letters = STOPPED, "stopped", {}
    problems = words.problems(drill, hops, dead_letters)
    if options.as_json:
        data = words.as_data(drill, hops, dead_letters, problems)
        click.echo(json.dumps({**data, **({"stopped": problem} if problem else {})}, indent=1))
    if problem:
        ended = f"; {words.ended(drill)}" if drill.end else ""
        click.echo(f"Error: {problem}{ended}", err=True)
        return code
    if not options.as_json:
        click.echo("\n".join(words.closing(drill, hops, dead_letters, quiet=options.quiet)))
    return FINDINGS if problems else FINE


def _composite(estate: Estate, alarm: Composite) -> click.ClickException:
    """SetAlarmState accepts a composite, but the state that it sets stays until a child changes.

    https://docs.aws.amazon.com/AmazonCloudWatch/latest/APIReference/API_SetAlarmState.html
    """
    keys_by_ref = {
        child.ref: child.key for child in estate.alarms if child.side is alarm.side and not child.everywhere_disabled
    }
    keys = list(dict.fromkeys(keys_by_ref[ref] for ref in children(alarm.rule) if ref in keys_by_ref))
    return usage_error(
        f"{alarm.name} is a composite: CloudWatch evaluates it only when one of its children changes, so that a state "
        "set by hand stays, and a reset could hide a real ALARM",
        f"drill one of its children: {', '.join(keys)}" if keys else "",
    )


def _check_profiles(target: Target, alarm_profile: str | None) -> None:
    if target.in_hub and alarm_profile:
        raise usage_error(
            f"{target.alarm} is a hub alarm; --alarm-profile applies to member alarms only", "--profile NAME"
        )
    if not target.in_hub and not alarm_profile:
        raise usage_error(
            f"{target.alarm} is in {target.account_name}: only credentials of account {target.account} can set it "
            f"(MonitoringRole-{target.account} is read-only)",
            f"--alarm-profile NAME, an AWS profile of account {target.account} with cloudwatch:DescribeAlarms "
            "and cloudwatch:SetAlarmState",
        )
    if not target.channels and not target.audit:
        raise usage_error(
            f"{target.alarm} ({target.severity}) notifies no channel, and there is no audit trail to follow it in"
        )


def _check_state(drill: Drill, *, anyway: bool) -> None:
    status, name = drill.before, drill.client.target.alarm
    if status is None or status.state == "OK":
        return
    since = f"since {format_utc_seconds(status.since)}: {' '.join(status.reason.split())}"
    if status.state == "ALARM" and status.reason.startswith(DRILLED):
        raise usage_error(
            f"{name} is in ALARM by a drill {since}", f"unless that drill still runs, reset it: {drill.reset_command}"
        )
    if status.state == "ALARM":
        raise usage_error(f"{name} has been in ALARM {since}; drill not started")
    if not anyway:
        raise usage_error(
            f"{name} is in {status.state} {since}", "find the reason for the missing data, or use --anyway"
        )


def _target(built: Built, estate: Estate, alarm: Alarm, subject: DrillSubject, wait: int = WAIT_SECONDS) -> Target:
    import yaml

    manifest = yaml.load(built.artifacts[f"{estate.environment}/{MANIFEST}"], Loader=yaml.CSafeLoader)
    queues = queues_of(manifest)
    templates = built.templates[estate.environment]
    hub = templates[HUB_TEMPLATE]["Resources"]
    in_hub = alarm.side is Side.HUB
    forwarding = None
    if not in_hub:
        name = templates[MEMBER_TEMPLATE]["Resources"]["ForwardingDeadLetters"]["Properties"]["QueueName"]
        forwarding = Queue("forwarding", name, subject.account, subject.region)
    return Target(
        environment=estate.environment,
        alarm=subject.alarm,
        account=subject.account,
        account_name=subject.account_name,
        region=subject.region,
        severity=subject.severity,
        in_hub=in_hub,
        hub_account=estate.hub.account,
        hub_region=estate.hub.region,
        channels=drilled_channels(estate, alarm, subject, time.time(), wait),
        table=hub["IncidentTable"]["Properties"]["TableName"],
        function=hub["IncidentFunction"]["Properties"]["FunctionName"],
        log_group=hub["IncidentLogGroup"]["Properties"]["LogGroupName"],
        notifier=hub["NotifierFunction"]["Properties"]["FunctionName"],
        notifier_log_group=hub["NotifierLogGroup"]["Properties"]["LogGroupName"],
        audit=estate.audit.log_group if estate.audit else "",
        queue=queues.incidents,
        dead_letters=queues.dead_letters,
        forwarding=forwarding,
    )


def _announcement(estate: Estate, alarm: Alarm, drill: Drill, last_references: dict[str, str]) -> Iterator[str]:
    """Everything that the drill causes. last_references: channel to the ticket of the latest incident."""
    target, status = drill.client.target, drill.before
    yield f"{target.alarm} in {target.account_name} ({target.account}, {target.region}), {target.severity}"
    if status:
        yield f"{status.state} since {format_utc_seconds(status.since)}"
    channels = channels_of(estate, alarm, cast(AlarmSeverity, target.severity), target.account_name)
    if channels:
        yield "These channels will be notified as for a real ALARM, with the reason"
        yield f'"{drill.reason}":'
        width = max(len(channel.name) for channel in channels)
        withheld = {channel.name: words.withheld(channel) for channel in target.channels}
        yield from (f"  {channel.name:{width}}  {_address(channel)}{withheld[channel.name]}" for channel in channels)
    else:
        yield f"No channel will be notified: the alarm has severity {target.severity}."
    for composite in above(estate, alarm):
        severity = composite.severity_in(target.account_name)
        channels = channels_of(estate, composite, severity, target.account_name)
        names = ", ".join(channel.name for channel in channels) or "no channel"
        yield f"{composite.name} has it in its rule and may fire as well ({severity}): {names}"
    for composite in estate.composites_in(alarm.side):
        if composite.suppressor in (alarm.key, alarm.ref):
            yield f"{composite.name} is suppressed while it is in ALARM: a real incident is notified after the drill."
    if status and status.actions:
        yield f"Its own actions run: {', '.join(status.actions)}"
    is_recent = status and datetime.now(UTC).timestamp() - status.since <= estate.incidents.reopen_within
    if is_recent and last_references:
        refs = [ref for name, ref in last_references.items() if ref and words.has_ticket(target, name)]
        which = f" ({', '.join(refs)})" if refs else ""
        yield f"It was in ALARM recently: the drill updates the tickets of that incident{which} instead of new ones."


def _address(channel: Channel) -> str:
    """Type and destination; of a URL only the host."""
    settings = dict(channel.settings)
    names = ("project", "channel", "topic", "bus", "phone_number")
    parts = [str(settings[name]) for name in names if settings.get(name)]
    parts += [urlsplit(str(settings["url"])).netloc] if settings.get("url") else []
    return " ".join([channel.type, *parts, *([", ".join(channel.addresses)] if channel.addresses else [])])
