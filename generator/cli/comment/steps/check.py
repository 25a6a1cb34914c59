"""The findings of the build."""

from __future__ import annotations

from generator.cli.comment.context import GatherContext
from generator.comment.data import first_rows, shortened
from generator.comment.sections.check import CheckFinding, CheckResults
from generator.findings import Severity
from generator.render.findings import rows_of


def gather(context: GatherContext) -> CheckResults:
    """The findings, errors first, as a document may have them."""
    findings = sorted(context.built.findings, key=lambda finding: list(Severity).index(finding.severity))
    rows = [
        row
        for severity in Severity
        for row in rows_of([f for f in findings if f.severity is severity], context.built.source)
    ]
    counts = {severity: sum(f.severity is severity for f in findings) for severity in Severity}
    return CheckResults(
        errors=counts[Severity.ERROR],
        warnings=counts[Severity.WARNING],
        notes=counts[Severity.INFO],
        findings=first_rows(
            [
                CheckFinding(
                    code=row["code"],
                    severity=row["severity"],
                    file=shortened(row["file"]),
                    line=row["line"],
                    path=shortened(row["path"]),
                    message=shortened(row["message"]),
                    hint=shortened(row["hint"]),
                )
                for row in rows
            ]
        ),
        not_run=first_rows([shortened(str(not_run)) for not_run in context.built.not_run]),
    )
