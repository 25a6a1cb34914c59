"""Admission to the hub's bus: the principals that may put events, and the accounts whose events its rules match.

A target that is a bus has a role, and EventBridge signs the call with it: a condition on the organization holds for
no other caller (https://docs.aws.amazon.com/eventbridge/latest/APIReference/API_PutPermission.html). So the keys of a
signed call are there: PrincipalArn is the role's, without its session, and PrincipalAccount, PrincipalOrgID and
PrincipalOrgPaths follow from it
(https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_condition-keys.html).

No other key is asked for: decision 0033 says which, and why a policy that stops real alarms would be worse. Checkers of
tags and agents of error logs put their events themselves, and may put nothing else (0041).
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from awacs.aws import ArnEquals, ArnLike, Principal, StringEquals, StringNotEquals
from awacs.aws import Condition as When
from awacs.aws import ForAnyValueStringLike as AnyLike
from troposphere import GetAtt, Ref, events

from generator.blueprints.kit.bus_writers import only
from generator.blueprints.kit.policies import grant
from generator.blueprints.kit.stack import Part, origin, to_plain
from generator.findings import Path
from generator.model.compliance_names import CHECKER_ROLE, DETAIL_TYPE, SOURCE
from generator.model.error_log_names import AGENT_DETAIL_TYPES, AGENT_ROLE, AGENT_SOURCE
from generator.model.estate import Estate

HUB_POLICY = "HubBusPolicy"
# How the roles are called that event_path makes; Region and environment follow.
HUB_ROLE, MEMBERS_ROLE = "hub-forwarding-role", "alarm-forwarding-role"
# A bus's policy has at most 10,240 characters and a pattern 2,048; an account ID needs fifteen of them.
# https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-quota.html
MOST_IN_POLICY = 500
# With checkers or agents, the policy lists the accounts twice, or three times.
MOST_IN_POLICY_TWICE = 200
MOST_IN_POLICY_THREE_TIMES = 100
MOST_IN_PATTERN = 100
_MOST = (MOST_IN_POLICY, MOST_IN_POLICY_TWICE, MOST_IN_POLICY_THREE_TIMES)


def bus_policies(estate: Estate) -> Iterator[Part]:
    """A statement for the named accounts, one for the units, one for the hub; one after the other, for EventBridge
    refuses changes of a bus's policy that meet."""
    before: list[str] = []
    for bus_policy in _bus_policies(estate):
        if before:
            bus_policy.DependsOn = before[-1:]
        before.append(bus_policy.title)
        yield bus_policy


def _bus_policies(estate: Estate) -> Iterator[events.EventBusPolicy]:
    every_principal = Principal("*")
    if estate.accounts:
        when = When([_of_accounts(estate), _roles(estate, MEMBERS_ROLE)])
        yield _statement("AccountsBusPolicy", "NamedAccountsPutEvents", every_principal, when, ("accounts",))
    if estate.organizational_units:
        when = When([*_of_units(estate), _roles(estate, MEMBERS_ROLE)])
        yield _statement("UnitsBusPolicy", "UnitsPutEvents", every_principal, when, ("organizational_units",))
    for who, what, only_these, path in _writers(estate):
        if estate.accounts:
            when = When([_of_accounts(estate), *only_these])
            yield _statement(f"{who}AccountsBusPolicy", f"NamedAccountsPut{what}", every_principal, when, path)
        if estate.organizational_units:
            when = When([*_of_units(estate), *only_these])
            yield _statement(f"{who}UnitsBusPolicy", f"UnitsPut{what}", every_principal, when, path)
    hub = Principal("AWS", [estate.hub.arn("iam", "root", region="")])
    role = f"role/{HUB_ROLE}-{estate.hub.region}-{estate.environment}"
    own = When(ArnEquals({"aws:PrincipalArn": estate.hub.arn("iam", role, region="")}))
    yield _statement(HUB_POLICY, "HubPutsEvents", hub, own, ("hub",))


def _writers(estate: Estate) -> Iterator[tuple[str, str, tuple[Any, ...], Path]]:
    """Functions of members that put events of their own: role, source, and the operators that allow nothing else."""
    if estate.compliance:
        role = _roles(estate, CHECKER_ROLE)
        yield "Checkers", "Findings", (role, *only(SOURCE, [DETAIL_TYPE])), estate.compliance.path
    if estate.error_logs:
        role = _roles(estate, AGENT_ROLE)
        yield "Agents", "Errors", (role, *only(AGENT_SOURCE, AGENT_DETAIL_TYPES)), estate.error_logs.path


def from_members(estate: Estate) -> dict[str, Any]:
    """The part of an event pattern that names the accounts, where all can be named; the policy bounds them anyway."""
    accounts = sorted({estate.hub.account, *(account.id for account in estate.accounts)})
    closed = not estate.organizational_units and len(accounts) <= MOST_IN_PATTERN
    return {"account": accounts} if closed else {}


def findings_from(estate: Estate) -> dict[str, Any]:
    """The same for findings, which are never the hub's own: there, IAM alone says who may put what on the bus."""
    accounts = from_members(estate).get("account", [])
    members = [account for account in accounts if account != estate.hub.account]
    return {"account": members or [{"anything-but": [estate.hub.account]}]}


def _statement(title: str, sid: str, who: Principal, when: When, path: Path) -> events.EventBusPolicy:
    return events.EventBusPolicy(
        title,
        EventBusName=Ref("Bus"),
        StatementId=sid,
        Statement=to_plain(grant(who, ["events:PutEvents"], [GetAtt("Bus", "Arn")], sid=sid, condition=when)),
        Metadata=origin(path),
    )


def _of_accounts(estate: Estate) -> StringEquals:
    """Principals of the accounts that the file names, where a policy has room for all."""
    ids = sorted(account.id for account in estate.accounts)
    most = _MOST[len(list(_writers(estate)))]
    principals = {"aws:PrincipalAccount": ids} if len(ids) <= most else {}
    return StringEquals({"aws:PrincipalOrgID": estate.organization.id, **principals})


def _of_units(estate: Estate) -> tuple[Any, ...]:
    """Principals of accounts in the units, and in those below them, but not of accounts that are left out."""
    within = AnyLike({"aws:PrincipalOrgPaths": [_path(estate, unit) for unit in estate.organizational_units]})
    excluded = [account.id for account in estate.excluded_accounts]
    # Those that are named take their room, too.
    room = _MOST[len(list(_writers(estate)))] - len(estate.accounts)
    but = [StringNotEquals({"aws:PrincipalAccount": excluded})] if 0 < len(excluded) <= room else []
    return StringEquals({"aws:PrincipalOrgID": estate.organization.id}), within, *but


def _roles(estate: Estate, kind: str) -> ArnLike:
    """A role of the members, in the Regions that they have; heartbeats use the forwarding role as well."""
    names = (f"role/{kind}-{region}-{estate.environment}" for region in sorted(estate.regions))
    return ArnLike({"aws:PrincipalArn": [estate.hub.arn("iam", name, account="*", region="") for name in names]})


def _path(estate: Estate, unit: str) -> str:
    """A unit and all below it. A path begins at the root, and other units may be between the root and a unit."""
    return f"{estate.organization.id}/{unit}/*" if unit.startswith("r-") else f"{estate.organization.id}/*/{unit}/*"
