"""Makes simulated environments: of a build, with the stacks of its manifest, and of one template of any tool."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from types import MappingProxyType
from typing import Any

from generator.evaluate.types import Deployed
from generator.model.estate import Estate
from generator.scenarios.environment import HUB, JOINED, OWN_ACCOUNT, SimulatedEnvironment

_JOINED: Mapping[str, str] = MappingProxyType({JOINED: OWN_ACCOUNT})


def simulated_environment(
    estate: Estate,
    templates: Mapping[str, Mapping[str, Any]],
    manifest: Mapping[str, Any],
    package: Mapping[str, bytes],
) -> SimulatedEnvironment:
    """The simulated environment: each stack of the manifest in its accounts and Regions, with its parameters.

    templates: of the hub and the members, by file; a sink of another Region has nothing to simulate.
    """
    stacks = deployed_stacks(templates, manifest)
    accounts = {HUB: str(manifest["stacks"][0]["account"])}
    members: list[str] = []
    for stack_set in manifest["stack_sets"]:
        for group in stack_set["groups"]:
            accounts |= group["accounts"]
            members += group["accounts"]
        if stack_set["organizational_units"]:
            accounts.setdefault(JOINED, OWN_ACCOUNT)
    members = members or [name for name in accounts if name == JOINED]
    keys = {item.name: (item.key, item.account or "") for item in estate.alarms}
    keys |= {item.name: (item.key, "") for item in estate.composites}
    words = {"environment": estate.environment, "project": estate.project}
    groups = {group.key: group.name for group in estate.log_groups}
    accounts_by_id = {account.id: account for account in estate.accounts}
    member_names = tuple(sorted(members))
    return SimulatedEnvironment(
        estate.environment,
        tuple(stacks),
        accounts,
        member_names,
        keys,
        groups,
        words,
        package,
        accounts_by_id,
        estate.event_rules,
    )


def deployed_stacks(
    templates: Mapping[str, Mapping[str, Any]],
    manifest: Mapping[str, Any],
    joined_accounts: Mapping[str, str] = _JOINED,
) -> list[Deployed]:
    """Each stack of the manifest in its accounts and Regions, with its parameters there.

    joined_accounts: accounts of organizational units, name to ID; they have the template's defaults.
    """
    stacks = [
        Deployed(templates[item["template"]], item["account"], item["region"], HUB, (), item["name"])
        for item in manifest["stacks"]
        if item["template"] in templates
    ]
    for stack_set in manifest["stack_sets"]:
        template, stack = templates[stack_set["template"]], stack_set["name"]
        for group in stack_set["groups"]:
            parameters = tuple(sorted(group["parameters"].items()))
            stacks += [
                Deployed(template, number, region, name, parameters, stack)
                for name, number in group["accounts"].items()
                for region in stack_set.get("own_regions", {}).get(name, stack_set["regions"])
            ]
        for name, number in joined_accounts.items() if stack_set["organizational_units"] else ():
            stacks += [Deployed(template, number, region, name, (), stack) for region in stack_set["regions"]]
    return stacks


def template_environment(name: str, deployed: Deployed) -> SimulatedEnvironment:
    """The environment of one template of any tool. Accounts whose metrics its alarms read have their IDs as names."""
    alone = SimulatedEnvironment(name, (deployed,), {"": deployed.account}, ("",), {}, {}, {}, {})
    other_accounts = {metric.account for metric in alone.units_by_metric} - {deployed.account}
    return replace(alone, accounts={"": deployed.account} | {account: account for account in sorted(other_accounts)})
