"""One run: every probe that is due, side by side, each inside its own time limit.

One broken probe does not stop others: whatever it raises becomes its result. A probe for which the time of the run
does not suffice is not run and not reported as failing; it is counted, and the runner has an alarm on the count.
"""

from __future__ import annotations

import asyncio
import ssl
import time
from collections.abc import Awaitable, Callable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from typing import TypeAlias

from handlers.common.deadline import Deadline
from handlers.common.secrets import NoSecret
from handlers.probes.addresses import AddressPolicy
from handlers.probes.connection import Attempt, tls_context
from handlers.probes.dns_probe import probe_dns
from handlers.probes.http_probe import probe_http, probe_tcp, probe_tls
from handlers.probes.result import ProbeFailure, Result
from handlers.probes.settings import DnsSettings, EndpointSettings, HttpSettings, Probe

# So many at a time, and one after the other in so many seconds. Of 128 MB the processor is a fourteenth, with which a
# TLS handshake takes 25 ms: those that begin together would measure how they wait for each other.
CONCURRENT, APART_SECONDS = 64, 0.025

READERS = 8
_Secret: TypeAlias = Mapping[str, str] | NoSecret
ReadSecret: TypeAlias = Callable[[str], Mapping[str, str]]


@dataclass(frozen=True, slots=True)
class Runner:
    """The means of a run. secret: name to its JSON object, or {"value": text}. hide: removes values of secrets.

    apart: seconds between the beginnings of two probes.
    """

    policy: AddressPolicy
    secret: ReadSecret
    hide: Callable[[str], str]
    clock: Callable[[], float] = time.monotonic
    context: Callable[[], ssl.SSLContext] = field(default=tls_context)
    apart: float = APART_SECONDS


@dataclass(frozen=True, slots=True)
class RunOutcome:
    """results: of the probes that were run, by name. skipped: names of those for which there was no time."""

    results: tuple[Result, ...]
    skipped: tuple[str, ...]


def run_probes(probes: Sequence[Probe], runner: Runner, deadline: Deadline) -> RunOutcome:
    """Runs them until the deadline."""
    return asyncio.run(_run(probes, runner, _secrets(probes, runner), deadline))


async def _run(
    probes: Sequence[Probe], runner: Runner, secrets: Mapping[str, _Secret], deadline: Deadline
) -> RunOutcome:
    places = asyncio.Semaphore(CONCURRENT)

    async def in_turn(number: int, probe: Probe) -> Result | None:
        await asyncio.sleep(number * runner.apart)
        async with places:
            return await _one(probe, runner, secrets) if deadline.left >= probe.timeout else None

    outcomes = await asyncio.gather(*(in_turn(number, probe) for number, probe in enumerate(probes)))
    results = [result for result in outcomes if result]
    skipped = [probe.name for probe, result in zip(probes, outcomes, strict=True) if result is None]
    return RunOutcome(tuple(sorted(results, key=lambda result: result.probe)), tuple(sorted(skipped)))


async def _one(probe: Probe, runner: Runner, secrets: Mapping[str, _Secret]) -> Result:
    """The result of one probe; nothing that it raises leaves it."""
    attempt = Attempt(runner.policy, runner.context())
    started = runner.clock()
    kind = reason = ""
    try:
        async with asyncio.timeout(probe.timeout):
            await _check(probe, secrets, attempt)
    except TimeoutError:
        kind, reason = "timeout", f"timeout after {probe.timeout} s while {attempt.step}"
    except ProbeFailure as failure:
        kind, reason = failure.kind, failure.reason
        attempt.days_left = failure.days_left if failure.days_left is not None else attempt.days_left
    except NoSecret as error:
        kind, reason = "secret", str(error)
    except Exception as error:  # noqa: BLE001  # one broken probe must not stop the others
        kind, reason = "error", f"{type(error).__name__} while {attempt.step}"
    duration_ms = round((runner.clock() - started) * 1000)
    return Result(probe.name, duration_ms, kind, runner.hide(reason), attempt.days_left)


def _check(probe: Probe, secrets: Mapping[str, _Secret], attempt: Attempt) -> Awaitable[None]:
    match probe.settings:
        case HttpSettings() as settings:
            return probe_http(settings, _secret_headers(settings, secrets), attempt)
        case DnsSettings() as settings:
            return probe_dns(settings, attempt)
        case EndpointSettings(host, port):
            return (probe_tls if probe.type == "tls" else probe_tcp)(host, port, attempt)


def _secrets(probes: Sequence[Probe], runner: Runner) -> dict[str, _Secret]:
    """Secrets by name, or why one cannot be read. Before all probes: a call of AWS would hold up their clocks."""
    names = sorted(
        {
            name
            for probe in probes
            if isinstance(probe.settings, HttpSettings)
            for name, _ in probe.settings.secret_headers.values()
        }
    )

    def read(name: str) -> _Secret:
        try:
            return runner.secret(name)
        except NoSecret as error:
            return error

    with ThreadPoolExecutor(READERS) as pool:
        return dict(zip(names, pool.map(read, names), strict=True))


def _secret_headers(settings: HttpSettings, secrets: Mapping[str, _Secret]) -> dict[str, str]:
    """Header to value. Raises NoSecret."""
    values = {}
    for header, (name, key) in settings.secret_headers.items():
        secret = secrets[name]
        if isinstance(secret, NoSecret):
            raise secret
        if (key or "value") not in secret:
            raise NoSecret(f"the secret {name} has no key {key or 'value'}")
        values[header] = secret[key or "value"]
    return values
