"""ARNs of resources that others own, with placeholders for what differs between accounts."""

from __future__ import annotations

from typing import Annotated

from generator.spec.scalars import Scalar, matching

OWNER = (
    r"arn:(?:aws[a-z-]*|\{partition\}):%s:(?:[a-z0-9-]+|\{region\}):(?:\d{12}|\{account_id\}|\{label\.[a-z0-9-]+\}):"
)
"""A pattern up to the account, of a service that is to be filled in."""
_KEY = OWNER % "kms" + r"key/[A-Za-z0-9-]+"
_KEY_EXAMPLE = "arn:aws:kms:us-east-1:222222222222:key/1234abcd-12ab-34cd-56ef-1234567890ab"
KeyArn = Annotated[
    str, Scalar(matching(_KEY, "the ARN of a KMS key", _KEY_EXAMPLE, 2048), type="string", examples=[_KEY_EXAMPLE])
]
