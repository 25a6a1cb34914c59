"""The cascade: which value wins, for each alarm and account, and where it came from.

One order, weakest first: built-in, defaults, the entry (of a service: the pack, the entry), where it stands, overrides
by environment alone, by label, unit or Region, by account. Among overrides of one rank the later one in the list wins.
Accounts that join a unit later get what no label or account override touches, because auto-deployment ignores parameter
overrides.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Protocol, TypeVar

from generator.findings import Finding, Path, did_you_mean
from generator.model.alarms import Origin, Tuning
from generator.model.placement import Placement, has
from generator.model.places import Account
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
_RANKS = {"environment": 0, "region": 1, "unit": 1, "label": 1, "account": 2}


Where = Mapping[str, str | list[str]]


class Override(Protocol):
    """What an override of any section has."""

    @property
    def where(self) -> Where:
        """account, environment or a label, each with one word or several; all have to hold."""


AnyOverride = TypeVar("AnyOverride", bound=Override)


@dataclass(frozen=True, slots=True)
class Settled:
    """What one alarm is in one account: the tuning, and the origin of each field."""

    tuning: Tuning
    origins: tuple[Origin, ...]


@dataclass(frozen=True, slots=True)
class Placed:
    """Where an alarm stands, and the place in the YAML that says so.

    fed: where what it looks at stands; no override makes the alarm beyond that. None for everywhere.
    """

    placement: Placement
    path: Path
    fed: Placement | None = None


def settle(
    key: str, spec: AlarmSpec, scope: Scope, account: Account | None, placed: Placed | None = None, region: str = ""
) -> Settled | None:
    """The alarm's tuning in an account (None: where no override by label or account applies).

    placed: where it stands, if not everywhere. region: empty where no override by Region applies. None where it has no
    threshold at all; `missing_fields` tells the user.
    """
    values: dict[str, tuple[Any, str, Path]] = {name: (value, "built-in", ()) for name, value in BUILT_IN.items()}
    for name in FIELDS:
        default, own = getattr(scope.document.defaults.alarms, name), getattr(spec, name)
        if own is not None:
            values[name] = (own, *scope.origin_of(key, name))
        elif default is not None:
            values[name] = (default, "default", ("defaults", "alarms", name))
    if placed and values["enabled"][0]:
        values["enabled"] = (placed.placement.has(account.name if account else None), PLACED, placed.path)
    for index, override in applying(spec.overrides, scope.environment, account, region, scope.unit):
        for name in FIELDS:
            value = getattr(override, name)
            if value is not None:
                place = (*scope.override_path(key, index), name)
                values[name] = (value, f"override by {_rank(override)}", place)
    if placed and not has(placed.fed, account.name if account else None):
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
        Origin(name, written(name, value), layer, path) for name, (value, layer, path) in sorted(values.items())
    )


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


def _rank(override: Override) -> str:
    if "account" in override.where:
        return "account"
    by = set(override.where) - {"environment"}
    if by == {"unit"}:
        return "unit"
    return "label" if by - {"region"} else "region" if by else "environment"


def applying(
    overrides: Sequence[AnyOverride], environment: str, account: Account | None, region: str = "", unit: str = ""
) -> list[tuple[int, AnyOverride]]:
    """The overrides that hold, weakest first, each with its place in the list."""
    holding = [(i, o) for i, o in enumerate(overrides) if holds(o.where, environment, account, region, unit)]
    return sorted(holding, key=lambda pair: (_RANKS[_rank(pair[1])], pair[0]))


def holds(where: Where, environment: str, account: Account | None, region: str = "", unit: str = "") -> bool:
    """Whether all of it is true of an account. None: one that joins later, of which only the environment is known.

    region: the Region that is meant; empty where no rule may ask for one. unit: that of accounts that join later.
    """
    labels = dict(account.labels) if account else {}
    own = account.unit if account else unit
    labels = {"unit": own, **labels} if own else labels
    for name, wanted in where.items():
        words = [wanted] if isinstance(wanted, str) else wanted
        if name == "environment" or (name == "region" and region):
            given: str | None = environment if name == "environment" else region
        else:
            given = (account.name if account else None) if name == "account" else labels.get(name)
        if given not in words:
            return False
    return True


def unreachable_overrides(scope: Scope) -> list[Finding]:
    """Overrides that name an account, label or environment that nothing has (R04)."""
    news: list[Finding] = []
    for key, spec in scope.document.alarms.items():
        for index, override in enumerate(spec.overrides):
            path = scope.override_path(key, index)
            regions = tuple(regions_of_document(scope.document))
            units = tuple(known_units(scope.document))
            news += unknown_places(override.where, scope.document, (*path, "where"), regions=regions, units=units)
            news += _by_unit(override.where, scope, (*path, "where")) if units else ()
            news += _by_region(override, spec, scope.document, path)
            if all(getattr(override, name) is None for name in FIELDS):
                message = "this override changes nothing"
                news.append(Finding("R04", message, path, hint=f"give one of {', '.join(FIELDS)}"))
    return news


def by_region(where: Where, document: Document) -> bool:
    """Whether a rule asks for a Region: a label of that name, where accounts have one, is meant before it."""
    return "region" in where and not any("region" in account.labels for account in document.accounts.values())


def _by_unit(where: Where, scope: Scope, path: Path) -> Iterator[Finding]:
    """R07: values by unit, where accounts of several units join: no stack knows of which the account is."""
    document = scope.document
    labelled = any("unit" in account.labels for account in document.accounts.values())
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
    labels: dict[str, set[str]] = {}
    for account in document.accounts.values():
        for label, value in account.labels.items():
            labels.setdefault(label, set()).add(value)
    known = {**labels, "account": set(document.accounts), "environment": set(environment_names(document))}
    more = (("region", regions), ("unit", units))
    known = {**{name: set(words) for name, words in more if words}, **known}
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
