"""Calls of a selftest: which operations may change what, and errors as values.

Each operation that changes something names what it changes in one parameter, and that name must have the prefix of the
run. An operation that is in neither table is never called.
"""

from __future__ import annotations

from dataclasses import dataclass
from http import HTTPStatus
from typing import Any

from generator.rollout.aws.clients import Aws
from generator.rollout.aws.errors import EXPIRED, NOT_KNOWN, AwsError, is_page
from generator.rollout.selftest.kinds import KINDS
from generator.rollout.selftest.types import CallRefused, ForeignName

MOST_MESSAGE = 500
SIGN_IN_AGAIN = "sign in again and run the same command with --run: it continues"
CONNECT_SECONDS, READ_SECONDS, ATTEMPTS = 5, 60, 4
# What changes a resource of ours, and the parameter that has its name. Lists have names only.
CHANGES = {
    "create_log_stream": "logGroupName",
    "delete_alarm_mute_rule": "AlarmMuteRuleName",
    "delete_alarms": "AlarmNames",
    "delete_anomaly_detector": "SingleMetricAnomalyDetector",
    "delete_dashboards": "DashboardNames",
    "delete_insight_rules": "RuleNames",
    "delete_log_group": "logGroupName",
    "delete_queue": "QueueUrl",
    "delete_role": "RoleName",
    "delete_role_policy": "RoleName",
    "delete_rule": "Name",
    "delete_service_level_objective": "Id",
    "put_log_events": "logGroupName",
    "put_metric_data": "Namespace",
    "put_role_policy": "RoleName",
    "put_targets": "Rule",
    "remove_targets": "Rule",
    "set_alarm_state": "AlarmName",
} | {operation: name for kind in KINDS.values() for operation, name in kind.create.items()}
READS = (
    "describe_alarm_history",
    "describe_alarms",
    "describe_anomaly_detectors",
    "describe_insight_rules",
    "describe_log_groups",
    "get_caller_identity",
    "get_metric_data",
    "get_query_results",
    "get_queue_attributes",
    "get_queue_url",
    "list_alarm_mute_rules",
    "list_dashboards",
    "list_metrics",
    "list_queues",
    "list_role_policies",
    "list_roles",
    "list_rules",
    "list_service_level_objectives",
    "list_targets_by_rule",
    "receive_message",
    "start_query",
    "test_event_pattern",
    "test_metric_filter",
)


@dataclass(frozen=True, slots=True)
class GuardedCalls:
    """Calls of one account and Region. prefix: of every name that may be changed."""

    aws: Aws
    region: str
    prefix: str

    def __call__(self, service: str, operation: str, **params: Any) -> dict[str, Any]:
        """The answer. Raises CallRefused; ForeignName before a call that is not ours; AwsError at the session's end."""
        from botocore.exceptions import BotoCoreError, ClientError
        from botocore.parsers import ResponseParserError

        self._check(operation, params)
        action = f"{service}:{operation}"
        try:
            client = self.aws.client(service, self.region, _config())
            answer: dict[str, Any] = getattr(client, operation)(**params)
        except ClientError as error:
            data = error.response.get("Error", {})
            code = str(data.get("Code", ""))
            if code in (*EXPIRED, *NOT_KNOWN):
                raise AwsError("the AWS session has expired", SIGN_IN_AGAIN) from None
            status = int(error.response.get("ResponseMetadata", {}).get("HTTPStatusCode", 0))
            raise CallRefused(action, code, _short(str(data.get("Message", ""))), status) from None
        except AttributeError:
            raise CallRefused(action, "UnknownOperation", "the installed boto3 does not have this call") from None
        except (BotoCoreError, ResponseParserError, ValueError, KeyError) as error:
            if _is_signed_out(error):
                raise AwsError(f"the AWS session has ended: {_short(str(error))}", SIGN_IN_AGAIN) from None
            raise CallRefused(action, type(error).__name__, _short(str(error))) from None
        _check_entries(action, answer)
        return answer

    def _check(self, operation: str, params: dict[str, Any]) -> None:
        if operation in READS:
            return
        if operation not in CHANGES:
            raise ForeignName(f"{operation} is no call of a selftest")
        for name in _changed_names(CHANGES[operation], params):
            if not name.startswith(self.prefix):
                raise ForeignName(f"{operation} of {name}, which does not begin with {self.prefix}")


def _changed_names(parameter: str, params: dict[str, Any]) -> list[str]:
    """The names of what a call changes."""
    value = params[parameter]
    if parameter == "QueueUrl":
        return [str(value).rpartition("/")[2]]
    if parameter == "SingleMetricAnomalyDetector":
        return [str(value["Namespace"])]
    return [str(name) for name in value] if isinstance(value, list) else [str(value)]


def _is_signed_out(error: Exception) -> bool:
    """True if no call can succeed any more: the credentials of SSO, a process or an instance are not renewed."""
    from botocore import exceptions as of

    return isinstance(
        error,
        of.CredentialRetrievalError
        | of.NoCredentialsError
        | of.PartialCredentialsError
        | of.SSOError
        | of.TokenRetrievalError
        | of.UnauthorizedSSOTokenError,
    )


def _check_entries(action: str, answer: dict[str, Any]) -> None:
    """Raise CallRefused for what a call with status 200 did not do.

    https://docs.aws.amazon.com/eventbridge/latest/APIReference/API_PutTargets.html (FailedEntries),
    https://docs.aws.amazon.com/AmazonCloudWatch/latest/APIReference/API_DeleteInsightRules.html (Failures)
    """
    entries = [*(answer.get("FailedEntries") or ()), *(answer.get("Failures") or ())]
    if not entries and answer.get("FailedEntryCount"):
        entries = [{}]
    for entry in entries:
        code = str(entry.get("ErrorCode") or entry.get("ExceptionType") or entry.get("FailureCode") or "FailedEntry")
        message = str(entry.get("ErrorMessage") or entry.get("FailureDescription") or "")
        raise CallRefused(action, code, _short(message), HTTPStatus.BAD_REQUEST)


def _short(message: str) -> str:
    text = "a web page instead of a response from AWS" if is_page(message) else " ".join(message.split())
    return "".join(character for character in text if character.isprintable())[:MOST_MESSAGE]


def _config() -> Any:
    from botocore.config import Config

    return Config(
        connect_timeout=CONNECT_SECONDS,
        read_timeout=READ_SECONDS,
        retries={"mode": "standard", "total_max_attempts": ATTEMPTS},
    )
