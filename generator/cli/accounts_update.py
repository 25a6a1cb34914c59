"""`obsgen accounts --update`: read the organization, show what changed, and write the lock."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING

import click

from generator.accounts.changes import MARKS, AccountChange, implausible, lock_changes, summary
from generator.accounts.keys import keys_of
from generator.accounts.lock import HEADING, LOCK, Lock, lock_data, lock_of
from generator.accounts.selection import (
    MemberSelection,
    candidates_of,
    deployed_anyway,
    in_units,
    members_of,
    without_effect,
)
from generator.accounts.types import OrganizationAccount, OrganizationListing, unit_path
from generator.cli.accounts_spec import AccountsSpec, accounts_spec
from generator.cli.exit import FINDINGS, usage_error, with_hint
from generator.cli.rollout import aws, exit_on_aws_error, progress
from generator.staged_files import replace_file
from generator.wording import pluralize, printable

if TYPE_CHECKING:
    from generator.cli.progress import Progress

IMPLAUSIBLE = "check the selection and the credentials; use --yes to write it anyway"


@dataclass(frozen=True, slots=True)
class OrganizationReader:
    """Calls Organizations with one profile. region: whose partition has the organization."""

    profile: str | None
    region: str
    reporter: Progress

    def read(self, selection: MemberSelection, known: Mapping[str, str]) -> tuple[OrganizationListing, dict[str, str]]:
        """The organization with the tags that a selection needs, and why known accounts are absent, by ID.

        Ends the command with exit 3 where AWS refuses.
        """
        from generator.rollout.organization.read import read_organization, reasons_of_absence, with_tags

        caller = aws(self.profile)
        with exit_on_aws_error(self.reporter):
            account = self.account()
            client = caller.client("organizations", self.region)
            organization = read_organization(client, account, self.region)
            if selection.needs_tags:
                candidates = list(in_units(organization, selection))
                organization = with_tags(client, organization, candidates, account, self.region, self.reporter)
            reasons = reasons_of_absence(client, organization, known, account, self.region)
        self.reporter.end()
        return organization, reasons

    def account(self) -> str:
        """The account of the credentials. Raises AwsError."""
        from generator.rollout.aws.errors import aws_errors

        caller = aws(self.profile)
        with aws_errors("sts:GetCallerIdentity", "the caller", "of the organization", self.region):
            return str(caller.client("sts", self.region).get_caller_identity()["Account"])


def update_accounts(file: Path, profile: str | None, *, check: bool, is_accepted: bool) -> None:
    """Print the changes, and write the lock unless only asked to check; ends the command with its exit code."""
    spec = accounts_spec(file)
    known = spec.lock.keys if spec.lock else {}
    organization, reasons = OrganizationReader(profile, spec.region, progress()).read(spec.selection, known)
    if organization.id != spec.organization:
        raise usage_error(
            f"the credentials are of the organization {organization.id}, but the spec has {spec.organization}",
            "use credentials of that organization (AWS_PROFILE, --profile), or fix organization.id",
        )
    lock = new_lock(spec, organization)
    keys = {*known.values(), *spec.hand, *_keys(spec, _candidates(spec, organization)).values()}
    for sentence in without_effect(organization, spec.selection, keys):
        click.echo(f"Warning: {printable(sentence)}", err=True)
    for sentence in _deployed_anyway(spec, organization, lock):
        click.echo(f"Warning: {printable(sentence)}", err=True)
    reasons = {**_reasons_of_selection(spec, organization), **reasons}
    changes = lock_changes(spec.lock, lock, reasons)
    path = file.parent / LOCK
    text = lock_text(lock)
    if not changes and path.is_file() and path.read_bytes() == text:
        click.echo(f"{path} is up to date: {pluralize(len(lock.accounts), 'account')}")
        return
    print_changes(path, changes)
    if check:
        click.echo(f"{path} is out of date: run `obsgen accounts --update`")
        raise click.exceptions.Exit(FINDINGS)
    doubt = implausible(spec.lock, lock)
    if doubt and not is_accepted:
        click.echo(with_hint(f"{doubt}: {path} was not written", IMPLAUSIBLE), err=True)
        raise click.exceptions.Exit(FINDINGS)
    write_lock(path, text)
    click.echo(f"wrote {path}: {pluralize(len(lock.accounts), 'account')}; run `obsgen build`")


def new_lock(spec: AccountsSpec, organization: OrganizationListing) -> Lock:
    """The lock of the organization as it is. The hubs are never members, nor is the management account by itself."""
    candidates = _candidates(spec, organization)
    # An account that `except` names has its key with the others, so that none of them takes it.
    keys = _keys(spec, candidates)
    members = members_of(candidates, spec.selection, keys)
    lock = lock_of(organization, spec.selection, members, keys)
    excluded = {number: key for number, key in keys.items() if number not in members}
    _refuse_forgotten_keys(replace(spec, lock=lock), candidates, excluded)
    return lock


def _candidates(spec: AccountsSpec, organization: OrganizationListing) -> dict[str, OrganizationAccount]:
    # A service-managed stack set does not reach the management account; its stacks need credentials of their own.
    # https://docs.aws.amazon.com/AWSCloudFormation/latest/APIReference/API_DeploymentTargets.html
    never = spec.hubs if spec.self_managed else spec.hubs | {organization.management}
    return candidates_of(organization, spec.selection, never)


def _keys(spec: AccountsSpec, candidates: Mapping[str, OrganizationAccount]) -> dict[str, str]:
    """The key of each candidate: that of its entry by hand, else that of the lock, else one from its name."""
    by_hand = spec.keys_by_hand
    keys_by_hand = {*by_hand.values()}
    locked = {number: key for number, key in (spec.lock.keys if spec.lock else {}).items() if key not in keys_by_hand}
    unavailable = [key for number, key in by_hand.items() if number not in candidates]
    return keys_of(candidates.values(), {**locked, **by_hand}, unavailable)


def _refuse_forgotten_keys(
    after: AccountsSpec, candidates: Mapping[str, OrganizationAccount], excluded: Mapping[str, str]
) -> None:
    """End the command if `except` has a key that only the lock knows: the next update would add the account again."""
    keys = _keys(after, candidates)
    names = {*after.selection.except_names}
    for number, key in sorted(excluded.items()):
        if not {keys[number], candidates[number].name.strip()} & names:
            raise usage_error(
                f"`{key}` of except is account {number}, which is called {printable(candidates[number].name)} in AWS:"
                " nothing knows its key once it has left the lock",
                f'use its ID: "{number}"',
            )


def _deployed_anyway(spec: AccountsSpec, organization: OrganizationListing, lock: Lock) -> Iterator[str]:
    """Accounts that are not selected, and get stacks as a unit's: AWS knows nothing of the selection."""
    expected = {*lock.keys, *spec.keys_by_hand, *spec.hubs, organization.management}
    for account in deployed_anyway(organization, spec.targets, spec.keys_by_hand):
        if account.id not in expected:
            yield (
                f"{account.name} ({account.id}) is not selected, but organizational_units deploys to it: add"
                f' "{account.id}" to `except` of the unit, or remove the unit'
            )


def _reasons_of_selection(spec: AccountsSpec, organization: OrganizationListing) -> dict[str, str]:
    """Why accounts that are in the organization are not selected any more, as far as their unit or the hub says it."""
    reasons = {}
    selected = {account.id for account in in_units(organization, spec.selection)}
    for key, locked in spec.lock.accounts.items() if spec.lock else ():
        account = organization.accounts.get(locked.id)
        if account and locked.id in spec.hubs:
            reasons[locked.id] = "it is the hub"
        elif account and locked.id not in selected and account.unit != locked.unit:
            reasons[locked.id] = f"moved to {unit_path(account.unit, organization.units)}, which is not selected"
        elif account and locked.id not in selected:
            reasons[locked.id] = f"{unit_path(account.unit, organization.units)} is not selected"
        elif account and {key, account.name, account.id} & {*spec.selection.except_names, *spec.selection.except_ids}:
            reasons[locked.id] = "excluded by `except`"
    return reasons


def print_changes(path: Path, changes: list[AccountChange]) -> None:
    """A line for each change, as in a diff. Names are of AWS, so nothing of them reaches the terminal but letters."""
    click.echo(f"{path}: {summary(changes) or 'other text, the same accounts'}")
    width = max((len(change.key) for change in changes), default=0)
    for change in changes:
        number = "" if change.id == change.key else f"{change.id}  "
        line = f"  {MARKS[change.kind]} {change.kind:<7}  {change.key:<{width}}  {number}{change.detail}"
        click.echo(printable(line))


def lock_text(lock: Lock) -> bytes:
    """The bytes of the file."""
    from generator.render.yaml_text import data_text

    return data_text(lock_data(lock), HEADING).encode()


def write_lock(path: Path, text: bytes) -> None:
    """Replace the file as a whole; a reader sees the old text or the new."""
    try:
        replace_file(path, text, inside=path.parent)
    except OSError as error:
        raise usage_error(f"{path}: {error.strerror or error}") from None
