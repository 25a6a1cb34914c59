"""obsgen capture"""

from __future__ import annotations

from pathlib import Path

import click

from generator.cli.option_groups import environment_option, out_option, profile_option


@click.command(name="capture")
@click.argument("folder", type=click.Path(path_type=Path))
@environment_option
@out_option
@profile_option
@click.option("--account", multiple=True, help="Account, by name or ID. Repeatable.  [default: all]")
@click.option("--region", multiple=True, help="Capture this Region without an environment. Repeatable.")
@click.option("--role", help="Role to assume in each account, instead of MonitoringRole-<AccountId>.")
@click.option("--external-id", help="External ID for --role.")
@click.option(
    "--data-days",
    type=click.IntRange(0, 63),
    default=15,
    show_default=True,
    help="Days of metric data; 0 for none. By minutes for 15 days, by five minutes before.",
)
@click.option("--statistic", multiple=True, help="Percentile of every metric, such as p99. Repeatable.")
@click.option("--metrics", multiple=True, help="Metrics without an alarm, such as 'AWS/Lambda/*'. Repeatable.")
@click.option("--tag", multiple=True, help="Tag key to capture besides the usual ones. Repeatable.")
@click.option("--only", multiple=True, help="Part to read, such as alarms or history. Repeatable.  [default: all]")
@click.option(
    "--with",
    "extra",
    multiple=True,
    help="Part to read besides: services, resource-explorer, mute-rules, subscription-filters or quotas. Repeatable.",
)
@click.option("--yes", is_flag=True, help="Read metric data without asking.")
def command(
    folder: Path,
    environment: str | None,
    out: Path,
    profile: str | None,
    account: tuple[str, ...],
    region: tuple[str, ...],
    role: str | None,
    external_id: str | None,
    data_days: int,
    statistic: tuple[str, ...],
    metrics: tuple[str, ...],
    tag: tuple[str, ...],
    only: tuple[str, ...],
    extra: tuple[str, ...],
    yes: bool,
) -> None:
    """Write what AWS has about alarms into a folder, for offline use.

    Alarms of all types with tags and history, metric data, metrics, metric filters, log groups, dashboards, anomaly
    detectors, Contributor Insights rules and resources, as JSON lines. No log events. A capture that was interrupted
    continues when the same command runs again.

    Members are read with MonitoringRole-<AccountId>. With --region, no environment is needed: the account of the
    credentials is captured, and others by --account and --role.

    \b
    Examples:
      obsgen capture captures/monday -e prod
      obsgen capture captures/monday --region eu-west-1
      obsgen capture captures/monday -e prod --role ReadOnly --statistic p99
      obsgen capture captures/monday -e prod --with services

    \b
    Exit codes:
      0  captured
      1  something could not be read, or metric data was declined
      2  bad usage, no out/, or the folder has something else
      3  AWS refused
    """
    from generator.cli.capture_run import CaptureOptions, run_capture
    from generator.cli.capture_target import caller_target, environment_target

    if external_id and not role:
        raise click.UsageError("--external-id requires --role")
    if region and environment:
        raise click.UsageError("--region captures without an environment, so omit --environment or --region")
    if region:
        target = caller_target(profile, region, account, role, external_id)
    else:
        target = environment_target(out, environment, profile, account, role, external_id)
    run_capture(folder, target, CaptureOptions(data_days, statistic, metrics, tag, only, yes, extra))
