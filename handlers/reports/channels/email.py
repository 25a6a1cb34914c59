"""A report by e-mail, through Amazon SES or SNS."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

from handlers.common.deadline import Deadline
from handlers.reports import mail, text
from handlers.reports.deliver import NotDelivered, Tools
from handlers.reports.report import Report


def send(report: Report, name: str, channel: Mapping[str, Any], tools: Tools, _deadline: Deadline) -> None:
    """Through Amazon SES where there is a sender, else through the topic."""
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
