"""One run: every probe that is due, side by side, each inside its own time limit.

One broken probe does not stop others: whatever it raises becomes its result. A probe for which the time of the run
does not suffice is not run and not reported as failing; it is counted, and the runner has an alarm on the count.
"""

from __future__ import annotations

import asyncio
import ssl
import time
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass, field

from handlers.common.deadline import Deadline
from handlers.common.secrets import NoSecret, SecretUnavailable
from handlers.probes.addresses import AddressPolicy
from handlers.probes.connection import Attempt, tls_context
from handlers.probes.dns_probe import probe_dns
from handlers.probes.header_secrets import READ_SECONDS, Readings, ReadSecret, header_values, names_of, read_secrets
from handlers.probes.http_probe import probe_http, probe_tcp, probe_tls
from handlers.probes.result import ProbeFailure, Result
from handlers.probes.settings import DnsSettings, EndpointSettings, HttpSettings, Probe

# So many at a time, and one after the other in so many seconds. Of 128 MB the processor is a fourteenth, with which a
# TLS handshake takes 25 ms: those that begin together would measure how they wait for each other.
CONCURRENT, APART_SECONDS = 64, 0.025


@dataclass(frozen=True, slots=True)
class Runner:
    """The means of a run. secret: name to its JSON object, or {"value": text}. hide: removes values of secrets.

    forget: has a secret read again in the next run. apart: seconds between the beginnings of two probes.
    """

    policy: AddressPolicy
    secret: ReadSecret
    hide: Callable[[str], str]
    clock: Callable[[], float] = time.monotonic
    context: Callable[[], ssl.SSLContext] = field(default=tls_context)
    forget: Callable[[str], None] = lambda _: None
    apart: float = APART_SECONDS


@dataclass(frozen=True, slots=True)
class RunOutcome:
    """results: of the probes that were run, by name. skipped: names of those that were not, for want of time or of a
    secret that cannot be read now.
    """

    results: tuple[Result, ...]
    skipped: tuple[str, ...]


def run_probes(probes: Sequence[Probe], runner: Runner, deadline: Deadline) -> RunOutcome:
    """Runs them until the deadline."""
    readings = read_secrets(probes, runner.secret, min(READ_SECONDS, deadline.left))
    outcome = asyncio.run(_run(probes, runner, readings, deadline))
    _forget_refused(probes, outcome, runner)
    return outcome


def _forget_refused(probes: Sequence[Probe], outcome: RunOutcome, runner: Runner) -> None:
    """A target that refuses a secret may have a new one: the next run has it, and one failure alone does not page."""
    refused = {result.probe for result in outcome.results if result.kind == "status"}
    for name in sorted({name for probe in probes if probe.name in refused for name in names_of(probe)}):
        runner.forget(name)


async def _run(probes: Sequence[Probe], runner: Runner, readings: Readings, deadline: Deadline) -> RunOutcome:
    places = asyncio.Semaphore(CONCURRENT)

    async def in_turn(number: int, probe: Probe) -> Result | None:
        await asyncio.sleep(number * runner.apart)
        async with places:
            return await _one(probe, runner, readings) if deadline.left >= probe.timeout else None

    outcomes = await asyncio.gather(*(in_turn(number, probe) for number, probe in enumerate(probes)))
    results = [result for result in outcomes if result]
    skipped = [probe.name for probe, result in zip(probes, outcomes, strict=True) if result is None]
    return RunOutcome(tuple(sorted(results, key=lambda result: result.probe)), tuple(sorted(skipped)))


async def _one(probe: Probe, runner: Runner, readings: Readings) -> Result | None:
    """The result of one probe; nothing that it raises leaves it. None where Secrets Manager is away, which says
    nothing about the target.
    """
    attempt = Attempt(runner.policy, runner.context())
    started = runner.clock()
    kind = reason = ""
    try:
        async with asyncio.timeout(probe.timeout):
            await _check(probe, readings, attempt)
    except TimeoutError:
        kind, reason = "timeout", f"timeout after {probe.timeout} s while {attempt.step}"
    except ProbeFailure as failure:
        kind, reason = failure.kind, failure.reason
        attempt.days_left = failure.days_left if failure.days_left is not None else attempt.days_left
    except SecretUnavailable:
        return None
    except NoSecret as error:
        kind, reason = "secret", str(error)
    except Exception as error:  # noqa: BLE001  # one broken probe must not stop the others
        kind, reason = "error", f"{type(error).__name__} while {attempt.step}"
    duration_ms = round((runner.clock() - started) * 1000)
    return Result(probe.name, duration_ms, kind, runner.hide(reason), attempt.days_left)


def _check(probe: Probe, readings: Readings, attempt: Attempt) -> Awaitable[None]:
    match probe.settings:
        case HttpSettings() as settings:
            return probe_http(settings, header_values(settings, readings), attempt)
        case DnsSettings() as settings:
            return probe_dns(settings, attempt)
        case EndpointSettings(host, port):
            return (probe_tls if probe.type == "tls" else probe_tcp)(host, port, attempt)
