"""AWS clients with time-outs that fit into a function of three seconds. botocore alone: boto3 adds nothing here."""

from __future__ import annotations

from functools import cache
from typing import Any

CONNECT_SECONDS = 0.4
READ_SECONDS = 0.8
ATTEMPTS = 2


@cache
def _session() -> Any:
    from botocore.session import get_session

    return get_session()


@cache
def client(service: str, read_seconds: float | None = None, attempts: int = ATTEMPTS, region: str | None = None) -> Any:
    """A client of a service, made once for each way to use it. region: the function's own unless given.

    read_seconds: how long to wait for an answer; READ_SECONDS unless given. attempts: in all. More than one where it is
    no harm to do a thing twice; a connection that a frozen function kept may be dead.
    """
    from botocore.config import Config

    retries = {"total_max_attempts": attempts}
    wait = READ_SECONDS if read_seconds is None else read_seconds
    config = Config(connect_timeout=CONNECT_SECONDS, read_timeout=wait, retries=retries)
    return _session().create_client(service, region_name=region, config=config)
