"""Alarms on one metric that differ in their thresholds and severities, as one entry with `thresholds`."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any

from generator.importer.write.drafts import ImportedEntry, Notes
from generator.importer.write.merged import common_stem
from generator.importer.write.names import Keys, key_of
from generator.importer.write.severities import SEVERITIES, words_without_severity

_OWN = ("threshold", "severity", "summary", "overrides")
_THRESHOLD = re.compile(r"([<>])=? (-?[0-9.]+(?:e[+-]?[0-9]+)?)")
_NUMBER = re.compile(r"[0-9]+(?:\.[0-9]+)?")


def with_levels(entries: Iterable[ImportedEntry]) -> list[ImportedEntry]:
    """The entries, with those that may be one in the place of each. Each has its own entry in `levels`."""
    groups: dict[str, list[ImportedEntry]] = {}
    for entry in entries:
        likeness = {key: value for key, value in entry.values.items() if key not in _OWN}
        places = sorted((place.account, place.region) for place in entry.locations)
        groups.setdefault(json.dumps([likeness, places], sort_keys=True, default=str), []).append(entry)
    return [entry for group in groups.values() for entry in ([_joined(group)] if _are_levels(group) else group)]


def split_levels(
    entries: Iterable[ImportedEntry], refused: Mapping[str, str], keys: Keys, endings: Iterable[str]
) -> list[ImportedEntry]:
    """The entries with keys for those of several thresholds; those that the language refuses are alarms again."""
    parts: list[ImportedEntry] = []
    for entry in entries:
        if not entry.levels:
            parts.append(entry)
            continue
        if not entry.key:
            key = keys.free(key_of(_stem(entry.levels.values()), endings, "alarm"), common_stem(entry.drafts))
            free = all(keys.is_free(f"{key}-{severity}") for severity in entry.levels)
            if not free or f"{entry.section}.{key}" in refused:
                parts += entry.levels.values()
                continue
            entry.key = key
        for severity, level in entry.levels.items():
            level.key = f"{entry.key}-{severity}"
            level.service = entry.service
            if keys.is_free(level.key):
                keys.free(level.key, level.key)
        parts.append(entry)
    return parts


def alarms_of(entries: Iterable[ImportedEntry]) -> Iterator[ImportedEntry]:
    """Each alarm by the key that composites and dashboards name, also those of several thresholds."""
    for entry in entries:
        yield from entry.levels.values() or (entry,)


def with_level_names(entries: Iterable[ImportedEntry]) -> None:
    """The names of alarms in `names` of the entry that they are thresholds of."""
    for entry in entries:
        names = {severity: level.values["name"] for severity, level in entry.levels.items() if "name" in level.values}
        if names:
            entry.values["names"] = names


def remark_levels(entries: Iterable[ImportedEntry], notes: Notes) -> None:
    """What is lost of the descriptions of thresholds that share an entry, and that they share their incidents."""
    levels = [entry for entry in entries if entry.levels]
    for entry in levels:
        for level in entry.levels.values():
            for draft in level.drafts if level.values.get("summary") != entry.values.get("summary") else ():
                notes.drop(draft.resource, "its thresholds share one summary", "AlarmDescription")
    if levels:
        notes.remark(
            f"thresholds: alarms that differ only in threshold and severity are one entry, such as {levels[0].path}; "
            "its alarms form one incident."
        )


def _are_levels(group: Sequence[ImportedEntry]) -> bool:
    severities = [str(entry.values.get("severity")) for entry in group]
    if len(group) < 2 or len(set(severities)) < len(group) or not set(severities) <= set(SEVERITIES):
        return False
    if not _stem(group) or len({_without_level(str(entry.values.get("summary", ""))) for entry in group}) > 1:
        return False
    wheres = {json.dumps(override["where"]) for entry in group for override in entry.values.get("overrides", ())}
    if any(
        set(override) != {"where", "threshold"} for entry in group for override in entry.values.get("overrides", ())
    ):
        return False
    ordered = sorted(group, key=lambda entry: SEVERITIES.index(entry.values["severity"]))
    return all(_is_ordered([_threshold(entry, where) for entry in ordered]) for where in ["", *wheres])


def _threshold(entry: ImportedEntry, where: str) -> str:
    """The threshold at a place of overrides, or without one."""
    own = [row["threshold"] for row in entry.values.get("overrides", ()) if json.dumps(row["where"]) == where]
    return str(own[0] if own else entry.values.get("threshold"))


def _is_ordered(thresholds: Iterable[str]) -> bool:
    """Whether each is further from normal than the next. thresholds: of the most severe alarm first."""
    matches = [_THRESHOLD.fullmatch(text) for text in thresholds]
    pairs = [(match[1], float(match[2])) for match in matches if match]
    if len(pairs) < len(matches) or len({side for side, _ in pairs}) > 1:
        return False
    values = [value if side == ">" else -value for side, value in pairs]
    return all(worse > milder for worse, milder in zip(values, values[1:], strict=False))


def _joined(group: Sequence[ImportedEntry]) -> ImportedEntry:
    """The entry of several thresholds, the most severe one last, as people write them."""
    ordered = sorted(group, key=lambda entry: -SEVERITIES.index(entry.values["severity"]))
    worst = ordered[-1]
    values = {key: value for key, value in worst.values.items() if key not in ("threshold", "severity", "overrides")}
    values["thresholds"] = {entry.values["severity"]: entry.values["threshold"] for entry in ordered}
    overrides: dict[str, dict[str, Any]] = {}
    for entry in ordered:
        for override in entry.values.get("overrides", ()):
            row = overrides.setdefault(json.dumps(override["where"]), {"where": override["where"], "thresholds": {}})
            row["thresholds"][entry.values["severity"]] = override["threshold"]
    if overrides:
        values["overrides"] = sorted(
            overrides.values(), key=lambda row: ("account" in row["where"], "region" in row["where"], str(row["where"]))
        )
    levels = {str(entry.values["severity"]): entry for entry in ordered}
    drafts = [draft for entry in ordered for draft in entry.drafts]
    return ImportedEntry(worst.section, "", values, drafts, levels=levels)


def _stem(group: Iterable[ImportedEntry]) -> str:
    """The words that all names have, without those of severities."""
    names = [words_without_severity(common_stem(entry.drafts)) for entry in group]
    common = [word for word in names[0] if all(word in words for words in names[1:])]
    return "-".join(word for word in common if not word.isdigit())


def _without_level(text: str) -> str:
    """A text without what two levels differ in: words of severities, and numbers."""
    return " ".join(words_without_severity(_NUMBER.sub("", text)))
