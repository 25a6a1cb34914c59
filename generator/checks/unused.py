"""Unused entries of the file: accounts, channels, owners, metric filters and log groups.

A name counts as used if it occurs in any other text of the file: a false warning would teach readers to ignore the
others.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping
from typing import Any

from generator.findings import Finding, Severity

CODE = "R12"


def unused_entries(data: Mapping[str, Any]) -> list[Finding]:
    """A finding (R12) for each unused entry: a warning; for filters an info, as their metrics may be used elsewhere.

    data: a whole spec that was read without errors.
    """
    words = set(_words(data))
    people = (*_channels(data, words), *_owners(data, words))
    return [*_accounts(data), *people, *_filters(data, words), *_log_groups(data, words)]


def _accounts(data: Mapping[str, Any]) -> Iterator[Finding]:
    environments = data.get("environments")
    if not isinstance(environments, dict):
        return
    accounts = _section(data, "accounts")
    lists = [_members(entry, accounts) if isinstance(entry, dict) else None for entry in environments.values()]
    if any(names is None for names in lists):
        return
    listed, left_out = {name for names in lists for name in names or ()}, set(_left_out(data))
    for name, account in accounts.items():
        if name not in listed and not {name, account["id"]} & left_out:
            message = f"no environment lists the account `{name}`: it is not monitored"
            yield _warning(message, "accounts", name, "add it to the `accounts` of an environment, or remove it")


def _members(environment: Mapping[str, Any], accounts: Mapping[str, Any]) -> Collection[str] | None:
    """The accounts that an environment lists, or selects by label; None where it has all."""
    labels = environment.get("labels")
    names = environment.get("accounts")
    if not labels:
        return names
    required = {label: [values] if isinstance(values, str) else values for label, values in labels.items()}
    return [
        name
        for name, account in accounts.items()
        if (names is None or name in names)
        and all((account.get("labels") or {}).get(label) in values for label, values in required.items())
    ]


def _left_out(data: Mapping[str, Any]) -> Iterator[str]:
    """The accounts that organizational units exclude: their entry gives them a name."""
    sections = (data, *(entry for entry in data["environments"].values() if isinstance(entry, dict)))
    units = (unit for section in sections for unit in section.get("organizational_units") or ())
    yield from (name for unit in units if isinstance(unit, dict) for name in unit.get("except") or ())


def _channels(data: Mapping[str, Any], words: set[str]) -> Iterator[Finding]:
    for name in _section(data, "channels"):
        if name not in words:
            message = f"no route uses the channel `{name}`: it receives no notifications"
            yield _warning(message, "channels", name, "add it to routes, or remove it")


def _owners(data: Mapping[str, Any], words: set[str]) -> Iterator[Finding]:
    for name in _section(data, "owners"):
        if name not in words:
            message = f"owner `{name}` has no alarms or services"
            yield _warning(message, "owners", name, "set `owner` in an alarm, a service or `defaults`, or remove it")


def _filters(data: Mapping[str, Any], words: set[str]) -> Iterator[Finding]:
    for name, entry in _section(data, "metric_filters").items():
        metric = entry.get("metric", {})
        if name not in words and not _named_elsewhere(metric, data):
            message = f"no alarm or graph uses the metric of filter `{name}`"
            hint = "add an alarm or a graph, or remove it unless the metric is used elsewhere"
            yield Finding(CODE, message, ("metric_filters", name), Severity.INFO, hint, on="key")


def _log_groups(data: Mapping[str, Any], words: set[str]) -> Iterator[Finding]:
    for name, entry in _section(data, "log_groups").items():
        read = "archive" in entry or name in words
        if entry.get("create") is False and not read and not _mentioned(str(entry.get("name")), data):
            message = f"log group `{name}` is not used and not created by obsgen"
            yield _warning(message, "log_groups", name, "remove it")


def _named_elsewhere(metric: Mapping[str, Any], data: Mapping[str, Any]) -> bool:
    """True if the name of a filter's metric is in another section, as in a query or a search."""
    stem = str(metric.get("name", "")).split("{")[0].strip("-_/. ")
    return not stem or any(
        stem in text for key, value in data.items() if key != "metric_filters" for text in _texts(value)
    )


def _mentioned(name: str, data: Mapping[str, Any]) -> bool:
    stem = name.split("{")[0].rstrip("-_/. ")
    return any(stem in text for key, value in data.items() if key != "log_groups" for text in _texts(value))


def _section(data: Mapping[str, Any], name: str) -> dict[str, Any]:
    entries = data.get(name)
    return {key: value or {} for key, value in entries.items()} if isinstance(entries, dict) else {}


def _words(data: Mapping[str, Any]) -> Iterator[str]:
    """Every text and every key, except the keys of entries."""
    for section in data.values():
        for entry in section.values() if isinstance(section, dict) else [section]:
            yield from _texts(entry)


def _texts(value: Any) -> Iterator[str]:
    if isinstance(value, str):
        yield value
    elif isinstance(value, dict):
        for key, inner in value.items():
            yield str(key)
            yield from _texts(inner)
    elif isinstance(value, list):
        for inner in value:
            yield from _texts(inner)


def _warning(message: str, section: str, name: str, hint: str) -> Finding:
    return Finding(CODE, message, (section, name), Severity.WARNING, hint, on="key")
