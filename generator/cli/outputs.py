"""obsgen outputs"""

from __future__ import annotations

import json
from pathlib import Path

import click

from generator.cli.exit import FINDINGS, fail
from generator.cli.rollout import aws, from_out, progress, told_plainly
from generator.findings import did_you_mean
from generator.rollout.aws import sign_in
from generator.rollout.refused import said_plainly
from generator.rollout.stack import Stack


@click.command(name="outputs")
@click.argument("name", required=False)
@click.option("--environment", "-e", help="Which environment, where several were built.")
@click.option(
    "--out", "-o", type=click.Path(path_type=Path), default="out", show_default=True, help="Where build wrote."
)
@click.option("--json", "as_json", is_flag=True, help="As data.")
@click.option("--profile", help="The AWS profile to use, instead of the usual chain.")
def command(name: str | None, environment: str | None, out: Path, as_json: bool, profile: str | None) -> None:
    """Print what the hub's stack gives: topic, bus, roles, queues, dashboards. With NAME, that value alone.

    \b
    Examples:
      obsgen outputs -e prod
      obsgen outputs -e prod DashboardOverviewUrl

    Exit codes: 0 printed; 1 nothing is deployed; 2 no out/, or no such output; 3 AWS refused.
    """
    wanted, shown, caller = from_out(out, environment), progress(), aws(profile)
    hub = wanted.hub
    with told_plainly(shown):
        sign_in(caller, wanted)
        with said_plainly("cloudformation:DescribeStacks", hub.name, hub.account, hub.region):
            stack = Stack(caller, hub.name, hub.region, shown).look()
    if stack is None:
        click.echo(f"{hub.name} is not there\n  = try: obsgen deploy -e {wanted.environment}", err=True)
        raise click.exceptions.Exit(FINDINGS)
    values = {one["OutputKey"]: one["OutputValue"] for one in stack.get("Outputs", [])}
    about = {one["OutputKey"]: one.get("Description", "") for one in stack.get("Outputs", [])}
    if name is not None:
        if name not in values:
            near = did_you_mean(name, values).strip() or f"one of {', '.join(sorted(values))}"
            raise fail(f"there is no output `{name}`", near)
        click.echo(values[name])
    elif as_json:
        click.echo(json.dumps(values, indent=1, sort_keys=True))
    else:
        for key in sorted(values):
            click.echo(f"{key}: {about[key]}\n  {values[key]}" if about[key] else f"{key}\n  {values[key]}")
