"""The incident function as Lambda runs it at 128 MB: one fourteenth of a core, first ticket, then warm.

    sudo python -m bench.incident         cgroup v1 or v2 has to be there to be written

A process of its own is the execution environment. It initialises at full speed, as Lambda does, is then put into a
control group with 1/14 of a core, and handles its first alarm: table, secret and ticket over TLS, real certificates
checked against a real list of authorities. Then it is let go, and handles a hundred more. Memory counts from the start.
"""

from __future__ import annotations

import json
import os
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import Any

from bench.incident_world import Place, body, place, table

SHARE = 1 / 14
PERIOD_US = 20_000
MEMORY = 128 * 1024 * 1024
WARM = 100
GROUPS = Path("/sys/fs/cgroup")
ROOT = Path(__file__).parent.parent


class Group:
    """A control group with so much of a core, v1 or v2, gone afterwards."""

    def __init__(self, name: str) -> None:
        self.old = (GROUPS / "cpu").is_dir()
        self.cpu = GROUPS / ("cpu" if self.old else "") / name
        self.memory = GROUPS / ("memory" if self.old else "") / name

    def __enter__(self) -> Group:
        for folder in {self.cpu, self.memory}:
            folder.mkdir(exist_ok=True)
        quota = round(PERIOD_US * SHARE)
        if self.old:
            (self.cpu / "cpu.cfs_period_us").write_text(str(PERIOD_US))
            (self.cpu / "cpu.cfs_quota_us").write_text(str(quota))
            (self.memory / "memory.limit_in_bytes").write_text(str(MEMORY))
        else:
            (self.cpu / "cpu.max").write_text(f"{quota} {PERIOD_US}")
            (self.memory / "memory.max").write_text(str(MEMORY))
        return self

    def __exit__(self, *_error: object) -> None:
        for folder in {self.cpu, self.memory}:
            folder.rmdir()

    def slow(self, pid: int) -> None:
        """Give the process its share and no more."""
        (self.cpu / "cgroup.procs").write_text(str(pid))

    def free(self, pid: int) -> None:
        """Give it the machine again."""
        (self.cpu.parent / "cgroup.procs").write_text(str(pid))

    def cap(self, pid: int) -> None:
        """Give it 128 MB and no more."""
        (self.memory / "cgroup.procs").write_text(str(pid))


@contextmanager
def tls(folder: Path, target: str) -> Iterator[str]:
    """The same server behind TLS, by a certificate that `folder` holds."""
    code = "import sys; from bench.tls import serve; serve(*sys.argv[1:])"
    command = [sys.executable, "-c", code, target, str(folder)]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True, cwd=ROOT) as process:
        assert process.stdout
        try:
            yield process.stdout.readline().strip()
        finally:
            process.terminate()


def certificate(folder: Path) -> Path:
    """A certificate for this machine; and the list of authorities that everybody has, with it added."""
    import certifi

    subject = ["-subj", "/CN=localhost", "-addext", "subjectAltName=DNS:localhost,IP:127.0.0.1"]
    keys = ["-keyout", str(folder / "key.pem"), "-out", str(folder / "cert.pem")]
    new = ["openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "2"]
    subprocess.run([*new, *keys, *subject], check=True, capture_output=True)
    bundle = folder / "bundle.pem"
    bundle.write_text(Path(certifi.where()).read_text() + (folder / "cert.pem").read_text())
    return bundle


def measure(where: Place, aws: str, vendors: str, bundle: Path, group: Group) -> dict[str, Any]:
    """One execution environment, from its beginning to its last alarm."""
    with tempfile.TemporaryDirectory() as folder:
        package = Path(folder)
        subprocess.run(["cp", "-r", str(ROOT / "handlers"), str(package)], check=True)
        routing = table([f"a{n}-alarm-prod" for n in range(WARM + 1)], vendors, 1800)
        (package / "handlers/incident/routing.json").write_text(json.dumps(routing))
        settings = {
            "AWS_ENDPOINT_URL": aws,
            "AWS_CA_BUNDLE": str(bundle),
            "SSL_CERT_FILE": str(bundle),
            "AWS_LAMBDA_INITIALIZATION_TYPE": "on-demand",
            "PYTHONPATH": f"{package}:{ROOT}",
        }
        reading, writing = os.pipe()
        code = f"import os; os.dup2({writing}, 3); from bench.environment import main; main()"
        with (
            subprocess.Popen(
                [sys.executable, "-c", code],
                stdin=subprocess.PIPE,
                stdout=subprocess.DEVNULL,
                stderr=subprocess.DEVNULL,
                text=True,
                cwd=package,
                pass_fds=(writing,),
                env={**os.environ, **settings},
            ) as process,
            os.fdopen(reading) as answers,
        ):
            group.cap(process.pid)
            init = json.loads(answers.readline())
            group.slow(process.pid)
            first = ask(process, answers, 0)
            group.free(process.pid)
            warm = [ask(process, answers, number + 1) for number in range(WARM)]
            process.terminate()
    assert first["done"] and all(one["done"] for one in warm)
    return {
        **init,
        "first_s": first["s"],
        "first_cpu_s": first["cpu_s"],
        "warm_cpu_ms": statistics.median(one["cpu_s"] for one in warm) * 1000,
        "warm_ms": statistics.median(one["s"] for one in warm) * 1000,
        "peak_mb": warm[-1]["peak_mb"],
        "tickets": len(where.issues()),
    }


def ask(process: Any, answers: Any, number: int) -> dict[str, Any]:
    """An alarm of its own, and what it took."""
    now = round(time.time() * 1000)
    text = body(f"a{number}-alarm-prod", "ALARM", now, ("OK", now - 86_400_000))
    process.stdin.write(json.dumps(text) + "\n")
    process.stdin.flush()
    answer: dict[str, Any] = json.loads(answers.readline())
    return answer


def main() -> None:
    """Five environments, one after the other; medians."""
    with ExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory()))
        bundle = certificate(folder)
        where = stack.enter_context(place([], 0.0, 1, 1800))
        aws = stack.enter_context(tls(folder, where.endpoint))
        vendors = stack.enter_context(tls(folder, where.vendors))
        group = stack.enter_context(Group("obsgen-bench"))
        runs = [measure(where, aws, vendors, bundle, group) for _ in range(5)]
    for name in runs[0]:
        values = sorted(run[name] for run in runs)
        sys.stdout.write(f"{name:>14}  {statistics.median(values):8.3f}  ({values[0]:.3f} to {values[-1]:.3f})\n")


if __name__ == "__main__":
    main()
