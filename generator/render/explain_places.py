"""What an alarm of the members has in some accounts and Regions, and not in the others."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

from generator.model.accounts import Account
from generator.model.alarms import Alarm, Origin, Regional, Variant


def differing(alarm: Alarm, accounts: Sequence[Account]) -> Iterator[tuple[str, list[Origin]]]:
    """Accounts, Regions, and accounts in a Region, in words, each with what is different there.

    An account in a Region has what is said of either; where that does not say which of two values it has, or is not
    what it has, it is a place of its own.
    """
    usual = _by_field(alarm.origins)
    for variant in alarm.variants:
        yield variant.account, _told(usual, variant.origins, is_there=variant.tuning.enabled)
    for one in alarm.regional:
        yield one.region, _told(usual, one.origins)
        of_account = {variant.account: variant for variant in alarm.variants}
        here = {variant.account: variant for variant in one.variants}
        watched = {account.name for account in accounts if account.is_in(one.region)}
        for account in sorted(watched & {*of_account, *here}):
            in_both: Variant | Regional = here.get(account, one)
            elsewhere = of_account[account].origins if account in of_account else alarm.origins
            expected = _expected(usual, _by_field(elsewhere), _by_field(one.origins))
            is_there = alarm.tuning_in(account, one.region).enabled
            yield f"{account}, {one.region}", _told(expected, in_both.origins, is_there=is_there)


def _expected(
    usual: Mapping[str, Origin], in_account: Mapping[str, Origin], in_region: Mapping[str, Origin]
) -> dict[str, Origin]:
    """What an account has in a Region, as far as what is said of either tells."""
    found = {}
    for name, origin in usual.items():
        own, regional = in_account.get(name, origin), in_region.get(name, origin)
        if origin in (own, regional) or own == regional:
            found[name] = regional if own == origin else own
    return found


def _told(expected: Mapping[str, Origin], origins: Sequence[Origin], *, is_there: bool = True) -> list[Origin]:
    """What is not as expected, as far as overrides have to do with it: the other lines say where an alarm stands."""
    found = [origin for origin in origins if expected.get(origin.field) != origin]
    found = [
        one for one in found if _is_override(one) or one.field not in expected or _is_override(expected[one.field])
    ]
    # What a threshold would be where there is no alarm says nothing.
    return found if is_there else [origin for origin in found if origin.field == "enabled"]


def _is_override(origin: Origin) -> bool:
    return origin.layer.startswith("override")


def _by_field(origins: Sequence[Origin]) -> dict[str, Origin]:
    return {origin.field: origin for origin in origins}
