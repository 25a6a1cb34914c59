"""AWS clients with time-outs that fit into a function of three seconds. botocore alone: boto3 adds nothing here."""

from __future__ import annotations

from functools import cache
from typing import Any

CONNECT_SECONDS = 0.4
READ_SECONDS = 0.8


@cache
def _session() -> Any:
    from botocore.session import get_session

    return get_session()


@cache
def client(service: str) -> Any:
    """A client of a service, made once. Two attempts: a connection that a frozen function kept may be dead."""
    from botocore.config import Config

    config = Config(connect_timeout=CONNECT_SECONDS, read_timeout=READ_SECONDS, retries={"total_max_attempts": 2})
    return _session().create_client(service, config=config)
