"""Secrets from Secrets Manager: kept in memory for some minutes, and nowhere else."""

from __future__ import annotations

import json
import re
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

KEPT_SECONDS = 300
HIDDEN = "[secret]"
# So many earlier values of each secret are hidden, too.
FORMER = 4
# Shorter values would turn up in innocent words.
SHORTEST_HIDDEN = 6
_SERVER_ERROR = 500
_TEMPORARY = ("InternalServiceError", "RequestLimitExceeded", "ServiceUnavailable", "ThrottlingException")


class NoSecret(Exception):
    """The secret cannot be read; the message names it and says why, without its value."""


class SecretUnavailable(NoSecret):
    """It cannot be read now: Secrets Manager is away or too busy. The next attempt may succeed."""


@dataclass(slots=True)
class Secrets:
    """What was read, until it is too old. client: makes a Secrets Manager client."""

    client: Callable[[], Any]
    clock: Callable[[], float] = time.monotonic
    _cache: dict[str, tuple[float, dict[str, str]]] = field(default_factory=dict)
    # Secrets that were forgotten or have changed since, latest last: what was sent with them may still be quoted.
    _former: dict[str, list[dict[str, str]]] = field(default_factory=dict)

    def __call__(self, name: str) -> Mapping[str, str]:
        """The secret's JSON object, or {"value": text} where it is plain text. Raises NoSecret."""
        cached = self._cache.get(name)
        if cached and self.clock() - cached[0] < KEPT_SECONDS:
            return cached[1]
        from botocore.exceptions import BotoCoreError, ClientError

        try:
            text = self.client().get_secret_value(SecretId=name).get("SecretString", "")
        except ClientError as error:
            raise _kind(error)(f"the secret {name} is not readable: {error.response['Error']['Code']}") from None
        except BotoCoreError as error:
            raise SecretUnavailable(f"the secret {name} is not readable: {type(error).__name__}") from None
        value = _parsed(text)
        if cached and cached[1] != value:
            self._keep_hidden(name, cached[1])
        self._cache[name] = (self.clock(), value)
        return value

    def forget(self, name: str | None) -> None:
        """Read it again next time: it may have been changed since. Its values stay hidden."""
        cached = self._cache.pop(name, None) if name else None
        if name and cached:
            self._keep_hidden(name, cached[1])

    def _keep_hidden(self, name: str, secret: dict[str, str]) -> None:
        """A secret that is forgotten again and again must not push out those before it."""
        former = [secret_before for secret_before in self._former.get(name, ()) if secret_before != secret]
        self._former[name] = [*former, secret][-FORMER:]

    def hide(self, text: str) -> str:
        """The text without any value that was read, in whatever case: a host name, for one, has only small letters."""
        values = {value for _, secret in self._cache.values() for value in secret.values()}
        values |= {value for former in self._former.values() for secret in former for value in secret.values()}
        # The longest first: one value may be a part of another.
        for value in sorted(values, key=lambda secret: (-len(secret), secret)):
            if len(value) >= SHORTEST_HIDDEN:
                text = re.sub(re.escape(value), HIDDEN, text, flags=re.IGNORECASE)
        return text


def _kind(error: Any) -> type[NoSecret]:
    """https://docs.aws.amazon.com/secretsmanager/latest/apireference/CommonErrors.html"""
    status = error.response.get("ResponseMetadata", {}).get("HTTPStatusCode", 0)
    is_temporary = status >= _SERVER_ERROR or error.response["Error"]["Code"] in _TEMPORARY
    return SecretUnavailable if is_temporary else NoSecret


def _parsed(text: str) -> dict[str, str]:
    try:
        data = json.loads(text)
    except (ValueError, RecursionError):
        return {"value": text.strip()}
    if not isinstance(data, dict):
        return {"value": text.strip()}
    return {str(key): str(value) for key, value in data.items()}
