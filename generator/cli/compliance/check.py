"""obsgen compliance check"""

from __future__ import annotations

import datetime
import json
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import click

from generator.cli.exit import FINDINGS, usage_error
from generator.cli.options import BuildTarget, build_target, compiled_or_exit, target_options
from generator.drill.compliance import CannotJudge, Checked, checked
from generator.drill.package_run import PackageFailed
from generator.findings import suggest
from generator.reading import MIB, MOST_BUILT, content, shown
from generator.render.compliance_check import as_data, is_compliant, lines
from generator.workspace import handler_files

_SMALLER = (
    "check one Region at a time, or keep only the required fields: --query"
    " '{Reservations: Reservations[].{OwnerId: OwnerId, "
    "Instances: Instances[].{InstanceId: InstanceId, State: State, Tags: Tags, Placement: Placement, "
    "InstanceLifecycle: InstanceLifecycle}}}'"
)


@click.command(name="check")
@click.argument("instances", metavar="FILE", type=click.Path(path_type=Path, allow_dash=True))
@target_options
@click.option("--account", metavar="NAME|ID", help="Use the rules of this account.  [default: the account in FILE]")
@click.option(
    "--format", "form", type=click.Choice(["text", "json"]), default="text", show_default=True, help="Output format."
)
def command(
    instances: Path, file: Path, out: Path | None, environment: tuple[str, ...], account: str | None, form: str
) -> None:
    """Check the tags of the instances in FILE against the spec, offline.

    FILE is the output of `aws ec2 describe-instances`; `-` is standard input. The code that decides is the code that
    is deployed. Several outputs may be in one file, such as those of several Regions or accounts.

    \b
    Examples:
      aws ec2 describe-instances > instances.json
      obsgen compliance check instances.json
      obsgen compliance check instances.json -e prod --account checkout --format json

    \b
    Exit codes:
      0  every instance is compliant or exempt
      1  at least one is not
      2  bad usage or input
    """
    text = _read(instances)
    rules = _rules(build_target(file, out, environment))
    number = _account_id(account, rules) if account else ""
    today = datetime.datetime.now(datetime.UTC).date().isoformat()
    try:
        verdicts = checked(handler_files(), text, rules, number, today)
    except CannotJudge as error:
        raise usage_error(f"{shown(instances)}: {error}", error.hint) from None
    except PackageFailed as error:
        raise usage_error(str(error)) from None
    _print(verdicts, number, form)
    raise click.exceptions.Exit(0 if is_compliant(verdicts) else FINDINGS)


def _print(verdicts: Checked, account: str, form: str) -> None:
    for other in verdicts.owners:
        if account and other != account:
            click.echo(f"note: the file is of account {other}; the rules are those of {account}", err=True)
    for unknown in verdicts.unknown_accounts:
        click.echo(f"note: the spec does not name account {unknown}; the default rules are used", err=True)
    if form == "json":
        click.echo(json.dumps(as_data(verdicts), indent=1))
        return
    for line in lines(verdicts):
        click.echo(line)


def _read(instances: Path) -> bytes:
    if str(instances) == "-":
        text = sys.stdin.buffer.read(MOST_BUILT + 1)
        if len(text) > MOST_BUILT:
            raise usage_error(f"standard input: more than {MOST_BUILT // MIB} MB, the most that is read", _SMALLER)
        return text
    try:
        return content(instances, MOST_BUILT)
    except FileNotFoundError:
        raise usage_error(
            f"{shown(instances)}: file not found", f"`aws ec2 describe-instances > {shown(instances)}`"
        ) from None
    except OSError as error:
        reason = error.strerror or str(error)
        raise usage_error(
            f"{shown(instances)}: {reason}", _SMALLER if "the most that is read" in reason else ""
        ) from None


def _rules(where: BuildTarget) -> dict[str, Any]:
    """Environment to the rules that its function would have, for those that check tags."""
    from generator.render.compliance_rules import rules_json

    built = compiled_or_exit(where)
    rules = {name: json.loads(rules_json(estate)) for name, estate in built.estates.items() if estate.compliance}
    if not rules:
        chosen = ", ".join(where.environments)
        problem = f"no tag rules in {chosen}" if chosen else "no environment has tag rules"
        raise usage_error(
            f"{shown(where.file)}: {problem}",
            "add a section `compliance:`; with `access: {owned_by: …}`, the owner checks the tags",
        )
    return rules


def _known(names: Mapping[str, str]) -> str:
    return f"use one of {', '.join(sorted(names))}, or an account ID" if names else "use its ID"


def _account_id(account: str, rules: Mapping[str, Any]) -> str:
    """The id of an account given by its name or its id, as far as the spec names it."""
    if len(account) == 12 and account.isascii() and account.isdigit():
        return account
    names = {entry["name"]: number for table in rules.values() for number, entry in table["accounts"].items()}
    if account not in names:
        raise usage_error(f"there is no account `{account}`", suggest(account, names, _known(names)))
    return str(names[account])
