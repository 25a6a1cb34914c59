"""The commit with which a pull request is compared."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from generator.cli.git import commit_of, merge_base, parents_of, refusal_of

if TYPE_CHECKING:
    from generator.cli.comment.pipeline import Pipeline

_FETCH = "set `fetch-depth: 0` in the checkout action, or `GIT_DEPTH: 0` in GitLab"


def base_of(folder: Path, pipeline: Pipeline) -> tuple[str, str]:
    """The commit, or an empty text and why there is none.

    What is checked out is often the merge of head and target, so that its first parent is the target as it was merged.
    Otherwise it is the commit at which the branch left its target; the target's later changes are not the branch's.
    """
    if refusal := refusal_of(folder):
        return "", refusal
    parents = parents_of(folder)
    if len(parents) == 2 and pipeline.head in ("", parents[1]):
        base = parents[0]
    else:
        base = (pipeline.target and merge_base(folder, f"origin/{pipeline.target}")) or pipeline.base
    if not base:
        return "", "the target branch is unknown; use --base with a revision"
    if not commit_of(folder, base):
        return "", f"the commit {base} of the target branch is not in this clone; {_FETCH}"
    return base, ""
