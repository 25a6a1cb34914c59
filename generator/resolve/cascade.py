"""The cascade: which value wins, for each alarm and account, and where it came from.

One order, weakest first: built-in, defaults, the entry (of a service: the pack, the entry), where it stands, overrides
by environment alone, by label, unit or Region, by account. Among overrides of one rank the later one in the list wins.
Accounts that join a unit later get what no label or account override touches, because auto-deployment ignores parameter
overrides.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

from generator.findings import Finding, Path, did_you_mean
from generator.model.alarms import Origin, Tuning
from generator.model.placement import Placement, has
from generator.model.places import Account
from generator.resolve.overrides import Applied, Where, applied, holds, rank_of
from generator.resolve.scope import Scope, environment_names, known_units, of_no_unit, regions_of_document, tells_apart
from generator.spec.alarms import AlarmSpec, OverrideSpec
from generator.spec.document import Document
from generator.spec.scalars import Datapoints, Threshold

BUILT_IN: dict[str, Any] = {
    "period": 60,
    "datapoints": Datapoints(1, 1),
    "missing_data": "breaching",
    "severity": "medium",
    "enabled": True,
}
FIELDS = ("threshold", "period", "datapoints", "missing_data", "severity", "enabled")
SHARED_FIELDS = ("statistic", "owner", "runbook", "warm_up")
_DURATIONS = ("period", "warm_up")
_UNIT = "no stack knows its unit: give the accounts of the unit a label"
PLACED = "where it stands"


@dataclass(frozen=True, slots=True)
class Settled:
    """What one alarm is in one account: the tuning, and the origin of each field."""

    tuning: Tuning
    origins: tuple[Origin, ...]


@dataclass(frozen=True, slots=True)
class Placed:
    """Where an alarm stands, and the place in the YAML that says so.

    fed: where what it looks at stands; no override makes the alarm beyond that. None for everywhere.
    is_in_some_region: whether there is a Region for it; without one no override makes it.
    """

    placement: Placement
    path: Path
    fed: Placement | None = None
    is_in_some_region: bool = True


def settle(
    key: str, spec: AlarmSpec, scope: Scope, account: Account | None, placed: Placed | None = None, region: str = ""
) -> Settled | None:
    """The alarm's tuning in an account (None: where no override by label or account applies).

    placed: where it stands, if not everywhere. region: empty where no override by Region applies. None where it has no
    threshold at all; `missing_fields` tells the user.
    """
    return Cascade(key, spec, scope, placed).settle(account, region)


class Cascade:
    """The cascade of one alarm, for many accounts: those in which the same holds are settled once."""

    def __init__(self, key: str, spec: AlarmSpec, scope: Scope, placed: Placed | None = None) -> None:
        self.key, self.spec, self.scope, self.placed = key, spec, scope, placed
        self.applied: dict[str, Applied] = {}
        self.settled: dict[tuple[tuple[int, ...], bool, bool], Settled | None] = {}

    def settle(self, account: Account | None, region: str = "") -> Settled | None:
        """As the function of this name."""
        if region not in self.applied:
            self.applied[region] = applied(self.spec.overrides, self.scope, region)
        name = account.name if account else None
        stands = self.placed is None or self.placed.placement.has(name)
        is_fed = self.placed is None or has(self.placed.fed, name)
        case = (self.applied[region].to(name), stands, is_fed)
        if case not in self.settled:
            self.settled[case] = self._settle(*case)
        return self.settled[case]

    def _settle(self, places: tuple[int, ...], stands: bool, is_fed: bool) -> Settled | None:
        key, spec, scope, placed = self.key, self.spec, self.scope, self.placed
        values: dict[str, tuple[Any, str, Path]] = {name: (value, "built-in", ()) for name, value in BUILT_IN.items()}
        for name in FIELDS:
            default, own = getattr(scope.document.defaults.alarms, name), getattr(spec, name)
            if own is not None:
                values[name] = (own, *scope.origin_of(key, name))
            elif default is not None:
                values[name] = (default, "default", ("defaults", "alarms", name))
        if placed and values["enabled"][0]:
            values["enabled"] = (stands, PLACED, placed.path)
        for index in places:
            override = spec.overrides[index]
            for name in FIELDS:
                value = getattr(override, name)
                if value is not None:
                    place = (*scope.override_path(key, index), name)
                    values[name] = (value, f"override by {rank_of(override.where)}", place)
        if placed and not is_fed:
            values["enabled"] = (False, PLACED, placed.path)
        if spec.anomaly is not None:
            values["threshold"] = (Threshold(">", spec.anomaly.band), "entry", ("alarms", key, "anomaly"))
        if "threshold" not in values:
            return None
        tuning = _tuning({name: value for name, (value, _, _) in values.items()})
        if spec.anomaly is not None:
            width = values.pop("threshold")
            values["anomaly"] = (f"{spec.anomaly.direction} {spec.anomaly.band:g}", *width[1:])
        return Settled(tuning, _origins(values))


def _tuning(values: dict[str, Any]) -> Tuning:
    threshold: Threshold = values["threshold"]
    datapoints: Datapoints = values["datapoints"]
    return Tuning(
        comparison=threshold.comparison,
        threshold=threshold.value,
        period=values["period"],
        datapoints=datapoints.needed,
        evaluation_periods=datapoints.of,
        missing_data=values["missing_data"],
        severity=values["severity"],
        enabled=values["enabled"],
    )


def _origins(values: dict[str, tuple[Any, str, Path]]) -> tuple[Origin, ...]:
    return tuple(
        (_shared if layer in ("built-in", "default") else Origin)(name, written(name, value), layer, path)
        for name, (value, layer, path) in sorted(values.items())
    )


# What no entry says is the same for thousands of alarms.
_shared = lru_cache(maxsize=256)(Origin)


def written(name: str, value: Any) -> str:
    """A value as it would be written in the YAML."""
    if isinstance(value, Threshold):
        return f"{value.comparison} {value.value:g}"
    if isinstance(value, Datapoints):
        return f"{value.needed} of {value.of}"
    if name == "warm_up" and not value:
        return "none"
    if name in _DURATIONS:
        for size, unit in ((86_400, "d"), (3600, "h"), (60, "m")):
            if value % size == 0:
                return f"{value // size}{unit}"
        return f"{value}s"
    return str(value).lower() if isinstance(value, bool) else str(value)


def shared(key: str, spec: AlarmSpec, scope: Scope) -> tuple[dict[str, Any], tuple[Origin, ...]]:
    """The fields that are the same in every account: statistic, owner, runbook, warm-up."""
    values: dict[str, tuple[Any, str, Path]] = {}
    for name in SHARED_FIELDS:
        default, own = getattr(scope.document.defaults.alarms, name), getattr(spec, name)
        if own is not None:
            values[name] = (own, *scope.origin_of(key, name))
        elif default is not None:
            values[name] = (default, "default", ("defaults", "alarms", name))
    return {name: value for name, (value, _, _) in values.items()}, _origins(values)


def unreachable_overrides(scope: Scope) -> list[Finding]:
    """Overrides that name an account, label or environment that nothing has (R04)."""
    news: list[Finding] = []
    for key, spec in scope.document.alarms.items():
        for index, override in enumerate(spec.overrides):
            path = scope.override_path(key, index)
            regions = tuple(regions_of_document(scope.document))
            units = tuple(known_units(scope.document))
            news += unknown_places(override.where, scope.document, (*path, "where"), regions=regions, units=units)
            # The hub looks at accounts that the file names.
            is_asked = units and spec.in_ == "members"
            news += _by_unit(override.where, scope, (*path, "where")) if is_asked else ()
            news += _by_region(override, spec, scope.document, path)
            if all(getattr(override, name) is None for name in FIELDS):
                message = "this override changes nothing"
                news.append(Finding("R04", message, path, hint=f"give one of {', '.join(FIELDS)}"))
    return news


def by_region(where: Where, document: Document) -> bool:
    """Whether a rule asks for a Region: a label of that name, where accounts have one, is meant before it."""
    return "region" in where and "region" not in document.labels


def _by_unit(where: Where, scope: Scope, path: Path) -> Iterator[Finding]:
    """R07: values by unit, where accounts of several units join: no stack knows of which the account is."""
    document = scope.document
    labelled = "unit" in document.labels
    here = {name: words for name, words in where.items() if name == "environment"}
    if "unit" not in where or labelled or not holds(here, scope.environment, None):
        return
    yield from of_no_unit(document, (*path, "unit"))
    words = [where["unit"]] if isinstance(where["unit"], str) else where["unit"]
    if tells_apart(scope.organizational_units, words, document):
        message = f"no stack knows of which unit an account is that joins {' or '.join(scope.organizational_units)}"
        hint = "a label of the accounts that the file names; those that join later have what holds for all"
        yield Finding("R07", message, (*path, "unit"), hint=hint, on="key")


def _by_region(override: OverrideSpec, spec: AlarmSpec, document: Document, path: Path) -> Iterator[Finding]:
    """R07: who hears of an alarm is decided by account."""
    if not by_region(override.where, document):
        return
    if spec.in_ == "hub":
        message = "an alarm in the hub stands in one Region"
        yield Finding("R07", message, (*path, "where", "region"), hint="leave `region` out", on="key")
    if override.severity is not None:
        message = "an alarm is as severe in every Region, for routes ask for accounts"
        hint = "an alarm for each Region, with `regions`"
        yield Finding("R07", message, (*path, "severity"), hint=hint, on="key")


def unknown_places(
    where: Where,
    document: Document,
    path: Path,
    what: str = "the override",
    *,
    regions: Sequence[str] = (),
    units: Sequence[str] = (),
) -> list[Finding]:
    """What nothing has (R04). path: of the mapping. what: for whom it is, such as an override.

    regions, units: those that may be asked for, where any may.
    """
    news: list[Finding] = []
    named: dict[str, Collection[str]] = {"account": document.accounts, "environment": environment_names(document)}
    more = (("region", regions), ("unit", units))
    known = {**{name: words for name, words in more if words}, **document.labels, **named}
    for name, wanted in where.items():
        if name not in known:
            hint = _UNIT if name == "unit" else did_you_mean(name, known).strip()
            hint = hint or f"known: {', '.join(sorted(known))}"
            news.append(Finding("R04", f"no account has a label `{name}`", (*path, name), hint=hint, on="key"))
            continue
        for word in [wanted] if isinstance(wanted, str) else wanted:
            if word not in known[name]:
                thing = f"account `{word}`" if name == "account" else f"`{name}: {word}`"
                words = ", ".join(sorted(known[name]))
                hint = did_you_mean(word, known[name]).strip() or (f"known: {words}" if words else "accounts: {…}")
                message = f"nothing has {thing}; {what} never applies"
                news.append(Finding("R04", message, (*path, name), hint=hint))
    return news
