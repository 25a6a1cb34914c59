"""The agents' deployment: events of the stack set that deploys them, as EventBridge hands them to the function.

https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/event-detail-stackset-stack-instance-status-change.html
What raises is invoked twice more, and goes to the function's dead letters then.

Environment: TABLE_NAME, BUS_NAME, ENVIRONMENT, STACK_SET_NAME. Rights: dynamodb GetItem, PutItem, Query on the table;
events:PutEvents on the hub's bus.
"""

from __future__ import annotations

import logging
import os
from functools import cache
from typing import Any

from handlers.agents.stack_events import Ignored, read
from handlers.common import aws
from handlers.events.agents import stack_changed
from handlers.events.outputs import Outputs
from handlers.events.settings import read_settings

logger = logging.getLogger(__name__)
logging.getLogger("handlers").setLevel(logging.INFO)
READ_SECONDS = 4.0
ATTEMPTS = 3


def handler(event: dict[str, Any], _context: Any) -> None:
    """Lambda's entry point. What is no event of an agent's stack instance is said in the log and dropped."""
    try:
        change = read(event, os.environ["STACK_SET_NAME"])
    except Ignored as why:
        logger.info("ignored", extra={"why": str(why)})
        return
    agent = stack_changed(change, _outputs())
    logger.info(
        "agent", extra={"account": agent.source.account, "source_region": agent.source.region, "status": agent.status}
    )


def _client(service: str) -> Any:
    return aws.client(service, READ_SECONDS, ATTEMPTS)


@cache
def _outputs() -> Outputs:
    from handlers.events.dynamo_store import DynamoStore
    from handlers.events.findings_bus import EventBridgeFindings

    settings = read_settings()
    store = DynamoStore(_client("dynamodb"), os.environ["TABLE_NAME"], settings.keep_days)
    return Outputs(store, EventBridgeFindings(_client("events"), os.environ["BUS_NAME"]), settings)
