"""Clients for a rollout, and waiting. Profiles, SSO and AWS_ENDPOINT_URL are botocore's business, not ours."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from email.utils import parsedate_to_datetime
from threading import Lock
from typing import Any

from generator.rollout.aws.errors import AwsError, aws_errors
from generator.rollout.deploy.desired import DesiredState

# Seconds between two checks of a running operation: they grow from the first value to the second.
FIRST_LOOK, LAST_LOOK = 1.0, 15.0
PATIENCE_HOURS = 4
# A Date header has whole seconds, and an answer may take some on its way: up to here clocks count as the same.
SAME_CLOCK_MS = 30_000


@dataclass(slots=True)
class Aws:
    """One caller. profile: None for the standard credential chain. sleep: of seconds; replaced in tests.

    clock_ahead_ms: by how much this machine's clock is ahead of AWS's; less than 0 where it is behind.
    """

    profile: str | None = None
    sleep: Callable[[float], None] = time.sleep
    clock_ahead_ms: int = 0
    _clients: dict[tuple[str, str], Any] = field(default_factory=dict)
    _session: Any = None
    _lock: Lock = field(default_factory=Lock)

    def client(self, service: str, region: str, config: Any = None) -> Any:
        """A client with adaptive retries: a rollout makes many calls, and AWS throttles them.

        config: botocore's instead, of the first caller that needs this client.
        """
        from botocore.config import Config

        # The first call of all shows whether AWS can be reached.
        attempts = 3 if service == "sts" else 10
        config = config or Config(
            connect_timeout=10, read_timeout=60, retries={"mode": "adaptive", "total_max_attempts": attempts}
        )
        # Threads may share a client, but not its creation.
        with self._lock:
            if (service, region) not in self._clients:
                client = self._own_session.client(service, region_name=region, config=config)
                # botocore makes these classes at their first use: of two threads, one would catch the other's classes.
                _ = client.exceptions
                self._clients[service, region] = client
        return self._clients[service, region]

    def client_as(self, credentials: Mapping[str, Any], service: str, region: str, config: Any = None) -> Any:
        """A client with credentials that STS gave. config: botocore's, where its defaults do not fit."""
        with self._lock:
            return self._own_session.client(
                service,
                region_name=region,
                config=config,
                aws_access_key_id=credentials["AccessKeyId"],
                aws_secret_access_key=credentials["SecretAccessKey"],
                aws_session_token=credentials["SessionToken"],
            )

    def read_clock(self, answer: Mapping[str, Any]) -> None:
        """Take AWS's time from the Date header of an answer that has just come.

        https://docs.aws.amazon.com/STS/latest/APIReference/CommonErrors.html has how far a request's time may be off:
        what is signed with a clock that is off by more than minutes is refused.
        """
        self.clock_ahead_ms = clock_ahead_ms(answer)

    def now_ms(self) -> int:
        """AWS's time in milliseconds since 1970, where an answer gave it; else this machine's."""
        return time.time_ns() // 1_000_000 - self.clock_ahead_ms

    def credentials(self) -> Any:
        """The caller's own, for requests that no client makes; None where there are none."""
        with self._lock:
            return self._own_session.get_credentials()

    @property
    def _own_session(self) -> Any:
        """The session of all clients: each session reads all of AWS's endpoints."""
        import boto3

        if self._session is None:
            self._session = boto3.session.Session(profile_name=self.profile)
        return self._session

    def until(self, done: Callable[[], bool]) -> bool:
        """Check until it is done; False after PATIENCE_HOURS."""
        pause, waited = FIRST_LOOK, 0.0
        while not done():
            if waited > PATIENCE_HOURS * 3600:
                return False
            self.sleep(pause)
            waited += pause
            pause = min(LAST_LOOK, pause * 1.5)
        return True


def clock_ahead_ms(answer: Mapping[str, Any]) -> int:
    """By how much this machine's clock is ahead of the Date header of an answer; 0 where they are the same."""
    header = answer.get("ResponseMetadata", {}).get("HTTPHeaders", {}).get("date", "")
    try:
        date = parsedate_to_datetime(header)
    except ValueError:
        return 0
    ahead = time.time_ns() // 1_000_000 - round(1000 * date.timestamp()) - 500
    return ahead if abs(ahead) > SAME_CLOCK_MS else 0


def sign_in(aws: Aws, desired: DesiredState) -> str:
    """Verify that the credentials belong to the hub's account; the caller's ARN. Raises AwsError."""
    hub = desired.hub
    with aws_errors("sts:GetCallerIdentity", "the caller", hub.account, hub.region):
        caller = aws.client("sts", hub.region).get_caller_identity()
        aws.read_clock(caller)
    hint = f"use credentials of account {hub.account} (AWS_PROFILE, --profile)"
    check_account(caller["Account"], hub.account, f"the hub is account {hub.account}", hint)
    return str(caller["Arn"])


def check_account(actual: str, expected: str, purpose: str, hint: str) -> None:
    """Verify the account of a caller. purpose: what belongs to the expected account, in words. Raises AwsError."""
    if actual != expected:
        raise AwsError(f"credentials belong to account {actual}, but {purpose}", hint)
