"""The rules of tag compliance: the table that `obsgen build` puts into the package, account by account.

`obsgen build` has checked what is in it; `parse` raises where somebody else wrote it (KeyError, TypeError, ValueError,
re.error).
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from types import MappingProxyType
from typing import Any, Literal

Notification = Literal["each", "summary", "none"]
# Tag keys to values, one of which the tag has to have; any value where there are none.
TagValues = tuple[tuple[str, tuple[str, ...]], ...]


@dataclass(frozen=True, slots=True)
class TagRule:
    """One required tag. allowed, pattern: what its value may be; with neither, anything but blank.

    any_of: further keys, one of which is enough. when: the rule holds only for resources with these tags.
    ignore_case: a key that differs in case counts, too.
    """

    key: str
    allowed: tuple[str, ...] = ()
    pattern: re.Pattern[str] | None = None
    any_of: tuple[str, ...] = ()
    when: TagValues = ()
    ignore_case: bool = False

    @property
    def keys(self) -> tuple[str, ...]:
        """All keys that fulfil the rule, its own first."""
        return (self.key, *self.any_of)


@dataclass(frozen=True, slots=True)
class Exemption:
    """Resources that are not checked: those for which all of what is given holds. until: the last day, in UTC.

    auto_scaling_groups: names, with `*` and `?`. launched_by: any of resource.LAUNCHERS. whole_account: everything.
    """

    reason: str
    until: date | None = None
    tags: TagValues = ()
    ids: tuple[str, ...] = ()
    auto_scaling_groups: tuple[str, ...] = ()
    launched_by: tuple[str, ...] = ()
    whole_account: bool = False


@dataclass(frozen=True, slots=True)
class OnChange:
    """Checks of instances that change. states: which. Waits in seconds; slow_wait: for instances of LAUNCHERS."""

    states: tuple[str, ...]
    wait: int
    slow_wait: int


@dataclass(frozen=True, slots=True)
class Notify:
    """How people are notified. summary_above: the most resources of one scan that are notified one by one.

    launcher: whether who launched an instance is added to its finding.
    """

    changes: Notification
    scans: Notification
    summary_above: int
    launcher: bool = False


@dataclass(frozen=True, slots=True)
class DefaultTag:
    """A tag that remediation sets where it is missing: copied from the first source that has it, else `value`."""

    key: str
    value: str = ""
    copy_from: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Remediate:
    """What remediation sets; with mode `dry-run` it only reports what it would set."""

    mode: Literal["dry-run", "apply"]
    tags: tuple[DefaultTag, ...]


@dataclass(frozen=True, slots=True)
class Account:
    """A member. policy: which of the policies holds there."""

    name: str
    labels: Mapping[str, str]
    policy: int = 0


@dataclass(frozen=True, slots=True)
class Policy:
    """Required tags and exemptions, as they hold in some accounts."""

    tags: tuple[TagRule, ...]
    exemptions: tuple[Exemption, ...] = ()


@dataclass(frozen=True, slots=True)
class AccountRules:
    """What holds in one account. name: the id where no other name is known."""

    account: str
    name: str
    labels: Mapping[str, str]
    tags: tuple[TagRule, ...]
    exemptions: tuple[Exemption, ...] = ()
    environment: str = ""


@dataclass(frozen=True, slots=True)
class Rules:
    """The table. rules_version: changes with anything in it. policies: the default first."""

    rules_version: str
    project: str
    environment: str
    hub_account: str
    hub_region: str
    resources: tuple[str, ...]
    on_change: OnChange | None
    notify: Notify
    remediate: Remediate | None
    accounts: Mapping[str, Account]
    policies: tuple[Policy, ...]

    def of(self, account_id: str) -> AccountRules:
        """What holds in an account; the default where the table does not name it, as after it joined a unit."""
        account = self.accounts.get(account_id) or Account(account_id, {})
        policy = self.policies[account.policy]
        return AccountRules(account_id, account.name, account.labels, policy.tags, policy.exemptions, self.environment)

    def account_name(self, account_id: str) -> str:
        """The name that people use for an account id; the id where there is none."""
        account = self.accounts.get(account_id)
        return account.name if account else account_id


def parse(data: Mapping[str, Any]) -> Rules:
    """The table from the JSON of rules.json."""
    changes = data.get("on_change")
    remediate = data.get("remediate")
    return Rules(
        rules_version=str(data["rules_version"]),
        project=str(data["project"]),
        environment=str(data["environment"]),
        hub_account=str(data["hub"]["account"]),
        hub_region=str(data["hub"]["region"]),
        resources=tuple(data["resources"]),
        on_change=OnChange(tuple(changes["states"]), changes["wait"], changes["slow_wait"]) if changes else None,
        notify=_notify(data.get("notify", {})),
        remediate=Remediate(remediate["mode"], tuple(map(_default_tag, remediate["tags"]))) if remediate else None,
        accounts=MappingProxyType({key: _account(value) for key, value in data["accounts"].items()}),
        policies=tuple(map(_policy, data["rules"])),
    )


def read_rules() -> Rules:
    """The table beside this file."""
    return parse(json.loads((Path(__file__).parent / "rules.json").read_text(encoding="utf-8")))


def _notify(data: Mapping[str, Any]) -> Notify:
    above, launcher = data.get("summary_above", 10), bool(data.get("launcher", False))
    return Notify(data.get("changes", "each"), data.get("scans", "each"), above, launcher)


def _account(data: Mapping[str, Any]) -> Account:
    return Account(str(data["name"]), MappingProxyType(dict(data.get("labels", {}))), int(data.get("rules", 0)))


def _policy(data: Mapping[str, Any]) -> Policy:
    return Policy(tuple(map(_tag_rule, data.get("tags", ()))), tuple(map(_exemption, data.get("exemptions", ()))))


def _tag_rule(data: Mapping[str, Any]) -> TagRule:
    pattern = data.get("pattern")
    return TagRule(
        key=str(data["key"]),
        allowed=tuple(data.get("allowed", ())),
        pattern=re.compile(pattern) if pattern else None,
        any_of=tuple(data.get("any_of", ())),
        when=_tag_values(data.get("when", {})),
        ignore_case=bool(data.get("ignore_case", False)),
    )


def _exemption(data: Mapping[str, Any]) -> Exemption:
    until = data.get("until")
    return Exemption(
        reason=str(data["reason"]),
        until=date.fromisoformat(until) if until else None,
        tags=_tag_values(data.get("tags", {})),
        ids=tuple(data.get("ids", ())),
        auto_scaling_groups=tuple(data.get("auto_scaling_groups", ())),
        launched_by=tuple(data.get("launched_by", ())),
        whole_account=bool(data.get("all", False)),
    )


def _tag_values(data: Mapping[str, Any]) -> TagValues:
    return tuple((key, tuple(values)) for key, values in data.items())


def _default_tag(data: Mapping[str, Any]) -> DefaultTag:
    return DefaultTag(str(data["key"]), str(data.get("value", "")), tuple(data.get("copy_from", ())))
