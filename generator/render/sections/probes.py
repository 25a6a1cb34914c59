"""Probes in a diff and in the catalogue: what is checked, how often, and from where."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from generator.model.estate import Estate
from generator.model.probes import OF_HUB
from generator.render.section_words import Data, Kind, SectionWords
from generator.wording import duration_in_words, list_in_words

# Parts of a check, as a diff calls them.
_PARTS = {
    "url": "address",
    "host": "host",
    "port": "port",
    "name": "name",
    "record": "record type",
    "resolver": "resolver",
    "expected": "expected answers",
    "method": "method",
    "headers": "headers",
    "secrets": "secret headers",
    "body": "body",
    "follow_redirects": "redirects",
    "status": "expected status",
    "contains": "expected text",
    "matches": "pattern",
    "expected_headers": "expected headers",
}


def _changes(before: Data, after: Data) -> Iterator[tuple[Kind, str, str]]:
    old, new = _by_key(before), _by_key(after)
    for key in sorted({*old, *new}):
        was, now = old.get(key), new.get(key)
        if was is None and now is not None:
            yield "added", key, f"checks {_target(now)} {_when(now)}"
        elif now is None and was is not None:
            yield "removed", key, f"no longer checks {_target(was)}"
        elif was is not None and now is not None and (changed := list(_differences(was, now))):
            yield "changed", key, "; ".join(changed)
    yield from _networks(before, after)


def _differences(was: Data, now: Data) -> Iterator[str]:
    if _target(was) != _target(now):
        yield f"checks {_target(now)} (was: {_target(was)})"
    if _when(was) != _when(now):
        yield f"runs {_when(now)} (was: {_when(was)})"
    if was["timeout"] != now["timeout"]:
        yield f"has a timeout of {duration_in_words(now['timeout'])} (was: {duration_in_words(was['timeout'])})"
    # The target has its own sentence.
    ours = ("url", "host", "port", "name", "record")
    parts = [
        words for part, words in _PARTS.items() if part not in ours and was["check"].get(part) != now["check"].get(part)
    ]
    if parts:
        yield f"has other values of: {', '.join(parts)}"


def _networks(before: Data, after: Data) -> Iterator[tuple[Kind, str, str]]:
    old, new = ({runner["account"]: runner for runner in side.get("probe_runners", ())} for side in (before, after))
    for account in sorted({*old, *new}):
        was, now = _network(old.get(account)), _network(new.get(account))
        if was != now and account in old and account in new:
            yield "changed", f"probes of {account}", f"run in {now} (was: {was})"


def _network(runner: Data | None) -> str:
    if not runner:
        return "no VPC"
    servers = f", with the DNS servers {list_in_words(runner['resolvers'])}" if runner.get("resolvers") else ""
    return f"{runner['vpc'] or 'no VPC'}, {runner['region']}{servers}"


def _by_key(estate: Data) -> dict[str, Data]:
    return {probe["key"]: probe for probe in estate.get("probes", ())}


def _target(probe: Mapping[str, Any]) -> str:
    check = probe["check"]
    match probe["type"]:
        case "http":
            return str(check["url"])
        case "dns":
            return f"{check['name']} {check['record']}"
        case _:
            return f"{check['host']} port {check['port']}"


def _when(probe: Mapping[str, Any]) -> str:
    return f"every {_interval(probe['every'])} from {_from(probe['places'])}"


def _interval(seconds: int) -> str:
    """`minute`, `5 minutes`."""
    return duration_in_words(seconds).removeprefix("1 ")


def _from(places: list[str] | tuple[str, ...]) -> str:
    return "the hub" if list(places) == [OF_HUB] else list_in_words(places)


def _catalogue(estate: Estate) -> Iterator[str]:
    """A table of probes; nothing where there are none."""
    if not estate.probes:
        return
    yield from ("", "## Probes", "", "| probe | checks | runs | timeout |", "| --- | --- | --- | --- |")
    for probe in estate.probes:
        runs = f"every {_interval(probe.every)} from {_from(probe.places)}"
        yield f"| {probe.key} | {probe.target} | {runs} | {duration_in_words(probe.timeout)} |"


WORDS = SectionWords("Probes", _changes, begins_with_subject=True, catalogue=_catalogue)
