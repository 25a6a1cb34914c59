"""One comment for each id and pull request: found by its marker and its author, changed only where it differs."""

from __future__ import annotations

from enum import Enum

from generator.comment.host import CommentHost, HostComment, HostError
from generator.comment.marker import RunInfo, run_of

_MOST_ATTEMPTS = 3


class WriteResult(Enum):
    """What became of a comment, as the end of a sentence."""

    CREATED = "was created"
    UPDATED = "was updated"
    UNCHANGED = "is up to date"
    NEWER = "is of a later run, and was not changed"
    NOT_NEEDED = "is not needed: nothing differs, and nothing was found"


def write_comment(host: CommentHost, number: int, body: str, run: RunInfo, *, only_update: bool = False) -> WriteResult:
    """Create or update the comment. only_update: write none where there is none yet. Raises HostError.

    Neither host can refuse to overwrite what changed meanwhile. Two runs that create a comment at the same time find
    two afterwards, and both keep the first one, with what the later run wrote.
    """
    author = host.author()
    for attempt in range(1, _MOST_ATTEMPTS + 1):
        ours = _ours(host, number, author, run)
        if not ours and only_update:
            return WriteResult.NOT_NEEDED
        try:
            if ours:
                return _update(host, number, ours, body, run)
            host.create(number, body)
        except HostError as error:
            # A comment may have been deleted meanwhile, or created although there was no response: search again.
            if attempt == _MOST_ATTEMPTS or not (error.is_unsure or (ours and error.status == 404)):
                raise
        else:
            break
    ours = _ours(host, number, author, run)
    if len(ours) > 1:
        _update(host, number, ours, body, run)
    return WriteResult.CREATED


def _update(
    host: CommentHost, number: int, ours: list[tuple[HostComment, RunInfo]], body: str, run: RunInfo
) -> WriteResult:
    """Keep the first comment, with the text of the latest run, and delete the others."""
    first, *duplicates = [comment for comment, _ in ours]
    latest, latest_run = max(ours, key=lambda pair: (pair[1].run, pair[1].attempt))
    is_newer = run.is_older_than(latest_run)
    text = latest.body if is_newer else body
    is_changed = _normal(first.body) != _normal(text)
    if is_changed:
        host.update(number, first.number, text)
    for comment in duplicates:
        try:
            host.delete(number, comment.number)
        except HostError as error:
            if error.status != 404:  # another run deleted it
                raise
    if is_newer:
        return WriteResult.NEWER
    return WriteResult.UPDATED if is_changed else WriteResult.UNCHANGED


def _ours(host: CommentHost, number: int, author: str, run: RunInfo) -> list[tuple[HostComment, RunInfo]]:
    pairs = [(comment, run_of(comment.body, run.id)) for comment in host.comments(number) if comment.author == author]
    return sorted(((comment, by) for comment, by in pairs if by), key=lambda pair: pair[0].number)


def _normal(body: str) -> str:
    """A text as hosts may return it: with other line breaks, and without white space at its end."""
    return body.replace("\r\n", "\n").strip()
