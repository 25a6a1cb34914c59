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
@click.option("--account", help="With --cloudwatch: the member whose alarms are meant; the hub's without it.")
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
    wanted = desired_from_out(out, environment)
    if cloudwatch:
        from generator.cli import cloudwatch_mutes

        mutes = cloudwatch_mutes.mute_rules_of(wanted, account or "", region, aws(profile))
        ended = cloudwatch_mutes.unmute(wanted, mutes, glob, account or "")
    elif account or region:
        raise click.UsageError("--account and --region go with --cloudwatch; a mute ends as a whole")
    else:
        ended = _unmute(wanted, glob, profile)
    if not ended:
        click.echo(f"nothing like `{glob}` is muted", err=True)
        raise click.exceptions.Exit(FINDINGS)


def _unmute(wanted: DesiredState, glob: str, profile: str | None) -> bool:
    from generator.cli.commands.mute import names_of
    from generator.rollout.aws.clients import sign_in
    from generator.rollout.operate.mute_list import MuteList

    with exit_on_aws_error(progress()):
        caller = aws(profile)
        arn = sign_in(caller, wanted)
        warn_about_clock(caller)
        now = caller.now_ms()
        mutes = MuteList(table_of(wanted, caller, None))
        in_force = mutes.in_force(now)
        found = [one for one in in_force if len(glob) >= FEWEST_DIGITS and one.id.startswith(glob.lower())]
        if not found:
            meant = _like(wanted, glob)
            # An alarm that was taken out of the file since has no key any more, and still its mute.
            found = [one for one in in_force if meant & set(one.alarms) or _has(one.alarms, glob)]
        ended = [one for one in found if mutes.end(one, arn, now)]
    for one in ended:
        click.echo("\n".join(["ended " + words.one_line(one, names_of(wanted)), *words.alarm_lines(one.alarms)]))
    return bool(ended)


def _like(wanted: DesiredState, glob: str) -> set[str]:
    """Names of the alarms whose keys or names are like the glob."""
    from generator.rollout.operate.mute_rules import matching

    with as_built(Path(wanted.environment)):
        return set(matching({one.name: one.key for one in alarms_of(wanted.files)}, glob))


def _has(alarms: Sequence[str], glob: str) -> bool:
    return any(fnmatchcase(name, glob) for name in alarms)
