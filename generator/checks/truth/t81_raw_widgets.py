"""T81: CloudWatch can show a raw widget, and it shows what the hub may see.

https://docs.aws.amazon.com/AmazonCloudWatch/latest/APIReference/CloudWatch-Dashboard-Body-Structure.html
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping
from typing import Any

from generator.checks.check import Subject
from generator.findings import Finding, Path, Severity
from generator.model.dashboards import RawWidget
from generator.model.estate import Estate

CODE = "T81"
NAME = "raw-widgets"
TITLE = "A raw widget has what its type requires, of the hub or of members, and a custom widget calls their functions."
SUMMARY = "A raw widget has what its type requires."
WHY = (
    "CloudFormation passes the body of a dashboard on as text, so CloudWatch refuses a widget without its metrics,"
    " query or alarms in the deployment, or shows nothing in its place. A custom widget calls a Lambda function with"
    " the reader's rights and shows the HTML that it returns, so it must be a function of the hub or of a member. The"
    " hub sees nothing of an account that is none of the two."
)
SOURCE = "https://docs.aws.amazon.com/AmazonCloudWatch/latest/APIReference/CloudWatch-Dashboard-Body-Structure.html"
_WIDGET = "dashboards: {{shop: {{widgets: [{{type: raw, widget: log, properties: {properties}}}]}}}}\n"
BAD = _WIDGET.format(properties="{region: us-east-1}")
GOOD = _WIDGET.format(properties="{region: us-east-1, query: \"SOURCE '/shop' | limit 20\"}")
_REQUIRED: Mapping[str, tuple[str, ...]] = {
    "metric": ("region",),
    "log": ("region", "query"),
    "alarm": ("alarms",),
    "text": ("markdown",),
    "explorer": ("metrics", "labels"),
    "custom": ("endpoint",),
}
_MOST_ALARMS, _MOST_EXPLORED, _LONGEST_SEARCH = 100, 100, 1024
_FUNCTION = re.compile(r"arn:[^:]+:lambda:[^:]+:(\d{12}):function:\S+")
_IN_ARN = re.compile(r"arn:[^:\s\"]+:[^:\s\"]+:[^:\s\"]*:(\d{12}):")
_IN_SEARCH = re.compile(r":aws\.AccountId\s*=\s*\\*[\"']?(\d{12})")
_SEARCH = re.compile(r"SEARCH\(\s*'([^']*)'")
# https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_identifiers.html
_KEY_ID = re.compile(r"(?<![A-Z0-9])(?:AKIA|ASIA)[A-Z0-9]{16}(?![A-Z0-9])")
_SECRET_NAME = re.compile(r"(?:^|[_-])(?:password|passwd|secret|token|api[_-]?key|private[_-]?key)$", re.IGNORECASE)


def check(subject: Subject) -> Iterator[Finding]:
    """A finding for each raw widget that CloudWatch would refuse, or show empty."""
    for dashboard in subject.estate.dashboards:
        for widget in dashboard.widgets:
            if isinstance(widget, RawWidget):
                properties = json.loads(widget.properties)
                at: Path = (*widget.path, "properties")
                yield from _required(widget.kind, properties, at)
                yield from _secrets(properties, at)
                yield from _accounts(widget, properties, subject.estate, at)


def _required(kind: str, properties: Mapping[str, Any], path: Path) -> Iterator[Finding]:
    for name in _REQUIRED[kind]:
        if not properties.get(name):
            yield Finding(CODE, f"a widget of type `{kind}` requires `{name}`", path, hint=f"add `{name}`")
    annotations = properties.get("annotations")
    alarms = annotations.get("alarms") if isinstance(annotations, Mapping) else None
    if kind == "metric" and not any(properties.get(name) for name in ("metrics", "insightRule")) and not alarms:
        hint = "add `metrics`, or `annotations: {alarms: [ARN]}`"
        yield Finding(
            CODE, "a widget of type `metric` requires `metrics` or the annotation of an alarm", path, hint=hint
        )
    for name, most in (("alarms", _MOST_ALARMS), *((("metrics", _MOST_EXPLORED),) if kind == "explorer" else ())):
        listed = properties.get(name)
        if isinstance(listed, list) and len(listed) > most:
            message = f"`{name}` has {len(listed)} entries; the limit is {most}"
            yield Finding(CODE, message, (*path, name), hint="split it into several")
    longest = max((len(text) for text in _SEARCH.findall(_text(properties))), default=0)
    if longest > _LONGEST_SEARCH:
        message = f"a search has {longest:,} characters; the limit is {_LONGEST_SEARCH:,}"
        yield Finding(CODE, message, path, hint="use fewer terms")


def _secrets(value: Any, path: Path) -> Iterator[Finding]:
    """Findings for what every reader of the dashboard and of the template would see."""
    if isinstance(value, Mapping):
        for key, item in value.items():
            at: Path = (*path, key)
            if isinstance(item, str) and item and _SECRET_NAME.search(key):
                message = f"`{key}` looks like a secret, which every reader of the dashboard sees"
                yield Finding(CODE, message, at, hint="let the function read it from Secrets Manager")
            yield from _secrets(item, at)
    elif isinstance(value, list):
        for index, item in enumerate(value):
            yield from _secrets(item, (*path, index))
    elif isinstance(value, str) and _KEY_ID.search(value):
        message = "this is the ID of an access key, which every reader of the dashboard sees"
        yield Finding(CODE, message, path, hint="remove it")


def _accounts(widget: RawWidget, properties: Mapping[str, Any], estate: Estate, path: Path) -> Iterator[Finding]:
    """Findings for accounts that are neither the hub nor a member; units may bring accounts that no one can name."""
    known = {estate.hub.account, *(account.id for account in estate.accounts)}
    if widget.kind == "custom":
        endpoint = str(properties.get("endpoint", ""))
        function = _FUNCTION.fullmatch(endpoint)
        if endpoint and not function:
            message = "a custom widget calls a Lambda function by its ARN"
            hint = "use arn:aws:lambda:us-east-1:111111111111:function:name"
            yield Finding(CODE, message, (*path, "endpoint"), hint=hint)
        elif function and function[1] not in known and not estate.organizational_units:
            message = f"the function is of {function[1]}, which is neither the hub nor a member"
            hint = "use a function of the hub, or add the account"
            yield Finding(CODE, message, (*path, "endpoint"), hint=hint)
        return
    if estate.organizational_units:
        return
    text = _text(properties)
    accounts = {*_IN_ARN.findall(text), *_IN_SEARCH.findall(text), *_account_ids(properties)}
    strange = sorted(accounts - known)
    if strange:
        message = f"this widget shows {', '.join(strange[:3])}, of which the hub sees nothing: it is no member"
        yield Finding(CODE, message, path, Severity.WARNING, "add the account, or remove what is of it")


def _account_ids(value: Any) -> Iterator[str]:
    if isinstance(value, Mapping):
        account = value.get("accountId")
        yield from [account] if isinstance(account, str) and re.fullmatch(r"\d{12}", account) else []
        for item in value.values():
            yield from _account_ids(item)
    elif isinstance(value, list):
        for item in value:
            yield from _account_ids(item)


def _text(properties: Mapping[str, Any]) -> str:
    """All texts of the properties."""
    return json.dumps(properties, ensure_ascii=False).replace('\\"', '"')
