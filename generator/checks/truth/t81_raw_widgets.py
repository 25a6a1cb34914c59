"""T81: CloudWatch can show a raw widget, and it shows what the hub may see.

https://docs.aws.amazon.com/AmazonCloudWatch/latest/APIReference/CloudWatch-Dashboard-Body-Structure.html
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping
from typing import Any

from generator.checks.check import Subject
from generator.checks.secret_texts import secrets_in
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
# What CloudWatch reads as text or as a list, wherever it stands in the properties of these types.
_TEXTS, _LISTS = frozenset({"region", "query", "markdown", "endpoint"}), frozenset({"alarms", "metrics", "labels"})
_ACCOUNT = re.compile(r"\d{12}", re.ASCII)
_REGION = re.compile(r"[a-z]{2,4}(?:-[a-z]+)+-\d{1,2}", re.ASCII)
_ALARM = re.compile(r"arn:[^:]+:cloudwatch:[^:]+:\d{12}:alarm:.+", re.DOTALL | re.ASCII)
_MOST_ALARMS, _MOST_EXPLORED, _LONGEST_SEARCH = 100, 100, 1024
_FUNCTION = re.compile(r"arn:[^:]+:lambda:[^:]+:(\d{12}):function:\S+")
_IN_ARN = re.compile(r"arn:[^:\s\"]+:[^:\s\"]+:[^:\s\"]*:(\d{12}):")
_IN_SEARCH = re.compile(r":aws\.AccountId\s*=\s*\\*[\"']?(\d{12})")
_SEARCH = re.compile(r"SEARCH\(\s*'([^']*)'")


def check(subject: Subject) -> Iterator[Finding]:
    """A finding for each raw widget that CloudWatch would refuse, or show empty."""
    for dashboard in subject.estate.dashboards:
        for choice in dashboard.choices:
            yield from _secrets(json.loads(choice.more or "{}"), (*choice.path, "more"))
        for widget in dashboard.widgets:
            if isinstance(widget, RawWidget):
                properties = json.loads(widget.properties)
                at: Path = (*widget.path, "properties")
                yield from _required(widget.kind, properties, at)
                yield from _forms(widget.kind, properties, at)
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


def _forms(kind: str, properties: Mapping[str, Any], path: Path) -> Iterator[Finding]:
    """Findings for values that are there, but that CloudWatch cannot read: it refuses the whole dashboard."""
    for name in _REQUIRED[kind]:
        value = properties.get(name)
        expected = "text" if name in _TEXTS else "a list" if name in _LISTS else ""
        if value and expected and not isinstance(value, str if expected == "text" else list):
            yield Finding(CODE, f"`{name}` is {expected} in CloudWatch", (*path, name), hint=f"write {expected}")
    if kind == "metric":
        metrics = properties.get("metrics")
        if metrics and not (isinstance(metrics, list) and all(isinstance(row, list) for row in metrics)):
            hint = "write [[AWS/SQS, NumberOfMessagesSent, QueueName, jobs]]"
            yield Finding(CODE, "`metrics` is a list of lists in CloudWatch", (*path, "metrics"), hint=hint)
    for at, name, value in _entries(properties, path):
        if name == "accountId" and isinstance(value, int | float) and not isinstance(value, bool):
            message = "`accountId` is text in CloudWatch; a number has no zeros at its beginning"
            yield Finding(CODE, message, at, hint='quote it: "222222222222"')
        if name == "accountId" and isinstance(value, str) and value and not _ACCOUNT.fullmatch(value):
            message = f"`{value[:40]}` is no account ID"
            yield Finding(CODE, message, at, Severity.WARNING, "use 12 digits")
        if name == "region" and isinstance(value, str) and value and not _REGION.fullmatch(value):
            yield Finding(CODE, f"`{value[:40]}` is no Region", at, Severity.WARNING, "use one such as us-east-1")
    alarms = properties.get("alarms") if kind == "alarm" else _mapping(properties.get("annotations")).get("alarms")
    place = ("alarms",) if kind == "alarm" else ("annotations", "alarms")
    for index, arn in enumerate(alarms if isinstance(alarms, list) else ()):
        if not (isinstance(arn, str) and _ALARM.fullmatch(arn)):
            hint = "use arn:aws:cloudwatch:us-east-1:111111111111:alarm:name"
            message = "CloudWatch shows an alarm by its ARN"
            yield Finding(CODE, message, (*path, *place, index), Severity.WARNING, hint)


def _entries(value: Any, path: Path) -> Iterator[tuple[Path, str, Any]]:
    """Each entry of all mappings, with its path and its name; not what is given to the function of a custom widget."""
    if isinstance(value, Mapping):
        for key, item in value.items():
            yield (*path, key), key, item
            if key != "params":
                yield from _entries(item, (*path, key))
    elif isinstance(value, list):
        for index, item in enumerate(value):
            yield from _entries(item, (*path, index))


def _mapping(value: Any) -> Mapping[str, Any]:
    return value if isinstance(value, Mapping) else {}


def _secrets(properties: Any, path: Path) -> Iterator[Finding]:
    """Findings for what every reader of the dashboard and of the template would see."""
    for at, what in secrets_in(properties, path):
        message = f"{what}, which every reader of the dashboard sees"
        yield Finding(CODE, message, at, hint="let the function of a custom widget read it from Secrets Manager")


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


def _account_ids(properties: Mapping[str, Any]) -> Iterator[str]:
    for _, name, value in _entries(properties, ()):
        if name == "accountId" and isinstance(value, str) and _ACCOUNT.fullmatch(value):
            yield value


def _text(properties: Mapping[str, Any]) -> str:
    """All texts of the properties."""
    return json.dumps(properties, ensure_ascii=False).replace('\\"', '"')
