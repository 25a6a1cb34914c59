"""`obsgen init --from-organization`: a first file whose members are those of the caller's organization."""

from __future__ import annotations

import re
from pathlib import Path

import click

from generator.accounts.lock import LOCK
from generator.accounts.selection import MemberSelection
from generator.aws.regions import REGIONS
from generator.cli.accounts_spec import AccountsSpec
from generator.cli.accounts_update import OrganizationReader, lock_text, new_lock, write_lock
from generator.cli.exit import usage_error
from generator.cli.rollout import exit_on_aws_error, progress
from generator.findings import suggest
from generator.wording import pluralize

_PLACES = re.compile(r"^organization:.*?(?=^waivers:)", re.MULTILINE | re.DOTALL)


def starter_of_organization(starter: str, file: Path, profile: str | None, region: str) -> tuple[str, bytes]:
    """The text of a first file, and of its lock. The hub is the caller's account, in `region`.

    Ends the command with exit 3 where AWS refuses.
    """
    if region not in REGIONS:
        raise usage_error(f"`{region}` is no AWS Region", suggest(region, REGIONS, "use a Region such as us-east-1"))
    reporter = progress()
    reader = OrganizationReader(profile, region, reporter)
    with exit_on_aws_error(reporter):
        hub = reader.account()
    organization, _ = reader.read(MemberSelection(), {})
    roots = tuple(unit.id for unit in organization.units.values() if not unit.parent)
    selection = MemberSelection(units=roots)
    spec = AccountsSpec(file, organization.id, region, selection, False, frozenset({hub}), {}, None)
    lock = new_lock(spec, organization)
    if not lock.accounts:
        raise usage_error(f"the organization {organization.id} has no account besides the hub to monitor")
    stack_sets = "management" if hub == organization.management else "delegated-admin"
    places = (
        "organization:\n"
        f"  id: {organization.id}\n"
        f"  stack_sets: {stack_sets}\n"
        f"  members: {{units: [{', '.join(roots)}]}}    # the whole organization; `obsgen accounts --update` reads it\n"
        f'hub: {{account: "{hub}", region: {region}}}\n\n'
    )
    click.echo(
        f"the organization {organization.id} has {pluralize(len(lock.accounts), 'account')} to monitor", err=True
    )
    return _PLACES.sub(lambda _: places, starter), lock_text(lock)


def refuse_existing_lock(file: Path) -> None:
    """End the command where a lock is beside the file that is to be written."""
    path = file.parent / LOCK
    if path.exists():
        raise usage_error(f"{path} already exists and was not overwritten", "run `obsgen accounts --update`")


def write_first_lock(file: Path, text: bytes) -> None:
    """Write the lock beside the file."""
    write_lock(file.parent / LOCK, text)
