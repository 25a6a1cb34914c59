"""Secrets in data that a person wrote: by the name of what holds them, and by the shape that their vendor gave them."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import Any

from generator.findings import Path
from generator.webhook_hosts import WEBHOOK_HOSTS

# `api_key`, `api-key`, `apiKey` and `API_KEY`, at the end of a name: `tokenUsage` is none.
_WORDS = r"pass(?:word|wd|phrase)|pwd|secret|token|authorization|credentials?|(?:api|private|access)[_-]?key"
_NAME = re.compile(rf"(?:^|[\W_])(?:{_WORDS})$", re.IGNORECASE)
_CAMEL = re.compile(r"(?<=[a-z0-9])(?=[A-Z])")
# A page of an API, which is no secret.
_OF_PAGES = re.compile(r"(?:next|page|continuation)[_-]?token", re.IGNORECASE)
# A secret by its name or ARN, as it should be.
_REFERENCE = re.compile(r"arn:[^:\s]+:(?:secretsmanager|ssm):\S+|[a-z_-]+(?:/[a-z_.-]+)+")
_SHAPES: tuple[tuple[str, re.Pattern[str]], ...] = (
    # https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_identifiers.html
    ("the ID of an access key", re.compile(r"(?<![A-Z0-9])(?:AKIA|ASIA)[A-Z0-9]{16}(?![A-Z0-9])")),
    ("a private key", re.compile(r"-----BEGIN [A-Z ]{0,20}PRIVATE KEY")),
    # https://docs.slack.dev/authentication/tokens
    ("a token of Slack", re.compile(r"\bxox[abeoprs]-[\w-]{10,}|\bxapp-[0-9]-[\w-]{10,}")),
    (
        "a webhook",
        re.compile(
            rf"https://(?:(?:[\w-]+\.)*(?:{'|'.join(map(re.escape, WEBHOOK_HOSTS))})(?::[0-9]+)?/"
            r"|[\w.-]*discord(?:app)?\.com/api/webhooks/)[^\s)]"
        ),
    ),
    # https://github.blog/engineering/platform-security/behind-githubs-new-authentication-token-formats/
    ("a token of GitHub", re.compile(r"\bgh[opsur]_\w{16,}|\bgithub_pat_\w{22,}")),
    ("a token of GitLab", re.compile(r"\bglpat-[\w.-]{16,}")),  # https://docs.gitlab.com/security/tokens/
    # https://www.rfc-editor.org/rfc/rfc7519
    ("a JSON Web Token", re.compile(r"\beyJ[\w-]{8,}\.eyJ[\w-]{4,}\.")),
    # https://www.rfc-editor.org/rfc/rfc7617, https://www.rfc-editor.org/rfc/rfc6750
    ("a credential", re.compile(r"\b(?:Bearer|Basic)\s+[\w~+/.-]{16,}=*")),
    ("a password in an address", re.compile(r"[a-z][a-z0-9+.-]*://[^/\s:@]+:[^/\s:@]+@", re.IGNORECASE)),
)


def secrets_in(value: Any, path: Path) -> Iterator[tuple[Path, str]]:
    """Where a value of YAML has what looks like a secret, and what it looks like."""
    if isinstance(value, Mapping):
        for key, item in value.items():
            if _names_a_secret(key) and any(map(_is_secret, _leaves(item))):
                yield (*path, key), f"`{key}` looks like a secret"
            else:
                yield from secrets_in(item, (*path, key))
    elif isinstance(value, list):
        for index, item in enumerate(value):
            yield from secrets_in(item, (*path, index))
    elif isinstance(value, str):
        yield from ((path, f"this looks like {what}") for what, shape in _SHAPES if shape.search(value))


def _names_a_secret(name: str) -> bool:
    return bool(_NAME.search(_CAMEL.sub("_", name))) and not _OF_PAGES.fullmatch(name)


def _leaves(value: Any) -> Iterator[Any]:
    if isinstance(value, Mapping | list):
        for item in value.values() if isinstance(value, Mapping) else value:
            yield from _leaves(item)
    else:
        yield value


def _is_secret(value: Any) -> bool:
    is_text = isinstance(value, str) and bool(value.strip()) and not _REFERENCE.fullmatch(value)
    return is_text or (isinstance(value, int | float) and not isinstance(value, bool))
