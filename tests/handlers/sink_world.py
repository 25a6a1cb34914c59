"""What the tests of the sinks share: a report, sinks that lead to the stand-in, and a deadline as Lambda has it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

from handlers.common.deadline import Deadline
from handlers.common.http import Answer, Http
from handlers.incident.channels import Channel, DeliveryPolicy
from handlers.incident.message.report import Report, Step
from handlers.incident.sinks.sink import Attempt, Sink, SinkFailed, Tools, sink
from tests.vendors import Vendors

# As the stand-in listens on this machine, without TLS.
POLICY = DeliveryPolicy(rate=60, retry_ms=86_400_000, missed="each", private=True)
LONG_AGO = 200_000
OPEN = Report(
    step=Step.OPEN,
    episode="0123456789abcdef",
    alarm="errors-alarm-prod",
    state="ALARM",
    severity="high",
    account="222222222222",
    account_name="alpha",
    region="us-east-1",
    environment="prod",
    project="shop",
    summary="The shop is logging errors",
    reason="Threshold Crossed: 1 datapoint [12.0] was greater than the threshold (5.0).",
    since="2026-11-20T10:00:00Z",
    at="2026-11-20T10:00:00Z",
    measured="Errors Sum 12 > 5",
    owner="team-shop",
    runbook="https://runbooks.example.com/errors",
    links=(
        ("Alarm", "https://us-east-1.console.aws.amazon.com/cloudwatch/home?region=us-east-1#alarmsV2:alarm/errors"),
        (
            "Log query",
            "https://us-east-1.console.aws.amazon.com/cloudwatch/home?region=us-east-1#logsV2:x?q=~(end~'a*b)",
        ),
    ),
)
REPEAT = replace(OPEN, step=Step.REPEAT, count=2, at="2026-11-20T10:10:00Z")
RESOLVE = replace(OPEN, step=Step.RESOLVE, state="OK", at="2026-11-20T10:20:00Z")
NOTICE = replace(OPEN, step=Step.NOTICE, state="INSUFFICIENT_DATA", at="2026-11-20T10:05:00Z")
EVIDENCE = replace(OPEN, step=Step.EVIDENCE, lines=("[ERROR] one <a> & ```b```", "", "{noformat} [ERROR] two"))
UPDATED = replace(OPEN, step=Step.UPDATED)
REMINDER = replace(OPEN, step=Step.REMINDER, reminded="2026-11-20T10:30:00Z")
STEPS = (OPEN, REPEAT, RESOLVE, NOTICE, EVIDENCE, UPDATED, REMINDER)
# Everything that may be long, is, and full of what means something to one vendor or the other.
MEAN = '<!channel> & {code} [x|y] *b* ``` \\ "q" ünï 🚨\n'
NASTY = replace(
    OPEN,
    alarm=(MEAN * 20)[:255],
    account_name=(MEAN * 10)[:200],
    summary=MEAN * 200,
    reason=MEAN * 100,
    owner=MEAN * 30,
    measured=MEAN * 50,
    runbook="not an address <x>",
    links=tuple((f"link {n} <|>", f"https://example.com/?a=1&b=2&n={n}{'x' * 1500}") for n in range(6)),
)


def nasty(step: Step) -> Report:
    """The worst report that there may be of a step."""
    return replace(NASTY, step=step, lines=tuple((MEAN * 20)[:500] for _ in range(5)) if step is Step.EVIDENCE else ())


def deadline(seconds: float = 2.5) -> Deadline:
    """As much time as the function has."""
    return Deadline.after(seconds)


def channel_of(vendors: Vendors, name: str, **settings: Any) -> tuple[Channel, Mapping[str, str]]:
    """A channel that leads to the stand-in, and what its secret holds."""
    held = {**vendors.example_channels()[name], **settings}
    kind, secret = held.pop("type"), held.pop("secret")
    return Channel(name, kind, f"drill/{name}", held, POLICY), secret


def sink_to(vendors: Vendors, name: str, secret: Mapping[str, str] | None = None, **settings: Any) -> Sink:
    """The real sink of that channel."""
    channel, usual = channel_of(vendors, name, **settings)
    return sink(channel, tools(usual if secret is None else secret))


def tools(secret: Mapping[str, str]) -> Tools:
    """Real HTTP, and a secret that is there."""

    def client(service: str) -> Any:
        raise AssertionError(f"nobody here needs {service}")

    return Tools(Http(), lambda _name: secret, client)


@dataclass
class Sending:
    """One step on its way, as a worker would take it there; `run` again after a failure goes on from where it was."""

    way: Sink
    report: Report
    attempt: Attempt
    calls: int = 0

    def run(self) -> str | None:
        """Call after call until the step is done; raises SinkFailed as the sink does."""
        for _ in range(30):
            self.calls += 1
            try:
                done = self.way.advance(self.report, self.attempt, deadline())
            except SinkFailed as error:
                if error.unsure:
                    since = self.attempt.unsure_since + 1
                    self.attempt = replace(self.attempt, unsure_since=since, unsure_ms=LONG_AGO)
                raise
            if done.finished:
                return done.reference
            self.attempt = replace(self.attempt, reference=done.reference, progress=done.progress)
        raise AssertionError("the step has no end")


def sending(way: Sink, report: Report, ref: str | None = None, *, unsure: bool = False, plain: bool = False) -> Sending:
    """A step that begins; unsure: after an attempt that may have taken effect, long enough ago to be found."""
    since, ago = (1, LONG_AGO) if unsure else (0, 0)
    return Sending(way, report, Attempt(ref, unsure_since=since, unsure_ms=ago, plain=plain))


def send(way: Sink, report: Report, ref: str | None = None, *, unsure: bool = False) -> str | None:
    """Take a step to its end."""
    return sending(way, report, ref, unsure=unsure).run()


def failure(way: Sink, report: Report, ref: str | None = None, *, unsure: bool = False) -> SinkFailed:
    """How a step fails."""
    try:
        send(way, report, ref, unsure=unsure)
    except SinkFailed as error:
        return error
    raise AssertionError("it did not fail")


class Always(Http):
    """A server that answers everything in one way."""

    def __init__(self, answer: Answer) -> None:
        self.answer = answer

    def call(
        self,
        method: str,
        url: str,
        deadline: Deadline,
        *,
        headers: dict[str, str] | None = None,
        body: bytes | None = None,
        data: Any = None,
        private: bool = False,
    ) -> Answer:
        return self.answer


def once(kind: str, method: str = "POST", path: str = "") -> Any:
    """A fault that happens to one request and is over then."""
    left = [kind]

    def fault(asked: str, asked_method: str) -> str | None:
        return left.pop() if left and asked_method == method and path in asked else None

    return fault
