"""Slack: a message for each episode, and what follows in its thread.

With a bot token by https://docs.slack.dev/reference/methods/chat.postMessage/; with an incoming webhook
(https://docs.slack.dev/messaging/sending-messages-using-incoming-webhooks/) there are no threads. Slack has no way to
find a message again without reading the channel, which the bot has no business with: after an answer that never came
the message is posted once more.
"""

from __future__ import annotations

import re
from typing import ClassVar

from handlers.common.deadline import Deadline
from handlers.incident import slack_text
from handlers.incident.report import Report, Step
from handlers.incident.sinks.sink import Channel, SinkFailed, Tools, ask, credentials

URL = "https://slack.com/api"
WHO = "Slack"
# https://docs.slack.dev/reference/methods/chat.postMessage/#errors
WAIT = {"ratelimited", "rate_limited", "message_limit_exceeded"}
PERHAPS = {"fatal_error", "internal_error", "request_timeout", "service_unavailable"}
THREAD_GONE = {"cannot_reply_to_message", "thread_not_found"}
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
WAIT_SECONDS = 1.0


class Sink:
    """Posts, by whichever way the secret opens."""

    tickets: ClassVar[bool] = False

    def __init__(self, channel: Channel, tools: Tools) -> None:
        self.channel = channel
        self.tools = tools

    def tell(self, report: Report, ref: str | None, deadline: Deadline, *, unsure: bool) -> str | None:  # noqa: ARG002
        """Post it; in the thread of the episode where there is one."""
        secret = dict(credentials(self.channel, self.tools, "token", "webhook_url"))
        if secret.get("token", "").startswith("https://"):
            secret = {"webhook_url": secret["token"]}
        if secret.get("webhook_url"):
            self._webhook(secret["webhook_url"], report, deadline)
            return None
        return self._post(secret["token"], report, ref, deadline)

    def _webhook(self, url: str, report: Report, deadline: Deadline) -> None:
        answer = ask(self.tools, "POST", url, deadline, who=WHO, data=slack_text.message(report))
        if answer.status != 200:
            raise self._refused(answer.body.decode(errors="replace"), f" ({answer.status})")

    def _post(self, token: str, report: Report, ref: str | None, deadline: Deadline) -> str:
        channel, _, thread = (ref or "").rpartition(":")
        if not channel:
            channel = str(self.channel.settings.get("channel") or "")
        if not channel:
            raise SinkFailed(f"the channel {self.channel.name} has a bot token and no `channel` to post to")
        data = {"channel": channel, "unfurl_links": False, "unfurl_media": False, **slack_text.message(report)}
        if thread:
            data |= {"thread_ts": thread, "reply_broadcast": report.step is Step.RESOLVE}
        url = f"{str(self.channel.settings.get('url') or URL).rstrip('/')}/chat.postMessage"
        # Without the charset Slack adds a warning to each answer.
        headers = {"Authorization": f"Bearer {token}", "Content-Type": "application/json; charset=utf-8"}
        answer = ask(self.tools, "POST", url, deadline, who=WHO, headers=headers, data=data)
        said = answer.json()
        said = said if isinstance(said, dict) else {}
        if answer.status == 200 and said.get("ok") is True:
            # What follows belongs to the thread's first message, not to this reply; but where the first was deleted,
            # Slack posts the reply as a message of its own, and says so only by leaving out the thread's ts.
            posted = said.get("message")
            threaded = thread and not (isinstance(posted, dict) and "thread_ts" not in posted)
            return ref if ref and threaded else f"{said.get('channel', channel)}:{said.get('ts', '')}"
        code = str(said.get("error", ""))
        if code in THREAD_GONE and thread:
            return self._post(token, report, None, deadline)
        if code in WAIT:
            raise SinkFailed(f"Slack asks to wait ({code})", retry_after=answer.retry_after or WAIT_SECONDS)
        if code in PERHAPS:
            raise SinkFailed(f"Slack failed ({code})", unsure=True)
        raise self._refused(code, "" if answer.status == 200 else f" ({answer.status})")

    def _refused(self, said: str, status: str) -> SinkFailed:
        """Only what looks like one of Slack's codes is repeated: an answer may quote the address or the token."""
        code = said.strip()
        code = code if re.fullmatch(r"[a-z]+(?:_[a-z]+)*", code) and len(code) <= 60 else ""
        channel = self.channel.settings.get("channel") or "the channel"
        advice = ADVICE.get(code, "").format(secret=self.channel.secret, channel=channel)
        return SinkFailed(f"Slack refused{status}: {code or 'it did not say why'}{f'; {advice}' if advice else ''}")
