"""A run of five hundred probes as one runner has it: `python -m bench.probes`.

The targets are an HTTP server of this machine that answers after `--latency` seconds, over TLS with `--tls`, and a
share of targets that never answer (`--hanging`). Wall seconds say whether a run ends in time; processor seconds, times
fourteen, are about what a function with 128 MB needs. Memory is the peak of the process.
"""

from __future__ import annotations

import argparse
import asyncio
import multiprocessing
import resource
import ssl
import sys
import tempfile
import time
from multiprocessing.connection import Connection
from pathlib import Path

from handlers.common.deadline import Deadline
from handlers.probes.addresses import AddressPolicy
from handlers.probes.run import Runner, run_probes
from handlers.probes.settings import Probe, probe_of
from tests.handlers.probe_world import client_context, server_context

# The least that a function with 128 MB has of a processor: one has 1,769 MB.
# https://docs.aws.amazon.com/lambda/latest/dg/configuration-memory.html
SHARE = 1_769 / 128
TIME_LIMIT_SECONDS = 52
_RESPONSE = b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok"


def serve(latency: float, folder: str | None, ports: Connection) -> None:
    """Send the port of a server, then answer until the process ends; requests of `/hang` are not answered."""
    context = server_context(Path(folder)) if folder else None
    asyncio.run(_serve(latency, context, ports))


async def _serve(latency: float, context: ssl.SSLContext | None, ports: Connection) -> None:
    async def answer(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            head = await reader.readuntil(b"\r\n\r\n")
            if head.startswith(b"GET /hang"):
                await reader.read()
            await asyncio.sleep(latency)
            writer.write(_RESPONSE)
            await writer.drain()
        except (asyncio.IncompleteReadError, ConnectionError, ssl.SSLError):
            pass
        finally:
            writer.transport.abort()

    server = await asyncio.start_server(answer, "127.0.0.1", 0, ssl=context, backlog=1024)
    ports.send(server.sockets[0].getsockname()[1])
    await server.serve_forever()


def probes(count: int, hanging: int, port: int, scheme: str, timeout: float) -> list[Probe]:
    """The probes; the last ones hang."""
    paths = ["ok"] * (count - hanging) + ["hang"] * hanging
    entry = {"type": "http", "every": 60, "timeout": timeout, "status": [200], "contains": ""}
    return [
        probe_of({**entry, "probe": f"probe-{number:03}", "url": f"{scheme}://localhost:{port}/{path}"})
        for number, path in enumerate(paths)
    ]


def main() -> int:
    """Run once and print what it took; 1 if it would not end in time."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--count", type=int, default=500)
    parser.add_argument("--hanging", type=int, default=500)
    parser.add_argument("--latency", type=float, default=0.2)
    parser.add_argument("--timeout", type=float, default=5)
    parser.add_argument("--tls", action="store_true")
    given = parser.parse_args()
    here, there = multiprocessing.Pipe()
    with tempfile.TemporaryDirectory() as folder:
        arguments = (given.latency, folder if given.tls else None, there)
        # Forked, so that both sides have the authority of the certificate.
        server = multiprocessing.get_context("fork").Process(target=serve, args=arguments, daemon=True)
        context = client_context()
        server.start()
        scheme = "https" if given.tls else "http"
        due = probes(given.count, given.hanging, here.recv(), scheme, given.timeout)
        runner = Runner(AddressPolicy(local=True), lambda _: {}, lambda text: text, context=lambda: context)
        wall, cpu = time.monotonic(), time.process_time()
        outcome = run_probes(due, runner, Deadline.after(TIME_LIMIT_SECONDS))
        lines = [result.line(0) for result in outcome.results]
        wall, cpu = time.monotonic() - wall, time.process_time() - cpu
        server.terminate()
    up = sum(result.is_up for result in outcome.results)
    peak_mb = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    sys.stdout.write(
        f"{len(lines)} probes, {up} up, {len(outcome.skipped)} not run: {wall:.1f} s; processor {cpu:.2f} s,"
        f" at 128 MB {cpu * SHARE:.1f} s; {peak_mb:.0f} MB\n"
    )
    return 1 if outcome.skipped or wall > TIME_LIMIT_SECONDS else 0


if __name__ == "__main__":
    sys.exit(main())
