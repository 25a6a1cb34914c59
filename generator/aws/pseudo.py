"""Names in templates that depend only on the account and Region of the stack.

https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/pseudo-parameter-reference.html
"""

from __future__ import annotations

import re


def plain(name: object, account: str, region: str) -> str | None:
    """A property's text with `${AWS::Region}` and `${AWS::AccountId}` filled in; None where it leans on more."""
    known = {"AWS::Region": region, "AWS::AccountId": account}
    text = name.get("Fn::Sub") if isinstance(name, dict) else name
    if not isinstance(text, str):
        return None
    if not isinstance(name, dict):
        return text
    variables = set(re.findall(r"\$\{([^}]+)\}", text))
    return re.sub(r"\$\{([^}]+)\}", lambda match: known[match[1]], text) if variables <= set(known) else None
