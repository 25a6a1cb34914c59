"""obsgen selftest"""

from __future__ import annotations

from pathlib import Path

import click

from generator.cli.option_groups import profile_option


@click.command(name="selftest")
@click.option("--account", help="ID of the throw-away account.")
@click.option("--region", help="Region to run in.")
@profile_option
@click.option("--only", multiple=True, help="Experiment to run. Repeatable.  [default: all]")
@click.option(
    "--output",
    "-o",
    type=click.Path(path_type=Path),
    default="selftest.json",
    show_default=True,
    help="File to write; the state file is beside it.",
)
@click.option("--run", "run_id", help="ID of the run, to continue one.  [default: the time]")
@click.option("--yes", "-y", is_flag=True, help="Skip the confirmation.")
@click.option("--sandbox", help="The same account ID again, if the spec or out/ has it.")
@click.option(
    "--file",
    "-f",
    type=click.Path(path_type=Path),
    default="observability.yaml",
    show_default=True,
    help="The spec whose accounts are refused.",
)
@click.option("--clean-up", help="Delete what the run of this ID created.")
@click.option("--list", "as_list", is_flag=True, help="List the experiments and exit.")
@click.option("--read", type=click.Path(path_type=Path), help="Print a selftest.json as Markdown and exit.")
def command(
    account: str | None,
    region: str | None,
    profile: str | None,
    only: tuple[str, ...],
    output: Path,
    run_id: str | None,
    yes: bool,
    sandbox: str | None,
    file: Path,
    clean_up: str | None,
    as_list: bool,
    read: Path | None,
) -> None:
    """Ask AWS what its documentation leaves open.

    Each experiment creates a few alarms, dashboards, queues or rules in a throw-away account, notes what AWS answers,
    and deletes them. All names begin with obsgen-selftest-RUN. Alarms have no actions. The file that is written has no
    account ID and no name of a caller, so that it can be attached to an issue.

    \b
    Examples:
      obsgen selftest --list
      obsgen selftest --account 123456789012 --region eu-west-1
      obsgen selftest --account 123456789012 --region eu-west-1 --clean-up 20261130t101500
      obsgen selftest --read selftest.json

    \b
    Exit codes:
      0  AWS is as expected, and nothing remains
      1  AWS differs, an experiment could not be tried, or resources remain
      2  bad usage or input
      3  AWS refused
    """
    if read:
        from generator.cli.selftest_read import print_report

        print_report(read)
        return
    from generator.cli.selftest_lines import list_lines
    from generator.cli.selftest_run import SelftestOptions, clean_up_run, run_selftest
    from generator.cli.selftest_target import chosen_experiments, selftest_target

    if as_list:
        click.echo("\n".join(list_lines(chosen_experiments(only))))
        return
    experiments = chosen_experiments(only)
    target = selftest_target(account, region, profile, run_id if clean_up is None else clean_up, output, file)
    if clean_up is not None:
        clean_up_run(target, yes=yes)
        return
    run_selftest(target, experiments, SelftestOptions(sandbox, yes))
