"""obsgen policy"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import click

from generator.cli.options import build_target, compiled_or_exit, target_options
from generator.cli.rollout import desired_of, one_environment


@click.command(name="policy")
@target_options
@click.option("--part", type=int, help="Print this document only, counted from 1.")
@click.option("--capture", is_flag=True, help="Print what `obsgen capture --role` needs in each account instead.")
@click.option("--with", "extra", multiple=True, help="(--capture) Part that is captured besides. Repeatable.")
@click.option("--accounts", is_flag=True, help="Print what `obsgen accounts --update` needs instead.")
@click.option("--selftest", is_flag=True, help="Print what `obsgen selftest` needs instead.")
def command(
    file: Path,
    out: Path | None,
    environment: tuple[str, ...],
    part: int | None,
    capture: bool,
    extra: tuple[str, ...],
    accounts: bool,
    selftest: bool,
) -> None:
    """Print the minimum IAM permissions for `obsgen deploy` and `obsgen destroy`.

    Each document fits into a managed policy. Permissions that CloudFormation needs on behalf of the caller apply to
    calls through CloudFormation only. If the management account is a member, documents for it follow.

    \b
    Examples:
      obsgen policy -e prod
      obsgen policy -e prod --part 1 > deployer-1.json
      obsgen policy --capture
      obsgen policy --capture --with services
      obsgen policy --accounts
      obsgen policy --selftest
    """
    if capture or accounts or selftest:
        click.echo(json.dumps(_selftest_document() if selftest else _other_document(accounts, extra), indent=2))
        return
    from generator.cli.exit import usage_error
    from generator.manifest import HUB_TEMPLATE, MEMBER_TEMPLATE
    from generator.render.deployer_policy import documents, in_regions, statements
    from generator.rollout.aws import bucket
    from generator.rollout.deploy.management_permissions import statements as in_management
    from generator.rollout.deploy.permissions import statements as own

    where = build_target(file, out, environment)
    built = compiled_or_exit(where)
    name = one_environment(built)
    desired, template = desired_of(built, name), built.templates[name][HUB_TEMPLATE]
    hub = built.estates[name].hub
    assets = json.loads(bucket.template(hub.account, hub.region, built.estates[name].organization.id))
    through = statements([template, assets], hub.account, hub.region, hub.partition)
    documents_ = documents([*own(desired, template, hub.partition), *through])
    names = [f"obsgen-deployer-{name}-{number}" for number in range(1, len(documents_) + 1)]
    if desired.management:
        management = desired.management
        through = in_regions(
            built.templates[name][MEMBER_TEMPLATE], management.account, management.regions, hub.partition
        )
        management_documents = documents([*in_management(desired, hub.partition), *through])
        names += [f"obsgen-deployer-{name}-management-{number}" for number in range(1, len(management_documents) + 1)]
        documents_ += management_documents
    if part is None:
        click.echo(json.dumps(dict(zip(names, documents_, strict=True)), indent=2))
        return
    if not 1 <= part <= len(documents_):
        raise usage_error(f"there is no part {part}", f"use 1 to {len(documents_)}")
    click.echo(json.dumps(documents_[part - 1], indent=2))


def _selftest_document() -> dict[str, Any]:
    """The policy of `obsgen selftest`, for any throw-away account."""
    from generator.rollout.selftest.permissions import policy_document
    from generator.rollout.selftest.registry import registry

    return policy_document(registry())


def _other_document(accounts: bool, extra: tuple[str, ...]) -> dict[str, Any]:
    """The policy of a command that only reads. accounts: of `obsgen accounts --update`, else of `obsgen capture`."""
    from generator.aws.capture_permissions import EXTRA_ACTIONS
    from generator.aws.capture_permissions import policy_document as of_capture
    from generator.cli.exit import usage_error
    from generator.findings import suggest
    from generator.rollout.organization.permissions import policy_document as of_accounts

    for part in extra:
        if part not in EXTRA_ACTIONS:
            raise usage_error(f"`{part}` is no part for --with", suggest(part, EXTRA_ACTIONS))
    return of_accounts() if accounts else of_capture(extra)
