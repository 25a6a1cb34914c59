"""The path watcher: told by CloudWatch itself when the path of the alarms is broken, and mails it.

It is the second way. It shares nothing with the incident function but the topic: no bus, no queue, no table, no secret.
An alarm's direct action invokes it asynchronously, so what raises here is tried again and then dead-lettered.
https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/alarms-and-actions-Lambda.html
"""

from __future__ import annotations

import json
import logging
import os
import re
from collections.abc import Mapping
from typing import Any

from handlers.common.aws import client

logger = logging.getLogger(__name__)
logger.setLevel(logging.INFO)
# https://docs.aws.amazon.com/sns/latest/api/API_Publish.html: printable ASCII, fewer than 100 characters.
SUBJECT_LIMIT = 99
SHOWN_LIMIT = 2_000


def handler(event: Any, _context: object) -> None:
    """Mail what the alarm says; what is not understood is mailed as it is."""
    said = message(event)
    if said is None:
        logger.info("first OK: no mail sent")
        return
    subject, text = said
    attributes = {"channels": {"DataType": "String.Array", "StringValue": os.environ["MAIL_CHANNELS"]}}
    client("sns").publish(TopicArn=os.environ["TOPIC_ARN"], Subject=subject, Message=text, MessageAttributes=attributes)
    logger.info("mailed", extra={"subject": subject})


def message(event: Any) -> tuple[str, str] | None:
    """Subject and text; None for a first OK, as every new alarm has one. Pure."""
    try:
        return _of_alarm(event, event["alarmData"], event["alarmData"]["state"])
    except (KeyError, TypeError, AttributeError):
        shown = json.dumps(event, ensure_ascii=False, default=str)[:SHOWN_LIMIT]
        text = (
            f"The path watcher received an event that is not an alarm. Check who is allowed to invoke it.\n\n{shown}\n"
        )
        return _subject("The path watcher received an unknown event"), text


def _of_alarm(event: Mapping[str, Any], data: Mapping[str, Any], state: Mapping[str, Any]) -> tuple[str, str] | None:
    name, value = data["alarmName"], state["value"]
    if value == "OK" and (data.get("previousState") or {}).get("value") == "INSUFFICIENT_DATA":
        return None
    about = data.get("configuration", {}).get("description") or "No description."
    what = "has recovered" if value == "OK" else "is failing"
    lines = [
        f"Alarm delivery {what}: {name} is {value}.",
        "",
        about,
        "",
        f"Reason: {state.get('reason') or 'no reason given'}",
        f"Since: {state.get('timestamp') or event.get('time')}",
        f"Location: account {event.get('accountId')}, {event.get('region')}",
        "",
        "While alarm delivery is failing, alarms may not be notified. This mail does not depend on it.",
    ]
    return _subject(f"{value}: alarm delivery {what} ({name})"), "\n".join(lines) + "\n"


def _subject(text: str) -> str:
    return re.sub(r"[^\x20-\x7e]+", "?", text)[:SUBJECT_LIMIT]
