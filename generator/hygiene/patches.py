"""Patches: where a change belongs in the YAML, as edits of its text.

A finding is about an alarm in one account. Its entry may be for many, in several environments, so a change becomes:

- a value of the entry, where all accounts that have the alarm need it and the file has one environment;
- a value of the override that it comes from, where that holds for nothing else;
- else an override for these accounts. Where the language has none for the setting, there is a sentence instead.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace

import yaml

from generator.findings import Path, dotted
from generator.hygiene.owned import Owned
from generator.hygiene.subjects import JudgedAlarm
from generator.hygiene.types import AlarmRef, HygieneFinding, Scalar, SettingChange
from generator.model.accounts import Side
from generator.model.alarms import Alarm
from generator.spec.load import Source
from generator.yaml_edits import Edit, NotEditable, edited

_TUNING = ("threshold", "period", "datapoints", "missing_data", "severity", "enabled")
_MISSING = {"breaching": "breaching", "notBreaching": "not-breaching", "ignore": "ignore", "missing": "missing"}
_MARK = "{var."
_REMOVED = SettingChange("enabled", False)
_IS_APPLIED = "the file has it already: deploy it"


@dataclass(frozen=True, slots=True)
class Patch:
    """A change of one entry for some findings. edits: none where `reason` says why there are none.

    file: the name of the file as the user gave it.
    """

    findings: tuple[HygieneFinding, ...]
    change: SettingChange
    path: Path
    accounts: tuple[str, ...]
    edits: tuple[Edit, ...] = ()
    file: str = ""
    reason: str = ""


@dataclass(frozen=True, slots=True)
class Patched:
    """The result of all patches. texts: file to its text before and after, only where they differ."""

    patches: tuple[Patch, ...]
    texts: Mapping[str, tuple[str, str]] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class _Case:
    finding: HygieneFinding
    owned: Owned
    change: SettingChange
    captured: str


def patched(findings: Sequence[HygieneFinding], subjects: Mapping[AlarmRef, JudgedAlarm], source: Source) -> Patched:
    """The patches of all findings that have a change, and the texts that they make."""
    patches = [_planned(cases, source) for cases in _grouped(findings, subjects)]
    texts: dict[str, tuple[str, str]] = {}
    for name in sorted({patch.file for patch in patches if patch.edits}):
        before = source.of(name).text
        numbers = [number for number, patch in enumerate(patches) if patch.file == name and patch.edits]
        after = before
        for batch in _batches(numbers, patches):
            after = _with_batch(after, batch, patches)
        if after != before:
            texts[name] = (before, after)
    return Patched(tuple(patches), texts)


def _batches(numbers: Sequence[int], patches: Sequence[Patch]) -> Iterator[list[int]]:
    """The patches by number, so that no two of a batch are of one entry: one may make the place of the other."""
    batches: list[list[int]] = []
    counts: Counter[Path] = Counter()
    for number in numbers:
        entry = patches[number].path[:2]
        if counts[entry] == len(batches):
            batches.append([])
        batches[counts[entry]].append(number)
        counts[entry] += 1
    return iter(batches)


def _with_batch(text: str, batch: Sequence[int], patches: list[Patch]) -> str:
    """The text with the patches of a batch; one that cannot be made gets its reason, and the others are made."""
    try:
        return edited(text, *(edit for number in batch for edit in patches[number].edits))
    except NotEditable as error:
        if len(batch) == 1:
            patches[batch[0]] = replace(patches[batch[0]], edits=(), reason=str(error))
            return text
        middle = len(batch) // 2
        return _with_batch(_with_batch(text, batch[:middle], patches), batch[middle:], patches)


def _grouped(findings: Sequence[HygieneFinding], subjects: Mapping[AlarmRef, JudgedAlarm]) -> Iterator[list[_Case]]:
    """The changes of one entry, setting and value, together; of two values for one setting in an account the first."""
    groups: dict[tuple[Path, str, Scalar], list[_Case]] = {}
    values: dict[tuple[Path, str, str], Scalar] = {}
    for finding in findings:
        owned, change = subjects[finding.alarm].owned, finding.verdict.change
        if owned is None or change is None:
            continue
        captured = _captured(subjects[finding.alarm], change.field)
        if values.setdefault((owned.path, change.field, owned.account), change.value) == change.value:
            groups.setdefault((owned.path, change.field, change.value), []).append(
                _Case(finding, owned, change, captured)
            )
    yield from groups.values()


def _planned(cases: Sequence[_Case], source: Source) -> Patch:
    owned, change = cases[0].owned, cases[0].change
    accounts = tuple(sorted({case.owned.account for case in cases}))
    findings = tuple(case.finding for case in cases)
    try:
        edits = tuple(_edits(cases, accounts, source))
    except NotEditable as error:
        return Patch(findings, change, owned.path, accounts, reason=str(error))
    return Patch(findings, change, owned.path, accounts, edits, source.at(owned.path).name)


def _edits(cases: Sequence[_Case], accounts: Sequence[str], source: Source) -> Iterator[Edit]:
    owned, change = cases[0].owned, cases[0].change
    path, alarm = owned.path, owned.alarm
    if path[:1] not in (("alarms",), ("services",), ("composites",)):
        raise NotEditable(f"it comes from {dotted(path[:2])}: change it there")
    if isinstance(alarm, Alarm) and alarm.level_of:
        raise NotEditable(f"it is one of several thresholds of {dotted(path[:2])}: change it there")
    if change.field not in _TUNING:
        yield _of_entry((*path, change.field), change, source)
        return
    if not isinstance(alarm, Alarm):
        raise NotEditable("a composite has no such setting for its patch")
    if any(case.owned.value(change.field) == _text(change.value) for case in cases):
        raise NotEditable(_IS_APPLIED)
    for case in cases:
        written = case.owned.value(change.field)
        if case.captured not in ("", written):
            raise NotEditable(f"the file has `{written}`, the account `{case.captured}`: deploy it first")
    if change == _REMOVED and alarm.ref in owned.index.needed:
        raise NotEditable(f"the composite `{owned.index.needed[alarm.ref]}` names it: change its rule first")
    _require_all_regions(cases)
    yield _tuned(cases, accounts, source)


def _tuned(cases: Sequence[_Case], accounts: Sequence[str], source: Source) -> Edit:
    """The value of the entry, that of an override, or another override."""
    owned, change = cases[0].owned, cases[0].change
    path = owned.path
    origins = {origin.path for case in cases if (origin := case.owned.origin(change.field))}
    overriding = sorted(origin for origin in origins if "overrides" in origin)
    is_everywhere = set(accounts) >= owned.places and len(owned.estate.environments) == 1
    if is_everywhere and not overriding:
        return _of_entry((*path, change.field), change, source)
    where = _where(owned, accounts)
    if len(origins) == len(overriding) == 1 and _plain(source, (*overriding[0][:-1], "where")) == where:
        return _of_entry(overriding[0], change, source)
    return Edit((*path, "overrides"), {"where": where, change.field: change.value}, is_item=True)


def _plain(source: Source, path: Path) -> object:
    """The condition of an override as the file has it; None where it is not written there."""
    _, node, depth = source.node(path)
    if depth < len(path) or not isinstance(node, yaml.MappingNode):
        return None
    return {key.value: [i.value for i in v.value] if isinstance(v.value, list) else v.value for key, v in node.value}


def _of_entry(path: Path, change: SettingChange, source: Source) -> Edit:
    _, node, depth = source.node(path)
    if depth == len(path) and node is not None and _MARK in str(node.value):
        raise NotEditable(f"{dotted(path)} is a variable: change its value in `vars`")
    return Edit(path, change.value)


def _require_all_regions(cases: Sequence[_Case]) -> None:
    """An override is by account here: what holds in one Region of several would change the others, too."""
    owned = cases[0].owned
    if owned.alarm.side is Side.HUB:
        return
    accounts = {account.name: account for account in owned.estate.accounts}
    regions: dict[str, set[str]] = {}
    for case in cases:
        regions.setdefault(case.owned.account, set()).add(case.owned.region)
    for name, judged in sorted(regions.items()):
        having = owned.alarm.regions or accounts[name].regions_of(owned.estate.regions)
        sound = sorted(set(having) & set(accounts[name].regions_of(owned.estate.regions)) - judged)
        if sound:
            raise NotEditable(f"it is fine in {', '.join(sound)} of {name}: write an override by `region`")


def _where(owned: Owned, accounts: Sequence[str]) -> dict[str, str | list[str]]:
    """The condition of an override: these accounts, in this environment where the file has others."""
    estate = owned.estate
    environment: dict[str, str | list[str]] = (
        {"environment": estate.environment} if len(estate.environments) > 1 else {}
    )
    is_account = owned.alarm.side is Side.MEMBERS or (isinstance(owned.alarm, Alarm) and owned.alarm.account)
    if not is_account:
        if not environment:
            raise NotEditable("an alarm over all accounts has no override by account")
        return environment
    return {**environment, "account": accounts[0] if len(accounts) == 1 else list(accounts)}


def _captured(subject: JudgedAlarm, field: str) -> str:
    """A setting of the captured alarm, as the YAML would have it; empty where it is not comparable."""
    condition = subject.condition
    if field == "missing_data":
        return _MISSING.get(str(subject.definition.get("TreatMissingData") or "missing"), "")
    if condition is None:
        return ""
    texts = {
        "threshold": f"{condition.comparison} {condition.threshold:g}",
        "datapoints": f"{condition.needed} of {condition.of}",
    }
    return texts.get(field, "")


def _text(value: Scalar) -> str:
    return str(value).lower() if isinstance(value, bool) else str(value)
