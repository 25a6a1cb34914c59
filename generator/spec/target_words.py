"""Destinations at AWS: ARNs of topics, event buses and keys, phone numbers, and sender IDs.

The account may be any, and so may the Region; both decide which policy has to allow what.
"""

from __future__ import annotations

import re
from typing import Annotated

from generator.aws.regions import REGIONS, partition_of
from generator.aws.target_arns import parts
from generator.findings import suggest
from generator.spec.scalars import RegexScalar, Scalar, show, wrong

LONGEST = 512
_PLACEHOLDER = r"\{[A-Za-z_-]+\}"
# https://docs.aws.amazon.com/sns/latest/api/API_CreateTopic.html
_TOPIC = rf"(?:[\w-]|{_PLACEHOLDER}){{1,256}}(?:\.fifo)?"
# https://docs.aws.amazon.com/eventbridge/latest/APIReference/API_CreateEventBus.html; a partner's bus, which has a
# slash, takes events of the partner alone.
_BUS = rf"event-bus/(?:[\w.-]|{_PLACEHOLDER}){{1,256}}"
_KEY = r"key/(?:mrk-)?[0-9a-f-]{32,36}"
_E164 = r"\+[1-9][0-9]{6,14}"
_EXAMPLES = {
    "sns": "arn:aws:sns:us-east-1:111111111111:incidents",
    "events": "arn:aws:events:us-east-1:111111111111:event-bus/incidents",
    "kms": "arn:aws:kms:us-east-1:111111111111:key/1234abcd-12ab-34cd-56ef-1234567890ab",
}


def _arn(value: object, service: str, what: str, resource: str) -> str:
    """An ARN of a service, whose Region exists and is in its partition."""
    text = value.strip() if isinstance(value, str) else ""
    example = _EXAMPLES[service]
    message = f"expected the ARN of {what}, got {show(value)}"
    if len(text) > LONGEST or not re.fullmatch(rf"arn:[a-z-]+:{service}:[a-z0-9-]+:[0-9]{{12}}:\S+", text):
        raise wrong(message, f"use an ARN such as {example}")
    arn = parts(text)
    if arn.region not in REGIONS:
        raise wrong(f"`{arn.region}` is not an AWS Region", suggest(arn.region, REGIONS, f"such as {example}"))
    if arn.partition != partition_of(arn.region):
        own = partition_of(arn.region)
        raise wrong(f"{arn.region} is in the partition {own}, not in {arn.partition}", f"arn:{own}:{service}:…")
    if not re.fullmatch(resource, arn.resource, re.ASCII):
        raise wrong(message, _hint(service, arn.resource))
    return text


def _hint(service: str, resource: str) -> str:
    """What to write in place of a resource that is of another kind."""
    if service == "sns" and re.fullmatch(rf"{_TOPIC}:[0-9a-f-]{{36}}", resource):
        return "this is a subscription: use the ARN of its topic, without the last part"
    if service == "sns" and resource.lower().endswith(".fifo"):
        return "the name of a FIFO topic ends in .fifo, in lower case"
    if service == "events" and "aws.partner" in resource:
        return "a partner's bus takes the events of the partner alone: use a custom bus"
    if service == "kms" and resource.startswith("alias/"):
        return "use the ARN of the key: a permission for an alias allows nothing"
    return f"use an ARN such as {_EXAMPLES[service]}"


def _topic(value: object) -> str:
    return _arn(value, "sns", "an SNS topic", _TOPIC)


def _bus(value: object) -> str:
    return _arn(value, "events", "an event bus", _BUS)


def _key(value: object) -> str:
    if str(value).strip().endswith("alias/aws/sns"):
        hint = "remove it: a topic with the AWS managed key needs no `key`, and can be published to in its account only"
        raise wrong("expected the ARN of a customer managed key, got the AWS managed key", hint)
    return _arn(value, "kms", "a KMS key", _KEY)


def _phone_number(value: object) -> str:
    """https://docs.aws.amazon.com/sns/latest/dg/sms_publish-to-phone.html: E.164, at most fifteen digits."""
    if isinstance(value, int) and not isinstance(value, bool):
        raise wrong("the phone number has no quotes, so YAML reads a number and drops the plus", f'write "+{value}"')
    text = value.strip() if isinstance(value, str) else ""
    if re.fullmatch(_E164, text):
        return text
    digits = re.sub(r"[\s().-]", "", text)
    number = digits if digits.startswith("+") else f"+{digits.removeprefix('00')}"
    # A national number begins with one zero; two are how a plus is dialled.
    is_national = re.match(r"0[^0]", digits) is not None
    hint = f'write "{number}"' if re.fullmatch(_E164, number) and not is_national else ""
    example = 'use a number such as "+442079460000": a plus, the country code, and the number, with digits only'
    raise wrong(f"expected a phone number in E.164 format, got {show(value)}", hint or example)


TopicArn = Annotated[str, Scalar(_topic, type="string", pattern=r"^arn:[a-z-]+:sns:[^\s]+$", maxLength=LONGEST)]
BusArn = Annotated[
    str, Scalar(_bus, type="string", pattern=r"^arn:[a-z-]+:events:[^\s]+:event-bus/[^\s/]+$", maxLength=LONGEST)
]
KeyArn = Annotated[str, Scalar(_key, type="string", pattern=r"^arn:[a-z-]+:kms:[^\s]+:key/[^\s]+$", maxLength=LONGEST)]
PhoneNumber = Annotated[str, Scalar(_phone_number, type="string", pattern=rf"^{_E164}$")]
# https://docs.aws.amazon.com/sns/latest/dg/sms_publish-to-phone.html
SenderId = Annotated[
    str,
    RegexScalar(
        r"(?=[0-9]*[A-Za-z])[0-9A-Za-z]{3,11}", "a sender ID of 3 to 11 letters and digits with a letter", "ShopOps", 11
    ),
]
