"""Slack: a message for each incident, and what follows in its thread.

With a bot token by https://docs.slack.dev/reference/methods/chat.postMessage/; with an incoming webhook
(https://docs.slack.dev/messaging/sending-messages-using-incoming-webhooks/) there are no threads. Slack has no way to
find a message again without reading the channel, which the bot has no business with: after an answer that never came
the message is posted once more.
"""

from __future__ import annotations

import re
from typing import Any, ClassVar

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
    "account_inactive": "the bot of the secret {secret} is no longer there",
    "missing_scope": "the bot needs the scope chat:write",
    "not_in_channel": "invite the bot to {channel}",
    "channel_not_found": "there is no {channel}, or the bot was not invited to it",
    "is_archived": "{channel} is archived",
    "channel_is_archived": "the webhook's channel is archived",
    "no_service": "check the webhook in the secret {secret}; it was taken away",
    "invalid_token": "check the webhook in the secret {secret}",
}


class Sink:
    """Posts, by whichever way the secret opens."""

    tickets: ClassVar[bool] = False
    takes_evidence: ClassVar[bool] = True

    def __init__(self, channel: Channel, tools: Tools) -> None:
        self.channel = channel
        self.tools = tools

    def advance(self, report: Report, attempt: Attempt, deadline: Deadline) -> Advance:
        """Post it; in the thread of the incident where there is one."""
        message = slack_text.message(plain_report(report) if attempt.plain else report)
        # What is below the first message is seen only by those who follow its thread, so what they must not miss is
        # shown in the channel too.
        loud = report.step in (Step.REPEAT, Step.RESOLVE)
        return self._send(message, attempt.reference, deadline, loud=loud)

    def digest(self, digest: Digest, reference: str | None, deadline: Deadline) -> str | None:
        """Post the list, or edit it in place, which takes a bot token."""
        message = slack_text.digest(digest)
        secret = self._secret()
        if "webhook_url" in secret:
            self._webhook(secret["webhook_url"], message, deadline)
            return None
        channel, _, ts = (reference or "").rpartition(":")
        if not ts:
            return self._send(message, None, deadline, loud=False).reference
        said = self._call(secret["token"], "chat.update", {"channel": channel, "ts": ts, **message}, deadline)
        if said.get("error") in MESSAGE_GONE:
            return self._send(message, None, deadline, loud=False).reference
        self._check(said)
        return reference

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
        channel, _, thread = (reference or "").rpartition(":")
        channel = channel or str(self.channel.settings.get("channel") or "")
        if not channel:
            raise SinkFailed(f"the channel {self.channel.name} has a bot token and no `channel` to post to")
        data = {"channel": channel, "unfurl_links": False, "unfurl_media": False, **message}
        if thread:
            data |= {"thread_ts": thread, "reply_broadcast": loud}
        said = self._call(secret["token"], "chat.postMessage", data, deadline)
        if thread and said.get("error") in THREAD_GONE:
            return Advance(None, finished=False)
        self._check(said)
        # What follows belongs to the thread's first message, not to this reply; but where the first was deleted,
        # Slack posts the reply as a message of its own, and says so only by leaving out the thread's ts.
        posted = said.get("message")
        if thread and not (isinstance(posted, dict) and "thread_ts" not in posted):
            return Advance(reference)
        return Advance(f"{said.get('channel', channel)}:{said['ts']}" if said.get("ts") else None)

    def _webhook(self, url: str, message: dict[str, Any], deadline: Deadline) -> None:
        answer = ask(self.tools, self.channel, "POST", url, deadline, who=WHO, data=message)
        if answer.status != 200:
            raise self._refused(answer.body.decode(errors="replace"), f" ({answer.status})")
        if answer.body.strip() != b"ok":
            raise SinkFailed("Slack's answer cannot be read", unsure=True)

    def _call(self, token: str, method: str, data: dict[str, Any], deadline: Deadline) -> dict[str, Any]:
        """One method of the Web API. What it says, with `error` where it refused; unreadable answers raise."""
        url = f"{str(self.channel.settings.get('url') or URL).rstrip('/')}/{method}"
        # Without the charset Slack adds a warning to each answer.
        headers = {"Authorization": f"Bearer {token}", "Content-Type": "application/json; charset=utf-8"}
        answer = ask(self.tools, self.channel, "POST", url, deadline, who=WHO, headers=headers, data=data)
        said = answer.json()
        if isinstance(said, dict) and said.get("ok") is True and 200 <= answer.status < 300:
            return said
        if isinstance(said, dict) and isinstance(said.get("error"), str):
            return {"error": said["error"], "wait": answer.wait_seconds(self.tools.now()), "status": answer.status}
        if 200 <= answer.status < 300:
            raise SinkFailed("Slack's answer cannot be read", unsure=True)
        raise self._refused("", f" ({answer.status})")

    def _check(self, said: dict[str, Any]) -> None:
        code = said.get("error")
        if code is None:
            return
        if code in WAIT:
            raise SinkFailed(f"Slack asks to wait ({code})", retry_after=said["wait"] or DEFAULT_WAIT)
        if code in PERHAPS:
            raise SinkFailed(f"Slack failed ({code})", unsure=True)
        raise self._refused(str(code), "" if said["status"] == 200 else f" ({said['status']})")

    def _refused(self, said: str, status: str) -> SinkFailed:
        """Only what looks like one of Slack's codes is repeated: an answer may quote the address or the token."""
        code = said.strip()
        code = code if re.fullmatch(r"[a-z]+(?:_[a-z]+)*", code) and len(code) <= 60 else ""
        channel = self.channel.settings.get("channel") or "the channel"
        advice = ADVICE.get(code, "").format(secret=self.channel.secret, channel=channel)
        blame = Blame.CONTENT if code in CONTENT else Blame.CHANNEL
        reason = f"Slack refused{status}: {code or 'it did not say why'}{f'; {advice}' if advice else ''}"
        return SinkFailed(reason, blame=blame)
