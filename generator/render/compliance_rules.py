"""The rules of the tag checker: shipped inside its package as rules.json.

handlers/compliance/rules.py reads it. Overrides are settled already: the function knows rules and accounts, no cascade.
"""

from __future__ import annotations

import hashlib
import json
from typing import Any

from generator.model.compliance import Compliance, DefaultTag, Exemption, Remediation, TagPolicy, TagRule
from generator.model.estate import Estate
from generator.render.json_rows import json_rows

RULES = "handlers/compliance/rules.json"
RULES_VERSION = 1
DIGITS = 12


def rules_json(estate: Estate) -> bytes:
    """The rules of an environment that has `compliance`, the same bytes for the same meaning.

    rules_version: a digest of everything else, which is in each record. Raises ValueError where there is none.
    """
    compliance = estate.compliance
    if compliance is None:
        raise ValueError(f"{estate.environment} checks no tags")
    data = _data(compliance, estate)
    canonical = json.dumps(data, sort_keys=True, ensure_ascii=False).encode()
    version = {"version": RULES_VERSION, "rules_version": hashlib.sha256(canonical).hexdigest()[:DIGITS]}
    return json_rows({**version, **data}).encode()


def _data(compliance: Compliance, estate: Estate) -> dict[str, Any]:
    change, notify = compliance.on_change, compliance.notify
    changes = {"states": list(change.states), "wait": change.wait, "slow_wait": change.slow_wait} if change else None
    return {
        "project": estate.project,
        "environment": estate.environment,
        "hub": {"account": estate.hub.account, "region": estate.hub.region},
        "resources": list(compliance.resources),
        "on_change": changes,
        "notify": {
            "changes": notify.changes,
            "scans": notify.scans,
            "summary_above": notify.summary_above,
            "launcher": notify.launcher,
        },
        "remediate": _remediation(compliance.remediation),
        "accounts": _accounts(compliance, estate),
        "rules": [_policy(policy) for policy in compliance.policies],
    }


def _accounts(compliance: Compliance, estate: Estate) -> dict[str, Any]:
    index = {name: number for number, policy in enumerate(compliance.policies) for name in policy.accounts}
    accounts = {}
    for account in sorted(estate.accounts, key=lambda member: member.id):
        labels = {"labels": dict(account.labels)} if account.labels else {}
        number = {"rules": index[account.name]} if account.name in index else {}
        accounts[account.id] = {"name": account.name, **labels, **number}
    return accounts


def _policy(policy: TagPolicy) -> dict[str, Any]:
    exemptions = [_exemption(exemption) for exemption in policy.exemptions]
    return {"tags": [_tag(rule) for rule in policy.tags], **({"exemptions": exemptions} if exemptions else {})}


def _tag(rule: TagRule) -> dict[str, Any]:
    return {
        "key": rule.key,
        **_set_fields(
            allowed=list(rule.allowed),
            pattern=rule.pattern,
            any_of=list(rule.any_of),
            when={key: list(values) for key, values in rule.when},
            ignore_case=rule.ignore_case,
        ),
    }


def _exemption(exemption: Exemption) -> dict[str, Any]:
    return {
        "reason": exemption.reason,
        **_set_fields(
            until=exemption.until.isoformat() if exemption.until else "",
            tags={key: list(values) for key, values in exemption.tags},
            ids=list(exemption.ids),
            auto_scaling_groups=list(exemption.auto_scaling_groups),
            launched_by=list(exemption.launched_by),
            all=exemption.whole_account,
        ),
    }


def _remediation(remediation: Remediation | None) -> dict[str, Any] | None:
    if remediation is None:
        return None
    return {"mode": remediation.mode, "tags": [_default_tag(tag) for tag in remediation.tags]}


def _default_tag(tag: DefaultTag) -> dict[str, Any]:
    return {"key": tag.key, **_set_fields(copy_from=list(tag.copy_from), value=tag.value)}


def _set_fields(**fields: Any) -> dict[str, Any]:
    """The fields that are set, as data."""
    return {name: value for name, value in fields.items() if value}
