"""The agent: on which instances, what it collects, and which environment configures it."""

from __future__ import annotations

from generator.findings import Finding, Path, unknown_reference
from generator.model.accounts import Side
from generator.model.agent import Agent
from generator.model.logs import LogGroup
from generator.resolve.placement import check_placement_names, is_within, placement
from generator.resolve.scope import Scope, shared_members
from generator.resolve.section import Section
from generator.resolve.stack_values import one_text_for_all
from generator.spec.document import Document

PATH: Path = ("agent",)


def agent(scope: Scope, groups: tuple[LogGroup, ...], findings: list[Finding]) -> Agent | None:
    """The agent of this environment's instances; None where the file asks for none, or where another environment has
    it.
    """
    spec = scope.document.agent
    if spec is None:
        return None
    if not spec.metrics and not spec.logs:
        hint = "add metrics: [mem, disk], or logs: {<log group>: /var/log/…}"
        findings.append(Finding("R06", "this agent collects nothing", PATH, hint=hint, on="key"))
    by_key = {group.key: group for group in groups}
    where = placement(spec, scope)
    findings += check_placement_names(spec, scope.document, PATH)
    logs = []
    for key, files in sorted(spec.logs.items()):
        path: Path = (*PATH, "logs", key)
        group = by_key.get(key)
        if group is None:
            findings.append(unknown_reference("R02", "log group", key, by_key, path, "add it to log_groups", on="key"))
        elif group.side is not Side.MEMBERS:
            message = f"log group `{key}` is in the hub, but instances write to their own account"
            findings.append(Finding("R07", message, path, hint="use a log group of members", on="key"))
        elif not is_within(where, group.placement, scope):
            message = f"log group `{key}` is not in all accounts and Regions of the agent"
            findings.append(
                Finding("R07", message, path, hint="use the same `accounts`, `labels` and `regions`", on="key")
            )
        else:
            findings += one_text_for_all(group, "the agent's configuration", path)
            logs.append((group.name, files))
    targets = tuple(
        sorted((tag, scope.fill(value, (*PATH, "targets", tag), findings)) for tag, value in spec.targets.items())
    )
    owner = scope.document.access.owned_by
    if owner not in (None, scope.environment) and not _apart(scope.document):
        return None
    roles = tuple(
        sorted({scope.fill(role, (*PATH, "roles", index), findings) for index, role in enumerate(spec.roles)})
    )
    if where is not None and where.is_nowhere:
        return None
    return Agent(targets, tuple(sorted(set(spec.metrics))), tuple(sorted(logs)), roles, PATH, where)


def _apart(document: Document) -> bool:
    """True if each environment has instances of its own."""
    return document.agent is not None and any("{environment}" in value for value in document.agent.targets.values())


def shared_instances(document: Document) -> list[Finding]:
    """Environments that would configure the same instances (R10): an agent has one configuration, the last one."""
    if document.agent is None or document.access.owned_by or _apart(document):
        return []
    shared = shared_members(document)
    if shared is None:
        return []
    first, second, member = shared
    message = f"{first} and {second} share {member}, and would configure the same instances there"
    hint = f"add {{environment}} to the value of a tag, or set access: {{owned_by: {second}}}"
    return [Finding("R10", message, (*PATH, "targets"), hint=hint, on="key")]


SECTIONS = (
    Section(
        "agent",
        {"agent": lambda resolved: agent(resolved.scope, resolved.log_groups, resolved.findings)},
        compare=shared_instances,
    ),
)
