"""Writing a comment to its host, and what takes its place where that is refused."""

from __future__ import annotations

import os
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from generator.cli.exit import HostErrorExit, usage_error, with_hint

if TYPE_CHECKING:
    from generator.comment.document import ResultsDocument
    from generator.comment.host import CommentHost
    from generator.comment.marker import RunInfo

_DENIED = "see `obsgen docs pull-requests` about permissions and forks"


@dataclass(frozen=True, slots=True)
class Publication:
    """What became of a comment, as a sentence. is_missing: whether the pull request should have it, and does not."""

    sentence: str
    is_missing: bool


def publish(
    host: CommentHost | None, number: int | None, document: ResultsDocument, run: RunInfo, rest: str
) -> Publication:
    """Write the comment. Ends with exit 3 where the host does not answer, or refuses for a reason but permission."""
    from generator.comment.host import HostError
    from generator.comment.markdown import render_comment
    from generator.comment.sticky import write_comment

    if number is None:
        return Publication("no comment was written: the run is not of a pull request", is_missing=True)
    if host is None:
        return Publication("no comment was written: GITLAB_TOKEN is not set", is_missing=True)
    comment = render_comment(document, run, rest=rest)
    try:
        with readable(host):
            result = write_comment(host, number, comment.markdown, run, only_update=comment.is_quiet)
    except HostError as error:
        if not error.is_denied:
            raise refused(host.name, error) from None
        return Publication(
            f"no comment was written: the token may not write comments at {host.name} ({error})", is_missing=True
        )
    return Publication(f"the comment of pull request {number} {result.value}", is_missing=False)


@contextmanager
def readable(host: CommentHost) -> Iterator[None]:
    """A response of another shape than the host documents is an error of the host. Raises HostError."""
    from generator.comment.host import HostError

    try:
        yield
    except (AttributeError, KeyError, TypeError, ValueError) as error:
        name = f"{type(error).__name__} at {error}"
        raise HostError(f"the response has another form than that of {host.name}'s API ({name})") from None


def refused(host: str, error: Exception) -> HostErrorExit:
    """The error that ends the command."""
    return HostErrorExit(with_hint(f"{host} did not accept the comment: {error}", _DENIED))


def write_job_summary(environ: Mapping[str, str], text: str) -> bool:
    """Append to the summary of GitHub's job, and whether there is one.

    https://docs.github.com/actions/reference/workflows-and-actions/workflow-commands#adding-a-job-summary
    """
    path = environ.get("GITHUB_STEP_SUMMARY")
    if not path:
        return False
    try:
        with Path(path).open("a", encoding="utf-8") as file:
            file.write(f"{text}\n")
    except OSError as error:
        raise usage_error(f"{path}: {error.strerror or error}") from None
    return True


def write_file(path: Path, content: bytes) -> None:
    """Write a file of the command; a message and exit 2 where that fails."""
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content)
    except OSError as error:
        raise usage_error(f"{error.filename or path}: {os.strerror(error.errno) if error.errno else error}") from None
