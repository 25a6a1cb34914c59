"""Resources that change their stack: what a plan says of them before anything is made."""

from __future__ import annotations

from generator.rollout.deploy.preflight_report import PreflightProblem, PreflightReport
from generator.rollout.deploy.transition import Transition


def report_moves(between: Transition, report: PreflightReport, environment: str) -> None:
    """What cannot be deleted where it is stops a rollout that moves it; other moves may be wanted, and are a note."""
    rebuild, where = f"obsgen shards rebuild --from-aws -e {environment}", f"out/{environment}/shards.yaml"
    for logical_id, why in between.bound:
        report.problems.append(
            PreflightProblem(
                f"by {where}, {logical_id} leaves its stack: it {why}",
                f"restore its number there, or run `{rebuild}`; then run `obsgen build`",
            )
        )
    if between.moves and not between.bound:
        report.notes.append(f"{between.moves} resources change their stack. If that is not intended, run `{rebuild}`")
