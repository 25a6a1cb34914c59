"""The regional differences of an alarm of the members in some accounts."""

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
        yield variant.account, _unexpected(usual, variant.origins, is_there=variant.tuning.enabled)
    for regional in alarm.regional:
        yield regional.region, _unexpected(usual, regional.origins)
        of_account = {variant.account: variant for variant in alarm.variants}
        variants = {variant.account: variant for variant in regional.variants}
        watched = {account.name for account in accounts if account.is_in(regional.region)}
        for account in sorted(watched & {*of_account, *variants}):
            in_both: Variant | Regional = variants.get(account, regional)
            elsewhere = of_account[account].origins if account in of_account else alarm.origins
            expected = _expected(usual, _by_field(elsewhere), _by_field(regional.origins))
            is_there = alarm.tuning_in(account, regional.region).enabled
            yield f"{account}, {regional.region}", _unexpected(expected, in_both.origins, is_there=is_there)


def _expected(
    usual: Mapping[str, Origin], in_account: Mapping[str, Origin], in_region: Mapping[str, Origin]
) -> dict[str, Origin]:
    """The expected origins of an account in a Region, from the overrides for either of them."""
    expected = {}
    for name, origin in usual.items():
        own, regional = in_account.get(name, origin), in_region.get(name, origin)
        if origin in (own, regional) or own == regional:
            expected[name] = regional if own == origin else own
    return expected


def _unexpected(expected: Mapping[str, Origin], origins: Sequence[Origin], *, is_there: bool = True) -> list[Origin]:
    """The origins that are not as expected, if an override has them: other lines have the placement."""
    differing_origins = [origin for origin in origins if expected.get(origin.field) != origin]
    differing_origins = [
        candidate
        for candidate in differing_origins
        if _is_override(candidate) or candidate.field not in expected or _is_override(expected[candidate.field])
    ]
    # What a threshold would be where there is no alarm says nothing.
    return differing_origins if is_there else [origin for origin in differing_origins if origin.field == "enabled"]


def _is_override(origin: Origin) -> bool:
    return origin.layer.startswith("override")


def _by_field(origins: Sequence[Origin]) -> dict[str, Origin]:
    return {origin.field: origin for origin in origins}
