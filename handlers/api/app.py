"""The API's entry point: a request of API Gateway in, its answer out.

Environment: TABLE_NAME, INCIDENTS_TABLE, CURSOR_SECRET (name of the secret), BUS_NAME; BUCKET_NAME where the
environment has reports. Rights, beside those of its log:

- dynamodb: BatchGetItem, GetItem, PutItem, Query on the table, Query on its indexes;
- dynamodb: BatchGetItem on the table of incidents, Query on its index;
- secretsmanager:GetSecretValue on the secret; events:PutEvents on the hub's bus;
- s3:GetObject and s3:ListBucket on the bucket: the address of a report is signed with the function's own credentials.
"""

from __future__ import annotations

import logging
import os
import time
import traceback
from functools import cache
from http import HTTPStatus
from pathlib import Path
from typing import Any

from handlers.api.caller import caller_name
from handlers.api.decisions import ErrorDecisions
from handlers.api.incident_rows import IncidentTable
from handlers.api.mute_rows import MuteTable
from handlers.api.openapi import Document, document_of
from handlers.api.problems import Problem, problem_answer
from handlers.api.report_pages import ReportPages
from handlers.api.request import Answer, Request, proxy_answer, request_of
from handlers.api.service import answer
from handlers.api.signing_keys import SigningKeys
from handlers.api.world import World
from handlers.common import aws
from handlers.common.table_rows import Throttled
from handlers.events.dynamo_store import DynamoStore
from handlers.events.findings_bus import EventBridgeFindings
from handlers.events.outputs import Outputs
from handlers.events.settings import read_settings

logger = logging.getLogger(__name__)
logging.getLogger("handlers").setLevel(logging.INFO)
DOCUMENT = "openapi.json"
# Of an answer of AWS, twice: the function has ten seconds.
READ_SECONDS = 3.0
# https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/Programming.Errors.html
BUSY = frozenset(
    (
        "ProvisionedThroughputExceededException",
        "RequestLimitExceeded",
        "ThrottlingException",
        "TransactionInProgressException",
        "InternalServerError",
    )
)
RETRY_AFTER = {"Retry-After": "5"}


def handler(event: dict[str, Any], _context: Any) -> dict[str, Any]:
    """Lambda's entry point. Whatever fails inside is said in the log, under the request's id, and nowhere else."""
    request = request_of(event)
    started = time.monotonic()
    try:
        given = answer(request, _document(), _world())
    except Exception as error:
        given = _failure(error, request)
    logger.info(
        "request",
        extra={
            "method": request.method,
            "path": request.path[:200],
            "status": given.status,
            "request": request.id,
            "caller": caller_name(request.arn),
            "ms": round((time.monotonic() - started) * 1000),
        },
    )
    return proxy_answer(given)


def _failure(error: Exception, request: Request) -> Answer:
    stack = "".join(traceback.format_exception(error))
    logger.error("failed", extra={"request": request.id, "stack": stack})
    code = getattr(error, "response", {}).get("Error", {}).get("Code", "")
    if isinstance(error, Throttled) or code in BUSY:
        problem = Problem(HTTPStatus.SERVICE_UNAVAILABLE, "the table is busy; retry later", headers=RETRY_AFTER)
    else:
        problem = Problem(HTTPStatus.INTERNAL_SERVER_ERROR, "the request failed; search the log for its ID")
    return problem_answer(problem, request.id)


@cache
def _document() -> Document:
    return document_of(Path(__file__).with_name(DOCUMENT).read_bytes())


@cache
def _world() -> World:
    """Made once for each environment that the function lives in."""
    known = read_settings()
    dynamodb = aws.client("dynamodb", READ_SECONDS)
    store = DynamoStore(dynamodb, os.environ["TABLE_NAME"], known.keep_days)
    findings = EventBridgeFindings(aws.client("events", READ_SECONDS), os.environ["BUS_NAME"])
    return World(
        store=store,
        decisions=ErrorDecisions(Outputs(store, findings, known)),
        incidents=IncidentTable(dynamodb, os.environ["INCIDENTS_TABLE"]),
        mutes=MuteTable(dynamodb, os.environ["INCIDENTS_TABLE"]),
        reports=ReportPages(_s3, os.environ.get("BUCKET_NAME", "")),
        keys=SigningKeys(_secrets, os.environ["CURSOR_SECRET"], _now),
        names=known.accounts,
        keep_days=known.keep_days,
        now=_now,
        document=_document().data,
    )


def _now() -> int:
    return time.time_ns() // 1_000_000


def _secrets() -> Any:
    return aws.client("secretsmanager", READ_SECONDS)


@cache
def _s3() -> Any:
    """Signature Version 4, which objects under a customer key need, whatever the Region.

    Addresses are those of the bucket's own Region: the one of all Regions leads elsewhere while a bucket is new, which
    no signature survives, and does not serve Regions that an account has to opt in to.

    https://docs.aws.amazon.com/AmazonS3/latest/API/sig-v4-authenticating-requests.html
    https://docs.aws.amazon.com/AmazonS3/latest/userguide/VirtualHosting.html#VirtualHostingBackwardsCompatibility
    """
    from botocore.config import Config
    from botocore.session import get_session

    config = Config(
        signature_version="s3v4",
        s3={"addressing_style": "virtual"},
        connect_timeout=1,
        read_timeout=READ_SECONDS,
        retries={"total_max_attempts": 2},
    )
    return get_session().create_client("s3", config=config)
