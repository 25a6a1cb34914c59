"""Resources that change their stack: what a plan says of them before anything is made."""

from __future__ import annotations

from generator.rollout.between import Between
from generator.rollout.outlook import Outlook, Problem


def look_at_moves(between: Between, outlook: Outlook, environment: str) -> None:
    """A log group that changes its stack goes with its lines, and no file says that; other moves may be wanted."""
    rebuild = f"obsgen shards rebuild --from-aws -e {environment}"
    if between.lost:
        outlook.problems.append(
            Problem(
                f"log groups would change their stack, and lose every line in them: {', '.join(between.lost)}",
                f"the map of stacks in out/ is not the one of what is deployed: {rebuild}, and `obsgen build`",
            )
        )
    elif between.moves:
        outlook.notes.append(f"{between.moves} resources change their stack; where nobody moved them: {rebuild}")
