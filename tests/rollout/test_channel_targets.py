"""Topics, event buses and telephones of the channels, as `obsgen deploy` looks them up before a rollout."""

from __future__ import annotations

import json

import pytest

from generator.rollout.deploy.channel_targets import TEXT_ACTIONS
from tests.rollout.front import Fault, refusal
from tests.rollout.team import HUB, Team
from tests.rollout.test_policy import allowed, called
from tests.rollout.test_sinks import once

OTHER = "222222222222"
ROLE = f"arn:aws:iam::{HUB}:role/incident-notifier-role-prod"
KEY = f"arn:aws:kms:us-east-1:{HUB}:key/1234abcd-12ab-34cd-56ef-1234567890ab"
OF_SNS = """<{0}Response xmlns="http://sns.amazonaws.com/doc/2010-03-31/"><{0}Result>{1}</{0}Result>
<ResponseMetadata><RequestId>r</RequestId></ResponseMetadata></{0}Response>"""
VERIFIED = (
    "<PhoneNumbers><member><PhoneNumber>+442079460000</PhoneNumber><Status>Verified</Status></member>"
    "<member><PhoneNumber>+442079460001</PhoneNumber><Status>Pending</Status></member></PhoneNumbers>"
)


def channels(**entries: str) -> str:
    listed = "\n".join(f"  {name}: {{{entry}}}" for name, entry in entries.items())
    return f"channels:\n{listed}\nroutes: {{critical: [mail, {', '.join(entries)}]}}"


def topic(account: str, more: str = "") -> str:
    return f'type: sns, topic: "arn:aws:sns:us-east-1:{account}:incidents"{more}'


def bus(account: str) -> str:
    return f'type: event_bus, bus: "arn:aws:events:us-east-1:{account}:event-bus/incidents"'


@pytest.fixture
def mine(team: Team, monkeypatch: pytest.MonkeyPatch) -> Team:
    monkeypatch.setattr("tests.rollout.team._built", once)
    return team


def sandbox(team: Team, *, inside: bool) -> None:
    """Answers of what moto does not know."""
    answers = {
        "GetSMSSandboxAccountStatus": f"<IsInSandbox>{str(inside).lower()}</IsInSandbox>",
        "ListSMSSandboxPhoneNumbers": VERIFIED,
    }
    team.front.faults = [Fault(f"^{name}", (200, OF_SNS.format(name, text))) for name, text in answers.items()]


def test_what_cannot_be_sent_to_refuses_the_rollout(mine: Team) -> None:
    mine.write(channels(people=topic(HUB), bus=bus(HUB)))
    said = plan(mine, 3)
    assert f"topic arn:aws:sns:us-east-1:{HUB}:incidents of channel people does not exist" in said
    assert f"event bus arn:aws:events:us-east-1:{HUB}:event-bus/incidents of channel bus does not exist" in said
    mine.client("events").create_event_bus(Name="incidents")
    sns = mine.client("sns")
    arn = sns.create_topic(Name="incidents", Attributes={"KmsMasterKeyId": KEY})["TopicArn"]
    said = plan(mine, 3)
    assert f"is encrypted with key {KEY}, which the notifier may not use" in said and "does not exist" not in said
    other_key = KEY.replace("1234abcd", "abcd1234")
    mine.write(channels(people=topic(HUB, f', key: "{other_key}"'), bus=bus(HUB)))
    assert f"is encrypted with key {KEY}, and `key` is another one" in plan(mine, 3)
    sns.set_topic_attributes(TopicArn=arn, AttributeName="KmsMasterKeyId", AttributeValue=other_key)
    assert "key" not in plan(mine, 1)
    # The key of AWS admits every principal of its account, and a policy that denies something is only told.
    sns.set_topic_attributes(TopicArn=arn, AttributeName="KmsMasterKeyId", AttributeValue="alias/aws/sns")
    denies = {"Effect": "Deny", "Principal": "*", "Action": "SNS:Publish", "Resource": arn}
    policy = json.dumps({"Version": "2012-10-17", "Statement": [denies]})
    sns.set_topic_attributes(TopicArn=arn, AttributeName="Policy", AttributeValue=policy)
    assert f"it must admit {ROLE}" in plan(mine, 1)


def test_what_others_have_to_do_is_told(mine: Team, monkeypatch: pytest.MonkeyPatch) -> None:
    numbers = {"ann": "+442079460000", "ben": "+442079460001", "cyd": "+442079460099"}
    key = KEY.replace(HUB, OTHER)
    mine.client("sns").create_topic(Name="incidents")
    mine.client("events").create_event_bus(Name="incidents")
    mine.write(
        channels(
            people=topic(OTHER, f', key: "{key}"'),
            bus=bus(OTHER),
            ours=topic(HUB),
            **{"our-bus": bus(HUB)},
            **{name: f'type: sms, phone_number: "{number}"' for name, number in numbers.items()},
        )
    )
    sandbox(mine, inside=True)
    rights, found = allowed(mine), called(monkeypatch)
    told = plan(mine, 1)
    for action, resource in (
        ('["sns:Publish"]', f'"arn:aws:sns:us-east-1:{OTHER}:incidents"'),
        ('["kms:Decrypt", "kms:GenerateDataKey"]', '"*"'),
        ('["events:PutEvents"]', f'"arn:aws:events:us-east-1:{OTHER}:event-bus/incidents"'),
    ):
        principal = f'"Principal": {{"AWS": "{ROLE}"}}'
        assert f'{{"Effect": "Allow", {principal}, "Action": {action}, "Resource": {resource}}}' in told
    assert f"account {HUB} in us-east-1 is in the SMS sandbox: +442079460001 of channel ben is not verified" in told
    assert "of channel ann" not in told and "spends at most 1 USD a month" in told
    # moto takes numbers that end in 99 for opted out.
    sandbox(mine, inside=False)
    mine.client("sns").set_sms_attributes(attributes={"MonthlySpendLimit": "50"})
    told = plan(mine, 1)
    assert "+442079460099 of channel cyd has opted out" in told
    assert "sandbox" not in told and "spends at most" not in told
    of_targets = {"sns:GetTopicAttributes", "events:DescribeEventBus", *TEXT_ACTIONS}
    assert of_targets <= rights
    # What SNS asks of End User Messaging is no call of the deployer's.
    assert {action for action in of_targets - found if not action.startswith("sms-voice:")} == set()
    mine.front.faults = [Fault("^GetSMSSandboxAccountStatus", refusal("AuthorizationError", status=403))]
    assert "text messages of channels" in plan(mine, 1)


def test_a_file_without_such_channels_asks_for_nothing(mine: Team) -> None:
    assert not [action for action in allowed(mine) if action.startswith(("sns:", "sms-voice:"))]


def plan(team: Team, code: int) -> str:
    """What a plan says, in one line. code: 3 where it is refused, 1 where there is something to do."""
    said = team.run("deploy", "--plan")
    told = " ".join((said.out + said.err).split())
    assert said.code == code, told
    return told
