"""GitHub and GitLab as `obsgen comment` sees them: a server that keeps comments, has pages, rights and faults.

Statuses, headers and bodies are those of the pages named at each route. A body of more than 65,536 characters is
refused as GitHub does: https://github.com/mshick/add-pr-comment/issues/93
"""

from __future__ import annotations

import base64
import io
import json
import re
import threading
import urllib.parse
import zipfile
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

WRITER, READER = "token-of-a-writer", "token-of-a-reader"
BOT, PERSON = "github-actions[bot]", "mallory"


@dataclass
class Fault:
    """A response instead of the real one, for the first requests that match. is_late: after it took effect."""

    method: str
    path: str
    status: int
    headers: Mapping[str, str] = field(default_factory=dict)
    times: int = 1
    is_late: bool = False
    body: bytes = b"{}"


@dataclass
class HostServer:
    """comments: by the number of the pull request, each as the host returns it. log: method and path of requests."""

    comments: dict[int, list[dict[str, Any]]] = field(default_factory=dict)
    pulls: list[dict[str, Any]] = field(default_factory=list)
    artifacts: dict[int, list[dict[str, Any]]] = field(default_factory=dict)
    archives: dict[int, bytes] = field(default_factory=dict)
    faults: list[Fault] = field(default_factory=list)
    log: list[tuple[str, str]] = field(default_factory=list)
    leaks: list[str] = field(default_factory=list)
    proxy_users: set[str] = field(default_factory=set)
    address: str = ""
    # Whose token it is; empty for that of Actions, which may not read `/user`.
    person: str = ""
    # Called before a comment is created, as another run that is faster.
    before_create: Callable[[], None] | None = None
    lock: threading.RLock = field(default_factory=threading.RLock)

    def add(self, number: int, author: str, body: str) -> dict[str, Any]:
        """A comment, in the form of both hosts."""
        with self.lock:
            new = 1 + max((c["id"] for comments in self.comments.values() for c in comments), default=1000)
            comment = {"id": new, "user": {"login": author}, "author": {"username": author}, "body": body}
            self.comments.setdefault(number, []).append(comment | {"system": False})
            return self.comments[number][-1]

    def bodies(self, number: int, author: str = BOT) -> list[str]:
        return [c["body"] for c in self.comments.get(number, []) if c["user"]["login"] == author]

    def count(self, method: str) -> int:
        return sum(1 for used, _ in self.log if used == method)

    def writes(self) -> list[tuple[str, str]]:
        return [(method, path) for method, path in self.log if method != "GET" and not path.endswith("/graphql")]

    def keep_artifact(self, run: int, name: str, files: Mapping[str, bytes]) -> None:
        archive = io.BytesIO()
        with zipfile.ZipFile(archive, "w", zipfile.ZIP_DEFLATED) as opened:
            for file, content in files.items():
                opened.writestr(file, content)
        number = len(self.archives) + 1
        self.archives[number] = archive.getvalue()
        artifact = {"id": number, "name": name, "expired": False}
        self.artifacts.setdefault(run, []).append(artifact)

    def github(self) -> dict[str, str]:
        """The variables of GitHub's runner that name the server."""
        return {
            "GITHUB_API_URL": f"{self.address}/api/v3",
            "GITHUB_GRAPHQL_URL": f"{self.address}/api/graphql",
            "GITHUB_SERVER_URL": "https://github.example.com",
            "GITHUB_REPOSITORY": "shop/payments",
        }


Reply = tuple[int, Any, dict[str, str]]


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    wbufsize = 1 << 16
    host: HostServer

    def log_message(self, format: str, *args: Any) -> None:  # noqa: A002
        pass

    def do_GET(self) -> None:
        self._handle()

    def do_POST(self) -> None:
        self._handle()

    def do_PATCH(self) -> None:
        self._handle()

    def do_PUT(self) -> None:
        self._handle()

    def do_DELETE(self) -> None:
        self._handle()

    def _handle(self) -> None:
        length = int(self.headers.get("Content-Length") or 0)
        body = self.rfile.read(length)
        url = urllib.parse.urlsplit(self.path)
        self.host.log.append((self.command, url.path))
        if user := self.headers.get("Proxy-Authorization"):
            self.host.proxy_users.add(base64.b64decode(user.removeprefix("Basic ")).decode())
        fault = self._fault(url.path)
        if fault and not fault.is_late:
            self._reply(fault.status, fault.body, dict(fault.headers))
            return
        status, data, headers = self._route(url, json.loads(body) if body else {})
        if fault:
            self._reply(fault.status, fault.body, dict(fault.headers))
            return
        self._reply(status, data if isinstance(data, bytes) else json.dumps(data).encode(), headers)

    def _fault(self, path: str) -> Fault | None:
        with self.host.lock:
            for fault in self.host.faults:
                if fault.times and fault.method == self.command and re.search(fault.path, path):
                    fault.times -= 1
                    return fault
        return None

    def _reply(self, status: int, content: bytes, headers: Mapping[str, str]) -> None:
        self.send_response(status)
        for name, value in headers.items():
            self.send_header(name, value)
        self.send_header("Content-Length", str(0 if status == 204 else len(content)))
        self.end_headers()
        if status != 204:
            self.wfile.write(content)

    def _route(self, url: urllib.parse.SplitResult, body: Any) -> Reply:
        query = dict(urllib.parse.parse_qsl(url.query))
        token = self.headers.get("PRIVATE-TOKEN") or self.headers.get("Authorization", "").removeprefix("Bearer ")
        if url.path.startswith("/archive/"):
            # Signed addresses are of another host, which must not see the token.
            if token:
                self.host.leaks.append(url.path)
            return 200, self.host.archives[int(url.path.rpartition("/")[2])], {}
        if token not in (WRITER, READER):
            return 401, {"message": "Bad credentials"}, {}
        if self.command != "GET" and not url.path.endswith("/graphql") and token == READER:
            return 403, {"message": "Resource not accessible by integration"}, {}
        if url.path.startswith("/api/v4"):
            return self._gitlab(urllib.parse.unquote(url.path.removeprefix("/api/v4")), query, body)
        return self._github(url.path, query, body)

    def _github(self, path: str, query: Mapping[str, str], body: Any) -> Reply:
        if path == "/api/graphql":
            return 200, {"data": {"viewer": {"login": BOT}}}, {}
        # https://docs.github.com/rest/users/users#get-the-authenticated-user
        if path == "/api/v3/user" and self.host.person:
            return 200, {"login": self.host.person}, {}
        path = path.removeprefix("/api/v3/repos/shop/payments")
        # https://docs.github.com/rest/issues/comments
        if match := re.fullmatch(r"/issues/(\d+)/comments", path):
            return self._list_or_create(int(match[1]), query, body)
        if match := re.fullmatch(r"/issues/comments/(\d+)", path):
            return self._change(int(match[1]), body)
        # https://docs.github.com/rest/pulls/pulls#list-pull-requests
        if path == "/pulls":
            owner, _, ref = query["head"].partition(":")
            pulls = [
                p
                for p in self.host.pulls
                if p["state"] == query["state"]
                and p["head"]["repo"]["full_name"].split("/")[0] == owner
                and p["head"]["ref"] == ref
            ]
            return self._page(pulls, query)
        # https://docs.github.com/rest/actions/artifacts#list-workflow-run-artifacts
        if match := re.fullmatch(r"/actions/runs/(\d+)/artifacts", path):
            artifacts = [a for a in self.host.artifacts.get(int(match[1]), []) if a["name"] == query["name"]]
            return 200, {"total_count": len(artifacts), "artifacts": artifacts}, {}
        if match := re.fullmatch(r"/actions/artifacts/(\d+)/zip", path):
            return 302, b"", {"Location": f"{self.host.address}/archive/{match[1]}"}
        return 404, {"message": "Not Found"}, {}

    def _gitlab(self, path: str, query: Mapping[str, str], body: Any) -> Reply:
        if path == "/user":
            return 200, {"username": BOT}, {}
        # https://docs.gitlab.com/api/notes/#merge-requests
        if match := re.fullmatch(r"/projects/77/merge_requests/(\d+)/notes", path):
            return self._list_or_create(int(match[1]), query, body)
        if match := re.fullmatch(r"/projects/77/merge_requests/\d+/notes/(\d+)", path):
            return self._change(int(match[1]), body)
        return 404, {"message": "404 Project Not Found"}, {}

    def _list_or_create(self, number: int, query: Mapping[str, str], body: Any) -> Reply:
        if self.command == "GET":
            return self._page(self.host.comments.get(number, []), query)
        if len(body["body"]) > 65_536:
            return 422, {"message": "Validation Failed"}, {}
        if self.host.before_create:
            before, self.host.before_create = self.host.before_create, None
            before()
        return 201, self.host.add(number, self.host.person or BOT, body["body"]), {}

    def _change(self, comment: int, body: Any) -> Reply:
        with self.host.lock:
            for comments in self.host.comments.values():
                for kept in comments:
                    if kept["id"] != comment:
                        continue
                    if self.command == "DELETE":
                        comments.remove(kept)
                        return 204, b"", {}
                    kept["body"] = body["body"]
                    return 200, kept, {}
        return 404, {"message": "Not Found"}, {}

    def _page(self, items: list[Any], query: Mapping[str, str]) -> Reply:
        size, page = min(int(query.get("per_page", 30)), 100), int(query.get("page", 1))
        shown = items[(page - 1) * size : page * size]
        is_last = page * size >= len(items)
        link = {} if is_last else {"Link": f'<{self.host.address}/next?page={page + 1}>; rel="next"'}
        return 200, shown, link


@contextmanager
def host_server() -> Iterator[HostServer]:
    """A server for one test."""
    host = HostServer()
    handler = type("Handler", (_Handler,), {"host": host})
    server = ThreadingHTTPServer(("127.0.0.1", 0), handler)
    host.address = f"http://127.0.0.1:{server.server_address[1]}"
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True)
    thread.start()
    try:
        yield host
    finally:
        server.shutdown()
        server.server_close()
