"""T63: text messages are sent from a Region that sends them."""

from __future__ import annotations

from collections.abc import Iterator

from generator.aws.sms import SMS_REGIONS
from generator.checks.check import Subject
from generator.findings import Finding, Severity

CODE = "T63"
NAME = "sms-region"
TITLE = "A channel of type sms sends from a Region in which SNS supports text messages."
SUMMARY = "SNS sends text messages from the channel's Region."
WHY = (
    "SNS sends text messages from some Regions only. In another one the call is refused, and the person on call is not"
    " notified. The Region of a channel is the hub's unless the channel has a `region` of its own. A warning only,"
    " because AWS adds Regions."
)
SOURCE = "https://docs.aws.amazon.com/sns/latest/dg/sns-supported-regions-countries.html"
BAD = """\
channels: {ann: {type: sms, phone_number: "+442079460000", region: ap-northeast-2}}
routes: {critical: [ann, mail]}
"""
GOOD = """\
channels: {ann: {type: sms, phone_number: "+442079460000", region: ap-northeast-1}}
routes: {critical: [ann, mail]}
"""


def check(subject: Subject) -> Iterator[Finding]:
    """A warning for each channel whose Region sends no text messages."""
    estate = subject.estate
    for channel in estate.channels:
        if channel.type != "sms":
            continue
        own = dict(channel.settings).get("region")
        region = str(own or estate.hub.region)
        if region not in SMS_REGIONS:
            message = f"SNS is not known to send text messages from {region}"
            path = (*channel.path, "region") if own else channel.path
            hint = "set `region` to one that does, such as us-east-1 or eu-west-1"
            yield Finding(CODE, message, path, Severity.WARNING, hint, on="value" if own else "key")
