"""The names that members have in the file: made once from the name in AWS, then kept."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable, Iterator, Mapping
from itertools import count

from generator.accounts.types import OrganizationAccount

LONGEST = 64
_ID_LENGTH = 12
# `accounts: [hub]` of a placement is the hub.
RESERVED = frozenset({"hub"})


def slug(name: str) -> str:
    """A name in lower-case letters, digits and single dashes; `account` where nothing of it remains.

    Digits alone would be read as an ID wherever accounts are named.
    """
    plain = unicodedata.normalize("NFKD", name).encode("ascii", "ignore").decode().lower()
    text = re.sub(r"[^a-z0-9]+", "-", plain).strip("-")[:LONGEST].strip("-")
    return f"account-{text}".strip("-")[:LONGEST] if not text or text.isdigit() else text


def keys_of(
    accounts: Iterable[OrganizationAccount], fixed: Mapping[str, str], unavailable: Iterable[str]
) -> dict[str, str]:
    """IDs of accounts to their keys, each another one.

    fixed: IDs to keys that are in use already. unavailable: keys of accounts that are no members from the organization.
    Where two new accounts would have one key, the lower ID has it, and the other's ends in its own ID.
    """
    keys: dict[str, str] = {}
    used = {*unavailable, *RESERVED}
    waiting = sorted(accounts, key=lambda account: account.id)
    for account in waiting:
        key = fixed.get(account.id)
        if key and key not in used:
            keys[account.id] = key
            used.add(key)
    for account in waiting:
        if account.id in keys:
            continue
        key = next(key for key in _possible(account) if key not in used)
        keys[account.id] = key
        used.add(key)
    return keys


def _possible(account: OrganizationAccount) -> Iterator[str]:
    """Keys for an account, the best first. The name of another account may be any of them."""
    plain = slug(account.name)
    yield plain
    yield f"{plain[: LONGEST - _ID_LENGTH - 1].strip('-')}-{account.id}"
    yield from (f"account-{account.id}-{number}" for number in count(2))
