"""HTTP calls that end in time, and that never say in an error where they went: an address may be a secret."""

from __future__ import annotations

import json
import ssl
import time
from dataclasses import dataclass, field
from typing import Any

import urllib3

from handlers.common.deadline import Deadline

CONNECT_SECONDS = 1.0
READ_SECONDS = 2.0
SHORTEST_SECONDS = 0.05
# As much of an answer as is looked at; a vendor's error page may be of any size.
ANSWER_BYTES = 200_000
# A connection that was idle for longer may be dead without anybody having been told, as after a frozen function.
IDLE_SECONDS = 20.0


class NoAnswer(Exception):
    """The other side did not answer. `sent`: whether the request may have reached it."""

    def __init__(self, reason: str, *, sent: bool) -> None:
        super().__init__(reason)
        self.sent = sent


@dataclass(frozen=True, slots=True)
class Answer:
    """Status, headers (names in lower case) and body of an answer."""

    status: int
    headers: dict[str, str]
    body: bytes

    def json(self) -> Any:
        """The body as JSON; None where it is none."""
        try:
            return json.loads(self.body)
        except ValueError:
            return None

    @property
    def retry_after(self) -> float | None:
        """Seconds to wait, where the answer says so in seconds. https://www.rfc-editor.org/rfc/rfc9110#field.retry-after"""
        value = self.headers.get("retry-after", "")
        return float(value) if value.isdigit() else None


def _pool() -> urllib3.PoolManager:
    """One TLS context for all: reading the list of authorities takes longer than everything else about a call."""
    return urllib3.PoolManager(retries=False, ssl_context=ssl.create_default_context())


@dataclass(slots=True)
class Http:
    """A pool of connections. Nothing is retried here: only the caller knows what may be said twice."""

    pool: urllib3.PoolManager = field(default_factory=_pool)
    _used: float = 0.0

    def call(
        self,
        method: str,
        url: str,
        deadline: Deadline,
        *,
        headers: dict[str, str] | None = None,
        body: bytes | None = None,
        data: Any = None,
    ) -> Answer:
        """Send `body`, or `data` as JSON; raises NoAnswer where no answer came before the deadline."""
        given = dict(headers or {})
        if data is not None:
            body = json.dumps(data).encode()
            given.setdefault("Content-Type", "application/json")
        timeout = urllib3.Timeout(
            total=max(SHORTEST_SECONDS, deadline.left),
            connect=CONNECT_SECONDS,
            read=READ_SECONDS,
        )
        self._drop_idle()
        try:
            got = self.pool.request(
                method,
                url,
                body=body,
                headers=given,
                timeout=timeout,
                redirect=False,
                preload_content=False,
            )
            content = got.read(ANSWER_BYTES)
            got.release_conn()
        except (urllib3.exceptions.NewConnectionError, urllib3.exceptions.ConnectTimeoutError) as error:
            raise NoAnswer(type(error).__name__, sent=False) from None
        except (urllib3.exceptions.HTTPError, OSError, ValueError) as error:
            raise NoAnswer(type(error).__name__, sent=True) from None
        finally:
            self._used = time.monotonic()
        return Answer(got.status, {name.lower(): value for name, value in got.headers.items()}, content)

    def _drop_idle(self) -> None:
        if time.monotonic() - self._used > IDLE_SECONDS:
            self.pool.clear()
