"""The rollout of a change to the members."""

from __future__ import annotations

import re

from generator.findings import Finding, suggest
from generator.model.rollout import Rollout
from generator.resolve.scope import Scope
from generator.resolve.section import Section

UNIT = re.compile(r"ou-[a-z0-9]{4,32}-[a-z0-9]{8,32}")


def rollout(scope: Scope, findings: list[Finding]) -> Rollout:
    """The section as it holds in this environment; accounts that it does not have are left out."""
    spec = scope.document.rollout
    names = {account.name for account in scope.accounts}
    first, units = [], []
    for index, name in enumerate(spec.first):
        if name in scope.document.accounts:
            first += [name] if name in names else []
        elif UNIT.fullmatch(name) and scope.organizational_units:
            units.append(name)
        else:
            hint = suggest(name, scope.document.accounts, "use the name of an account, or the ID of a unit")
            message = f"there is no account `{name}`"
            if UNIT.fullmatch(name):
                message, hint = f"`{name}` is a unit, but there are no organizational_units", "name accounts instead"
            findings.append(Finding("R02", message, ("rollout", "first", index), hint=hint))
    tolerance, concurrency = spec.failure_tolerance, spec.concurrency
    if not concurrency.number:
        message = "a concurrency of 0 updates no account"
        findings.append(
            Finding("R07", message, ("rollout", "concurrency"), hint="use 1, or a percentage of the accounts")
        )
    if not tolerance.percent and not concurrency.percent and concurrency.number > tolerance.number + 1:
        message = (
            f"CloudFormation changes at most one account more at once than may fail: "
            f"{concurrency.number} at once and {tolerance.number} failing do not go together"
        )
        hint = f"concurrency: {tolerance.number + 1}, or failure_tolerance: {concurrency.number - 1}"
        findings.append(Finding("R07", message, ("rollout", "concurrency"), hint=hint))
    return Rollout(
        first=tuple(sorted(set(first))),
        first_units=tuple(sorted(set(units))),
        failure_tolerance=tolerance,
        concurrency=concurrency,
        region_concurrency=spec.region_concurrency,
        termination_protection=spec.termination_protection,
    )


SECTIONS = (Section("rollout", {"rollout": lambda resolved: rollout(resolved.scope, resolved.findings)}),)
