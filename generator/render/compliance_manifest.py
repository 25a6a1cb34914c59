"""Tag compliance in the manifest: the names by which commands start scans and read reports."""

from __future__ import annotations

from generator.manifest import TagCompliance
from generator.model.compliance_names import COMPLIANCE, DEAD_LETTERS, OPERATOR_ROLE
from generator.model.estate import Estate
from generator.model.placement import Placement


def tag_compliance(estate: Estate) -> TagCompliance | None:
    """The names, which are the same in every account and Region; None where nothing is checked."""
    if estate.compliance is None:
        return None
    role, where = estate.monitoring_role, estate.compliance.placement or Placement()
    account_ids = (
        None if where.accounts is None else (account.id for account in estate.accounts if where.has(account.name))
    )
    return TagCompliance(
        queue=estate.name(COMPLIANCE),
        table=estate.name(COMPLIANCE),
        dead_letters=estate.name(DEAD_LETTERS),
        operator_role=f"{OPERATOR_ROLE}-{{region}}-{estate.environment}",
        external_id=role.external_id if role else "",
        readers=role.readers if role else (),
        accounts=None if account_ids is None else tuple(sorted(account_ids)),
        later=where.later,
        regions=where.regions,
    )
