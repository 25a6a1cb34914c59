"""Probes on this machine, by the runner's own code: a process with its package and no code of the compiler.

Standard input is one line of JSON, `{"probes": [entries of probes.json], "secrets": {name: value}}`; the answer is a
list of results. This machine may be in the network of a target, so private and loopback addresses are allowed.
"""

from __future__ import annotations

import json
import os
import sys
from collections.abc import Mapping
from dataclasses import asdict
from importlib import import_module

SECONDS = 600.0


class _GivenSecrets:
    """In place of the client of Secrets Manager."""

    def __init__(self, values: Mapping[str, str]) -> None:
        self.values = values

    def get_secret_value(self, *, SecretId: str) -> dict[str, str]:  # noqa: N803  # boto3's name
        """The value that was given."""
        return {"SecretString": self.values[SecretId]}


def main() -> None:
    """Read the probes, run them, and write their results."""
    answers = os.fdopen(os.dup(1), "w")
    os.dup2(2, 1)
    run = import_module("handlers.probes.run")
    settings = import_module("handlers.probes.settings")
    secrets = import_module("handlers.common.secrets")
    deadline = import_module("handlers.common.deadline").Deadline.after(SECONDS)
    request = json.loads(sys.stdin.readline())
    known = secrets.Secrets(lambda: _GivenSecrets(request["secrets"]))

    def secret(name: str) -> Mapping[str, str]:
        if name not in request["secrets"]:
            raise secrets.NoSecret(f"the secret {name} was not given; use --secret {name}=VARIABLE")
        return dict(known(name))

    policy = import_module("handlers.probes.addresses").AddressPolicy(private=True, local=True)
    runner = run.Runner(policy, secret, known.hide)
    outcome = run.run_probes([settings.probe_of(entry) for entry in request["probes"]], runner, deadline)
    answers.write(json.dumps([asdict(result) for result in outcome.results]) + "\n")
    answers.flush()


if __name__ == "__main__":
    main()
