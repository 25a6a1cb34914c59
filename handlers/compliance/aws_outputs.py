"""What the checker asks of the world around it, in AWS; see outputs.py. Clients are botocore's."""

from __future__ import annotations

import json
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

from botocore.exceptions import ClientError, ConnectTimeoutError, EndpointConnectionError

from handlers.compliance.outputs import NAMESPACE, Point

# https://docs.aws.amazon.com/AmazonCloudWatch/latest/APIReference/API_PutMetricData.html
MOST_POINTS = 1_000
# https://docs.aws.amazon.com/eventbridge/latest/APIReference/API_PutEvents.html
MOST_EVENTS = 10
SOURCE, DETAIL_TYPE = "obsgen.compliance", "Tag Compliance Finding"
ATTEMPTS = 4
PAUSE_S = 0.2
THROTTLED = {"Throttling", "ThrottlingException", "RequestLimitExceeded", "TooManyRequestsException"}


@dataclass(frozen=True, slots=True)
class S3Records:
    """See outputs.Records."""

    client: Any
    bucket: str

    def put(self, key: str, body: str) -> None:
        """See outputs.Records."""
        self.client.put_object(
            Bucket=self.bucket, Key=key, Body=body.encode("utf-8", "replace"), ContentType="application/json"
        )


@dataclass(frozen=True, slots=True)
class CloudWatchMetrics:
    """See outputs.Metrics. client: with one attempt, because points that are put twice are counted twice.

    pause: sleeps for seconds.
    """

    client: Any
    pause: Callable[[float], None] = field(default=time.sleep, repr=False)

    def put(self, points: Sequence[Point]) -> None:
        """See outputs.Metrics."""
        for start in range(0, len(points), MOST_POINTS):
            self._put([_datum(point) for point in points[start : start + MOST_POINTS]])

    def _put(self, data: list[dict[str, Any]]) -> None:
        """Again only where it is certain that nothing was counted."""
        for attempt in range(ATTEMPTS):
            try:
                self.client.put_metric_data(Namespace=NAMESPACE, MetricData=data)
            except (ClientError, ConnectTimeoutError, EndpointConnectionError) as error:
                is_refused = isinstance(error, ClientError) and error.response["Error"]["Code"] not in THROTTLED
                if is_refused or attempt == ATTEMPTS - 1:
                    raise
            else:
                return
            self.pause(PAUSE_S * 2**attempt)


def _datum(point: Point) -> dict[str, Any]:
    """At most a few hundred bytes; a thousand are well below the 1 MB of a request."""
    return {
        "MetricName": point.name,
        "Value": point.value,
        "Unit": "Count",
        "Timestamp": datetime.fromtimestamp(point.at / 1000, UTC),
        "Dimensions": [{"Name": name, "Value": value} for name, value in point.dimensions.items()],
    }


@dataclass(frozen=True, slots=True)
class EventBridgeFindings:
    """See outputs.Findings. client: of EventBridge in the Region of the bus, which is the hub's. region: our own.

    The envelope of such an event names the Region of the endpoint that it was sent to, so the detail names ours.
    pause: sleeps for seconds.
    """

    client: Any
    bus: str
    region: str
    pause: Callable[[float], None] = field(default=time.sleep, repr=False)

    def send(self, details: Sequence[Mapping[str, Any]]) -> list[bool]:
        """See outputs.Findings."""
        accepted = [False] * len(details)
        for batch in _batches(range(len(details))):
            try:
                self._send(batch, details, accepted)
            except Exception:
                if not any(accepted):
                    raise
                # What was taken has to be written down; the rest is tried again by whoever asked.
                return accepted
        return accepted

    def _send(self, batch: list[int], details: Sequence[Mapping[str, Any]], accepted: list[bool]) -> None:
        """Some entries of a call may fail, mostly for throttling, while the others are taken."""
        for attempt in range(ATTEMPTS):
            if attempt:
                self.pause(PAUSE_S * 2 ** (attempt - 1))
            answer = self.client.put_events(Entries=[self._entry(details[index]) for index in batch])
            for index, entry in zip(batch, answer["Entries"], strict=True):
                accepted[index] = "ErrorCode" not in entry
            batch = [index for index in batch if not accepted[index]]
            if not batch:
                return

    def _entry(self, detail: Mapping[str, Any]) -> dict[str, Any]:
        text = json.dumps({**detail, "region": self.region}, ensure_ascii=False, separators=(",", ":"))
        return {"Source": SOURCE, "DetailType": DETAIL_TYPE, "EventBusName": self.bus, "Detail": text}


def _batches(indexes: range) -> Iterator[list[int]]:
    for start in range(0, len(indexes), MOST_EVENTS):
        yield list(indexes[start : start + MOST_EVENTS])


@dataclass(frozen=True, slots=True)
class SqsMessages:
    """See outputs.Messages. queue: the URL of the checker's own queue."""

    client: Any
    queue: str

    def send(self, message: Mapping[str, Any], delay_s: int = 0) -> None:
        """See outputs.Messages."""
        self.client.send_message(
            QueueUrl=self.queue,
            MessageBody=json.dumps(message, separators=(",", ":")),
            DelaySeconds=delay_s,
        )
