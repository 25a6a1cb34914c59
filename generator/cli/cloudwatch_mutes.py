"""`obsgen mute --cloudwatch`: CloudWatch's own mute rules, in one account and Region."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from fnmatch import fnmatchcase
from pathlib import Path
from typing import Any

import click

from generator.aws.regions import REGIONS
from generator.cli.exit import FINDINGS, usage_error
from generator.cli.rollout import as_built, exit_on_aws_error, progress, warn_about_clock
from generator.findings import did_you_mean
from generator.render.mute_words import moment_in_words
from generator.rollout.deploy.desired import DesiredState, alarms_of
from generator.rollout.operate.mute_rules import PREFIX, MuteRule, MuteRules, matching
from generator.wording import pluralize

DOCUMENTED = "a rule is made where its alarms stand: --account NAME, with credentials of that account"


def mute(
    wanted: DesiredState, mutes: MuteRules, glob: str, lasts: timedelta, reason: str, *, of_member: str, dry_run: bool
) -> None:
    """Make rules for the alarms like the glob. of_member: the account; empty for the hub."""
    names = matching_alarms(wanted, glob, of_member)
    if dry_run:
        click.echo(f"would mute until {_until(datetime.now(UTC) + lasts)}\n" + "\n".join(f"  {name}" for name in names))
        return
    with exit_on_aws_error(progress()):
        mutes.sign_in()
        warn_about_clock(mutes.aws)
        there = mutes.existing(names)
        if not there:
            click.echo(f"none of these alarms exist in {mutes.account}\n  = help: obsgen deploy first", err=True)
            raise click.exceptions.Exit(FINDINGS)
        made = mutes.put(there, lasts, reason, datetime.fromtimestamp(mutes.aws.now_ms() / 1000, UTC))
    click.echo(f"{pluralize(len(there), 'alarm')} muted from the next minute until {_until(made[0].end)}")
    click.echo("\n".join(f"  {name}" for name in there))
    click.echo(f"alarms still in ALARM then are notified then; `obsgen unmute '{glob}' --cloudwatch` ends it earlier")


def show(mutes: MuteRules) -> None:
    """List the rules; ends the command."""
    with exit_on_aws_error(progress()):
        mutes.sign_in()
        found = mutes.all()
    click.echo("\n".join(line for one in found for line in rule_lines(one)) or "nothing is muted")
    raise click.exceptions.Exit(0 if found else FINDINGS)


def unmute(wanted: DesiredState, mutes: MuteRules, glob: str, of_member: str) -> bool:
    """End the rules that hold an alarm like the glob, or the rule of that name; whether there was one."""
    names = set() if glob.startswith(PREFIX) else set(matching_alarms(wanted, glob, of_member))
    with exit_on_aws_error(progress()):
        mutes.sign_in()
        ended = [one for one in mutes.all() if names & set(one.alarms) or fnmatchcase(one.name, glob)]
        for one in ended:
            mutes.delete(one)
            click.echo("ended " + "\n".join(rule_lines(one)))
    return bool(ended)


def mute_rules_of(wanted: DesiredState, account: str, region: str | None, caller: Any) -> MuteRules:
    """The account and Region whose alarms are meant. account: empty for the hub."""
    if region and region not in REGIONS:
        raise usage_error(
            f"{region} is not an AWS Region", did_you_mean(region, REGIONS).strip() or "such as us-east-1"
        )
    if not account:
        return MuteRules(caller, wanted.hub.account, region or wanted.hub.region)
    ids = {name: number for number, name in wanted.names.items()}
    if account not in ids:
        raise usage_error(
            f"there is no account `{account}`", did_you_mean(account, ids).strip() or f"one of {', '.join(ids)}"
        )
    regions = wanted.regions_of(ids[account])
    if region and region not in regions:
        raise usage_error(f"{account} is not watched in {region}", f"--region {' or '.join(regions)}")
    if region is None and len(regions) > 1:
        raise usage_error(f"{account} is watched in {', '.join(regions)}", "--region says which")
    return MuteRules(caller, ids[account], region or regions[0])


def matching_alarms(wanted: DesiredState, glob: str, account: str) -> list[str]:
    """Names of the alarms like the glob, on the side that is meant; ends the command where there are none."""
    sides: dict[str, dict[str, str]] = {"hub": {}, "members": {}}
    with as_built(Path(wanted.environment)):
        for one in alarms_of(wanted.files):
            sides.setdefault(one.side, {})[one.name] = one.key
    mine, others = (sides["members"], sides["hub"]) if account else (sides["hub"], sides["members"])
    found = matching(mine, glob)
    if not found:
        if matching(others, glob):
            hint = "without --account: they stand in the hub" if account else DOCUMENTED
            raise usage_error(f"no alarm of {account or 'the hub'} is like `{glob}`", hint)
        near = did_you_mean(glob, [*mine, *mine.values()]).strip()
        raise usage_error(f"no alarm is like `{glob}`", near or f"such as {', '.join(sorted(set(mine.values()))[:5])}")
    return found


def rule_lines(one: MuteRule) -> Iterator[str]:
    """A rule, for people."""
    yield f"{one.name} ({one.status.lower()}) until {_until(one.end)}: {one.reason}"
    yield from (f"  {name}" for name in one.alarms)


def _until(end: datetime | None) -> str:
    return moment_in_words(round(1000 * end.timestamp())) if end else "an unknown time"
