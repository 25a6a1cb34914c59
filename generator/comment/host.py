"""What a host of pull requests has to offer for a comment, and how it fails."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Protocol


class HostError(Exception):
    """A host that refused a request or did not answer. status: of HTTP, 0 where there was no response.

    is_unsure: whether the request may have taken effect all the same. is_limited: whether it met a limit of requests.
    """

    def __init__(self, message: str, status: int = 0, *, is_unsure: bool = False, is_limited: bool = False) -> None:
        super().__init__(message)
        self.status = status
        self.is_unsure = is_unsure
        self.is_limited = is_limited

    @property
    def is_denied(self) -> bool:
        """Whether the token may not do that; GitHub and GitLab answer 404 for what a token may not see."""
        return self.status in (403, 404) and not self.is_limited


@dataclass(frozen=True, slots=True)
class HostComment:
    """A comment as a host has it."""

    number: int
    author: str
    body: str


class CommentHost(Protocol):
    """The comments of a host."""

    name: str

    def author(self) -> str:
        """The name under which the token writes."""

    def comments(self, number: int) -> Iterable[HostComment]:
        """All comments of a pull request."""

    def create(self, number: int, body: str) -> None:
        """Write a new comment."""

    def update(self, number: int, comment: int, body: str) -> None:
        """Replace the text of a comment."""

    def delete(self, number: int, comment: int) -> None:
        """Delete a comment."""
