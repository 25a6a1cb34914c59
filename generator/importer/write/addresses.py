"""Addresses in texts of people: those that are a secret themselves, such as a webhook, are never written."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any
from urllib.parse import parse_qsl, urlsplit

from generator.webhook_hosts import WEBHOOK_HOSTS

URL = re.compile(r"https?://[^\s<>\"'\])}]+")
# Those of ticket systems and pagers have the key in the address, too.
_HOOKS = (*WEBHOOK_HOSTS, "events.pagerduty.com", "api.opsgenie.com", "api.atlassian.com")
_OF_PEOPLE = {
    "e-mail addresses": re.compile(r"[A-Za-z0-9._%+-]+@[A-Za-z0-9-]+(?:\.[A-Za-z0-9-]+)*\.[A-Za-z]{2,}"),
    "telephone numbers": re.compile(r"(?<![\w.])\+[1-9][0-9](?:[ ()/-]{0,2}[0-9]){5,13}(?![\w.])"),
}
_HOOK_PATHS = ("/api/webhooks/", "/services/hooks/")
_KEYS = re.compile(
    r"(?i)(?:.*[_-])?(?:token|key|apikey|secret|sig|signature|password|passwd|pwd|auth|code|credential)s?(?:[_-].*)?"
)


def without_secrets(text: str) -> str:
    """The text with only the hosts of addresses that may be secrets, which is no address any more."""
    return URL.sub(lambda match: _host(match[0]) if _is_secret(match[0]) else match[0], text)


def without_secrets_in(value: Any) -> Any:
    """The same of every text in a value of YAML, keys among them: the choices of a reader are by their labels."""
    if isinstance(value, str):
        return without_secrets(value)
    if isinstance(value, Mapping):
        return {without_secrets_in(key): without_secrets_in(item) for key, item in value.items()}
    return [without_secrets_in(item) for item in value] if isinstance(value, list) else value


def of_people(value: Any) -> set[str]:
    """The kinds of addresses of people in the texts of a value of YAML."""
    if isinstance(value, str):
        return {kind for kind, pattern in _OF_PEOPLE.items() if pattern.search(value)}
    items = value.values() if isinstance(value, Mapping) else value if isinstance(value, list) else ()
    return {kind for item in items for kind in of_people(item)}


def _is_secret(address: str) -> bool:
    try:
        url = urlsplit(address)
        host = url.hostname or ""
    except ValueError:
        return "@" in address
    is_hook = any(host == hook or host.endswith(f".{hook}") for hook in _HOOKS) and len(url.path) > 1
    is_hook = is_hook or any(path in url.path for path in _HOOK_PATHS)
    names = [name for name, value in parse_qsl(url.query) if value]
    return is_hook or "@" in url.netloc or any(map(_KEYS.fullmatch, names))


def _host(address: str) -> str:
    try:
        return urlsplit(address).hostname or "an address"
    except ValueError:
        return "an address"
