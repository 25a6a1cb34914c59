"""obsgen unmute"""

from __future__ import annotations

from collections.abc import Sequence
from fnmatch import fnmatchcase
from pathlib import Path

import click

from generator.cli.commands.incidents import table_of
from generator.cli.exit import FINDINGS
from generator.cli.option_groups import environment_option, out_option, profile_option
from generator.cli.rollout import as_built, aws, desired_from_out, exit_on_aws_error, progress, warn_about_clock
from generator.render import mute_words as words
from generator.rollout.deploy.desired import DesiredState, alarms_of

FEWEST_DIGITS = 4


@click.command(name="unmute")
@click.argument("glob")
@click.option("--account", help="(--cloudwatch) Member account.  [default: the hub account]")
@click.option("--cloudwatch", is_flag=True, help="Use CloudWatch alarm mute rules, in one account.")
@environment_option
@out_option
@click.option("--region", help="(--cloudwatch) Region of the member.")
@profile_option
def command(
    glob: str,
    account: str | None,
    cloudwatch: bool,
    environment: str | None,
    out: Path,
    region: str | None,
    profile: str | None,
) -> None:
    """End a mute: GLOB is its ID, or matches keys or full names of its alarms. A mute ends as a whole.

    Alarms that are still in ALARM are notified within two minutes, unless another mute applies.

    \b
    Examples:
      obsgen unmute 3f9a1c2d
      obsgen unmute 'settlement-*'

    \b
    Exit codes:
      0  ended
      1  no such mute
      2  bad usage
      3  AWS refused
    """
    desired = desired_from_out(out, environment)
    if cloudwatch:
        from generator.cli import cloudwatch_mutes

        mutes = cloudwatch_mutes.mute_rules_of(desired, account or "", region, aws(profile))
        ended = cloudwatch_mutes.unmute(desired, mutes, glob, account or "")
    elif account or region:
        raise click.UsageError("--account and --region require --cloudwatch; a mute ends as a whole")
    else:
        ended = _unmute(desired, glob, profile)
    if not ended:
        click.echo(f"no mute matches `{glob}`", err=True)
        raise click.exceptions.Exit(FINDINGS)


def _unmute(desired: DesiredState, glob: str, profile: str | None) -> bool:
    from generator.cli.commands.mute import names_of
    from generator.rollout.aws.clients import sign_in
    from generator.rollout.operate.mute_list import MuteList

    with exit_on_aws_error(progress()):
        caller = aws(profile)
        arn = sign_in(caller, desired)
        warn_about_clock(caller)
        now = caller.now_ms()
        mutes = MuteList(table_of(desired, caller, None))
        in_force = mutes.in_force(now)
        matches = [mute for mute in in_force if len(glob) >= FEWEST_DIGITS and mute.id.startswith(glob.lower())]
        if not matches:
            alarm_names = _like(desired, glob)
            # An alarm that was removed from the file since has no key any more, but still its mute.
            matches = [mute for mute in in_force if alarm_names & set(mute.alarms) or _has(mute.alarms, glob)]
        ended = [mute for mute in matches if mutes.end(mute, arn, now)]
    for mute in ended:
        click.echo("\n".join(["ended " + words.one_line(mute, names_of(desired)), *words.alarm_lines(mute.alarms)]))
    return bool(ended)


def _like(desired: DesiredState, glob: str) -> set[str]:
    """Names of the alarms whose keys or names are like the glob."""
    from generator.rollout.operate.mute_rules import matching

    with as_built(Path(desired.environment)):
        return set(matching({alarm.name: alarm.key for alarm in alarms_of(desired.files)}, glob))


def _has(alarms: Sequence[str], glob: str) -> bool:
    return any(fnmatchcase(name, glob) for name in alarms)
