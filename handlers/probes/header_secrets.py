"""The values of secret headers: what is read before a run, and what probes have if Secrets Manager is away."""

from __future__ import annotations

import logging
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor, wait
from dataclasses import dataclass, field
from typing import TypeAlias

from handlers.common.secrets import NoSecret, SecretUnavailable
from handlers.probes.settings import HttpSettings, Probe

logger = logging.getLogger(__name__)
READERS = 8
# For all secrets of a run. A client takes seconds at 128 MB, and probes without secrets wait, too.
READ_SECONDS = 15.0
ReadSecret: TypeAlias = Callable[[str], Mapping[str, str]]
Readings: TypeAlias = Mapping[str, Mapping[str, str] | NoSecret]


@dataclass(slots=True)
class LastKnown:
    """Reads secrets, and has the last value of one that cannot be read now: the target is what a probe is about."""

    read: ReadSecret
    _values: dict[str, Mapping[str, str]] = field(default_factory=dict)

    def __call__(self, name: str) -> Mapping[str, str]:
        """The secret. Raises NoSecret where there is no earlier value either."""
        try:
            self._values[name] = self.read(name)
        except SecretUnavailable as error:
            if name not in self._values:
                raise
            logger.warning("secret not readable, used the last value", extra={"secret": name, "reason": str(error)})
        return self._values[name]


def names_of(probe: Probe) -> tuple[str, ...]:
    """The secrets that a probe needs."""
    if not isinstance(probe.settings, HttpSettings):
        return ()
    return tuple(sorted({name for name, _ in probe.settings.secret_headers.values()}))


def read_secrets(probes: Sequence[Probe], secret: ReadSecret, seconds: float) -> Readings:
    """Secrets by name, or why one cannot be read. Before all probes: a call of AWS would hold up their clocks.

    seconds: after so many those that are not read are given up.
    """
    names = sorted({name for probe in probes for name in names_of(probe)})

    def read(name: str) -> Mapping[str, str] | NoSecret:
        try:
            return secret(name)
        except NoSecret as error:
            return error
        except Exception as error:  # noqa: BLE001  # one broken secret must not stop the probes of others
            return NoSecret(f"the secret {name} is not readable: {type(error).__name__}")

    pool = ThreadPoolExecutor(READERS, thread_name_prefix="secrets")
    pending = {name: pool.submit(read, name) for name in names}
    done, _ = wait(pending.values(), timeout=seconds)
    pool.shutdown(wait=False, cancel_futures=True)
    late = f"is not readable within {seconds:.0f} seconds"
    return {
        name: reading.result() if reading in done else SecretUnavailable(f"the secret {name} {late}")
        for name, reading in pending.items()
    }


def header_values(settings: HttpSettings, readings: Readings) -> dict[str, str]:
    """Header to value. Raises NoSecret."""
    values = {}
    for header, (name, key) in settings.secret_headers.items():
        secret = readings[name]
        if isinstance(secret, NoSecret):
            raise secret
        if not secret.get(key or "value"):
            raise NoSecret(f"the secret {name} has no key {key or 'value'}, or it is empty")
        values[header] = secret[key or "value"]
    return values
