"""Preflight checks of accounts and organizational units: which of them a stack set cannot reach."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from generator.rollout.deploy.accounts import absent, states_of
from generator.rollout.deploy.desired import DesiredStackSet
from generator.rollout.deploy.preflight_input import PreflightInput
from generator.rollout.deploy.preflight_report import PreflightProblem
from generator.rollout.deploy.units import accounts_in, is_in, outside


def check_accounts(context: PreflightInput) -> None:
    """Check whether accounts that join, leave or were passed over can be reached."""
    accounts = tuple(dict.fromkeys((*context.joining, *context.doubtful, *context.left_out)))
    if not accounts:
        return
    names, managed = context.desired.members.names, context.desired.members.managed
    states = states_of(context.client("organizations"), accounts)
    unknown_accounts = sorted(f"{names[account]} ({account})" for account in context.joining if account not in states)
    if unknown_accounts and managed:
        context.problem(
            f"not in the organization: {', '.join(unknown_accounts)}",
            "fix their account IDs, or remove them from `accounts`",
        )
    known = [account for account in accounts if account in states or account in context.doubtful]
    absent_accounts = absent(states, known, managed=managed)
    context.report.suspended = frozenset(absent_accounts)
    for account, why in sorted(absent_accounts.items()):
        who = f"{names[account]} ({account})" if account in names else account
        goes = account in context.doubtful and account not in names
        fate = "the stack set no longer manages its stacks, and they remain" if goes else "nothing is deployed to it"
        context.report.notes.append(f"{who} is {why}: {fate}")


def check_units(context: PreflightInput) -> None:
    """Check whether the units have accounts besides the excluded ones, and which formerly excluded ones are in a
    unit.
    """
    members = context.desired.members
    excluded = {account for account, _ in members.excluded}
    client = context.client("organizations") if members.units and (excluded or context.left_out) else None
    if client is None:
        return
    context.report.unknown = frozenset(context.left_out)
    context.report.returning = frozenset(
        account for account in context.left_out if is_in(client, account, members.units)
    )
    context.report.strays = context.report.unknown - context.report.returning - members.names.keys()
    context.report.unknown = frozenset()
    if excluded and all(account in excluded for account in accounts_in(client, members.units)):
        context.problem(
            f"every account of {', '.join(members.units)} is excluded: nothing would be deployed",
            "remove accounts from `except`, or remove the unit",
        )


def check_outside(context: PreflightInput) -> None:
    """Accounts of the file without a stack that are in none of its units.

    No request reaches one of them without making its unit, or the root, a target of automatic deployment, too:
    CreateStackInstances accepts accounts of the units in the request, and does not accept UNION.
    https://docs.aws.amazon.com/AWSCloudFormation/latest/APIReference/API_DeploymentTargets.html
    """
    members = context.desired.members
    if not (members.units and context.joining):
        return
    client = context.client("organizations")
    parents = outside(client, context.joining, members.units)
    if parents:
        parents.pop(client.describe_organization()["Organization"]["MasterAccountId"], None)
    context.report.outside = parents


def unreached(members: DesiredStackSet, outside: Mapping[str, str]) -> Iterator[PreflightProblem]:
    """A problem for each unit, or root, that such accounts are in."""
    units = ", ".join(members.units)
    for parent in sorted(set(outside.values())):
        ids = [account for account, unit in outside.items() if unit == parent]
        they, them = ("it", "it") if len(ids) == 1 else ("they", "them")
        hint = f"add {parent} to organizational_units: all its accounts join, except those under `except`"
        if parent.startswith("r-"):
            hint = f"move {them} into one of these units"
        who = ", ".join(f"{members.names[account]} ({account})" for account in ids)
        names = ", ".join(members.names[account] for account in ids)
        yield PreflightProblem(
            f"{who}: in none of {units}, so {they} would have no stack",
            f"{hint}; or remove {names} from the accounts of this environment",
        )
