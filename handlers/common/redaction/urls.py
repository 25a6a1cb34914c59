"""Credentials in addresses: user and password, webhooks whose path is the secret. Signed queries go by their names.

Sources: RFC 3986, 3.2.1 (userinfo); gitleaks' slack-webhook-url, microsoft-teams-webhook and telegram-bot-api-token;
detect-secrets' BasicAuthDetector; Discord's and Zapier's documentation of webhooks; Oracle's thin JDBC URLs; the DSN of
Go's MySQL driver.
"""

from __future__ import annotations

from collections.abc import Iterator

from handlers.common.redaction.spans import Span, lazy, matches

_USERINFO = lazy(r"://(?P<userinfo>[^\s/\"'`<>?#\\]*@)")
# A slash in a password ought to be %2F, and often is not.
_WITH_SLASH = lazy(r"://(?P<userinfo>[^\s/:@\"'<>]{1,64}+:(?![0-9]{1,5}(?:[/?#\s]|\Z))[^\s\"'<>@?#]{1,128}+(?=@))")
_DSN = lazy(r"(?<![^\s\"'=(@])(?P<userinfo>[^\s\"'=(@]++)@(?=(?:tcp|unix)\()")
_ORACLE = lazy(r"oracle:(?:thin|oci):[^\s/@\"']{1,64}+/(?P<password>[^\s/@\"']{1,64}+)@")
_LONG_USER = 20
_PATH = r"(?P<path>[^\s\"'`<>\\?#)\]]++)"
_WEBHOOKS = (
    (lazy(r"hooks\.slack\.com/(?:services|workflows|triggers)/" + _PATH), "slack webhook"),
    (lazy(r"discord(?:app)?\.com/api/(?:v[0-9]{1,2}/)?webhooks/" + _PATH), "discord webhook"),
    (lazy(r"\.webhook\.office\.com/webhookb2/" + _PATH), "teams webhook"),
    (lazy(r"hooks\.zapier\.com/hooks/catch/" + _PATH), "zapier webhook"),
    (lazy(r"events\.pagerduty\.com/integration/(?P<path>[^\s\"'/]++)"), "pagerduty key"),
    (lazy(r"api\.telegram\.org/(?:file/)?bot(?P<path>[^\s\"'/]++)"), "telegram token"),
)


def userinfo(text: str) -> Iterator[Span]:
    """`user:password@` of any scheme. A user alone stays (ssh://git@…), unless it is as long as a token."""
    for match in _USERINFO().finditer(text):
        start, end = match.span("userinfo")
        if ":" in text[start:end] or end - start > _LONG_USER:
            yield Span(start, end - 1, "url credentials")
    for match in _WITH_SLASH().finditer(text):
        if "/" in match["userinfo"]:
            yield Span(*match.span("userinfo"), "url credentials")
    for match in _DSN().finditer(text):
        if ":" in match["userinfo"]:
            yield Span(*match.span("userinfo"), "url credentials")
    yield from matches(_ORACLE(), text, "password", "password")


def webhooks(text: str) -> Iterator[Span]:
    """The part of a webhook's address that lets anybody post to it; its host stays."""
    for pattern, kind in _WEBHOOKS:
        yield from matches(pattern(), text, kind, "path")
