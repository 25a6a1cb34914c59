"""What is written and serves nothing: accounts of no environment, channels, owners, filters, log groups of no use.

Looked for in the text itself and generously: a name counts as used wherever it stands, since a warning about what is
used would teach people to ignore the others.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from generator.findings import Finding, Severity

CODE = "R12"


def unused_entries(data: Mapping[str, Any]) -> list[Finding]:
    """A finding (R12) for each of them: a warning, and for filters a remark, as their metrics serve others too.

    data: a whole spec that has been read without errors.
    """
    words = set(_words(data))
    people = (*_channels(data, words), *_owners(data, words))
    return [*_accounts(data), *people, *_filters(data, words), *_log_groups(data, words)]


def _accounts(data: Mapping[str, Any]) -> Iterator[Finding]:
    environments = data.get("environments")
    if not isinstance(environments, dict):
        return
    lists = [entry.get("accounts") if isinstance(entry, dict) else None for entry in environments.values()]
    if any(names is None for names in lists):
        return
    listed, left_out = {name for names in lists for name in names or ()}, set(_left_out(data))
    for name, account in _section(data, "accounts").items():
        if name not in listed and not {name, account["id"]} & left_out:
            message = f"no environment lists the account `{name}`: nobody watches it"
            yield _warning(message, "accounts", name, "add it to the `accounts` of an environment, or take it away")


def _left_out(data: Mapping[str, Any]) -> Iterator[str]:
    """The accounts that some unit is without, which have a name for that."""
    sections = (data, *(entry for entry in data["environments"].values() if isinstance(entry, dict)))
    units = (unit for section in sections for unit in section.get("organizational_units") or ())
    yield from (name for unit in units if isinstance(unit, dict) for name in unit.get("except") or ())


def _channels(data: Mapping[str, Any], words: set[str]) -> Iterator[Finding]:
    for name in _section(data, "channels"):
        if name not in words:
            message = f"no route has the channel `{name}`: it is told nothing"
            yield _warning(message, "channels", name, "add it to routes, or take it away")


def _owners(data: Mapping[str, Any], words: set[str]) -> Iterator[Finding]:
    for name in _section(data, "owners"):
        if name not in words:
            message = f"nothing has the owner `{name}`: it hears of nothing"
            yield _warning(message, "owners", name, "owner: in an alarm, a service or `defaults`; or take it away")


def _filters(data: Mapping[str, Any], words: set[str]) -> Iterator[Finding]:
    for name, entry in _section(data, "metric_filters").items():
        metric = entry.get("metric", {})
        if name not in words and not _named_elsewhere(metric, data):
            message = f"nothing looks at what `{name}` counts"
            hint = "an alarm or a graph of it; or take it away, unless somebody reads the metric elsewhere"
            yield Finding(CODE, message, ("metric_filters", name), Severity.INFO, hint, on="key")


def _log_groups(data: Mapping[str, Any], words: set[str]) -> Iterator[Finding]:
    for name, entry in _section(data, "log_groups").items():
        read = "archive" in entry or name in words
        if entry.get("create") is False and not read and not _mentioned(str(entry.get("name")), data):
            message = f"nothing reads the log group `{name}`, and somebody else makes it"
            yield _warning(message, "log_groups", name, "take it away")


def _named_elsewhere(metric: Mapping[str, Any], data: Mapping[str, Any]) -> bool:
    """Whether the name of a filter's metric stands in another section, as in a query or a search."""
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
    """Every text, and every key but those that things are called by."""
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
