"""How long to wait where a host limits requests.

https://docs.github.com/rest/using-the-rest-api/best-practices-for-using-the-rest-api#handle-rate-limit-errors-appropriately
https://docs.gitlab.com/administration/settings/user_and_ip_rate_limits/#response-headers
"""

from __future__ import annotations

from collections.abc import Mapping

UNAVAILABLE = (500, 502, 503, 504)
_WITHOUT_HEADER_S = 60.0


def limit_wait_s(status: int, headers: Mapping[str, str], content: bytes, now_s: float) -> float | None:
    """Seconds until a request that met a limit may be repeated; None where the status has another reason.

    headers: by their names in lower case. now_s: the time in seconds since 1970.
    """
    if not _is_limit(status, headers, content):
        return None
    after = seconds(headers.get("retry-after"))
    if after is not None:
        return after
    reset = seconds(headers.get("x-ratelimit-reset") or headers.get("ratelimit-reset"))
    return _WITHOUT_HEADER_S if reset is None else max(0.0, reset - now_s) + 1


def seconds(text: str | None) -> float | None:
    """A header of whole seconds; None where it is missing or another form, such as a date."""
    return float(text) if text and text.isascii() and text.isdigit() else None


def _is_limit(status: int, headers: Mapping[str, str], content: bytes) -> bool:
    """GitHub's limits are 403 or 429; a 403 for a missing right has neither these headers nor that message."""
    if status == 429:
        return True
    has_header = headers.get("x-ratelimit-remaining") == "0" or "retry-after" in headers
    return status == 403 and (has_header or b"secondary rate limit" in content)
