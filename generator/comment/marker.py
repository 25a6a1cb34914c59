"""The first line of a comment, by which a later run finds it; readers do not see it."""

from __future__ import annotations

import hashlib
import re
from dataclasses import dataclass

_MARKER = re.compile(
    r"<!-- obsgen:comment id=(?P<id>[A-Za-z0-9._/-]{1,100}) run=(?P<run>\d{1,20})\.(?P<attempt>\d{1,20})"
    r" commit=(?P<commit>[0-9a-f]{0,64}) -->"
)
_MOST_ID = 100
_DIGITS = 8


@dataclass(frozen=True, slots=True)
class RunInfo:
    """The run that a comment is of.

    id: which comment of a pull request, where there are several. run, attempt: numbers that later runs have higher.
    commit: the head of the pull request. url: the page of the run, empty where there is none.
    """

    id: str
    run: int = 0
    attempt: int = 0
    commit: str = ""
    url: str = ""

    @property
    def marker(self) -> str:
        """The first line of the comment."""
        return f"<!-- obsgen:comment id={self.id} run={self.run}.{self.attempt} commit={self.commit} -->"

    def is_older_than(self, other: RunInfo) -> bool:
        """Whether the other run started later."""
        return (self.run, self.attempt) < (other.run, other.attempt)


def comment_id(text: str) -> str:
    """A text such as the path of a spec as an id of at most 100 characters, which is another one for each text.

    Characters that a marker cannot have are `-`; a hash then tells apart what they do not, such as `支付` and `订单`.
    """
    id_ = re.sub(r"-{2,}", "-", re.sub(r"[^A-Za-z0-9._/-]", "-", text))[-_MOST_ID:] or "obsgen"
    if id_ in (text, "obsgen"):
        return id_
    digest = hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest()[:_DIGITS]
    return f"{id_[-(_MOST_ID - _DIGITS - 1) :].rstrip('-')}-{digest}"


def run_of(body: str, id: str) -> RunInfo | None:  # noqa: A002  # as the field
    """The run that wrote a comment; None where the comment is none of obsgen, or has another id."""
    match = _MARKER.match(body.lstrip())
    if match is None or match["id"] != id:
        return None
    return RunInfo(match["id"], int(match["run"]), int(match["attempt"]), match["commit"])
