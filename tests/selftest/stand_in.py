"""What moto lacks of the calls of a selftest, by what AWS's API pages say; everything else is moto's.

Composites and alarms on logs are in ALARM at once, and a queue always has the same event: verdicts mean nothing here.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

from botocore.exceptions import ClientError

Params = dict[str, Any]
EVENT = (
    '{"id": "11111111-2222-3333-4444-555555555555", "account": "123456789012", "detail-type": "Example", "detail": {}}'
)


def refusal(code: str, message: str = "", status: int = 400) -> ClientError:
    """An error as AWS answers it."""
    metadata = {"HTTPStatusCode": status, "RequestId": "11111111-2222-3333-4444-555555555555"}
    return ClientError({"Error": {"Code": code, "Message": message}, "ResponseMetadata": metadata}, "x")


@dataclass
class StandIn:
    """Resources of the kinds that moto does not have, by kind and name, with the parameters that created them."""

    now_ms: Callable[[], int]
    resources: dict[str, dict[str, Params]] = field(default_factory=dict)

    def answer(self, operation: str, params: Params) -> Params | None:
        """The answer; None for a call of moto."""
        handler: Callable[[Params], Params | None] | None = getattr(self, f"_{operation}", None)
        return handler(params) if handler else None

    def names(self, kind: str = "") -> list[str]:
        """Names of a kind, or of all."""
        kinds = [kind] if kind else list(self.resources)
        return sorted(name for key in kinds for name in self.resources.get(key, {}))

    def _put(self, kind: str, name: str, params: Params) -> Params:
        self.resources.setdefault(kind, {})[name] = params
        return {}

    def _drop(self, kind: str, name: str, code: str = "") -> Params:
        if not self.resources.get(kind, {}).pop(name, None) and code:
            raise refusal(code, f"{name} does not exist", 404)
        return {}

    def _PutAlarmMuteRule(self, params: Params) -> Params:
        return self._put("mute rule", params["Name"], params)

    def _DeleteAlarmMuteRule(self, params: Params) -> Params:
        return self._drop("mute rule", params["AlarmMuteRuleName"], "ResourceNotFoundException")

    def _ListAlarmMuteRules(self, _params: Params) -> Params:
        beginning = "arn:aws:cloudwatch:eu-west-1:123456789012:alarm-mute-rule:"
        return {"AlarmMuteRuleSummaries": [{"AlarmMuteRuleArn": beginning + name} for name in self.names("mute rule")]}

    def _CreateServiceLevelObjective(self, params: Params) -> Params:
        return self._put("SLO", params["Name"], params)

    def _DeleteServiceLevelObjective(self, params: Params) -> Params:
        return self._drop("SLO", params["Id"], "ResourceNotFoundException")

    def _ListServiceLevelObjectives(self, _params: Params) -> Params:
        return {"SloSummaries": [{"Arn": name, "Name": name} for name in self.names("SLO")]}

    def _PutAnomalyDetector(self, params: Params) -> Params:
        return self._put("anomaly detector", params["SingleMetricAnomalyDetector"]["Namespace"], params)

    def _DeleteAnomalyDetector(self, params: Params) -> Params:
        return self._drop("anomaly detector", params["SingleMetricAnomalyDetector"]["Namespace"], "ResourceNotFound")

    def _DescribeAnomalyDetectors(self, params: Params) -> Params:
        rows = self.resources.get("anomaly detector", {})
        return {"AnomalyDetectors": [row for name, row in rows.items() if params.get("Namespace") in (None, name)]}

    def _PutLogAlarm(self, params: Params) -> Params:
        return self._put("alarm", params["AlarmName"], params)

    def _PutCompositeAlarm(self, params: Params) -> Params:
        return self._put("alarm", params["AlarmName"], params)

    def _DescribeAlarms(self, params: Params) -> Params | None:
        """moto has the others; only a call for names of ours is answered here."""
        own = self.names("alarm")
        names = [name for name in params.get("AlarmNames", ()) if name in own]
        names += [name for name in own if "AlarmNamePrefix" in params and name.startswith(params["AlarmNamePrefix"])]
        return {"CompositeAlarms": [{"AlarmName": name, "StateValue": "ALARM"} for name in names]} if names else None

    def _DeleteAlarms(self, params: Params) -> Params | None:
        return self._drop("alarm", params["AlarmNames"][0]) if params["AlarmNames"][0] in self.names("alarm") else None

    def _DescribeAlarmHistory(self, params: Params) -> Params:
        at = datetime.fromtimestamp(self.now_ms() // 1000, UTC)
        item = {
            "AlarmName": params["AlarmName"],
            "Timestamp": params.get("StartDate", at),
            "HistorySummary": "OK to ALARM",
        }
        return {"AlarmHistoryItems": [item]}

    def _ReceiveMessage(self, _params: Params) -> Params:
        return {"Messages": [{"MessageId": "1", "ReceiptHandle": "1", "Body": EVENT}]}

    def _TestMetricFilter(self, params: Params) -> Params:
        lines = enumerate(params["logEventMessages"], 1)
        return {"matches": [{"eventNumber": number, "eventMessage": line} for number, line in lines]}
