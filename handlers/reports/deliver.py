"""A report to one channel: Slack, or e-mail through Amazon SES or SNS."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from handlers.common.deadline import Deadline
from handlers.common.http import Answer, Http, NoAnswer
from handlers.common.secrets import NoSecret, Secrets
from handlers.reports import mail, slack, text
from handlers.reports.report import Report

SLACK = "https://slack.com/api"
CALL_SECONDS = 15.0


class NotDelivered(Exception):
    """The channel did not take the report; the text says why, without any secret."""


@dataclass(frozen=True, slots=True)
class Tools:
    """Ways out. client: makes a client of an AWS service. sender: for SES; without one mails go through the topic."""

    client: Callable[[str], Any]
    http: Http
    secrets: Secrets
    topic_arn: str
    sender: str = ""


def deliver(report: Report, name: str, channel: Mapping[str, Any], tools: Tools, deadline: Deadline) -> None:
    """Send it to the channel called `name`. Raises NotDelivered."""
    try:
        match channel["type"]:
            case "slack":
                _slack(report, channel, tools, deadline.within(CALL_SECONDS))
            case "email":
                _mail(report, name, channel, tools)
            case other:
                raise NotDelivered(f"channels of type {other} do not support reports")
    except (NoSecret, NoAnswer) as error:
        raise NotDelivered(str(error)) from None


def _slack(report: Report, channel: Mapping[str, Any], tools: Tools, deadline: Deadline) -> None:
    """https://docs.slack.dev/reference/methods/chat.postMessage/, or an incoming webhook."""
    secret = tools.secrets(channel["secret"])
    webhook = secret.get("webhook_url") or (secret.get("token", "") if _is_address(secret.get("token", "")) else "")
    private = bool(channel.get("delivery", {}).get("private"))
    message = slack.message(report)
    if webhook:
        answer = tools.http.call("POST", webhook, deadline, data=message, private=private)
        if answer.status != 200:
            raise NotDelivered(f"Slack responded with {answer.status}")
        return
    url = f"{str(channel.get('url') or SLACK).rstrip('/')}/chat.postMessage"
    headers = {
        "Authorization": f"Bearer {secret.get('token', '')}",
        "Content-Type": "application/json; charset=utf-8",
    }
    data = {"channel": channel.get("channel", ""), "unfurl_links": False, "unfurl_media": False, **message}
    answer = tools.http.call("POST", url, deadline, headers=headers, data=data, private=private)
    _check(answer)


def _is_address(value: str) -> bool:
    return value.startswith("https://")


def _check(answer: Answer) -> None:
    said = answer.json()
    if isinstance(said, dict) and said.get("ok") is True:
        return
    code = said.get("error") if isinstance(said, dict) else None
    # Only what looks like one of Slack's codes is repeated: an answer may quote the token.
    plain = code if isinstance(code, str) and code.replace("_", "").isalpha() and len(code) <= 60 else "no reason"
    raise NotDelivered(f"Slack responded with {answer.status}: {plain}")


def _mail(report: Report, name: str, channel: Mapping[str, Any], tools: Tools) -> None:
    from botocore.exceptions import BotoCoreError, ClientError

    try:
        if tools.sender:
            _ses(report, channel, tools)
        else:
            _sns(report, name, tools)
    except ClientError as error:
        raise NotDelivered(f"{error.operation_name}: {error.response['Error']['Code']}") from None
    except BotoCoreError as error:
        raise NotDelivered(type(error).__name__) from None


def _ses(report: Report, channel: Mapping[str, Any], tools: Tools) -> None:
    """https://docs.aws.amazon.com/ses/latest/APIReference-V2/API_SendEmail.html"""
    bodies = {"Html": mail.as_mail(report), "Text": text.as_text(report)}
    content = {kind: {"Data": body, "Charset": "UTF-8"} for kind, body in bodies.items()}
    subject = {"Data": text.subject(report), "Charset": "UTF-8"}
    tools.client("sesv2").send_email(
        FromEmailAddress=tools.sender,
        Destination={"ToAddresses": list(channel["addresses"])},
        Content={"Simple": {"Subject": subject, "Body": content}},
    )


def _sns(report: Report, name: str, tools: Tools) -> None:
    """The subscriptions' filters look at the attribute `channels`, as for incidents."""
    names = {"DataType": "String.Array", "StringValue": json.dumps([name])}
    tools.client("sns").publish(
        TopicArn=tools.topic_arn,
        Subject=text.subject(report),
        Message=text.as_text(report),
        MessageAttributes={"channels": names},
    )
