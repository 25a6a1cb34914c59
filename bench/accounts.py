"""`obsgen accounts --update` of an organization of many accounts, against the stand-in of the tests.

    python -m bench.accounts 10000

Prints CPU seconds and the peak of memory of each command, in a process of its own. The stand-in is a process too, and
answers at once: at AWS, throttling decides.
"""

from __future__ import annotations

import os
import resource
import subprocess
import sys
import tempfile
from pathlib import Path

from tests.organizations import ROOT, OrganizationServer, organization_server, unit_id
from tests.support import spec

UNITS = 200
COMMANDS = ("accounts --update", "accounts --update --check", "accounts", "build --no-lint")


def filled(organization: OrganizationServer, number: int) -> None:
    """So many accounts in UNITS units below the root, each with a tag."""
    organization.units = {unit_id(unit): (f"Unit {unit}", ROOT) for unit in range(UNITS)}
    for account in range(number):
        organization.add(200_000_000_000 + account, f"Team {account}", unit_id(account % UNITS), Stage="prod")


def main(number: int, members: str) -> None:
    """Run the commands, one after the other."""
    with organization_server() as organization, tempfile.TemporaryDirectory() as folder:
        filled(organization, number)
        text = spec(f"accounts: null\norganization: {{members: {members}}}\n")
        (Path(folder) / "observability.yaml").write_text(text, encoding="utf-8")
        environment = {
            **os.environ,
            "AWS_ENDPOINT_URL": organization.address,
            "AWS_ACCESS_KEY_ID": "key",
            "AWS_SECRET_ACCESS_KEY": "secret",
            "HOME": folder,
        }
        for command in COMMANDS:
            before = resource.getrusage(resource.RUSAGE_CHILDREN).ru_utime
            words = [str(Path(sys.executable).with_name("obsgen")), *command.split()]
            subprocess.run(words, cwd=folder, env=environment, check=True, capture_output=True)
            after = resource.getrusage(resource.RUSAGE_CHILDREN)
            print(f"{command:<28} {after.ru_utime - before:5.1f} s CPU   peak so far {after.ru_maxrss // 1024} MiB")


if __name__ == "__main__":
    main(int(sys.argv[1]), sys.argv[2] if len(sys.argv) > 2 else f"{{units: [{ROOT}]}}")
