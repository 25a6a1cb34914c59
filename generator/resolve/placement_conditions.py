"""What is wrong with a condition on places, in every section that has one: `where` of an override, `when` of a rule.

The words are the same everywhere: `account`, `environment`, `region`, `unit` and the labels of accounts. A label of one
of these names is meant before it, where accounts have one.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence
from typing import NamedTuple

from generator.findings import Finding, Path, suggest
from generator.resolve.alarms.overrides import Where, holds, words_of
from generator.resolve.scope import (
    Scope,
    accounts_of_environment,
    check_units_declared,
    distinguishes,
    environment_names,
    known_units,
    regions_of_document,
    units_of_environment,
)
from generator.spec.document import Document

_UNIT = "add the unit, accounts: {alpha: {unit: ou-…}}, or use a label"


class Refusal(NamedTuple):
    """Why a key means nothing somewhere, and what to write instead."""

    message: str
    hint: str


# Who hears is decided by account, in routes, in the catalogue and in what is one incident.
SEVERITY_BY_REGION = Refusal(
    "the severity of an alarm is the same in every Region, since routes select by account",
    "use one alarm for each Region, with `regions`",
)


def by_region(where: Where, document: Document) -> bool:
    """Whether a condition asks for a Region."""
    return "region" in where and "region" not in document.labels


def by_unit(where: Where, document: Document) -> bool:
    """Whether a condition asks for an organizational unit."""
    return "unit" in where and "unit" not in document.labels


def where_faults(
    where: Where, scope: Scope, path: Path, what: str = "the override", no_region: Refusal | None = None
) -> Iterator[Finding]:
    """What nothing has (R04), Regions where they mean nothing (R07), and units that no stack can tell apart (R07).

    path: of the mapping. what: for whom it is, such as an override. no_region: why a Region means nothing there.
    """
    document = scope.document
    if no_region and by_region(where, document):
        yield Finding("R07", no_region.message, (*path, "region"), hint=no_region.hint, on="key")
        where = {name: words for name, words in where.items() if name != "region"}
    faults = [*unknown_names(where, document, path, what), *_told_apart(where, scope, path)]
    yield from faults or nowhere(where, document, path, what)


def _told_apart(where: Where, scope: Scope, path: Path) -> Iterator[Finding]:
    """R07: values by unit, where accounts of several units join: no stack knows of which the account is."""
    document = scope.document
    by_environment = {name: words for name, words in where.items() if name == "environment"}
    if not by_unit(where, document) or not holds(by_environment, scope.environment, None):
        return
    if not known_units(document).issuperset(words_of(where["unit"])):
        return
    yield from check_units_declared(document)
    if distinguishes(scope.organizational_units, words_of(where["unit"]), document):
        message = f"no stack knows the unit of accounts that join {' or '.join(scope.organizational_units)} later"
        hint = "use a label of accounts in the file; later accounts get the values for all"
        yield Finding("R07", message, (*path, "unit"), hint=hint, on="key")


def nowhere(
    where: Where, document: Document, path: Path, what: str = "the override", later: bool | None = None
) -> Iterator[Finding]:
    """R04 for what accounts have each, and no account of the file has together. path: of the mapping.

    later: whether it holds of accounts that join later, where that is said of it.
    """
    # Of one word alone some account has it, except that a unit may be of accounts that join later, and of no other.
    if (len(where) > 1 or by_unit(where, document)) and not any(
        _fits(where, document, name, later) for name in environment_names(document)
    ):
        message = f"no account matches all of these conditions; {what} never applies"
        yield Finding("R04", message, path, hint="remove a condition, or remove the entry", on="key")


def _fits(where: Where, document: Document, environment: str, later: bool | None) -> bool:
    """Whether an account of an environment has all of it, or one that joins it later."""
    if environment not in words_of(where.get("environment", environment)):
        return False
    # A Region asks nothing of accounts that are not watched there.
    beside = {"environment", *(() if "region" in document.labels else ("region",))}
    conditions = {name: words_of(words) for name, words in where.items() if name not in beside}
    units = () if "unit" in document.labels else units_of_environment(document, environment)
    joins = bool(units_of_environment(document, environment))
    knows = (
        later if later is not None else set(conditions) <= {"unit"} and set(units) <= set(conditions.get("unit", units))
    )
    # What tells units apart is a mistake of its own, and may yet be said to hold of accounts that join.
    knows = knows or (later is None and distinguishes(units, conditions.get("unit", units), document))
    if not conditions or (joins and knows):
        return True
    accounts = accounts_of_environment(document, environment)
    names = [name for name in conditions["account"] if name in accounts] if "account" in conditions else accounts
    return any(_has_all(conditions, document, name) for name in names)


def _has_all(conditions: Mapping[str, Sequence[str]], document: Document, name: str) -> bool:
    account = document.accounts.get(name)
    if account is None:
        return False
    known = {"unit": account.unit, **account.labels, "account": name}
    return all(known.get(key) in words for key, words in conditions.items())


def unknown_names(where: Where, document: Document, path: Path, what: str = "the override") -> Iterator[Finding]:
    """What nothing has (R04). path: of the mapping. what: for whom it is, such as an override."""
    units = known_units(document)
    known: dict[str, Collection[str]] = {"region": regions_of_document(document), **({"unit": units} if units else {})}
    known |= {**document.labels, "account": document.accounts, "environment": environment_names(document)}
    for name, values in where.items():
        if name not in known:
            hint = _UNIT if name == "unit" else suggest(name, sorted(known))
            message = "no account has a `unit`" if name == "unit" else f"no account has a label `{name}`"
            yield Finding("R04", message, (*path, name), hint=hint, on="key")
            continue
        for word in words_of(values):
            if word not in known[name]:
                subject = f"account `{word}`" if name == "account" else f"`{name}: {word}`"
                hint = suggest(word, sorted(known[name])) or "add one under accounts"
                message = f"nothing has {subject}; {what} never applies"
                yield Finding("R04", message, (*path, name), hint=hint)
