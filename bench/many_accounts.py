"""The shipped file with many accounts: `python -m bench.many_accounts 10000` builds it, and says what grows with them.

Four things of that file are about every account by name, and CloudWatch limits them: an alarm of the hub for each
account, tiles of such alarms, log tables over all accounts, and accounts to choose from. Here that alarm is in the
members, and the rest is left out; docs/scale.md says what to write instead.
"""

from __future__ import annotations

import argparse
import datetime
import io
import json
import re
import resource
import time
import zipfile
from pathlib import Path

from generator.build import Built, Inputs, build
from generator.cli.collector import without_collector
from generator.findings import Severity
from generator.workspace import PackFiles, handler_files

ROOT = Path(__file__).parent.parent
LAST_ACCOUNT = '  settlement: {id: "444444444444", labels: {tier: standard}}\n'
FIRST_ID = 500_000_000_000
TODAY = datetime.date(2026, 11, 29)
# What is about every account by name, as the shipped file has it, and what is there instead.
_INSTEAD = (
    (
        "    in: hub                          # seen from the hub, an alarm for each account\n    over: each-account\n",
        "",
    ),
    (
        "    in: hub\n    rule: errors-everywhere and settlement-lag\n",
        "    rule: application-error and settlement-lag\n",
    ),
    ("    variables: [account]             # the reader chooses whose\n", ""),
)
_TABLES_AND_TILES = re.compile(r"^      - \{type: (?:alarms|logs), .*\n", re.MULTILINE)


def with_accounts(count: int) -> str:
    """The YAML with so many accounts, the three of the shipped file among them."""
    text = (ROOT / "observability.yaml").read_text(encoding="utf-8")
    for shipped, instead in _INSTEAD:
        assert shipped in text, shipped
        text = text.replace(shipped, instead)
    names = "".join(
        f'  m{n:05}: {{id: "{FIRST_ID + n}", labels: {{tier: {"critical" if n % 2 else "standard"}}}}}\n'
        for n in range(count - 3)
    )
    assert LAST_ACCOUNT in text
    return _TABLES_AND_TILES.sub("", text).replace(LAST_ACCOUNT, LAST_ACCOUNT + names)


def built(text: str, environment: str = "prod") -> Built:
    """A build of one environment, without cfn-lint."""
    inputs = Inputs(text.encode(), "bench.yaml", handler_files(), TODAY, (environment,), lint=False, packs=PackFiles())
    return build(inputs)


def sizes(made: Built, environment: str = "prod") -> dict[str, int]:
    """Characters of each resource and output, of each file that differs in a function's package, and of out/."""
    found: dict[str, int] = {}
    for file, template in made.templates[environment].items():
        for section in ("Parameters", "Mappings", "Conditions", "Resources", "Outputs"):
            for name, value in template.get(section, {}).items():
                found[f"{file} {section} {name}"] = len(json.dumps(value))
    for key, content in made.packages[environment].items():
        package = key.split("/")[1]
        for entry in zipfile.ZipFile(io.BytesIO(content)).infolist():
            found[f"package {package} {entry.filename}"] = entry.file_size
    for name, content in made.artifacts.items():
        found[f"out/{name}"] = len(content)
    return found


def main() -> None:
    """Build the file, and half of it, and print what grew."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("accounts", type=int, nargs="?", default=10_000)
    count = parser.parse_args().accounts
    half = sizes(built(with_accounts(count // 2)))
    began = time.process_time()
    with without_collector():
        made = built(with_accounts(count))
    seconds = time.process_time() - began
    for finding in made.findings:
        if finding.severity is not Severity.INFO:
            print(finding.code, finding.message)
    whole = sizes(made)
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    print(f"{count:,} accounts: {seconds:.1f} s of CPU, {peak:.0f} MiB")
    for name in sorted(whole):
        if whole[name] != half.get(name, 0):
            each = (whole[name] - half.get(name, 0)) / (count - count // 2)
            print(f"{name:70} {half.get(name, 0):>12,} {whole[name]:>12,} {each:>8.1f} an account")


if __name__ == "__main__":
    main()
