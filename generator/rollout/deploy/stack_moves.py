"""Resources that change their stack: what a plan says of them before anything is made."""

from __future__ import annotations

from generator.rollout.deploy.preflight_report import PreflightProblem, PreflightReport
from generator.rollout.deploy.transition import Transition


def report_moves(between: Transition, report: PreflightReport, environment: str) -> None:
    """Report resources that move: a problem where one cannot be deleted in its stack, else a note."""
    rebuild, where = f"obsgen shards rebuild --from-aws -e {environment}", f"out/{environment}/shards.yaml"
    for logical_id, why in between.bound:
        report.problems.append(
            PreflightProblem(
                f"{where} moves {logical_id} to another stack, but it {why}",
                f"restore its number there, or run `{rebuild}`; then run `obsgen build`",
            )
        )
    if between.moves and not between.bound:
        report.notes.append(
            f"{between.moves} resources move to another stack. If that is not intended, run `{rebuild}`"
        )
