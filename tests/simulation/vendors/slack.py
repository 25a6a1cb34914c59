"""Slack: chat.postMessage, chat.update and incoming webhooks, about one message a second for each channel.

https://docs.slack.dev/apis/web-api/rate-limits/
"""

from __future__ import annotations

from dataclasses import dataclass
from urllib.parse import urlsplit

from tests.simulation.vendors.network import Answer, Request, Vendor, answer
from tests.simulation.world import SECOND

# "We allow for bursts over that limit for short periods"; how short, Slack does not say.
BURST = 6


@dataclass
class Post:
    """A message; thread: the ts of the message that it answers."""

    ts: str
    text: str
    thread: str = ""
    deleted: bool = False
    eyes: bool = False


class Slack(Vendor):
    """posts: by ts. With a webhook's address as secret it is the webhook."""

    def __post_init__(self) -> None:
        self.posts: dict[str, Post] = {}
        self._tokens, self._filled = float(BURST), self.world.now

    def handle(self, request: Request) -> Answer:
        """See Vendor."""
        hook = self.secret.get("webhook_url")
        if hook:
            if request.path != urlsplit(hook).path:
                return 404, {}, b"no_service"
            if not self._has_token():
                return 429, {"retry-after": "1"}, b"rate_limited"
            self._post(request.body.decode(), "")
            return 200, {}, b"ok"
        if request.headers.get("authorization") != f"Bearer {self.secret['token']}":
            return answer(200, {"ok": False, "error": "invalid_auth"})
        if not self._has_token():
            return answer(429, {"ok": False, "error": "ratelimited"}, retry_after="1")
        data = request.data
        method = request.path.rpartition("/")[2]
        if method == "reactions.get":
            return self._reactions(request.query["timestamp"])
        if method == "chat.update":
            post = self.posts.get(data["ts"])
            if post is None or post.deleted:
                return answer(200, {"ok": False, "error": "message_not_found"})
            post.text = request.body.decode()
            self.saw("update", post.text)
            return answer(200, {"ok": True, "channel": data["channel"], "ts": post.ts})
        assert method == "chat.postMessage", f"no such method is simulated: {request.path}"
        thread = str(data.get("thread_ts") or "")
        parent = self.posts.get(thread)
        # Where the parent was deleted Slack posts the reply as a message of its own, without thread_ts.
        gone = bool(thread) and (parent is None or parent.deleted)
        post = self._post(request.body.decode(), "" if gone else thread)
        message = {"ts": post.ts, **({"thread_ts": post.thread} if post.thread else {})}
        return answer(200, {"ok": True, "channel": "C0OPS", "ts": post.ts, "message": message})

    def _reactions(self, ts: str) -> Answer:
        """https://docs.slack.dev/reference/methods/reactions.get/"""
        post = self.posts.get(ts)
        if post is None or post.deleted:
            return answer(200, {"ok": False, "error": "message_not_found"})
        reactions = [{"name": "eyes", "users": ["U0SOMEBODY"], "count": 1}] if post.eyes else []
        return answer(200, {"ok": True, "type": "message", "message": {"ts": ts, "reactions": reactions}})

    def _post(self, text: str, thread: str) -> Post:
        post = Post(f"{self.world.now // SECOND}.{len(self.posts):06d}", text, thread)
        self.posts[post.ts] = post
        self.saw("reply" if thread else "post", text)
        return post

    def _has_token(self) -> bool:
        elapsed = (self.world.now - self._filled) / SECOND
        self._tokens, self._filled = min(float(BURST), self._tokens + elapsed), self.world.now
        if self._tokens < 1:
            self.world.reached["slack.rate-limited"] += 1
            return False
        self._tokens -= 1
        return True

    def people(self, index: int, action: str = "delete-thread") -> None:
        """Somebody deletes the index-th message, and with it its thread's beginning; or puts eyes on it."""
        posts = [post for post in self.posts.values() if not post.thread]
        if posts and action == "eyes":
            posts[index % len(posts)].eyes = True
        elif posts:
            posts[index % len(posts)].deleted = True
        if posts:
            self.world.reached[f"people.{action}"] += 1
