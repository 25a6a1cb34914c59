"""The judge of tag compliance on a describe-instances file: a process with the function's package, nothing of ours.

The working directory has the package and the file, `instances.json`. Standard input is one line of JSON, `{"rules":
{environment: rules.json}, "account": id or "", "today": "2026-11-29"}`; the answer is one line: what `_answer` gives,
or `{"error": …, "hint": …}` where the file cannot be judged.
"""

from __future__ import annotations

import json
import os
import re
import sys
from collections.abc import Iterator
from datetime import date
from importlib import import_module
from pathlib import Path
from typing import Any

_SPACES = re.compile(r"\s*")
_WHOLE = "save the whole output of `aws ec2 describe-instances --output json`"


class _Bad(Exception):
    """The file cannot be judged. Arguments: a sentence, and what to do."""


def main() -> None:
    """Read the request, judge it, and write the answer."""
    answers = os.fdopen(os.dup(1), "w")
    os.dup2(2, 1)
    request = json.loads(sys.stdin.readline())
    try:
        answer = _answer(Path("instances.json").read_bytes(), request)
    except _Bad as error:
        answer = dict(zip(("error", "hint"), error.args, strict=True))
    answers.write(json.dumps(answer) + "\n")
    answers.flush()


def _answer(content: bytes, request: dict[str, Any]) -> dict[str, Any]:
    resources, owners, doubles = _resources(content, request["account"])
    tables = {name: import_module("handlers.compliance.rules").parse(data) for name, data in request["rules"].items()}
    accounts = sorted({resource.account for resource in resources})
    environment = _environment(tables, accounts)
    rules = tables[environment]
    is_gone = import_module("handlers.compliance.ec2").is_gone
    judge = import_module("handlers.compliance.judge").judge
    existing = [resource for resource in resources if not is_gone(resource)]
    today = date.fromisoformat(request["today"])
    return {
        "environment": environment,
        "rules_version": rules.rules_version,
        "accounts": {account: rules.account_name(account) for account in accounts},
        "owners": owners,
        "unknown_accounts": [account for account in accounts if account not in rules.accounts],
        "gone": len(resources) - len(existing),
        "doubles": doubles,
        "instances": [_judged(instance, judge(instance, rules.of(instance.account), today)) for instance in existing],
    }


def _judged(resource: Any, verdict: Any) -> dict[str, Any]:
    return {
        "instance": resource.id,
        "name": resource.name,
        "account": resource.account,
        "region": resource.region,
        "state": resource.state,
        "compliant": verdict.is_compliant,
        "exempt": verdict.exempt,
        "missing": list(verdict.missing),
        "invalid": [{"key": tag.key, "value": tag.value, "why": tag.why} for tag in verdict.invalid],
        "notes": list(verdict.notes),
    }


def _resources(content: bytes, account: str) -> tuple[list[Any], list[str], int]:
    """Each instance once, as the last document has it; the owners that the file names, and how many doubles it has."""
    ec2 = import_module("handlers.compliance.ec2")
    by_id: dict[tuple[str, str, str], Any] = {}
    owners: set[str] = set()
    listed = 0
    token = None
    for document in _documents(content):
        try:
            for resource in ec2.instances(document, account, ""):
                if not resource.account:
                    raise _Bad(
                        "the file does not say which account the instances are in: there is no `OwnerId`",
                        "add --account with a name or an id",
                    )
                by_id[resource.account, resource.region, resource.id] = resource
                listed += 1
        except ec2.NotInstances as error:
            raise _Bad(f"this is no output of describe-instances: {error}", _WHOLE) from None
        owners |= {
            str(reservation["OwnerId"]) for reservation in document["Reservations"] if reservation.get("OwnerId")
        }
        token = document.get("NextToken")
    if token:
        raise _Bad(
            "this file is one page of several: it ends with a `NextToken`",
            "leave --max-items, --max-results and --no-paginate away, or append the other pages to the file",
        )
    return list(by_id.values()), sorted(owners), listed - len(by_id)


def _documents(content: bytes) -> Iterator[Any]:
    """Each of the JSON values in the file; several where pages, Regions or accounts were appended."""
    try:
        # PowerShell's `>` writes UTF-16.
        text = content.decode(json.detect_encoding(content)).removeprefix("\ufeff")
    except UnicodeDecodeError:
        raise _Bad("this is no text in UTF-8 or UTF-16", _WHOLE) from None
    decoder = json.JSONDecoder()
    start = _after_spaces(text, 0)
    if start == len(text):
        raise _Bad("the file is empty", _WHOLE)
    while start < len(text):
        try:
            document, end = decoder.raw_decode(text, start)
        except json.JSONDecodeError as error:
            raise _Bad(f"this is not JSON: line {error.lineno}, column {error.colno}: {error.msg}", _WHOLE) from None
        except (ValueError, RecursionError):
            raise _Bad("this is no JSON that an AWS API writes", _WHOLE) from None
        yield document
        start = _after_spaces(text, end)


def _after_spaces(text: str, start: int) -> int:
    spaces = _SPACES.match(text, start)
    return spaces.end() if spaces else start


def _environment(tables: dict[str, Any], accounts: list[str]) -> str:
    """The environment whose rules hold: the only one, or the only one that names the accounts."""
    if not accounts:
        return next(iter(tables))
    naming = [name for name, rules in tables.items() if all(account in rules.accounts for account in accounts)]
    if len(tables) == 1 or len(naming) == 1:
        return (naming or list(tables))[0]
    listed = ", ".join(naming or tables)
    if naming:
        raise _Bad(f"several environments check these accounts: {listed}", "choose one with -e")
    raise _Bad(f"no environment names all of the accounts {', '.join(accounts)}", f"choose one with -e: {listed}")


if __name__ == "__main__":
    main()
