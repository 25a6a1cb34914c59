"""The key of encrypted log groups: whom it admits, where it is missing, and a template in which it is spoiled."""

from __future__ import annotations

import copy
from collections.abc import Callable
from typing import Any

import pytest

from generator.checks.check import HUB_TEMPLATE, MEMBER_TEMPLATE, Subject, registry
from tests.support import built, codes, spec

CHECKS = {check.code: check for check in registry()}
KEYED = spec(
    """\
defaults: {log_groups: {encryption: customer-key}}
log_groups:
  gateway: {name: "/gateway/{environment}", create: false}
  plain: {name: "/plain/{environment}", encryption: aws-owned}
"""
)
BUILT = built(KEYED)
MEMBERS = BUILT.templates["prod"][MEMBER_TEMPLATE]["Resources"]
LOGS = {"Fn::Sub": "logs.${AWS::Region}.${AWS::URLSuffix}"}
ARN = "arn:${AWS::Partition}:logs:${AWS::Region}:${AWS::AccountId}:log-group:/aws/application/prod"

Statement = dict[str, Any]


def statements(resources: dict[str, Any]) -> dict[str, Statement]:
    return {one["Sid"]: one for one in resources["LogsKey"]["Properties"]["KeyPolicy"]["Statement"]}


def test_a_default_encrypts_what_is_made_here_and_says_nothing_else() -> None:
    assert [finding.code for finding in BUILT.findings] == ["R12"]  # nothing reads the log group that others make
    encrypted = {name for name, made in MEMBERS.items() if "KmsKeyId" in made["Properties"]}
    assert encrypted == {"LogGroupApplication"}
    assert "LogsKey" not in BUILT.templates["prod"][HUB_TEMPLATE]["Resources"]


def test_the_service_has_the_key_for_exactly_the_encrypted_log_groups() -> None:
    uses = statements(MEMBERS)["LogsUses"]
    assert uses["Principal"] == {"Service": [LOGS]}
    assert uses["Condition"] == {"ArnEquals": {"kms:EncryptionContext:aws:logs:arn": [{"Fn::Sub": ARN}]}}


def test_nobody_but_the_service_has_the_key_without_the_service() -> None:
    for sid, statement in statements(MEMBERS).items():
        cryptic = {"kms:Decrypt", "kms:Encrypt", "kms:GenerateDataKey"} & set(statement["Action"])
        if cryptic and sid != "LogsUses":
            assert statement["Condition"]["StringEquals"]["kms:ViaService"] == LOGS


@pytest.mark.parametrize("sharing", [["metrics"], ["logs", "metrics"]])
def test_the_hub_may_decrypt_only_what_it_is_shared(sharing: list[str]) -> None:
    made = built(spec(f"access: {{sharing: {sharing}}}\nlog_groups: {{application: {{encryption: customer-key}}}}"))
    resources = made.templates["prod"][MEMBER_TEMPLATE]["Resources"]
    function = made.templates["prod"][HUB_TEMPLATE]["Resources"]["NotifierRole"]["Properties"]["Policies"]
    assert ("HubReadsThroughLogs" in statements(resources)) == ("logs" in sharing)
    assert ("DecryptsQuotedLogs" in str(function)) == ("logs" in sharing)


def without(sid: str) -> Callable[[dict[str, Any]], None]:
    def spoil(resources: dict[str, Any]) -> None:
        policy = resources["LogsKey"]["Properties"]["KeyPolicy"]
        policy["Statement"] = [one for one in policy["Statement"] if one["Sid"] != sid]

    return spoil


def in_use(change: Callable[[Statement], None]) -> Callable[[dict[str, Any]], None]:
    return lambda resources: change(statements(resources)["LogsUses"])


def only_reading(statement: Statement) -> None:
    statement["Action"] = ["kms:Decrypt"]


def of_no_region(statement: Statement) -> None:
    statement["Principal"] = {"Service": ["logs.amazonaws.com"]}


def of_the_streams(statement: Statement) -> None:
    statement["Condition"]["ArnEquals"] = {"kms:EncryptionContext:aws:logs:arn": [{"Fn::Sub": f"{ARN}:*"}]}


def through_a_service(statement: Statement) -> None:
    statement["Condition"]["StringEquals"] = {"kms:ViaService": LOGS}


def unpointed(resources: dict[str, Any]) -> None:
    resources["LogGroupApplication"]["Properties"]["KmsKeyId"] = {"Ref": "LogsKey"}


@pytest.mark.parametrize(
    "spoil",
    [
        without("AccountAdministers"),
        without("LogsUses"),
        in_use(only_reading),
        in_use(of_no_region),
        in_use(of_the_streams),
        in_use(through_a_service),
        unpointed,
    ],
    ids=["no master", "no service", "only reading", "no Region", "the streams", "two conditions", "an id"],
)
def test_a_key_that_would_not_do_is_noticed(spoil: Callable[[dict[str, Any]], None]) -> None:
    estate, templates = BUILT.estates["prod"], copy.deepcopy(BUILT.templates["prod"])
    assert list(CHECKS["T40"].run(Subject(estate, templates))) == []
    spoil(templates[MEMBER_TEMPLATE]["Resources"])
    assert [finding.code for finding in CHECKS["T40"].run(Subject(estate, templates))] == ["T40"]


def test_a_key_for_anything_but_log_groups_stays_a_house_error() -> None:
    estate, templates = BUILT.estates["prod"], copy.deepcopy(BUILT.templates["prod"])
    templates[HUB_TEMPLATE]["Resources"]["Topic"]["Properties"]["KmsMasterKeyId"] = {"Ref": "LogsKey"}
    assert [finding.where for finding in CHECKS["H04"].run(Subject(estate, templates))] == [f"{HUB_TEMPLATE}: Topic"]


def test_who_does_not_make_a_log_group_cannot_encrypt_it() -> None:
    assert codes(spec("log_groups: {application: {create: false, encryption: customer-key}}")) == {"R07"}
