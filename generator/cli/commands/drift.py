"""obsgen drift"""

from __future__ import annotations

import json
from dataclasses import asdict
from pathlib import Path

import click

from generator.cli.exit import FINDINGS
from generator.cli.option_groups import (
    environment_option,
    management_profile_option,
    members_profile_option,
    out_option,
    profile_option,
)
from generator.cli.rollout import aws, desired_from_out, exit_on_aws_error, progress


@click.command(name="drift")
@environment_option
@out_option
@click.option("--json", "as_json", is_flag=True, help="Print JSON.")
@profile_option
@members_profile_option
@management_profile_option
def command(
    environment: str | None,
    out: Path,
    as_json: bool,
    profile: str | None,
    members_profile: str | None,
    management_profile: str | None,
) -> None:
    """Detect changes made outside obsgen, in the hub and in all members. Detection takes minutes.

    \b
    Examples:
      obsgen drift -e prod

    \b
    Exit codes:
      0  everything is in sync
      1  a stack has drifted or was not found
      2  bad usage, or no out/
      3  AWS refused
    """
    from generator.cli.drift_lines import drift_lines
    from generator.rollout.aws.session import AwsSession
    from generator.rollout.deploy.drift import DriftDetection

    desired, reporter = desired_from_out(out, environment), progress()
    members = aws(members_profile) if members_profile else None
    management = aws(management_profile) if management_profile else None
    with exit_on_aws_error(reporter):
        drift = DriftDetection(AwsSession(desired, aws(profile), reporter, members, management)).run()
        reporter.end()
    click.echo(json.dumps(asdict(drift), indent=1) if as_json else "\n".join(drift_lines(drift, desired)))
    raise click.exceptions.Exit(0 if drift.fine else FINDINGS)
