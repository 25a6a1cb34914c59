"""Slack: a message for each incident, and what follows in its thread.

With a bot token by https://docs.slack.dev/reference/methods/chat.postMessage/; with an incoming webhook
(https://docs.slack.dev/messaging/sending-messages-using-incoming-webhooks/) there are no threads. An incident of
several alarms is shown in its first message, which is edited by https://docs.slack.dev/reference/methods/chat.update/.
Slack has no way to find a message again without reading the channel, which the bot has no business with: after an
answer that never came the message is posted once more.
"""

from __future__ import annotations

import logging
import re
from typing import Any, ClassVar
from urllib.parse import urlencode

from handlers.common.deadline import Deadline
from handlers.incident import slack_text
from handlers.incident.channels import Channel
from handlers.incident.report import Digest, Report, Step
from handlers.incident.sinks.sink import (
    DEFAULT_WAIT,
    Advance,
    Attempt,
    Blame,
    SinkFailed,
    Tools,
    ask,
    credentials,
    plain_report,
)

logger = logging.getLogger(__name__)
URL = "https://slack.com/api"
WHO = "Slack"
# https://docs.slack.dev/reference/methods/chat.postMessage/#errors
WAIT = {"ratelimited", "rate_limited", "message_limit_exceeded"}
PERHAPS = {"fatal_error", "internal_error", "request_timeout", "service_unavailable"}
THREAD_GONE = {"cannot_reply_to_message", "thread_not_found"}
MESSAGE_GONE = {"cant_update_message", "edit_window_closed", "message_not_found"}
CONTENT = {
    "invalid_attachments",
    "invalid_blocks",
    "invalid_blocks_format",
    "invalid_payload",
    "msg_blocks_too_long",
    "msg_too_long",
    "no_text",
    "too_many_attachments",
}
ADVICE = {
    "invalid_auth": "check the token in the secret {secret}",
    "not_authed": "check the token in the secret {secret}",
    "token_revoked": "check the token in the secret {secret}",
    "token_expired": "check the token in the secret {secret}",
    "account_inactive": "the bot of the secret {secret} no longer exists",
    "missing_scope": "the bot needs the scopes chat:write and reactions:read",
    "not_in_channel": "invite the bot to {channel}",
    "channel_not_found": "{channel} does not exist, or the bot was not invited to it",
    "is_archived": "{channel} is archived",
    "channel_is_archived": "the webhook's channel is archived",
    "no_service": "check the webhook in the secret {secret}; it was revoked",
    "invalid_token": "check the webhook in the secret {secret}",
}


# What follows the place of a message that lists many incidents, and is no incident's own.
OF_LIST = ":list"
EYES = "eyes"


class Sink:
    """Posts, by whichever way the secret opens."""

    tickets: ClassVar[bool] = False
    accepts_evidence: ClassVar[bool] = True
    omits: ClassVar[frozenset[Step]] = frozenset()

    def __init__(self, channel: Channel, tools: Tools) -> None:
        self.channel = channel
        self.tools = tools

    def advance(self, report: Report, attempt: Attempt, deadline: Deadline) -> Advance:
        """Post it; in the thread of the incident where there is one.

        Of several alarms the thread's first message shows how they stand: it is edited when that has changed, and after
        a reply that says more.
        """
        message = slack_text.message(plain_report(report) if attempt.plain else report)
        # What is below the first message is seen only by those who follow its thread, so what they must not miss is
        # shown in the channel too.
        if report.step is Step.UPDATED:
            return self._show(message, attempt, deadline)
        if report.step is Step.REMINDER and "reaction" in attempt.acknowledge and "looked_at" not in attempt.progress:
            return self._look(attempt, deadline)
        if "posted" in attempt.progress:
            return self._show(message, attempt, deadline)
        loud = report.step in (Step.REPEAT, Step.RESOLVE, Step.REMINDER)
        sent = self._send(message, attempt.reference, deadline, loud=loud)
        shows = report.is_of_several and report.step in (Step.REPEAT, Step.RESOLVE) and _is_own(attempt.reference)
        if shows and sent.finished and sent.reference == attempt.reference:
            return Advance(sent.reference, finished=False, progress={"posted": "1"})
        return sent

    def _show(self, message: dict[str, Any], attempt: Attempt, deadline: Deadline) -> Advance:
        """Edit the incident's message; where it is gone, an update is posted anew, and after a reply that will do."""
        reference, secret = attempt.reference, self._secret()
        if "webhook_url" in secret:
            return Advance(reference)
        if _is_own(reference) and "gone" not in attempt.progress:
            response = self._update(secret["token"], _place(reference), message, deadline)
            if not self._cannot_be_edited(response):
                self._check(response)
                return Advance(reference)
            if "posted" in attempt.progress:
                return Advance(reference)
            return Advance(reference, finished=False, progress={"gone": "1"})
        return self._send(message, None, deadline, loud=False)

    def _cannot_be_edited(self, response: dict[str, Any]) -> bool:
        """Whether this one message cannot be edited: every refusal that is not known to be about the channel, the bot
        or the text. What holds for the whole channel the next post finds.
        """
        code = response.get("error")
        if code is None or code in WAIT | PERHAPS | CONTENT | ADVICE.keys():
            return False
        because = str(self._refused(str(code), ""))
        logger.warning("message not edited", extra={"channel": self.channel.name, "because": because})
        return True

    def _look(self, attempt: Attempt, deadline: Deadline) -> Advance:
        """Whoever has put eyes on the message has taken the incident on, and needs no reminder."""
        reference, secret = attempt.reference, self._secret()
        looked_at = Advance(reference, finished=False, progress={"looked_at": "1"})
        if "webhook_url" in secret or not _is_own(reference):
            return looked_at
        channel, ts = _place(reference)
        query = urlencode({"channel": channel, "timestamp": ts, "full": "true"})
        response = self._call(secret["token"], f"reactions.get?{query}", None, deadline)
        if response.get("error") in WAIT | PERHAPS:
            self._check(response)
        if "error" in response:
            code = str(self._refused(str(response["error"]), ""))
            logger.warning("reactions not readable", extra={"channel": self.channel.name, "because": code})
            return looked_at
        user = _who_reacted(response)
        return looked_at if user is None else Advance(reference, acknowledged_by=f"{user} reacted with 👀 in Slack")

    def digest(self, digest: Digest, reference: str | None, deadline: Deadline) -> str | None:
        """Post the list, or edit it in place, which takes a bot token."""
        message = slack_text.digest(digest)
        secret = self._secret()
        if "webhook_url" in secret:
            self._webhook(secret["webhook_url"], message, deadline)
            return None
        if reference:
            response = self._update(secret["token"], _place(reference), message, deadline)
            if response.get("error") not in MESSAGE_GONE:
                self._check(response)
                return reference
        posted = self._send(message, None, deadline, loud=False).reference
        return f"{posted}{OF_LIST}" if posted else None

    def _secret(self) -> dict[str, str]:
        """Either `token` or `webhook_url`; an address in the token's place is taken for what it is."""
        secret = dict(credentials(self.channel, self.tools, "token", "webhook_url"))
        if secret.get("token", "").startswith("https://"):
            return {"webhook_url": secret["token"]}
        if secret.get("webhook_url"):
            return {"webhook_url": secret["webhook_url"]}
        return {"token": secret["token"]}

    def _send(self, message: dict[str, Any], reference: str | None, deadline: Deadline, *, loud: bool) -> Advance:
        secret = self._secret()
        if "webhook_url" in secret:
            self._webhook(secret["webhook_url"], message, deadline)
            return Advance(None)
        channel, thread = _place(reference)
        channel = channel or str(self.channel.settings.get("channel") or "")
        if not channel:
            raise SinkFailed(f"the channel {self.channel.name} has a bot token and no `channel` to post to")
        data = {"channel": channel, "unfurl_links": False, "unfurl_media": False, **message}
        if thread:
            data |= {"thread_ts": thread, "reply_broadcast": loud}
        response = self._call(secret["token"], "chat.postMessage", data, deadline)
        if thread and response.get("error") in THREAD_GONE:
            return Advance(None, finished=False)
        self._check(response)
        # What follows belongs to the thread's first message, not to this reply; but where the first was deleted,
        # Slack posts the reply as a message of its own, and says so only by leaving out the thread's ts.
        posted = response.get("message")
        if thread and not (isinstance(posted, dict) and "thread_ts" not in posted):
            return Advance(reference)
        return Advance(f"{response.get('channel', channel)}:{response['ts']}" if response.get("ts") else None)

    def _webhook(self, url: str, message: dict[str, Any], deadline: Deadline) -> None:
        answer = ask(self.tools, self.channel, "POST", url, deadline, who=WHO, data=message)
        if answer.status != 200:
            raise self._refused(answer.body.decode(errors="replace"), f" ({answer.status})")
        if answer.body.strip() != b"ok":
            raise SinkFailed("Slack's response is not readable", unsure=True)

    def _update(
        self, token: str, message_id: tuple[str, str], message: dict[str, Any], deadline: Deadline
    ) -> dict[str, Any]:
        channel, ts = message_id
        return self._call(token, "chat.update", {"channel": channel, "ts": ts, **message}, deadline)

    def _call(self, token: str, method: str, data: dict[str, Any] | None, deadline: Deadline) -> dict[str, Any]:
        """One method of the Web API. What it says, with `error` where it refused; unreadable answers raise.

        data: None for a method that reads, whose arguments are in the query.
        """
        url = f"{str(self.channel.settings.get('url') or URL).rstrip('/')}/{method}"
        # Without the charset Slack adds a warning to each answer.
        headers = {"Authorization": f"Bearer {token}"}
        if data is not None:
            headers["Content-Type"] = "application/json; charset=utf-8"
        verb = "GET" if data is None else "POST"
        answer = ask(self.tools, self.channel, verb, url, deadline, who=WHO, headers=headers, data=data)
        response = answer.json()
        if isinstance(response, dict) and response.get("ok") is True and 200 <= answer.status < 300:
            return response
        if isinstance(response, dict) and isinstance(response.get("error"), str):
            return {"error": response["error"], "wait": answer.wait_seconds(self.tools.now()), "status": answer.status}
        if 200 <= answer.status < 300:
            raise SinkFailed("Slack's response is not readable", unsure=data is not None)
        raise self._refused("", f" ({answer.status})")

    def _check(self, response: dict[str, Any]) -> None:
        code = response.get("error")
        if code is None:
            return
        if code in WAIT:
            raise SinkFailed(f"Slack asked to retry later ({code})", retry_after=response["wait"] or DEFAULT_WAIT)
        if code in PERHAPS:
            raise SinkFailed(f"Slack failed ({code})", unsure=True)
        raise self._refused(str(code), "" if response["status"] == 200 else f" ({response['status']})")

    def _refused(self, code_text: str, status: str) -> SinkFailed:
        """Only what looks like one of Slack's codes is repeated: an answer may quote the address or the token."""
        code = code_text.strip()
        code = code if re.fullmatch(r"[a-z]+(?:_[a-z]+)*", code) and len(code) <= 60 else ""
        channel = self.channel.settings.get("channel") or "the channel"
        advice = ADVICE.get(code, "").format(secret=self.channel.secret, channel=channel)
        blame = Blame.CONTENT if code in CONTENT else Blame.CHANNEL
        reason = f"Slack refused{status}: {code or 'no reason given'}{f'; {advice}' if advice else ''}"
        return SinkFailed(reason, blame=blame)


def _is_own(reference: str | None) -> bool:
    """Whether it is the incident's own message, which may be edited to show it."""
    return bool(reference) and not str(reference).endswith(OF_LIST)


def _place(reference: str | None) -> tuple[str, str]:
    """Channel and ts of a message; both empty where there is none."""
    channel, _, ts = (reference or "").removesuffix(OF_LIST).rpartition(":")
    return channel, ts


def _who_reacted(response: dict[str, Any]) -> str | None:
    """Who put eyes on the message first; None where nobody has.

    https://docs.slack.dev/reference/methods/reactions.get/
    """
    message = response.get("message")
    reactions = message.get("reactions", []) if isinstance(message, dict) else []
    for reaction in reactions if isinstance(reactions, list) else []:
        if isinstance(reaction, dict) and str(reaction.get("name", "")).partition("::")[0] == EYES:
            users = reaction.get("users")
            return str(users[0])[:40] if isinstance(users, list) and users else "somebody"
    return None
