"""Which accounts a capture reads, and by which credentials: those of an environment, or the caller's own."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from generator.aws.regions import REGIONS
from generator.cli.exit import usage_error
from generator.cli.rollout import as_built, aws, desired_from_out
from generator.findings import suggest

if TYPE_CHECKING:
    from generator.capture.types import CapturedAccount
    from generator.rollout.aws.clients import Aws
    from generator.rollout.capture.access import AccountClients

_ACCOUNT = re.compile(r"\d{12}")


@dataclass(frozen=True, slots=True)
class CaptureTarget:
    """accounts: of the environment; those of the caller's choice are known once AWS has named the caller's account.

    access: signs in; raises AwsError. linked: whether the hub has linked accounts.
    """

    environment: str | None
    hub: str | None
    linked: bool
    aws: Aws
    access: Callable[[], AccountClients]
    accounts: Callable[[AccountClients], tuple[CapturedAccount, ...]]


def environment_target(
    out: Path,
    environment: str | None,
    profile: str | None,
    words: Sequence[str],
    role: str | None,
    external_id: str | None,
) -> CaptureTarget:
    """The accounts of an environment in out/."""
    from generator.rollout.capture.targets import accounts_of, chosen, environment_access
    from generator.rollout.deploy.desired import estate_of, external_id_of

    if not any(out.glob("*/manifest.yaml")):
        hint = "run `obsgen build`, or use --region to capture without an environment"
        raise usage_error(f"no build output in {out}", hint)
    desired, caller = desired_from_out(out, environment), aws(profile)
    every = accounts_of(desired)
    with as_built(out / desired.environment):
        has_role, linked = external_id_of(desired.files) is not None, bool(estate_of(desired.files).get("sharing"))
    try:
        accounts = chosen(every, words)
    except KeyError as error:
        names = [account.name for account in every]
        raise usage_error(f"there is no account `{error.args[0]}`", suggest(str(error.args[0]), names)) from None
    hub = desired.hub.account
    if not (has_role or role) and any(account.id != hub for account in accounts):
        hint = "use --role with a role of the members, or --account hub"
        raise usage_error("members cannot be read: access.monitoring_role is off", hint)
    return CaptureTarget(
        desired.environment,
        hub,
        linked,
        caller,
        lambda: environment_access(desired, caller, role, external_id),
        lambda _access: accounts,
    )


def caller_target(
    profile: str | None, regions: Sequence[str], ids: Sequence[str], role: str | None, external_id: str | None
) -> CaptureTarget:
    """The account of the caller's credentials, or accounts that a role lets it into."""
    from generator.capture.types import CapturedAccount
    from generator.rollout.capture.targets import caller_access

    _check_all(regions, lambda name: name in REGIONS, "Region", REGIONS)
    _check_all(ids, lambda number: bool(_ACCOUNT.fullmatch(number)), "account ID", ())
    caller = aws(profile)

    def accounts(access: AccountClients) -> tuple[CapturedAccount, ...]:
        chosen = sorted(set(ids)) or [access.own]
        if not role and any(number != access.own for number in chosen):
            hint = "use --role with a role of that account, or --profile"
            raise usage_error(f"the credentials are those of account {access.own}", hint)
        return tuple(CapturedAccount(number, number, tuple(sorted(set(regions)))) for number in chosen)

    return CaptureTarget(
        None, None, False, caller, lambda: caller_access(caller, regions[0], role, external_id), accounts
    )


def _check_all(words: Iterable[str], is_known: Callable[[str], bool], noun: str, known: Iterable[str]) -> None:
    for word in words:
        if not is_known(word):
            raise usage_error(f"there is no {noun} `{word}`", suggest(word, sorted(known)) if known else "")
