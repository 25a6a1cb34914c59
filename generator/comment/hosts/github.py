"""GitHub's API: comments of a pull request, the pull request of a commit, the artifact of a run.

https://docs.github.com/rest/issues/comments https://docs.github.com/rest/pulls/pulls#list-pull-requests
https://docs.github.com/rest/actions/artifacts
"""

from __future__ import annotations

import io
import struct
import urllib.parse
import zipfile
import zlib
from collections.abc import Iterator
from dataclasses import dataclass

from generator.comment.document import MOST_BYTES
from generator.comment.host import HostComment, HostError
from generator.comment.hosts.client import HostClient, download

# Other compressions unpack a whole piece at once, of which 300 bytes may be gigabytes; upload-artifact uses these.
_COMPRESSIONS = (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED)
# The login of GITHUB_TOKEN, for tokens that must not ask for their own.
_ACTIONS = "github-actions[bot]"
_MOST_ARCHIVE_BYTES = 2 * MOST_BYTES


@dataclass(frozen=True, slots=True)
class TriggeringRun:
    """The run of a `workflow_run` event. head_repository: owner and name of the branch's repository.

    conclusion: how it ended, such as `success`, `failure` or `cancelled`.
    """

    run: int
    head_repository: str
    head_branch: str
    head_sha: str
    conclusion: str = ""


class GitHub:
    """The comments of one pull request. repository: owner/name. graphql: the address of the GraphQL API."""

    name = "GitHub"

    def __init__(self, base: str, graphql: str, repository: str, token: str) -> None:
        self._client = HostClient(
            base,
            {
                "Authorization": f"Bearer {token}",
                "Accept": "application/vnd.github+json",
                "X-GitHub-Api-Version": "2022-11-28",
            },
        )
        graphql_base, _, self._graphql_path = graphql.rpartition("/")
        self._graphql = HostClient(graphql_base, {"Authorization": f"Bearer {token}"})
        self._repository = f"/repos/{urllib.parse.quote(repository)}"

    def author(self) -> str:
        """The login of the token. Tokens of Actions and of apps may not read `/user`, but GraphQL's `viewer`.

        A person's token that GraphQL refuses may read `/user`; it must not be taken for that of Actions, because then
        no run would find its comment again, and each would create one.
        https://docs.github.com/graphql/reference/queries#user and https://github.com/marocchino/sticky-pull-request-comment/pull/332
        """
        return self._viewer() or self._user() or _ACTIONS

    def _viewer(self) -> str:
        try:
            data = self._graphql.query(f"/{self._graphql_path}", "{viewer{login}}")
            return str(data["data"]["viewer"]["login"])
        except HostError as error:
            if not error.is_denied:
                raise
        except (KeyError, TypeError):
            pass
        return ""

    def _user(self) -> str:
        try:
            return str(self._client.get("/user").json()["login"])
        except HostError as error:
            if not error.is_denied:
                raise
            return ""

    def comments(self, number: int) -> Iterator[HostComment]:
        """Every comment of a pull request, oldest first."""
        for comment in self._client.pages(f"{self._repository}/issues/{number:d}/comments"):
            author = (comment.get("user") or {}).get("login") or ""
            yield HostComment(int(comment["id"]), str(author), comment.get("body") or "")

    def create(self, number: int, body: str) -> None:
        """Write a new comment."""
        self._client.send("POST", f"{self._repository}/issues/{number:d}/comments", {"body": body})

    def update(self, _number: int, comment: int, body: str) -> None:
        """Replace the text of a comment."""
        self._client.send("PATCH", f"{self._repository}/issues/comments/{comment:d}", {"body": body})

    def delete(self, _number: int, comment: int) -> None:
        """Delete a comment."""
        self._client.send("DELETE", f"{self._repository}/issues/comments/{comment:d}")

    def pull_requests_of(self, run: TriggeringRun) -> list[int]:
        """The open pull requests whose head is now the commit of a run.

        A `workflow_run` event of a fork names no pull request, and its results are not trusted, so they are
        looked up by repository, branch and commit: https://github.com/actions/runner/issues/3444
        """
        owner = run.head_repository.partition("/")[0]
        pulls = self._client.pages(f"{self._repository}/pulls", state="open", head=f"{owner}:{run.head_branch}")
        return [
            int(pull["number"])
            for pull in pulls
            if pull["head"]["sha"] == run.head_sha
            and ((pull["head"].get("repo") or {}).get("full_name") or "").lower() == run.head_repository.lower()
        ]

    def results_of(self, run: TriggeringRun, artifact: str, file: str) -> bytes:
        """A file in an artifact of a run, unpacked in memory. Raises HostError where there is no such artifact."""
        path = f"{self._repository}/actions/runs/{run.run:d}/artifacts"
        listed = self._client.get(path, name=artifact, per_page=100).json()
        artifacts = [a for a in listed["artifacts"] if a["name"] == artifact and not a["expired"]]
        if not artifacts:
            raise HostError(f"the run has no artifact `{artifact}`", 404)
        newest = max(int(a["id"]) for a in artifacts)
        # The address of the archive is signed, and elsewhere: https://docs.github.com/rest/actions/artifacts#download-an-artifact
        location = self._client.location(f"{self._repository}/actions/artifacts/{newest:d}/zip")
        return _unpacked(download(location, _MOST_ARCHIVE_BYTES), file)


def _unpacked(archive: bytes, file: str) -> bytes:
    """One file of an archive, by its name; no path of the archive is written, and no more is unpacked than may be."""
    try:
        with zipfile.ZipFile(io.BytesIO(archive)) as opened:
            if opened.getinfo(file).compress_type not in _COMPRESSIONS:
                raise zipfile.BadZipFile
            with opened.open(file) as content:
                return content.read(MOST_BYTES + 1)
    except (zipfile.BadZipFile, KeyError, RuntimeError, EOFError, OSError, struct.error, zlib.error):
        raise HostError(f"the artifact is not an archive with `{file}`") from None
