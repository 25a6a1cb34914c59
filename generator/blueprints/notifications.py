"""The SNS topic for e-mail, encrypted with the AWS managed key.

CloudWatch and EventBridge cannot publish to such a topic, because nobody can add them to the policy of that key; a
function of the same account can. So only the incident function and the path watcher may publish.
https://docs.aws.amazon.com/sns/latest/dg/sns-key-management.html
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Sequence

from awacs.aws import ArnEquals, Principal
from awacs.aws import Condition as When
from troposphere import GetAtt, Output, Ref, sns, sqs

from generator.blueprints.kit.concern import Concern
from generator.blueprints.kit.delivery import dead_letter_queue
from generator.blueprints.kit.policies import grant, policy, service
from generator.blueprints.kit.stack import Part, origin
from generator.model.estate import Estate
from generator.model.routing import Channel

KEY = "alias/aws/sns"
DISPLAY_NAME_LIMIT = 100


def resources(estate: Estate) -> Iterator[Part]:
    """The topic, who may publish to it, and a subscription for each address."""
    yield sns.Topic(
        "Topic",
        TopicName=estate.name("monitoring-alerts"),
        DisplayName=f"{estate.project} {estate.environment} alerts"[:DISPLAY_NAME_LIMIT],
        KmsMasterKeyId=KEY,
        Metadata=origin(("channels",)),
    )
    # A report goes through the topic where it is text; the role has the right only then.
    roles = ["NotifierRole", "PathWatcherRole", *(["DailyReportRole"] if estate.reports and estate.events else [])]
    publishers = Principal("AWS", [GetAtt(role, "Arn") for role in roles])
    yield sns.TopicPolicy(
        "TopicPolicy",
        Topics=[Ref("Topic")],
        PolicyDocument=policy(grant(publishers, ["sns:Publish"], [Ref("Topic")], sid="FunctionsPublish")),
        Metadata=origin(("channels",)),
    )
    yield from _dead_letters(estate)
    mailing = [channel for channel in estate.channels if channel.type == "email"]
    for address, channels in _subscribers(mailing):
        yield _subscription(address, channels, alone=len(mailing) == 1)
    yield Output("MailDeadLettersUrl", Description="Mails that SNS could not send", Value=Ref("MailDeadLetters"))
    yield Output("TopicArn", Description="Topic that e-mail goes through", Value=Ref("Topic"))


def _dead_letters(estate: Estate) -> Iterator[Part]:
    """Where a mail goes that SNS could not hand over.

    https://docs.aws.amazon.com/sns/latest/dg/sns-dead-letter-queues.html
    """
    yield dead_letter_queue("MailDeadLetters", estate.name("mail-dead-letters"), ("channels",))
    statement = grant(
        service("sns.amazonaws.com"),
        ["sqs:SendMessage"],
        [GetAtt("MailDeadLetters", "Arn")],
        sid="TopicSends",
        condition=When(ArnEquals({"aws:SourceArn": Ref("Topic")})),
    )
    yield sqs.QueuePolicy(
        "MailDeadLettersPolicy",
        Queues=[Ref("MailDeadLetters")],
        PolicyDocument=policy(statement),
        Metadata=origin(("channels",)),
    )


def _subscribers(mailing: Sequence[Channel]) -> Iterator[tuple[str, list[Channel]]]:
    """Each address once, as it is first written, with every channel that has it.

    SNS has one subscription for a topic, protocol and endpoint, and refuses a second with another filter policy; mail
    servers do not tell addresses apart by case.
    https://docs.aws.amazon.com/sns/latest/api/API_Subscribe.html
    """
    subscribers: dict[str, tuple[str, list[Channel]]] = {}
    for channel in mailing:
        for address in channel.addresses:
            _, channels = subscribers.setdefault(address.casefold(), (address, []))
            if channel not in channels:
                channels.append(channel)
    yield from subscribers.values()


def _subscription(address: str, channels: Sequence[Channel], *, alone: bool) -> Part:
    first = channels[0]
    digest = hashlib.sha256(f"{first.name} {address}".encode()).hexdigest()[:12]
    # With several e-mail channels on one topic, each hears only what is routed to it.
    chosen = {} if alone else {"FilterPolicy": {"channels": [channel.name for channel in channels]}}
    return sns.SubscriptionResource(
        f"Email{digest}",
        TopicArn=Ref("Topic"),
        Protocol="email",
        Endpoint=address,
        RedrivePolicy={"deadLetterTargetArn": GetAtt("MailDeadLetters", "Arn")},
        Metadata=origin(first.path),
        **chosen,
    )


CONCERN = Concern(hub=lambda inputs: resources(inputs.estate))
