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
    _known: dict[str, Key] = field(default_factory=dict)
    _read_at: int = 0

    def current(self) -> Key:
        """The key to sign with. Raises NoKey."""
        if self._current is None or self._age() >= KEPT_MS:
            return self._read()
        return self._current

    def by_id(self, id_: str) -> Key | None:
        """The key with this id, current or previous; None where there is none. Raises NoKey."""
        if self._current is None or self._age() >= (KEPT_MS if id_ in self._known else LOOK_AGAIN_MS):
            self._read()
        return self._known.get(id_)

    def _age(self) -> int:
        return self.now() - self._read_at

    def _read(self) -> Key:
        current = self._version(CURRENT)
        if current is None:
            raise NoKey(f"the secret {self.name} has no {CURRENT}")
        previous = self._version(PREVIOUS)
        self._current, self._read_at = current, self.now()
        self._known = {key.id: key for key in (previous, current) if key}
        return current

    def _version(self, version_stage: str) -> Key | None:
        from botocore.exceptions import BotoCoreError, ClientError

        try:
            text = (
                self.client().get_secret_value(SecretId=self.name, VersionStage=version_stage).get("SecretString", "")
            )
        except ClientError as error:
            code = error.response["Error"]["Code"]
            # A secret that was never rotated has no previous version.
            if code == "ResourceNotFoundException" and version_stage == PREVIOUS:
                return None
            raise NoKey(f"the secret {self.name} is not readable: {code}") from None
        except BotoCoreError as error:
            raise NoKey(f"the secret {self.name} is not readable: {type(error).__name__}") from None
        return key_of(text, self.name)


def key_of(text: str, name: str) -> Key:
    """The key that a secret's text is. Raises NoKey."""
    if len(text) < SHORTEST:
        raise NoKey(f"the secret {name} is shorter than {SHORTEST} characters")
    content = text.encode()
    return Key(hashlib.sha256(b"id of " + content).hexdigest()[:ID_LENGTH], content)
