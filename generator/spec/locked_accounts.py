"""A document and its lock, merged: accounts of the lock beside those written by hand, which take precedence.

An account is one by its ID: an entry of the spec with that ID replaces the locked key. An entry without an ID has that
of the locked account with its key. The tree of positions is merged too, so that every value leads to its own file.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import replace
from typing import Any

import yaml
from pydantic import ValidationError

from generator.accounts.lock import LOCK, Lock, LockedAccount
from generator.accounts.selection import selection_of
from generator.accounts.types import units_above
from generator.findings import Finding, Severity, suggest
from generator.spec.load import Loaded, Source
from generator.spec.lock_file import MEMBERS, UPDATE, LockFile, read_lock
from generator.spec.members import MembersSpec
from generator.spec.parts_protocol import Parts

ACCOUNTS = "accounts"
# Keys of an account of the lock that are settings of a member.
_SETTINGS = ("id", "labels", "unit")


def with_locked_accounts(loaded: Loaded, parts: Parts) -> Loaded:
    """The document with the accounts of its lock, where it selects members of the organization (Y09, Y10)."""
    data = loaded.data
    if data is None or not has_lock(data):
        return loaded if data is None else replace(loaded, findings=[*loaded.findings, *_empty_selection(data)])
    file = read_lock(loaded.source.name, parts, loaded.values)
    findings = [*loaded.findings, *file.findings]
    if file.lock is None:
        # What lacks an ID is known once the lock can be read.
        known = {key: entry for key, entry in _by_hand(data).items() if not isinstance(entry, dict) or "id" in entry}
        sources = {**loaded.source.others, file.source.name: file.source}
        source = replace(loaded.source, others=sources)
        return replace(loaded, source=source, data={**data, ACCOUNTS: known}, findings=findings)
    return _LockMerger(loaded, data, file, file.lock).merged(findings)


def has_lock(data: Mapping[str, Any]) -> bool:
    """True if a document selects members of its organization."""
    return _selection_data(data) is not None


def _empty_selection(data: Mapping[str, Any]) -> Iterator[Finding]:
    """`members:` with nothing behind it, such as where all keys are comments, would drop every locked account."""
    if MEMBERS[1] in _mapping(data.get("organization")) and _selection_data(data) is None:
        hint = "use {} for all accounts of the organization, or remove `members`"
        yield Finding("Y09", "`members` is empty, so no account is selected", MEMBERS, hint=hint, on="key")


def _selection_data(data: Mapping[str, Any]) -> Any:
    organization = data.get("organization")
    return organization.get("members") if isinstance(organization, dict) else None


def _by_hand(data: Mapping[str, Any]) -> dict[str, Any]:
    accounts = data.get(ACCOUNTS)
    return accounts if isinstance(accounts, dict) else {}


class _LockMerger:
    """Alive for one call. keys: the key of each locked account in the merged document."""

    def __init__(self, loaded: Loaded, data: dict[str, Any], file: LockFile, lock: Lock) -> None:
        self.loaded, self.data, self.file, self.lock = loaded, data, file, lock
        self.hand = _by_hand(data)
        ids = {_id(entry): key for key, entry in self.hand.items() if isinstance(entry, dict)}
        self.keys = {key: ids.get(account.id, key) for key, account in lock.accounts.items()}
        self.named_units = _units_named(data)
        settings = {key for key, entry in self.hand.items() if isinstance(entry, dict) and "id" not in entry}
        self.without_account = settings - lock.accounts.keys()

    def merged(self, findings: list[Finding]) -> Loaded:
        entries: dict[str, Any] = dict(self.hand)
        for key, account in self.lock.accounts.items():
            own = self.hand.get(self.keys[key], {})
            if isinstance(own, dict) and _id(own, account.id) == account.id:
                entries[self.keys[key]] = _laid_over(self.settings(account), own)
        findings = [*findings, *self.faults()]
        entries = {key: entry for key, entry in entries.items() if key not in self.without_account}
        return replace(self.loaded, source=self.source(), data={**self.data, ACCOUNTS: entries}, findings=findings)

    def settings(self, account: LockedAccount) -> dict[str, Any]:
        """What the lock says of a member. Its unit is the nearest above it that the spec names, else its own."""
        above = list(units_above(account.unit, self.lock.units))
        unit = next((step for step in above if step in self.named_units), account.unit)
        return {"id": account.id, **({"labels": dict(account.labels)} if account.labels else {}), "unit": unit}

    def faults(self) -> Iterator[Finding]:
        organization = self.data["organization"]
        if _id(organization) != self.lock.organization:
            message = f"{LOCK} is of the organization {self.lock.organization}"
            yield Finding("Y09", message, ("organization", "id"), hint=UPDATE)
        for key, account in self.lock.accounts.items():
            own = self.hand.get(key)
            if isinstance(own, dict) and _id(own, account.id) != account.id and self.keys[key] == key:
                message = f"`{key}` is account {account.id} in {LOCK}, and another one here"
                yield Finding("Y09", message, (ACCOUNTS, key, "id"), hint=f"rename it, or {UPDATE}")
        for key in sorted(self.without_account):
            message = f"`{key}` is not in {LOCK}: it left, or is not selected"
            hint = suggest(key, self.lock.accounts, "remove the entry, or add its `id`")
            yield Finding("Y09", message, (ACCOUNTS, key), hint=hint, on="key")
        if not _is_of(self.lock, organization["members"]):
            message = f"the selection changed since {LOCK} was written"
            yield Finding("Y10", message, MEMBERS, Severity.WARNING, hint=UPDATE, on="key")

    def source(self) -> Source:
        """The merged tree; values of the lock lead to the lock."""
        source, of_lock = self.loaded.source, self.file.source
        tree = _MergedTree(source.root or yaml.MappingNode("tag:yaml.org,2002:map", []), of_lock.root)
        root = tree.root(self.keys)
        parts = {node: replace(view, root=root) for node, view in source.parts.items()}
        view = replace(of_lock, root=root)
        parts |= dict.fromkeys(tree.of_lock, view)
        sources = {**source.others, of_lock.name: of_lock}
        return replace(source, root=root, others=sources, parts=parts, is_alone=False)


def _laid_over(locked: dict[str, Any], own: dict[str, Any]) -> dict[str, Any]:
    labels = own.get("labels")
    merged = {**locked, **own}
    if isinstance(labels, dict):
        merged["labels"] = {**locked.get("labels", {}), **labels}
    return merged


def _units_named(data: Mapping[str, Any]) -> set[str]:
    """The units that bring members into any environment, or that select them."""
    selection = _selection_data(data)
    sections = [data, *(entry for entry in _mapping(data.get("environments")).values() if isinstance(entry, dict))]
    lists = [section.get("organizational_units") for section in sections]
    lists.append(selection.get("units") if isinstance(selection, dict) else None)
    entries = [entry for units in lists if isinstance(units, list) for entry in units]
    return {str(entry.get("id") if isinstance(entry, dict) else entry) for entry in entries}


def _id(entry: Mapping[str, Any], otherwise: str = "") -> str:
    """The ID of an entry as the language reads it: without spaces around it."""
    return str(entry.get("id", otherwise)).strip()


def _mapping(value: Any) -> dict[str, Any]:
    return value if isinstance(value, dict) else {}


def _is_of(lock: Lock, data: Any) -> bool:
    """True if a lock was written for a selection, or if the selection is wrong, which is reported elsewhere."""
    try:
        MembersSpec.model_validate(data)
    except ValidationError:
        return True
    return selection_of(data) == lock.selection


class _MergedTree:
    """The nodes of both files. of_lock: the `id` of each node that decides where the values below it are."""

    def __init__(self, main: yaml.Node, lock: yaml.Node | None) -> None:
        self.main = main
        self.lock_accounts = _child(lock, ACCOUNTS)
        self.of_lock: list[int] = []

    def root(self, keys: Mapping[str, str]) -> yaml.Node:
        """keys: the key of each locked account in the merged document."""
        pairs = list(self.main.value)
        section = next((pair for pair in pairs if pair[0].value == ACCOUNTS), None)
        if self.lock_accounts is None:
            return self.main
        lock_key, lock_value = self.lock_accounts
        own = list(section[1].value) if section and isinstance(section[1], yaml.MappingNode) else []
        by_key = {key.value: index for index, (key, _) in enumerate(own)}
        for key, value in lock_value.value:
            name = keys.get(key.value, key.value)
            settings = [pair for pair in value.value if pair[0].value in _SETTINGS]
            self.of_lock += [id(inner) for inner, _ in settings]
            if name in by_key:
                own_key, entry = own[by_key[name]]
                own[by_key[name]] = (own_key, self.entry(entry, settings))
            else:
                self.of_lock.append(id(key))
                own.append((key, _mapping_node(value, settings)))
        merged = (section[0] if section else lock_key, _mapping_node(section[1] if section else lock_value, own))
        if not section:
            self.of_lock.append(id(lock_key))
        return _mapping_node(self.main, [*(pair for pair in pairs if pair is not section), merged])

    def entry(self, entry: yaml.Node, settings: list[Any]) -> yaml.Node:
        """An entry of the spec with what only the lock has."""
        if not isinstance(entry, yaml.MappingNode):
            return entry
        own = {key.value for key, _ in entry.value}
        pairs = [*entry.value, *(pair for pair in settings if pair[0].value not in own)]
        for index, (key, value) in enumerate(pairs):
            locked = next((pair[1] for pair in settings if pair[0].value == key.value), None)
            if key.value == "labels" and locked is not None and isinstance(value, yaml.MappingNode):
                pairs[index] = (key, self.labels(value, locked))
        return _mapping_node(entry, pairs)

    def labels(self, own: yaml.MappingNode, locked: yaml.Node) -> yaml.Node:
        known = {key.value for key, _ in own.value}
        added = [pair for pair in locked.value if pair[0].value not in known]
        self.of_lock += [id(key) for key, _ in added]
        return _mapping_node(own, [*own.value, *added])


def account_places(source: Source) -> dict[str, str]:
    """The file and line of each account's key: all at once, as there may be ten thousand."""
    root = source.root or source.node(())[1]
    section = _child(root, ACCOUNTS)
    pairs = section[1].value if section and isinstance(section[1], yaml.MappingNode) else ()
    return {key.value: f"{source.parts.get(id(key), source).name}:{key.start_mark.line + 1}" for key, _ in pairs}


def _child(node: yaml.Node | None, name: str) -> tuple[yaml.Node, yaml.Node] | None:
    pairs = node.value if isinstance(node, yaml.MappingNode) else ()
    return next(((key, value) for key, value in pairs if key.value == name), None)


def _mapping_node(like: yaml.Node, pairs: list[Any]) -> yaml.MappingNode:
    return yaml.MappingNode("tag:yaml.org,2002:map", pairs, like.start_mark, like.end_mark)
