"""Which accounts of an organization are members: by unit, by tag, and without exceptions."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from generator.accounts.types import ACTIVE, OrganizationAccount, OrganizationListing, units_above

_UNIT = re.compile(r"ou-[a-z0-9]{4,32}-[a-z0-9]{8,32}|r-[a-z0-9]{4,32}")
_ACCOUNT = re.compile(r"\d{12}")
Tags = Mapping[str, tuple[str, ...]]


@dataclass(frozen=True, slots=True)
class MemberSelection:
    """What `organization.members` says.

    units: IDs of units and roots, with everything below them; empty for the whole organization.
    tags: keys to the values of which an account must have one, for each key.
    except_ids: accounts and units. except_names: accounts, by their key or by their name in AWS.
    except_tags: accounts that have all tags of one of these. labels: names of labels to keys of tags.
    """

    units: tuple[str, ...] = ()
    tags: Tags = field(default_factory=dict)
    except_ids: tuple[str, ...] = ()
    except_names: tuple[str, ...] = ()
    except_tags: tuple[Tags, ...] = ()
    labels: Mapping[str, str] = field(default_factory=dict)

    @property
    def needs_tags(self) -> bool:
        """True if the tags of accounts have to be read."""
        return bool(self.tags or self.except_tags or self.labels)


def selection_of(data: Mapping[str, Any]) -> MemberSelection:
    """The selection of valid data; equal for any order of keys and entries, and for spaces around a word."""
    exceptions = data.get("except") or ()
    words = sorted({entry.strip() for entry in exceptions if isinstance(entry, str)})
    tags = [_tags(entry) for entry in exceptions if not isinstance(entry, str)]
    return MemberSelection(
        units=tuple(sorted({unit.strip() for unit in data.get("units") or ()})),
        tags=_tags(data.get("tags") or {}),
        except_ids=tuple(word for word in words if is_id(word)),
        except_names=tuple(word for word in words if not is_id(word)),
        except_tags=tuple(sorted(tags, key=lambda entry: sorted(entry.items()))),
        labels={label: tag.strip() for label, tag in sorted((data.get("labels") or {}).items())},
    )


def selection_data(selection: MemberSelection) -> dict[str, Any]:
    """The data of a selection, in one order; the inverse of `selection_of`."""
    exceptions = [*selection.except_ids, *selection.except_names, *(_plain(tags) for tags in selection.except_tags)]
    data = {
        "units": list(selection.units),
        "tags": _plain(selection.tags),
        "except": exceptions,
        "labels": dict(selection.labels),
    }
    return {key: value for key, value in data.items() if value}


def is_id(word: str) -> bool:
    """True for the ID of an account, of a unit or of a root."""
    return bool(_ACCOUNT.fullmatch(word) or _UNIT.fullmatch(word))


def _tags(data: Mapping[str, Any]) -> Tags:
    return {
        key.strip(): tuple(sorted({word.strip() for word in ((value,) if isinstance(value, str) else value)}))
        for key, value in sorted(data.items())
    }


def _plain(tags: Tags) -> dict[str, Any]:
    return {key: values[0] if len(values) == 1 else list(values) for key, values in tags.items()}


def in_units(organization: OrganizationListing, selection: MemberSelection) -> Iterator[OrganizationAccount]:
    """The accounts in the units of a selection, whatever their tags, by ID: those whose tags are to be read."""
    for _, account in sorted(organization.accounts.items()):
        above = set(units_above(account.unit, organization.units))
        if (not selection.units or above & {*selection.units}) and not above & {*selection.except_ids}:
            yield account


def candidates_of(
    organization: OrganizationListing, selection: MemberSelection, never: Collection[str]
) -> dict[str, OrganizationAccount]:
    """The selected accounts by ID, whatever their names. never: accounts that are no members."""
    return {
        account.id: account
        for account in in_units(organization, selection)
        if account.state == ACTIVE
        and account.id not in never
        and _have(account.tags, selection.tags)
        and not _is_exception(account, selection)
    }


def members_of(
    candidates: Mapping[str, OrganizationAccount], selection: MemberSelection, keys: Mapping[str, str]
) -> dict[str, OrganizationAccount]:
    """The candidates whose name in AWS and whose key are no exception, by ID. keys: those of all candidates."""
    names = {*selection.except_names}
    return {
        number: account for number, account in candidates.items() if not {account.name.strip(), keys[number]} & names
    }


def _is_exception(account: OrganizationAccount, selection: MemberSelection) -> bool:
    """Units are not asked again: `in_units` leaves them out."""
    return account.id in selection.except_ids or any(_have(account.tags, t) for t in selection.except_tags)


def _have(tags: Mapping[str, str], required: Tags) -> bool:
    return all(tags.get(key) in values for key, values in required.items())


def deployed_anyway(
    organization: OrganizationListing, targets: Iterable[tuple[str, Collection[str]]], keys: Mapping[str, str]
) -> Iterator[OrganizationAccount]:
    """Active accounts in units that stack sets deploy to, by ID.

    targets: IDs of units, each with the accounts that are left out, by ID or key. keys: of accounts that have one.
    """
    units = list(targets)
    for number, account in sorted(organization.accounts.items()):
        above, names = {*units_above(account.unit, organization.units)}, {number, keys.get(number)}
        if account.state == ACTIVE and any(unit in above and names.isdisjoint(words) for unit, words in units):
            yield account


def without_effect(
    organization: OrganizationListing, selection: MemberSelection, keys: Collection[str]
) -> Iterator[str]:
    """Units that the organization does not have, and exceptions that no account or unit has, in words."""
    names = {account.name.strip() for account in organization.accounts.values()}
    for unit in selection.units:
        if unit not in organization.units:
            yield f"`{unit}` of units is no unit of the organization"
    for word in selection.except_ids:
        if word not in organization.units and word not in organization.accounts:
            yield f"`{word}` of except is not in the organization"
    for word in selection.except_names:
        if word not in names and word not in keys:
            yield f"`{word}` of except is the name of no account"
