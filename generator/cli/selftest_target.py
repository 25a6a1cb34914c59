"""Where a selftest runs, and whether it may: never by accident in an account that is in use."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from generator.aws.regions import REGIONS
from generator.cli.exit import usage_error
from generator.cli.rollout import aws
from generator.findings import suggest

if TYPE_CHECKING:
    from generator.rollout.aws.clients import Aws
    from generator.rollout.selftest.types import Experiment

_ACCOUNT = re.compile(r"\d{12}")
# With the longest suffix it has to fit into the 64 characters of a rule's and a role's name. Without hyphens, no prefix
# of a run is the beginning of another's: `obsgen-selftest-a-` would have the names of a run `a-b`.
_RUN = re.compile(r"[a-z0-9]{1,16}")
# Beside a spec and in its out/.
_LOCK, _MANIFESTS = "accounts.lock.yaml", "*/manifest.yaml"


@dataclass(frozen=True, slots=True)
class SelftestTarget:
    """run: its ID; empty for a new one. output: selftest.json. file: the spec whose accounts are in use."""

    account: str
    region: str
    caller: Aws
    run: str
    output: Path
    file: Path

    @property
    def words(self) -> str:
        """The options that name it, for hints."""
        return f"--account {self.account} --region {self.region}"

    def state_path(self, run: str) -> Path:
        """The state file of a run."""
        return self.output.parent / f"obsgen-selftest-{run}.jsonl"


def selftest_target(
    account: str | None, region: str | None, profile: str | None, run: str | None, output: Path, file: Path
) -> SelftestTarget:
    """The target of the options; ends the command with exit 2 if they name none."""
    if not account or not region:
        raise usage_error("--account and --region are required", "use an account without anything of value in it")
    if not _ACCOUNT.fullmatch(account):
        raise usage_error(f"expected the 12 digits of an account ID, got `{account}`")
    if region not in REGIONS:
        raise usage_error(f"there is no Region `{region}`", suggest(region, sorted(REGIONS)))
    if run is not None and not _RUN.fullmatch(run):
        hint = "use up to 16 lowercase letters and digits"
        raise usage_error(f"`{run}` cannot be the ID of a run", hint)
    return SelftestTarget(account, region, aws(profile), run or "", output, file)


def chosen_experiments(names: Sequence[str]) -> tuple[Experiment, ...]:
    """The experiments of the options, or all; ends the command with exit 2 for an unknown name."""
    from generator.rollout.selftest.registry import registry

    known = {experiment.name: experiment for experiment in registry()}
    for name in names:
        if name not in known:
            raise usage_error(f"there is no experiment `{name}`", suggest(name, sorted(known)))
    return tuple(experiment for name, experiment in known.items() if not names or name in names)


def refuse_account_in_use(target: SelftestTarget, sandbox: str | None) -> None:
    """End the command with exit 2 if a spec has the account, unless it was named as a sandbox."""
    if sandbox and sandbox != target.account:
        raise usage_error(
            f"--sandbox is {sandbox}, but --account is {target.account}", "use the same account ID in both"
        )
    if sandbox:
        return
    place = next(_places(target.file, target.account), None)
    if place:
        hint = f"use another account, or --sandbox {target.account} if nothing in it matters"
        raise usage_error(f"account {target.account} is in {place}", hint)


def _places(file: Path, account: str) -> Iterator[str]:
    """Files of a spec and of its out/ that have the account; a file that cannot be read may have it."""
    from generator.included_files import IncludedFiles
    from generator.reading import MOST_BUILT, content
    from generator.spec.parts import load_spec

    if file.exists():
        try:
            text = content(file)
            data = load_spec(text, str(file), IncludedFiles(file)).data
        except OSError as error:
            raise usage_error(f"{file}: {error.strerror or error}", "use --sandbox to skip this check") from None
        if data is None:
            raise usage_error(f"{file} cannot be read, so its accounts are unknown", "run `obsgen check`")
        if account.encode() in text or account in _texts(data):
            yield str(file)
    for path in [file.parent / _LOCK, *sorted((file.parent / "out").glob(_MANIFESTS))]:
        try:
            if path.exists() and account.encode() in content(path, MOST_BUILT):
                yield str(path)
        except OSError as error:
            raise usage_error(f"{path}: {error.strerror or error}", "use --sandbox to skip this check") from None


def _texts(data: Any) -> str:
    """All that a document has, with the files that it includes."""
    return json.dumps(data, default=str)
