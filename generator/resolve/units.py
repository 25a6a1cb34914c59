"""Organizational units of an environment, and the accounts in them that are no members."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from generator.findings import Finding, Path, unknown_reference
from generator.model.accounts import Account
from generator.spec.accounts import EnvironmentSpec, UnitSpec
from generator.spec.document import Document


@dataclass(frozen=True, slots=True)
class Units:
    """ids: sorted. excluded: accounts that are no members whichever unit they are in, by id; named by id at worst."""

    ids: tuple[str, ...] = ()
    excluded: tuple[Account, ...] = ()


def units_of(document: Document, environment: str, own: EnvironmentSpec) -> Units:
    """The environment's units. What the file says of a unit holds for an environment that gives its id alone."""
    entries = list(_entries(document, environment, own))
    names = {name for _, unit in entries for name in (unit.except_ if isinstance(unit, UnitSpec) else ())}
    excluded = {account.id: account for name in sorted(names) if (account := _account(name, document))}
    ids = {unit.id if isinstance(unit, UnitSpec) else unit for _, unit in entries}
    return Units(tuple(sorted(ids)), tuple(excluded[number] for number in sorted(excluded)))


def unit_faults(
    document: Document, environment: str, own: EnvironmentSpec, members: Sequence[Account]
) -> Iterator[Finding]:
    """Accounts that are left out and that the file does not have (R02), or that are members all the same (R07)."""
    by_id = {account.id: account.name for account in members}
    for path, unit in _entries(document, environment, own):
        for index, name in enumerate(unit.except_ if isinstance(unit, UnitSpec) else ()):
            account, entry_path = _account(name, document), (*path, "except", index)
            if account is None:
                yield unknown_reference(
                    "R02", "account", name, document.accounts, entry_path, "an account's id, or its name under accounts"
                )
            elif account.id in by_id:
                message = f"`{name}` is left out of the unit, and a member of {environment} by its name"
                hint = f"remove it here, or `{by_id[account.id]}` from the accounts of {environment}"
                yield Finding("R07", message, entry_path, hint=hint)


def _entries(document: Document, environment: str, own: EnvironmentSpec) -> Iterator[tuple[Path, UnitSpec | str]]:
    """The units of an environment, each with the place of what is said of it."""
    of_file: list[tuple[Path, UnitSpec | str]] = [
        (("organizational_units", index), unit) for index, unit in enumerate(document.organizational_units)
    ]
    if own.organizational_units is None:
        yield from of_file
        return
    for index, unit in enumerate(own.organizational_units):
        declaring = [entry for entry in of_file if isinstance(entry[1], UnitSpec) and entry[1].id == unit]
        yield from declaring or [(("environments", environment, "organizational_units", index), unit)]


def _account(name: str, document: Document) -> Account | None:
    """The account of a name or an id; None where there is none of that name."""
    if name in document.accounts:
        return Account(name, document.accounts[name].id)
    account = next((Account(key, spec.id) for key, spec in document.accounts.items() if spec.id == name), None)
    return account or (Account(name, name) if name.isdigit() else None)
