"""What happened in a drill, as people would have seen it, for a terminal of 120 columns; pure."""

from __future__ import annotations

import html
import re
import textwrap
from collections.abc import Callable, Iterator
from typing import Any

from generator.drill.drill_result import Played

COLUMNS = 120
_SLACK_LINK = re.compile(r"<(https?://[^|>]+)(?:\|([^>]*))?>")


def short(played: Played) -> str:
    """The verdict, and where to find what was kept."""
    kept = f"The packages, and the functions' logs, are left in {played.kept}\n" if played.kept else ""
    return kept + verdict(played)


def verdict(played: Played) -> str:
    """One line: whether everybody who should hear heard, and what is wrong otherwise."""
    subject = played.plan.subject
    problems = played.problems
    where = f"{subject.alarm} in {subject.account_name}"
    if problems:
        return f"NOT AS IT SHOULD BE: {where}: {'; '.join(problems)}"
    if not played.expected:
        return f"{where} is of severity {subject.severity}: nobody is to hear, and nobody heard"
    names = [*played.expected]
    silent = [name for name in played.expected if name in played.silent]
    without = f" (but for {', '.join(silent)}: `ok: false`)" if silent else ""
    said = played.plan.all_heard.replace(" and of OK", f" and of OK{without}")
    who = f"{', '.join(names[:-1])} and {names[-1]}" if len(names) > 1 else names[0]
    line = f"{where}: {who} {said}"
    return line if len(line) <= COLUMNS else f"{where}: all {len(names)} channels {said}"


def as_data(played: Played) -> dict[str, Any]:
    """For `--json`."""
    subject = played.plan.subject
    return {
        "alarm": subject.alarm,
        "account": subject.account,
        "account_name": subject.account_name,
        "region": subject.region,
        "environment": played.plan.environment,
        "severity": subject.severity,
        "expected": list(played.expected),
        "steps": [
            {
                "title": step.title,
                "state": step.state,
                "failed": step.failed,
                "heard": step.heard,
                "hops": [{"seconds": round(seconds, 3), "what": what} for seconds, what in step.hops],
            }
            for step in played.steps
        ],
        "channels": played.channels,
        "dead_letters": played.dead_letters,
        "violations": played.violations,
        "log": played.log,
        "kept": played.kept or None,
        "problems": played.problems,
        "verdict": verdict(played),
    }


def story(played: Played) -> str:
    """The hops, what everybody has, and the verdict."""
    lines = list(_lines(played))
    return "\n".join(line.rstrip() for line in lines)


def _lines(played: Played) -> Iterator[str]:
    subject = played.plan.subject
    yield f"{subject.alarm} in {subject.account_name} ({subject.account}, {subject.region}), {subject.severity}"
    yield ""
    for step in played.steps:
        yield step.title
        for seconds, what in step.hops:
            yield from _wrapped(what, f"  {seconds:6.3f} s  ")
        if not step.heard and not step.failed:
            yield "            nobody hears anything new"
    for channel in played.channels:
        yield ""
        yield f"{channel['name']} ({channel['type']})"
        for line in _SHOWN[channel["type"]](channel):
            yield from _wrapped(line, "  ")
    if played.dead_letters:
        yield ""
        yield "Dead letters"
        for letter in played.dead_letters:
            yield from _wrapped(f"{letter['queue']}: {letter['reason']}", "  ")
    if played.log and played.problems:
        yield ""
        yield "The functions' log"
        for line in played.log[-40:]:
            yield from _wrapped(line, "  ")
    yield ""
    yield short(played)


def _wrapped(line: str, lead: str) -> Iterator[str]:
    """Within the columns; what has no spaces, such as an address, is cut (`--json` has it whole)."""
    text = line.lstrip()
    lead += line[: len(line) - len(text)]
    if max(map(len, text.split()), default=0) > COLUMNS // 2:
        whole = lead + text
        yield whole if len(whole) <= COLUMNS else f"{whole[: COLUMNS - 1]}…"
        return
    hanging = " " * (len(lead) + (2 if text.startswith(("- ", "| ")) else 0))
    yield from textwrap.wrap(
        text, COLUMNS, initial_indent=lead, subsequent_indent=hanging, break_long_words=False, break_on_hyphens=False
    )


def _jira(channel: dict[str, Any]) -> Iterator[str]:
    for key, issue in channel["issues"].items():
        fields = issue["fields"]
        yield f"{key}  {fields['summary']}"
        about = {
            "Type": fields["issuetype"]["name"],
            "Priority": fields.get("priority", {}).get("name"),
            "Status": issue["status"] + (f" ({issue['resolution']})" if issue["resolution"] else ""),
            "Labels": ", ".join(issue["labels"]),
        }
        yield "   ".join(f"{name}: {value}" for name, value in about.items() if value)
        yield from (f"  {line}" for line in _document(fields.get("description")))
        for number, comment in enumerate(issue["comments"], 1):
            yield f"Comment {number}"
            yield from (f"  {line}" for line in _document(comment["body"]))


def _document(body: Any) -> list[str]:
    """Atlassian Document Format, or wiki text as it is, in lines."""
    text = body if isinstance(body, str) else _adf(body or {})
    return [line for line in text.splitlines() if line.strip()]


def _adf(node: dict[str, Any], bullet: str = "") -> str:
    kind = node.get("type")
    if kind == "text":
        return str(node["text"])
    inner = [_adf(child, "- " if kind == "listItem" else "") for child in node.get("content", [])]
    match kind:
        case "paragraph" | "heading":
            return bullet + "".join(inner)
        case "codeBlock":
            return "\n".join(f"  | {line}" for line in "".join(inner).splitlines())
        case "hardBreak":
            return "\n"
        case "tableRow":
            return " | ".join(inner)
    return "\n".join(inner)


def _slack(channel: dict[str, Any]) -> Iterator[str]:
    for message in channel["messages"]:
        reply = bool(message.get("thread_ts"))
        also = ", also in the channel" if message.get("reply_broadcast") else ""
        yield f"reply in the thread{also}" if reply else "message"
        blocks = [*message.get("blocks", [])]
        for attachment in message.get("attachments", []):
            blocks += attachment.get("blocks", [])
        for block in blocks:
            for line in _block(block):
                yield f"  {line}"


def _block(block: dict[str, Any]) -> Iterator[str]:
    for part in (block.get("text"), *block.get("elements", [])):
        if part:
            yield from (line for line in _mrkdwn(part["text"]).splitlines() if line.strip())
    for part in block.get("fields", []):
        name, _, value = _mrkdwn(part["text"]).partition("\n")
        yield f"{name.strip('*')}: {value}"


def _mrkdwn(text: str) -> str:
    """What Slack would show: links by their words, and no escapes."""
    return html.unescape(_SLACK_LINK.sub(lambda found: found[2] or found[1], text))


def _pagerduty(channel: dict[str, Any]) -> Iterator[str]:
    for key, alert in channel["alerts"].items():
        first = alert["events"][0]["payload"]
        yield f"{first['severity']}: {first['summary']}"
        events = ", then ".join(event["event_action"] for event in alert["events"])
        yield f"Status: {alert['status']}   Events: {events}   Key: {key}"


def _webhook(channel: dict[str, Any]) -> Iterator[str]:
    for post in channel["posts"]:
        body = post["body"]
        yield f"post, signed{', a duplicate' if post['duplicate'] else ''}: Idempotency-Key {post['key']}"
        words = (f"{name}: {body[name]}" for name in body if isinstance(body[name], str | int))
        yield "  " + "   ".join(words)


def _email(channel: dict[str, Any]) -> Iterator[str]:
    for address, mails in channel["mails"].items():
        for mail in mails:
            yield f"to {address}: {mail['subject']}"
            yield from (f"  {line}" for line in mail["text"].splitlines() if line.strip())


def _opsitem(channel: dict[str, Any]) -> Iterator[str]:
    for key, item in channel["opsitems"].items():
        yield f"{key}  {item['Title']}"
        yield f"Severity: {item['Severity']}   Status: {item['Status']}"
        yield from (f"  {line}" for line in item["Description"].splitlines() if line.strip())


_SHOWN: dict[str, Callable[[dict[str, Any]], Iterator[str]]] = {
    "jira": _jira,
    "slack": _slack,
    "pagerduty": _pagerduty,
    "webhook": _webhook,
    "email": _email,
    "opsitem": _opsitem,
}
