"""The settings of a channel's destination: the name of its secret, and the place in Slack, Jira or ServiceNow.

A secret itself is refused where its name is wanted: the file is in a repository, and so would the secret be.
"""

from __future__ import annotations

import re
from typing import Annotated
from urllib.parse import urlsplit

from generator.spec.addresses import LONGEST, channel_address
from generator.spec.scalars import RegexScalar, Scalar, show, wrong
from generator.webhook_hosts import WEBHOOK_HOSTS

_PLACEHOLDER = r"\{[A-Za-z_-]+\}"
_NAME = re.compile(rf"(?:[A-Za-z0-9/_+=.@-]|{_PLACEHOLDER}){{1,512}}")
# What vendors begin their tokens with.
# https://docs.slack.dev/authentication/tokens, https://github.blog/engineering/platform-security/behind-githubs-new-authentication-token-formats/,
# https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_identifiers.html, https://docs.gitlab.com/security/tokens/
_TOKEN = re.compile(
    r"xox[a-z]-|xapp-|gh[opsur]_|github_pat_|glpat-|(?:AKIA|ASIA)[A-Z0-9]{12}|ATATT|ATCTT|[sr]k_(?:live|test)_"
    r"|eyJ[A-Za-z0-9_-]{8}|AIza|SG\.|npm_",
)
_WEBHOOK = re.compile(rf"{'|'.join(map(re.escape, WEBHOOK_HOSTS))}|\.api\.powerplatform\.")
# An API key of Jira Service Management or Opsgenie is a UUID.
_UUID = re.compile(r"[0-9a-fA-F]{8}-(?:[0-9a-fA-F]{4}-){3}[0-9a-fA-F]{12}")
# 32 hexadecimal digits are a key, and so are many letters and digits of all kinds in one word.
_KEY = re.compile(r"[0-9a-fA-F]{32,}|[A-Za-z0-9+=]{24,}")
_SLACK = re.compile(rf"#?(?:[^\W A-Z]|[_-]|{_PLACEHOLDER}){{1,80}}|[CGDU][A-Z0-9]{{8,}}")
# Fields of an incident that keys of the channel set, and those that the function writes or ServiceNow works out.
_SERVICENOW_KEYS = ("assignment_group", "category", "close_code", "impact", "urgency")
# `incident_state` is the older name of the state, and an incident that is not active is in no list.
_SERVICENOW_OWN = (
    *("active", "close_notes", "closed_at", "closed_by", "correlation_display", "correlation_id", "description"),
    *("incident_state", "number", "priority", "resolved_at", "resolved_by", "short_description", "state", "work_notes"),
)
# Of every table: who created a record and when, and its class; the domain may be chosen.
_SERVICENOW_SYSTEM = re.compile(r"sys_(?!domain$)")
# The page of a person in Opsgenie, and Jira, which has the API elsewhere.
_JSM_PAGES = re.compile(r"(?:.*\.)?(?:atlassian\.net|app(?:\.eu)?\.opsgenie\.com)")
_JSM_OPERATION = re.compile(r"/v[12](?:/|$)")
# Pages of Jira, below its own address.
_PAGES = re.compile(
    r"/(?:browse|projects|rest|secure|issues|boards|servicedesk|jira/(?:software|projects|core))(?:/|$)"
)


def _secret(value: object) -> str:
    text = value.strip() if isinstance(value, str) else ""
    if _is_secret(text):
        message = "expected the name of a secret in Secrets Manager, got what looks like a secret value"
        raise wrong(message, "use a name such as shop/jira, and rotate the secret that was in this file")
    if not _NAME.fullmatch(text):
        raise wrong(
            f"expected the name of a Secrets Manager secret, got {show(value)}", "use a name such as payments/jira"
        )
    return text


def _is_secret(text: str) -> bool:
    is_address = _WEBHOOK.search(text) is not None
    if _TOKEN.match(text) or is_address or text.startswith("-----BEGIN") or _UUID.fullmatch(text):
        return True
    key = _KEY.fullmatch(text)
    kinds = sum(bool(re.search(kind, text)) for kind in ("[a-z]", "[A-Z]", "[0-9]"))
    return bool(key) and (kinds == 3 or bool(re.fullmatch(r"[0-9a-fA-F]{32,}", text)))


def _slack_channel(value: object) -> str:
    """https://docs.slack.dev/reference/methods/conversations.create (naming), or an id."""
    text = value.strip() if isinstance(value, str) else ""
    if _SLACK.fullmatch(text):
        return text
    plain = re.sub(r"[^\w{}-]+", "-", text.lstrip("#").lower()).strip("-")
    message = f"expected a Slack channel (at most 80 lower-case letters, digits, - and _) or its ID, got {show(value)}"
    raise wrong(message, f'"#{plain[:80]}"' if plain else 'use a channel such as "#ops" or C0123ABCDEF')


def _jira_address(value: object) -> str:
    """The address of Jira itself, which paths of its API are put behind."""
    text = channel_address(value)
    parts = urlsplit(text)
    page = _PAGES.search(parts.path)
    if page or parts.query or parts.fragment:
        path = parts.path[: page.start()] if page else parts.path
        message = "expected the base URL of Jira, got the URL of a page"
        raise wrong(message, f"write {parts.scheme}://{parts.netloc}{path}")
    return text


def _servicenow_address(value: object) -> str:
    """The address of the instance, which paths of its APIs are put behind; all else is a page."""
    text = channel_address(value)
    parts = urlsplit(text)
    if parts.path.strip("/") or parts.query or parts.fragment:
        message = "expected the base URL of the ServiceNow instance, got the URL of a page"
        raise wrong(message, f"write {parts.scheme}://{parts.netloc}")
    return text


def _jsm_address(value: object) -> str:
    """The address of the API, which `/v2/alerts` is put behind."""
    text = channel_address(value)
    parts = urlsplit(text)
    if _JSM_PAGES.fullmatch((parts.hostname or "").lower()):
        hint = "remove it, or write https://api.opsgenie.com for Opsgenie"
        raise wrong("expected the address of the API, got the address of a page", hint)
    operation = _JSM_OPERATION.search(parts.path)
    if operation or parts.query or parts.fragment:
        path = parts.path[: operation.start()] if operation else parts.path.rstrip("/")
        message = "expected the base URL of the API, got the URL of an operation"
        raise wrong(message, f"write {parts.scheme}://{parts.netloc}{path}")
    return text


def _servicenow_field(value: object) -> str:
    text = value.strip() if isinstance(value, str) else ""
    if text in _SERVICENOW_KEYS:
        raise wrong(f"`{text}` has a key of its own", f"set `{text}` of the channel instead")
    if text in _SERVICENOW_OWN or _SERVICENOW_SYSTEM.match(text):
        raise wrong(f"`{text}` of an incident cannot be chosen", "remove it: obsgen or ServiceNow writes it")
    if not re.fullmatch(r"[a-z][a-z0-9_]{0,79}", text):
        raise wrong(f"expected the name of a field of the incident table, got {show(value)}", "use a name: caller_id")
    return text


SecretName = Annotated[
    str,
    Scalar(_secret, type="string", pattern=r"^(?:[A-Za-z0-9/_+=.@-]|\{[A-Za-z_-]+\}){1,512}$", examples=["shop/jira"]),
]
SlackChannelName = Annotated[
    str, Scalar(_slack_channel, type="string", examples=["#ops", "#alerts-{environment}", "C0123ABCDEF"])
]
JiraAddress = Annotated[
    str, Scalar(_jira_address, type="string", pattern=r"^https://[^\s/$.?#\\@][^\s\\]*$", maxLength=LONGEST)
]
ServiceNowAddress = Annotated[
    str, Scalar(_servicenow_address, type="string", pattern=r"^https://[^\s/$.?#\\@][^\s\\]*$", maxLength=LONGEST)
]
JsmAddress = Annotated[
    str, Scalar(_jsm_address, type="string", pattern=r"^https://[^\s/$.?#\\@][^\s\\]*$", maxLength=LONGEST)
]
ServiceNowId = Annotated[
    str,
    RegexScalar(r"[0-9a-f]{32}", "a sys_id, of 32 hexadecimal digits", "287ebd7da9fe198100f92cc8d1d2154e", 32),
]
ServiceNowField = Annotated[
    str, Scalar(_servicenow_field, type="string", pattern=r"^[a-z][a-z0-9_]{0,79}$", examples=["caller_id"])
]
ServiceNowValue = Annotated[
    str, RegexScalar(r"\S(?:[^\r\n]*\S)?", "text of one line, with at most 255 characters", "software", 255)
]
