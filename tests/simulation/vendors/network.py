"""Between handlers and vendors: latency, answers that never come, effects that come late, proxies with their own ideas.

A request takes effect at most once, at a moment of its own; what the caller gets is another matter.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any, ClassVar
from urllib.parse import parse_qsl, urlsplit

from tests.simulation.clients import enter, leave
from tests.simulation.world import MS, SECOND, NotSimulated, World

LATE_EFFECT = 60 * SECOND
# What servers and proxies have been seen to put into the header, right or wrong.
RETRY_AFTER = ("1", "5", "30", "120", "86400", "", "0", "-1", "0.5", "²", "9" * 400, "Wed, 21 Oct 2026 07:28:00 GMT")
LOGIN_PAGE = b"<!DOCTYPE html><html><body><form action=/login>Sign in</form></body></html>"
# An issue's number depends on how many there are; the names of faults must not.
_NUMBER = re.compile(r"-\d+|(?<=/)0{20}[0-9a-f]{12}$")
Answer = tuple[int, dict[str, str], bytes]


@dataclass(frozen=True, slots=True)
class Request:
    """headers: names in lower case. data: the body as JSON; None where it is none."""

    method: str
    path: str
    query: dict[str, str]
    headers: dict[str, str]
    body: bytes
    data: Any


@dataclass(frozen=True, slots=True)
class Sighting:
    """Something that people see in a vendor. action: create, comment, close, reopen, trigger, resolve, post, update.

    copy: a message of a chat that shows once more what a reply in its thread says.
    """

    at: int
    channel: str
    action: str
    text: str
    incident: str = ""


@dataclass(eq=False)
class Vendor:
    """One channel's other side. See: called with everything that people get to see.

    down: what it does instead of working: unreachable, hang, 503, or 401.
    """

    world: World
    channel: str
    settings: dict[str, Any]
    secret: dict[str, str]
    see: Callable[[Sighting], None]
    fastest: int = 60 * MS
    slowest: int = 300 * MS
    down: str = ""
    # Whether whatever it answers with 2xx is success: of a receiver that anybody has written no more is known.
    believes_any_page: ClassVar[bool] = False

    def __post_init__(self) -> None:
        """For what a vendor remembers."""

    def handle(self, request: Request) -> Answer:
        """The effect of a request, and the answer."""
        raise NotImplementedError

    def saw(self, action: str, text: str, incident: str = "") -> None:
        """Report what people see."""
        self.world.note("vendor", self.channel, action, incident)
        self.see(Sighting(self.world.now, self.channel, action, text, incident))


def answer(status: int, data: Any = None, **headers: str) -> Answer:
    """An answer in JSON."""
    body = b"" if data is None else json.dumps(data).encode()
    names = {name.replace("_", "-"): value for name, value in headers.items()}
    return status, {"content-type": "application/json", **names}, body


@dataclass(eq=False)
class Network:
    """vendors: by host. sent: called with channel and full text of each request that finds a server."""

    world: World
    vendors: dict[str, Vendor]
    sent: Callable[[str, str], None]
    unknown: list[str] = field(default_factory=list)

    def call(
        self, no_answer: Any, method: str, url: str, limit: float, headers: dict[str, str], body: bytes | None
    ) -> Answer:
        """In place of Http.call. limit: seconds that the caller waits for the answer."""
        world = self.world
        parts = urlsplit(url)
        name = enter(world, f"{method} {parts.netloc}{_NUMBER.sub('-n', parts.path)}")
        vendor = self.vendors.get(parts.netloc)
        if vendor is None:
            raise NotSimulated(f"no vendor at {url}")
        lower = {key.lower(): value for key, value in headers.items()}
        content = body or b""
        request = Request(method, parts.path, dict(parse_qsl(parts.query)), lower, content, _json(content))
        wait = round(limit * SECOND)
        if vendor.down == "unreachable" or world.fault("vendor.unreachable", name):
            world.pause(min(wait, world.between(MS, SECOND, "refused", name)))
            leave(world, name)
            raise no_answer("ConnectTimeoutError", sent=False)
        self.sent(vendor.channel, f"{url} {content.decode()}")
        found = self._answer(vendor, request, name, wait)
        leave(world, name)
        if found is None:
            raise no_answer("ReadTimeoutError", sent=True)
        return found

    def _answer(self, vendor: Vendor, request: Request, name: str, wait: int) -> Answer | None:
        """Wait for the answer, at most so long; None where it did not come by then."""
        world = self.world
        latency = world.between(vendor.fastest, vendor.slowest, "vendor", name)
        if world.fault("vendor.slow", name):
            latency = world.between(900 * MS, 6 * SECOND, "vendor-slow", name)
        early = self._without_effect(vendor, name)
        if early is not None:
            world.pause(min(latency, wait))
            return early if latency <= wait else None
        if vendor.down == "hang":
            world.pause(wait)
            return None
        if world.fault("vendor.late-effect", name):
            latency = wait + world.between(0, LATE_EFFECT, "late-effect", name)
        if latency > wait:
            world.after(latency, lambda: self._take_effect(vendor, request))
            world.pause(wait)
            return None
        world.pause(latency)
        found = _handled(vendor, request)
        if world.fault("vendor.5xx-after", name):
            return 504, {}, b"upstream request timeout"
        if world.fault("vendor.answer-lost", name):
            world.pause(max(0, wait - latency))
            return None
        if world.fault("vendor.cut-json", name):
            return found[0], found[1], found[2][: len(found[2]) // 2]
        return found

    def _take_effect(self, vendor: Vendor, request: Request) -> None:
        if not vendor.down:
            vendor.handle(request)

    def _without_effect(self, vendor: Vendor, name: str) -> Answer | None:
        """What is answered before the request gets to the vendor's own code."""
        world = self.world
        if vendor.down == "503":
            return 503, {}, b"upstream connect error"
        if vendor.down == "401":
            return answer(401, {"errorMessages": ["Client must be authenticated to access this resource."]})
        if world.fault("vendor.429", name):
            value = RETRY_AFTER[world.between(0, len(RETRY_AFTER), "retry-after", name)]
            return 429, {"retry-after": value} if value else {}, b""
        if world.fault("vendor.5xx-before", name):
            return (500, 502, 503)[world.between(0, 3, "status", name)], {}, b"internal error"
        if not vendor.believes_any_page and world.fault("vendor.html", name):
            return 200, {"content-type": "text/html"}, LOGIN_PAGE
        if world.fault("vendor.redirect", name):
            return 302, {"location": "https://login.example.com/"}, b""
        return None


def _handled(vendor: Vendor, request: Request) -> Answer:
    try:
        return vendor.handle(request)
    except Exception as error:
        raise NotSimulated(f"{request.method} {request.path}: {type(error).__name__}: {error}") from error


def _json(body: bytes) -> Any:
    try:
        return json.loads(body) if body else None
    except ValueError:
        return None
