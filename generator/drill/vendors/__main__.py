"""The vendors' server on its own, beside a bench: the first line of its output is its address."""

from __future__ import annotations

import argparse
import sys
import threading

from generator.drill.vendors.kit.server import VendorServer


def main() -> None:
    """Serve requests until the process is stopped."""
    parser = argparse.ArgumentParser(prog="python -m generator.drill.vendors")
    parser.add_argument("--port", type=int, default=0)
    with VendorServer(parser.parse_args().port) as server:
        sys.stdout.write(server.url + "\n")
        sys.stdout.flush()
        try:
            threading.Event().wait()
        except KeyboardInterrupt:
            return


if __name__ == "__main__":
    main()
