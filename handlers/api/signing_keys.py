"""The key that cursors are signed with: a generated text in Secrets Manager, and the one before its rotation.

A key's id is a digest of it. The previous version (AWSPREVIOUS) is accepted too, so that a rotation ends no list; new
cursors are signed with the current one.
https://docs.aws.amazon.com/secretsmanager/latest/userguide/whats-in-a-secret.html#term_version
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from handlers.api.cursors import Key

CURRENT, PREVIOUS = "AWSCURRENT", "AWSPREVIOUS"
KEPT_MS = 300_000
# An id that is not known is looked for this often at most: whoever sends wrong ones must not cause calls.
LOOK_AGAIN_MS = 30_000
SHORTEST = 32
ID_LENGTH = 12


class NoKey(Exception):
    """The secret cannot be read, or is none; the message has nothing of its value."""


@dataclass(slots=True)
class SigningKeys:
    """client: makes a Secrets Manager client. name: of the secret. now: milliseconds."""

    client: Callable[[], Any]
    name: str
    now: Callable[[], int]
    _current: Key | None = None
    _former: dict[str, Key] = field(default_factory=dict)
    _read_at: int = 0

    def current(self) -> Key:
        """The key to sign with. Raises NoKey."""
        if self._current is None or self.now() - self._read_at >= KEPT_MS:
            self._read()
        if self._current is None:
            raise NoKey(f"the secret {self.name} has no {CURRENT}")
        return self._current

    def by_id(self, id_: str) -> Key | None:
        """The key with this id, current or previous; None where there is none. Raises NoKey."""
        if self._current is None or (id_ not in self._known() and self.now() - self._read_at >= LOOK_AGAIN_MS):
            self._read()
        return self._known().get(id_)

    def _known(self) -> dict[str, Key]:
        return {**self._former, **({self._current.id: self._current} if self._current else {})}

    def _read(self) -> None:
        current = self._version(CURRENT)
        if current is None:
            raise NoKey(f"the secret {self.name} has no {CURRENT}")
        previous = self._version(PREVIOUS)
        self._current = current
        self._former = {previous.id: previous} if previous else {}
        self._read_at = self.now()

    def _version(self, stage: str) -> Key | None:
        from botocore.exceptions import BotoCoreError, ClientError

        try:
            text = self.client().get_secret_value(SecretId=self.name, VersionStage=stage).get("SecretString", "")
        except ClientError as error:
            code = error.response["Error"]["Code"]
            # A secret that was never rotated has no previous version.
            if code == "ResourceNotFoundException" and stage == PREVIOUS:
                return None
            raise NoKey(f"the secret {self.name} cannot be read: {code}") from None
        except BotoCoreError as error:
            raise NoKey(f"the secret {self.name} cannot be read: {type(error).__name__}") from None
        return key_of(text, self.name)


def key_of(text: str, name: str) -> Key:
    """The key that a secret's text is. Raises NoKey."""
    if len(text) < SHORTEST:
        raise NoKey(f"the secret {name} is shorter than {SHORTEST} characters")
    content = text.encode()
    return Key(hashlib.sha256(b"id of " + content).hexdigest()[:ID_LENGTH], content)
