"""IAM statements by awacs, in the few forms that the blueprints need."""

from __future__ import annotations

from typing import Any

from awacs.aws import Action, Allow, Condition, Deny, PolicyDocument, Principal, Statement

VERSION = "2012-10-17"


def allow(actions: list[str], resources: list[Any], *, sid: str = "", condition: Condition | None = None) -> Statement:
    """An identity statement: these actions (`sqs:SendMessage`) on these resources."""
    extra: dict[str, Any] = {"Condition": condition} if condition else {}
    if sid:
        extra["Sid"] = sid
    return Statement(Effect=Allow, Action=_actions(actions), Resource=resources, **extra)


def allow_besides(actions: list[str], not_resources: list[Any], *, sid: str, condition: Condition) -> Statement:
    """An identity statement: these actions on everything but these resources, under a condition."""
    return Statement(Sid=sid, Effect=Allow, Action=_actions(actions), NotResource=not_resources, Condition=condition)


def grant(
    principal: Principal,
    actions: list[str],
    resources: list[Any] | None,
    *,
    sid: str,
    condition: Condition | None = None,
) -> Statement:
    """A statement of a resource policy, or of a role's trust policy where `resources` is None."""
    extra: dict[str, Any] = {"Condition": condition} if condition else {}
    if resources is not None:
        extra["Resource"] = resources
    return Statement(Sid=sid, Effect=Allow, Principal=principal, Action=_actions(actions), **extra)


def deny(actions: list[str], resources: list[Any], *, sid: str, condition: Condition) -> Statement:
    """A statement of a resource policy that denies every principal these actions under a condition."""
    every_principal = Principal("AWS", "*")
    return Statement(
        Sid=sid,
        Effect=Deny,
        Principal=every_principal,
        Action=_actions(actions),
        Resource=resources,
        Condition=condition,
    )


def refuse(actions: list[str], resources: list[Any], *, sid: str, condition: Condition | None = None) -> Statement:
    """An identity statement that refuses these actions, whatever else allows them."""
    extra: dict[str, Any] = {"Condition": condition} if condition else {}
    return Statement(Sid=sid, Effect=Deny, Action=_actions(actions), Resource=resources, **extra)


def policy(*statements: Statement) -> PolicyDocument:
    """A policy document of these statements."""
    return PolicyDocument(Version=VERSION, Statement=list(statements))


def service(name: str) -> Principal:
    """A service principal, such as `events.amazonaws.com`."""
    return Principal("Service", [name])


def _actions(names: list[str]) -> list[Action]:
    return [Action(*name.split(":", 1)) for name in names]
