"""Clients in the accounts of a capture: with the caller's credentials in one, by a role in the others.

https://docs.aws.amazon.com/STS/latest/APIReference/API_AssumeRole.html
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from threading import Lock
from typing import Any

from generator.aws.regions import partition_of
from generator.capture.times import datetime_ms
from generator.rollout.aws.clients import Aws
from generator.rollout.aws.errors import EXPIRED, AwsError
from generator.rollout.capture.calls import CallFailed

SESSION = "obsgen-capture"
# A role that was assumed by a role is there for an hour; it is assumed again before that has passed.
RENEWED_BEFORE_MS = 300_000
CONNECT_SECONDS, READ_SECONDS, ATTEMPTS, CONNECTIONS = 5, 60, 5, 16


@dataclass(frozen=True, slots=True)
class RoleAccess:
    """The role to assume in each account. name: `{account}` in it is the ID. sts: a client that may assume it."""

    name: str
    external_id: str | None
    sts: Callable[[], Any]


@dataclass
class AccountClients:
    """own: the account of the caller's credentials. role: for the others; None where there is none."""

    aws: Aws
    own: str
    role: RoleAccess | None
    _credentials: dict[str, Mapping[str, Any]] = field(default_factory=dict)
    _clients: dict[tuple[str, str, str], tuple[Any, Any]] = field(default_factory=dict)
    _locks: dict[str, Lock] = field(default_factory=dict)
    _lock: Lock = field(default_factory=Lock)

    def client(self, account: str, service: str, region: str) -> Any:
        """A client. Raises CallFailed where the role cannot be assumed, AwsError where the caller's session ended."""
        if account == self.own:
            return self.aws.client(service, region, _config())
        with self._lock:
            lock = self._locks.setdefault(account, Lock())
        with lock:
            credentials = self._renewed(account, region)
            client, made_with = self._clients.get((account, service, region), (None, None))
            if made_with is not credentials:
                client = self.aws.client_as(credentials, service, region, _config())
                self._clients[account, service, region] = (client, credentials)
            return client

    def _renewed(self, account: str, region: str) -> Mapping[str, Any]:
        credentials = self._credentials.get(account)
        if credentials is None or datetime_ms(credentials["Expiration"]) - self.aws.now_ms() < RENEWED_BEFORE_MS:
            self._credentials[account] = credentials = self._assume(account, region)
        return credentials

    def _assume(self, account: str, region: str) -> Mapping[str, Any]:
        from botocore.exceptions import BotoCoreError, ClientError

        if self.role is None:
            raise CallFailed("sts:AssumeRole", "NoRole", f"the credentials are those of account {self.own}")
        name = self.role.name.replace("{account}", account)
        external_id = {"ExternalId": self.role.external_id} if self.role.external_id else {}
        arn = f"arn:{partition_of(region)}:iam::{account}:role/{name}"
        try:
            answer = self.role.sts().assume_role(RoleArn=arn, RoleSessionName=SESSION, **external_id)
        except ClientError as error:
            data = error.response.get("Error", {})
            if data.get("Code") in EXPIRED:
                hint = "sign in again and run the same command: it continues"
                raise AwsError("the AWS session has expired", hint) from None
            message = " ".join(str(data.get("Message", "")).split())
            raise CallFailed("sts:AssumeRole", str(data.get("Code", "")), message) from None
        except BotoCoreError as error:
            raise CallFailed("sts:AssumeRole", type(error).__name__, " ".join(str(error).split())) from None
        credentials: Mapping[str, Any] = answer["Credentials"]
        return credentials


def _config() -> Any:
    """Retries that wait longer each time. Adaptive ones would slow down all actions of a service for one of them."""
    from botocore.config import Config

    return Config(
        connect_timeout=CONNECT_SECONDS,
        read_timeout=READ_SECONDS,
        max_pool_connections=CONNECTIONS,
        retries={"mode": "standard", "total_max_attempts": ATTEMPTS},
    )
