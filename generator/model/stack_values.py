"""Texts with their place in them: the account and Region of a stack, which only a stack knows.

In the model `${AWS::AccountId}`, `${AWS::Region}` and `${AWS::Partition}` stand for what they do in a template,
`${Account}` for the name that the file gives an account, and `${Label.tier}` for one of its labels.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping

from generator.aws.regions import partition_of
from generator.model.accounts import Account
from generator.model.placement import Placement, has

ACCOUNT = "Account"
LABEL = "Label."
# As they are written in the file, to what they are in the model.
IN_PLACE: Mapping[str, str] = {
    "account_id": "${AWS::AccountId}",
    "region": "${AWS::Region}",
    "partition": "${AWS::Partition}",
    "account": f"${{{ACCOUNT}}}",
}
_WRITTEN = re.compile(r"\{(account_id|region|partition|account|label\.[a-z0-9-]+)\}")
_WORD = re.compile(r"\$\{(AWS::(?:AccountId|Region|Partition)|Account|Label\.[a-z0-9-]+)\}")


def label(name: str) -> str:
    """What stands for a label of the account."""
    return f"${{{LABEL}{name}}}"


def words(text: str) -> tuple[str, ...]:
    """What a text leans on, such as `Account` and `AWS::Region`, each once."""
    return tuple(dict.fromkeys(_WORD.findall(text)))


def depends_on_stack(text: str) -> bool:
    """Whether it is another text in each account or Region."""
    return _WORD.search(text) is not None


def differing(text: str) -> tuple[str, ...]:
    """Of those what the file says of accounts: the name and labels, which no pseudo parameter has."""
    return tuple(word for word in words(text) if not word.startswith("AWS::"))


def value(word: str, account: Account) -> str | None:
    """What the file says of an account; None where it has no such label."""
    return account.name if word == ACCOUNT else dict(account.labels).get(word.removeprefix(LABEL))


def by_value(
    word: str, accounts: Iterable[Account], placed: Placement | None
) -> tuple[tuple[str, tuple[str, ...]], ...]:
    """What it is in the accounts that have a thing, and which they are, by name; sorted by value."""
    words: dict[str, list[str]] = {}
    for account in accounts:
        text = value(word, account)
        if text is not None and has(placed, account.name):
            words.setdefault(text, []).append(account.name)
    return tuple((text, tuple(sorted(words[text]))) for text in sorted(words))


def of_account(text: str, account: Account) -> str:
    """The text with what the file says of an account; a label that the account does not have stays as it is."""
    for word in differing(text):
        text = text.replace(f"${{{word}}}", value(word, account) or f"${{{word}}}")
    return text


def filled(text: str, account: Account, region: str) -> str:
    """The text in one account and Region."""
    known = {"AWS::AccountId": account.id, "AWS::Region": region, "AWS::Partition": partition_of(region)}
    return _WORD.sub(lambda match: known.get(match[1], match[0]), of_account(text, account))


def as_written(text: str) -> str:
    """The text as the file has it: `{account_id}` for `${AWS::AccountId}`."""
    names = {value: f"{{{name}}}" for name, value in IN_PLACE.items()}
    return _WORD.sub(lambda match: names.get(match[0]) or f"{{label.{match[1].removeprefix(LABEL)}}}", text)


def with_placeholders(text: str) -> str:
    """The opposite: a text of the file as the model has it."""
    return _WRITTEN.sub(lambda match: IN_PLACE.get(match[1]) or label(match[1].removeprefix("label.")), text)


def joined(account_id: str) -> Account:
    """An account that joined a unit later: it is called by its id, and has no labels."""
    return Account(account_id, account_id)
