"""Members in words: which accounts of the units are left out, and in which Regions an account is watched."""

from __future__ import annotations

from collections.abc import Iterator

from generator.aws.regions import home_of
from generator.findings import Path
from generator.model.accounts import Account
from generator.model.estate import Estate


def member_in_words(account: Account) -> str:
    """`ledger (444444444444)`, or `ledger (444444444444, eu-west-1 only)`; the management account is called so."""
    only = f", {' and '.join(account.regions)} only" if account.regions else ""
    return f"{account.name} ({account.id}{', management account' if account.management else ''}{only})"


def units_in_words(estate: Estate) -> str:
    """`every account of ou-ab12-cdefgh34 but sandbox (999999999999)`; empty where there are no units."""
    if not estate.organizational_units:
        return ""
    but = [
        f"{account.name} ({account.id})" if account.name != account.id else account.id
        for account in estate.excluded_accounts
    ]
    excluded = ", ".join(but)
    return f"every account of {', '.join(estate.organizational_units)}{f' but {excluded}' if but else ''}"


def explained(path: Path, estate: Estate) -> Iterator[str]:
    """Lines about a section that says who is watched."""
    if path[:1] == ("organizational_units",) and estate.excluded_accounts:
        yield f"members: {units_in_words(estate)}"
    if path[:1] == ("accounts",):
        selected = [account for account in estate.accounts if path[1:2] in ((), (account.name,))]
        for account in selected:
            regions = account.regions_of(estate.regions)
            home = home_of(regions, estate.hub.region)
            yield f"{account.name}: monitored in {', '.join(regions)}, its role is created in {home}"
            if account.management:
                yield "  the management account: no stack set reaches it, so it has stacks of its own"
            if not account.is_in(estate.hub.region):
                yield f"  not linked to the hub, which sees {estate.hub.region} only: no graph, log or alarm of the hub"
