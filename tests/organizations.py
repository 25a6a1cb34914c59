"""A stand-in for AWS Organizations, which moto does not page: twenty entries a page, empty pages, throttling.

Requests and errors as botocore's model of the service has them. Lists end as AWS says: "Continue making requests until
NextToken returns null", whatever a page has.
https://docs.aws.amazon.com/organizations/latest/APIReference/API_ListAccounts.html
"""

from __future__ import annotations

import json
import threading
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

PAGE = 20
ROOT = "r-ab12"
MANAGEMENT = "999999999999"
HUB = "111111111111"
ID = "o-a1b2c3d4e5"


def unit_id(number: int) -> str:
    """The ID of a unit."""
    return f"ou-ab12-{number:08d}"


@dataclass
class OrganizationServer:
    """What the organization has. accounts: ID to name, unit, state. refusals: operation to the code of its error.

    throttled: how many requests are still to be throttled. caller: the account of all credentials.
    """

    accounts: dict[str, tuple[str, str, str]] = field(default_factory=dict)
    units: dict[str, tuple[str, str]] = field(default_factory=dict)
    tags: dict[str, dict[str, str]] = field(default_factory=dict)
    refusals: dict[str, str] = field(default_factory=dict)
    throttled: int = 0
    caller: str = MANAGEMENT
    organization: str = ID
    calls: Counter[str] = field(default_factory=Counter)
    lock: threading.Lock = field(default_factory=threading.Lock)
    address: str = ""

    def add(self, number: int, name: str, unit: str = ROOT, state: str = "ACTIVE", **tags: str) -> str:
        """Add an account; its ID."""
        account = f"{number:012d}"
        self.accounts[account] = (name, unit, state)
        self.tags[account] = tags
        return account

    def answer(self, operation: str, request: dict[str, Any]) -> tuple[int, dict[str, Any]]:
        """Status and body of an operation."""
        with self.lock:
            self.calls[operation] += 1
            if self.throttled:
                self.throttled -= 1
                return 400, {"__type": "TooManyRequestsException", "Message": "too many requests"}
        if operation in self.refusals:
            message = "You don't have permissions to access this resource."
            return 400, {"__type": self.refusals[operation], "Message": message}
        return getattr(self, f"_{operation}")(request)  # type: ignore[no-any-return]

    def _DescribeOrganization(self, _: dict[str, Any]) -> tuple[int, dict[str, Any]]:
        return 200, {"Organization": {"Id": self.organization, "MasterAccountId": MANAGEMENT, "FeatureSet": "ALL"}}

    def _ListRoots(self, request: dict[str, Any]) -> tuple[int, dict[str, Any]]:
        return self._page("Roots", [{"Id": ROOT, "Name": "Root"}], request)

    def _ListOrganizationalUnitsForParent(self, request: dict[str, Any]) -> tuple[int, dict[str, Any]]:
        rows = [{"Id": unit, "Name": name} for unit, (name, up) in self.units.items() if up == request["ParentId"]]
        return self._page("OrganizationalUnits", rows, request)

    def _ListAccountsForParent(self, request: dict[str, Any]) -> tuple[int, dict[str, Any]]:
        ids = [account for account, (_, unit, _) in self.accounts.items() if unit == request["ParentId"]]
        return self._page("Accounts", [self._account(account) for account in ids], request)

    def _ListAccounts(self, request: dict[str, Any]) -> tuple[int, dict[str, Any]]:
        return self._page("Accounts", [self._account(account) for account in self.accounts], request)

    def _DescribeAccount(self, request: dict[str, Any]) -> tuple[int, dict[str, Any]]:
        if request["AccountId"] not in self.accounts:
            return 400, {"__type": "AccountNotFoundException", "Message": "no such account"}
        return 200, {"Account": self._account(request["AccountId"])}

    def _ListTagsForResource(self, request: dict[str, Any]) -> tuple[int, dict[str, Any]]:
        tags = self.tags.get(request["ResourceId"], {})
        return self._page("Tags", [{"Key": key, "Value": value} for key, value in tags.items()], request)

    def _account(self, account: str) -> dict[str, str]:
        """Without `Status`, which is retired since September 9, 2026.

        https://docs.aws.amazon.com/organizations/latest/APIReference/API_Account.html
        """
        name, _, state = self.accounts[account]
        return {"Id": account, "Name": name, "State": state, "Email": f"{account}@example.com"}

    def _page(self, key: str, rows: list[dict[str, Any]], request: dict[str, Any]) -> tuple[int, dict[str, Any]]:
        """A list longer than a page has an empty page in its middle."""
        at, empty = (int(number) for number in request.get("NextToken", "0 0").split())
        if at and not empty:
            return 200, {key: [], "NextToken": f"{at} 1"}
        body: dict[str, Any] = {key: rows[at : at + PAGE]}
        if at + PAGE < len(rows):
            body["NextToken"] = f"{at + PAGE} 0"
        return 200, body


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def do_POST(self) -> None:
        organization: OrganizationServer = self.server.organization  # type: ignore[attr-defined]
        body = self.rfile.read(int(self.headers["Content-Length"]))
        target = self.headers.get("X-Amz-Target", "")
        if target:
            status, answer = organization.answer(target.rpartition(".")[2], json.loads(body))
            text, kind = json.dumps(answer).encode(), "application/x-amz-json-1.1"
        else:  # STS, the only other service
            status, kind = 200, "text/xml"
            text = (
                '<GetCallerIdentityResponse xmlns="https://sts.amazonaws.com/doc/2011-06-15/"><GetCallerIdentityResult>'
                f"<Account>{organization.caller}</Account><Arn>arn:aws:iam::{organization.caller}:user/u</Arn>"
                "</GetCallerIdentityResult></GetCallerIdentityResponse>"
            ).encode()
        self.send_response(status)
        self.send_header("Content-Type", kind)
        self.send_header("Content-Length", str(len(text)))
        self.end_headers()
        self.wfile.write(text)

    def log_message(self, *_: Any) -> None:
        """Nothing on the terminal."""


@contextmanager
def organization_server() -> Iterator[OrganizationServer]:
    """A server with the management account and the hub, both in the root."""
    organization = OrganizationServer()
    organization.add(int(MANAGEMENT), "Payer")
    organization.add(int(HUB), "Monitoring")
    server = ThreadingHTTPServer(("127.0.0.1", 0), _Handler)
    server.organization = organization  # type: ignore[attr-defined]
    server.daemon_threads = True
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True)
    thread.start()
    organization.address = f"http://127.0.0.1:{server.server_port}"
    try:
        yield organization
    finally:
        server.shutdown()
        server.server_close()
