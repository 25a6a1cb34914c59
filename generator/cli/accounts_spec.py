"""What `obsgen accounts` reads: the spec's selection and its accounts written by hand, and the lock beside it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, NoReturn

import click

from generator.accounts.lock import Lock
from generator.accounts.selection import MemberSelection, selection_of
from generator.cli.exit import BAD_INPUT, colour, out_of, usage_error
from generator.cli.options import read_spec
from generator.findings import Finding, has_errors
from generator.included_files import IncludedFiles
from generator.reading import shown

if TYPE_CHECKING:
    from generator.spec.load import Source

SELECT = "add `organization: {members: {units: [ou-…]}}` to the spec; docs/accounts.md describes it"


@dataclass(frozen=True, slots=True)
class AccountsSpec:
    """organization: its ID. region: the hub's. hubs: IDs of all hubs' accounts. hand: accounts of the spec, by key.

    targets: the units that stack sets deploy to, as pairs of an ID and of the accounts that are left out.
    """

    file: Path
    organization: str
    region: str
    selection: MemberSelection
    self_managed: bool
    hubs: frozenset[str]
    hand: Mapping[str, Any]
    lock: Lock | None
    targets: tuple[tuple[str, frozenset[str]], ...] = ()

    @property
    def keys_by_hand(self) -> dict[str, str]:
        """IDs to the keys of entries that have one."""
        entries = ((key, entry.get("id")) for key, entry in self.hand.items() if isinstance(entry, dict))
        return {str(number).strip(): key for key, number in entries if number}


def accounts_spec(file: Path) -> AccountsSpec:
    """The spec as far as members are concerned; what is wrong with that part ends the command with exit 2."""
    from generator.spec.accounts import HubSpec, OrganizationSpec
    from generator.spec.document import read
    from generator.spec.lock_file import read_lock
    from generator.spec.parts import load_files

    parts = IncludedFiles(file)
    loaded = load_files(read_spec(file), shown(file), parts)
    findings, data = list(loaded.findings), loaded.data
    if data is not None:
        # What else is wrong with the spec does not change who its members are.
        findings += [finding for finding in read(data)[1] if _is_of_members(finding)]
    if data is None or has_errors(findings):
        end_with(findings, loaded.source)
    organization = OrganizationSpec.model_validate(data["organization"])
    if organization.members is None:
        raise usage_error(f"{file} selects no members from the organization", SELECT)
    lock_file = read_lock(loaded.source.name, parts)
    if lock_file.findings and not lock_file.is_missing:
        end_with(list(lock_file.findings), lock_file.source)
    hub = HubSpec.model_validate(data["hub"])
    return AccountsSpec(
        file,
        organization.id,
        hub.region,
        selection_of(data["organization"]["members"]),
        organization.stack_sets == "self-managed",
        frozenset((hub.account, *_own_hubs(data))),
        data["accounts"] if isinstance(data.get("accounts"), dict) else {},
        lock_file.lock,
        tuple(_targets(data)),
    )


def _targets(data: Mapping[str, Any]) -> Iterator[tuple[str, frozenset[str]]]:
    environments = data.get("environments")
    settings = environments.values() if isinstance(environments, dict) else ()
    for section in (data, *(own for own in settings if isinstance(own, dict))):
        units = section.get("organizational_units")
        for unit in units if isinstance(units, list) else ():
            entry = unit if isinstance(unit, dict) else {"id": unit}
            left_out = entry.get("except")
            words = left_out if isinstance(left_out, list) else []
            yield str(entry.get("id")).strip(), frozenset(str(word).strip() for word in words)


def _is_of_members(finding: Finding) -> bool:
    """True for what selects members, and for what names them: hubs, keys and IDs. An entry may have no ID."""
    match finding.path:
        case ("organization" | "hub", *_) | ("environments", _, "hub", *_):
            return True
        case ("accounts", _) if finding.on == "key":
            return True
        case ("accounts", _, "id"):
            return finding.code != "S02"
    return False


def _own_hubs(data: Mapping[str, Any]) -> list[str]:
    environments = data.get("environments")
    settings = environments.values() if isinstance(environments, dict) else ()
    hubs = [own.get("hub") for own in settings if isinstance(own, dict)]
    return [str(hub.get("account")).strip() for hub in hubs if isinstance(hub, dict)]


def end_with(findings: list[Finding], source: Source) -> NoReturn:
    """Print findings and end the command with exit 2."""
    from generator.render.findings import render

    click.echo(render(findings, source, "text", "", colour(out_of("err")), []), err=True, nl=False)
    raise click.exceptions.Exit(BAD_INPUT)
