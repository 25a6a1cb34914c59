"""`obsgen mute --cloudwatch`: CloudWatch's own mute rules, in one account and Region."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from fnmatch import fnmatchcase
from pathlib import Path
from typing import Any

import click

from generator.aws.regions import REGIONS
from generator.cli.exit import FINDINGS, usage_error, with_hint
from generator.cli.rollout import as_built, exit_on_aws_error, progress, warn_about_clock
from generator.findings import did_you_mean
from generator.render.mute_words import moment_in_words
from generator.rollout.deploy.desired import DesiredState, alarms_of
from generator.rollout.operate.mute_rules import PREFIX, CloudWatchMuteRule, MuteRules, matching
from generator.wording import pluralize

DOCUMENTED = "use --account NAME, with credentials of that account, where the alarms are"


def mute(
    desired: DesiredState, mutes: MuteRules, glob: str, lasts: timedelta, reason: str, *, of_member: str, dry_run: bool
) -> None:
    """Make rules for the alarms like the glob. of_member: the account; empty for the hub."""
    names = matching_alarms(desired, glob, of_member)
    if dry_run:
        click.echo(f"would mute until {_until(datetime.now(UTC) + lasts)}\n" + "\n".join(f"  {name}" for name in names))
        return
    with exit_on_aws_error(progress()):
        mutes.sign_in()
        warn_about_clock(mutes.aws)
        existing = mutes.existing(names)
        if not existing:
            click.echo(
                with_hint(f"none of these alarms exist in account {mutes.account}", "run `obsgen deploy` first"),
                err=True,
            )
            raise click.exceptions.Exit(FINDINGS)
        rules = mutes.put(existing, lasts, reason, datetime.fromtimestamp(mutes.aws.now_ms() / 1000, UTC))
    click.echo(f"{pluralize(len(existing), 'alarm')} muted from the next minute until {_until(rules[0].end)}")
    click.echo("\n".join(f"  {name}" for name in existing))
    unmute_command = f"obsgen unmute '{glob}' --cloudwatch"
    click.echo(f"alarms still in ALARM at the end are notified then; run `{unmute_command}` to end it earlier")


def show(mutes: MuteRules) -> None:
    """List the rules; ends the command."""
    with exit_on_aws_error(progress()):
        mutes.sign_in()
        rules = mutes.all()
    click.echo("\n".join(line for rule in rules for line in rule_lines(rule)) or "no mutes")
    raise click.exceptions.Exit(0 if rules else FINDINGS)


def unmute(desired: DesiredState, mutes: MuteRules, glob: str, of_member: str) -> bool:
    """End the rules that hold an alarm like the glob, or the rule of that name; whether there was one."""
    names = set() if glob.startswith(PREFIX) else set(matching_alarms(desired, glob, of_member))
    with exit_on_aws_error(progress()):
        mutes.sign_in()
        ended = [rule for rule in mutes.all() if names & set(rule.alarms) or fnmatchcase(rule.name, glob)]
        for rule in ended:
            mutes.delete(rule)
            click.echo("ended " + "\n".join(rule_lines(rule)))
    return bool(ended)


def mute_rules_of(desired: DesiredState, account: str, region: str | None, caller: Any) -> MuteRules:
    """The mute rules of an account and Region. account: empty for the hub."""
    if region and region not in REGIONS:
        raise usage_error(
            f"`{region}` is not an AWS Region",
            did_you_mean(region, REGIONS).strip() or "use a Region such as us-east-1",
        )
    if not account:
        return MuteRules(caller, desired.hub.account, region or desired.hub.region)
    ids = {name: number for number, name in desired.names.items()}
    if account not in ids:
        raise usage_error(
            f"there is no account `{account}`", did_you_mean(account, ids).strip() or f"use one of {', '.join(ids)}"
        )
    regions = desired.regions_of(ids[account])
    if region and region not in regions:
        raise usage_error(f"{account} is not monitored in {region}", f"use --region {' or '.join(regions)}")
    if region is None and len(regions) > 1:
        raise usage_error(f"{account} is monitored in {', '.join(regions)}", "use --region to choose one")
    return MuteRules(caller, ids[account], region or regions[0])


def matching_alarms(desired: DesiredState, glob: str, account: str) -> list[str]:
    """Names of the matching alarms of a side; ends the command without any. account: empty for the hub."""
    sides: dict[str, dict[str, str]] = {"hub": {}, "members": {}}
    with as_built(Path(desired.environment)):
        for alarm in alarms_of(desired.files):
            sides.setdefault(alarm.side, {})[alarm.name] = alarm.key
    candidates, other_alarms = (sides["members"], sides["hub"]) if account else (sides["hub"], sides["members"])
    matches = matching(candidates, glob)
    if not matches:
        if matching(other_alarms, glob):
            hint = "omit --account: these are hub alarms" if account else DOCUMENTED
            raise usage_error(f"no alarm of {account or 'the hub'} matches `{glob}`", hint)
        near = did_you_mean(glob, [*candidates, *candidates.values()]).strip()
        raise usage_error(
            f"no alarm matches `{glob}`",
            near or f"use a key or name such as {', '.join(sorted(set(candidates.values()))[:5])}",
        )
    return matches


def rule_lines(rule: CloudWatchMuteRule) -> Iterator[str]:
    """A rule, for people."""
    yield f"{rule.name} ({rule.status.lower()}) until {_until(rule.end)}: {rule.reason}"
    yield from (f"  {name}" for name in rule.alarms)


def _until(end: datetime | None) -> str:
    return moment_in_words(round(1000 * end.timestamp())) if end else "an unknown time"
