"""What the manifest says of tag compliance: the names by which people start scans and read reports."""

from __future__ import annotations

from generator.manifest import TagCompliance
from generator.model.compliance_names import COMPLIANCE, DEAD_LETTERS, OPERATOR_ROLE
from generator.model.estate import Estate


def tag_compliance(estate: Estate) -> TagCompliance | None:
    """The names, which are the same in every account and Region; None where nothing is checked."""
    if estate.compliance is None:
        return None
    role = estate.monitoring_role
    return TagCompliance(
        queue=estate.name(COMPLIANCE),
        table=estate.name(COMPLIANCE),
        dead_letters=estate.name(DEAD_LETTERS),
        operator_role=f"{OPERATOR_ROLE}-{{region}}-{estate.environment}",
        external_id=role.external_id if role else "",
        readers=role.readers if role else (),
    )
