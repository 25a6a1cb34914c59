"""moto's server, one for each process that runs tests: what moto knows, it knows for the whole process anyway.

A server of its own for each test would cost the time in which it stops, and making every service's application anew.
"""

from __future__ import annotations

from functools import cache

import urllib3
from moto.server import ThreadedMotoServer

from generator.drill.machine import prepare_moto

# Without the three seconds that a request has by default: there may be more than a thousand instances to forget.
_RESET_SECONDS = 60.0


@cache
def address() -> str:
    """Where it listens. It starts with the first who asks, and ends with the process."""
    prepare_moto()
    server = ThreadedMotoServer(ip_address="127.0.0.1", port=0, verbose=False)
    server.start()
    return "http://{}:{}".format(*server.get_host_and_port())


def reset() -> None:
    """Forget everything."""
    assert urllib3.request("POST", f"{address()}/moto-api/reset", timeout=_RESET_SECONDS).status == 200
