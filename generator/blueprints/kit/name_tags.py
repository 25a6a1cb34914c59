"""The tag `Name`, by which consoles and cost reports list what has no readable name of its own.

Its value is the resource's name; if CloudFormation creates the name, the logical ID and the environment.
"""

from __future__ import annotations

import re
from typing import Any

from troposphere import AWSObject

NAME = "Name"
_LONGEST_VALUE = 256
# A stage of an API is called by its part of the address, which says nothing in a list.
_NO_NAMES = ("StageName",)


def name_tag(part: AWSObject, environment: str) -> Any:
    """The value of the tag: text, or a function of the template where the name has the account or the Region in it.

    Log groups may have a `#` in their names and tags may not: what tags do not admit becomes a hyphen.
    https://docs.aws.amazon.com/AmazonCloudWatchLogs/latest/APIReference/API_TagResource.html
    """
    kind = part.resource_type.rpartition("::")[2]
    for name, value in part.properties.items():
        is_name = name == NAME or (name.endswith(NAME) and kind.endswith(name.removesuffix(NAME)))
        if is_name and name not in _NO_NAMES:
            return re.sub(r"[^\w .:/=+@-]", "-", value)[:_LONGEST_VALUE] if isinstance(value, str) else value
    words = re.findall(r"[A-Z]+(?![a-z])|[A-Z][a-z]*|[a-z]+|[0-9]+", part.title)
    return f"{'-'.join(words).lower()}-{environment}"[:_LONGEST_VALUE]
