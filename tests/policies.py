"""Who may do what, by the policies of a template: a small evaluator of the part of IAM that the templates use.

moto's evaluator knows no principals but `*` and takes a condition that does not hold for a denial, so it cannot say
whether one of several statements allows; and AWS's simulator takes no bus policy. The rules here are AWS's:
https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_evaluation-logic.html
https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_elements_condition_operators.html
https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_condition-single-vs-multi-valued-context-keys.html
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

Template = Mapping[str, Any]
# What GetAtt Arn and Ref give, by type; {name} is the property that names the thing.
ARNS = {
    # What a policy of the API itself calls it.
    "AWS::ApiGateway::RestApi": ("Name", "execute-api:/{name}"),
    "AWS::DynamoDB::Table": ("TableName", "arn:aws:dynamodb:{region}:{account}:table/{name}"),
    "AWS::Events::EventBus": ("Name", "arn:aws:events:{region}:{account}:event-bus/{name}"),
    "AWS::Events::Rule": ("Name", "arn:aws:events:{region}:{account}:rule/{bus}{name}"),
    "AWS::IAM::Role": ("RoleName", "arn:aws:iam::{account}:role/{name}"),
    "AWS::Lambda::Function": ("FunctionName", "arn:aws:lambda:{region}:{account}:function:{name}"),
    "AWS::Logs::LogGroup": ("LogGroupName", "arn:aws:logs:{region}:{account}:log-group:{name}"),
    "AWS::S3::Bucket": ("BucketName", "arn:aws:s3:::{name}"),
    "AWS::SecretsManager::Secret": ("Name", "arn:aws:secretsmanager:{region}:{account}:secret:{name}"),
    "AWS::SNS::Topic": ("TopicName", "arn:aws:sns:{region}:{account}:{name}"),
    "AWS::SQS::Queue": ("QueueName", "arn:aws:sqs:{region}:{account}:{name}"),
    "AWS::Scheduler::ScheduleGroup": ("Name", "arn:aws:scheduler:{region}:{account}:schedule-group/{name}"),
}


@dataclass(frozen=True)
class Caller:
    """Who calls: a principal's ARN, or a service with the resource on whose behalf it calls.

    account, organization, path: of the principal. session: the assumed role's keys are those of the role, as IAM says
    of aws:PrincipalArn. more: further condition keys of the request.
    """

    principal: str = ""
    organization: str = ""
    path: str = ""
    service: str = ""
    source: str = ""
    more: Mapping[str, str | list[str]] = field(default_factory=dict)

    def context(self) -> dict[str, str | list[str]]:
        """The condition keys that IAM documents as present for such a caller; a missing key is missing."""
        keys: dict[str, str | list[str]] = dict(self.more)
        if self.service:
            keys |= {"aws:SourceArn": self.source, "aws:SourceAccount": self.source.split(":")[4]}
        else:
            keys |= {"aws:PrincipalArn": self.principal, "aws:PrincipalAccount": self.account}
            if self.organization:
                keys["aws:PrincipalOrgID"] = self.organization
                keys["aws:PrincipalOrgPaths"] = [self.path]
        return keys

    @property
    def account(self) -> str:
        """The principal's account."""
        return self.principal.split(":")[4]


@dataclass(frozen=True)
class Place:
    """A template, as it would stand in an account and Region."""

    template: Template
    account: str
    region: str = "us-east-1"

    def properties(self, logical_id: str) -> Any:
        """A resource's properties, with references resolved."""
        return self.resolved(self.template["Resources"][logical_id]["Properties"])

    def arn(self, logical_id: str) -> str:
        """A resource's ARN; the logical id of what is not in ARNS."""
        resource = self.template["Resources"][logical_id]
        if resource["Type"] not in ARNS:
            return logical_id
        name, form = ARNS[resource["Type"]]
        properties = resource["Properties"]
        bus = properties.get("EventBusName")
        of_bus = f"{self.template['Resources'][bus['Ref']]['Properties']['Name']}/" if bus else ""
        return form.format(region=self.region, account=self.account, name=self.resolved(properties[name]), bus=of_bus)

    def resolved(self, value: Any) -> Any:
        """Ref, GetAtt and Sub as texts."""
        if isinstance(value, list):
            return [self.resolved(one) for one in value]
        if not isinstance(value, dict):
            return value
        if set(value) == {"Ref"}:
            return self._ref(value["Ref"])
        if set(value) == {"Fn::GetAtt"}:
            return self.arn(value["Fn::GetAtt"][0])
        if set(value) == {"Fn::Sub"}:
            return re.sub(r"\$\{([\w:]+)(?:\.Arn)?\}", lambda found: self._ref(found[1]), value["Fn::Sub"])
        return {key: self.resolved(inner) for key, inner in value.items()}

    def _ref(self, name: str) -> str:
        pseudo = {
            "AWS::AccountId": self.account,
            "AWS::Partition": "aws",
            "AWS::Region": self.region,
            "AWS::URLSuffix": "amazonaws.com",
        }
        if name in pseudo:
            return pseudo[name]
        if name in self.template["Resources"]:
            return self.arn(name)
        return str(self.template["Parameters"][name].get("Default", ""))

    def statements_on(self, logical_id: str) -> list[dict[str, Any]]:
        """The statements of a resource's policy, whichever resource holds them."""
        found: list[dict[str, Any]] = []
        for title, resource in self.template["Resources"].items():
            match resource["Type"]:
                case "AWS::Events::EventBusPolicy":
                    policy = self.properties(title)
                    found += [policy["Statement"]] if policy["EventBusName"] == self.arn(logical_id) else []
                case "AWS::ApiGateway::RestApi" if title == logical_id:
                    found += self.properties(title)["Policy"]["Statement"]
                case "AWS::S3::BucketPolicy":
                    policy = self.properties(title)
                    found += policy["PolicyDocument"]["Statement"] if policy["Bucket"] == self.arn(logical_id) else []
                case "AWS::SQS::QueuePolicy" | "AWS::SNS::TopicPolicy":
                    policy = self.properties(title)
                    on = policy.get("Queues") or policy.get("Topics")
                    found += policy["PolicyDocument"]["Statement"] if self.arn(logical_id) in on else []
        return found

    def may(self, caller: Caller, action: str, logical_id: str) -> bool:
        """Whether the resource's own policy lets a caller do that."""
        return allowed(self.statements_on(logical_id), caller, action, self.arn(logical_id))

    def may_assume(self, caller: Caller, role: str) -> bool:
        """Whether the role's trust policy lets a caller take it."""
        return allowed(self.properties(role)["AssumeRolePolicyDocument"]["Statement"], caller, "sts:AssumeRole", None)

    def grants(self) -> Iterator[tuple[str, str, str]]:
        """Role, action and resource of everything that the template's roles are allowed."""
        for title, resource in self.template["Resources"].items():
            if resource["Type"] == "AWS::IAM::Role":
                for policy in self.properties(title).get("Policies", ()):
                    for statement in policy["PolicyDocument"]["Statement"]:
                        for action in statement["Action"] if statement["Effect"] == "Allow" else ():
                            yield from ((title, action, one) for one in statement["Resource"])


def allowed(statements: list[dict[str, Any]], caller: Caller, action: str, resource: str | None) -> bool:
    """Whether a statement allows it and none denies it."""
    concerned = [one for one in statements if _concerns(one, caller, action, resource)]
    return any(one["Effect"] == "Allow" for one in concerned) and all(one["Effect"] == "Allow" for one in concerned)


def _concerns(statement: dict[str, Any], caller: Caller, action: str, resource: str | None) -> bool:
    on = statement.get("Resource")
    return (
        any(_like(one, action) for one in _list(statement["Action"]))
        and (resource is None or any(_like(one, resource) for one in _list(on)))
        and _is(statement["Principal"], caller)
        and all(_holds(name, keys, caller.context()) for name, keys in statement.get("Condition", {}).items())
    )


def _is(principal: Any, caller: Caller) -> bool:
    if principal == "*":
        return True
    if caller.service:
        return caller.service in _list(principal.get("Service", []))
    account = f"arn:aws:iam::{caller.account}:root"
    return bool({"*", account, caller.account, caller.principal} & set(_list(principal.get("AWS", []))))


def _holds(operator: str, keys: Mapping[str, Any], context: Mapping[str, str | list[str]]) -> bool:
    prefix, _, name = operator.rpartition(":")
    if operator == "Null":
        return all((key not in context) == (wanted == "true") for key, wanted in keys.items())
    return all(_compared(prefix, name, _list(wanted), context.get(key)) for key, wanted in keys.items())


def _compared(prefix: str, operator: str, wanted: list[str], given: str | list[str] | None) -> bool:
    match = {
        "ArnEquals": _arn_like,
        "ArnLike": _arn_like,
        "Bool": str.__eq__,
        "StringEquals": str.__eq__,
        "StringNotEquals": str.__ne__,
        "StringLike": _like,
    }[operator]
    if given is None and "Not" in operator:
        # https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_elements_condition_operators.html
        return True
    several = all if "Not" in operator else any
    hits = [several(match(one, value) for one in wanted) for value in _list(given)] if given is not None else []
    if prefix == "ForAllValues":
        # Where the key is missing it holds, and only Null asks whether it is there.
        return all(hits)
    assert prefix in ("", "ForAnyValue"), prefix
    assert prefix or not isinstance(given, list), "a key of several values wants ForAnyValue or ForAllValues"
    return any(hits)


def _arn_like(pattern: str, value: str) -> bool:
    """Part by part: a star does not reach over a colon."""
    wanted, given = pattern.split(":", 5), value.split(":", 5)
    return len(wanted) == len(given) and all(map(_like, wanted, given))


def _like(pattern: str, value: str) -> bool:
    form = re.escape(pattern).replace(r"\*", ".*").replace(r"\?", ".")
    return re.fullmatch(form, value, re.DOTALL) is not None


def _list(value: Any) -> list[Any]:
    return value if isinstance(value, list) else [value]


def matches(pattern: Mapping[str, Any], event: Mapping[str, Any]) -> bool:
    """Whether an event pattern of lists, suffixes and the like matches. A list of objects: one of them has to.

    https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-create-pattern-operators.html
    """
    for key, wanted in pattern.items():
        if key == "$or":
            if not any(matches(one, event) for one in wanted):
                return False
            continue
        given = event.get(key)
        if isinstance(wanted, dict):
            if not any(isinstance(one, dict) and matches(wanted, one) for one in _list(given)):
                return False
        elif not any(_fits(one, value) for one in wanted for value in _list(given)):
            return False
    return True


def _fits(wanted: Any, value: Any) -> bool:
    if not isinstance(wanted, dict):
        return bool(wanted == value)
    ((operator, given),) = wanted.items()
    match operator:
        case "suffix":
            return isinstance(value, str) and value.endswith(given)
        case "prefix":
            return isinstance(value, str) and value.startswith(given)
        case "wildcard":
            return isinstance(value, str) and _like(given, value)
        case "anything-but":
            # Of a key that is missing nothing holds.
            return value is not None and value not in given
        case "equals-ignore-case":
            return isinstance(value, str) and value.casefold() == given.casefold()
        case _:
            raise AssertionError(json.dumps(wanted))
