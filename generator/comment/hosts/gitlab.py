"""GitLab's API: notes of a merge request.

https://docs.gitlab.com/api/notes/#merge-requests and https://docs.gitlab.com/api/users/#get-the-current-user
The token of a job may not use these (https://docs.gitlab.com/ci/jobs/ci_job_token/#job-token-access), so that a
project's access token is required.
"""

from __future__ import annotations

import urllib.parse
from collections.abc import Iterator

from generator.comment.host import HostComment
from generator.comment.hosts.client import HostClient


class GitLab:
    """The notes of one merge request. project: its number, or its path."""

    name = "GitLab"

    def __init__(self, base: str, project: str, token: str) -> None:
        self._client = HostClient(base, {"PRIVATE-TOKEN": token})
        self._merge_requests = f"/projects/{urllib.parse.quote(project, safe='')}/merge_requests"

    def author(self) -> str:
        """The user name of the token."""
        return str(self._client.get("/user").json()["username"])

    def comments(self, number: int) -> Iterator[HostComment]:
        """Every note of a merge request that a person or a token wrote, oldest first."""
        for note in self._client.pages(f"{self._notes(number)}", sort="asc", order_by="created_at"):
            if not note.get("system"):
                yield HostComment(int(note["id"]), str(note["author"]["username"]), note.get("body") or "")

    def create(self, number: int, body: str) -> None:
        """Write a new note."""
        self._client.send("POST", self._notes(number), {"body": body})

    def update(self, number: int, comment: int, body: str) -> None:
        """Replace the text of a note."""
        self._client.send("PUT", f"{self._notes(number)}/{comment:d}", {"body": body})

    def delete(self, number: int, comment: int) -> None:
        """Delete a note."""
        self._client.send("DELETE", f"{self._notes(number)}/{comment:d}")

    def _notes(self, number: int) -> str:
        return f"{self._merge_requests}/{number:d}/notes"
