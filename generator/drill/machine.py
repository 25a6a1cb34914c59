"""The environment of a drill on this machine: no AWS but moto's, no settings of the user's, an orderly end."""

from __future__ import annotations

import logging
import os
import signal
from collections.abc import Iterator
from contextlib import contextmanager

import urllib3


class CannotDrill(Exception):
    """Why there can be no drill, in a sentence."""


class NoMoto(CannotDrill):
    """moto is not installed."""


@contextmanager
def interruptible() -> Iterator[None]:
    """SIGTERM ends the drill as Ctrl-C does, so that everything is torn down."""

    def end(_number: int, _frame: object) -> None:
        raise KeyboardInterrupt

    before = signal.signal(signal.SIGTERM, end)
    try:
        yield
    finally:
        signal.signal(signal.SIGTERM, before)


@contextmanager
def own_environment(account: str, region: str) -> Iterator[None]:
    """No credentials, profiles, endpoints or proxies of the user's: nothing here may reach the real AWS."""
    before = dict(os.environ)
    for name in before:
        if name.startswith("AWS_") or name.lower() in ("http_proxy", "https_proxy", "all_proxy"):
            del os.environ[name]
    nothing = os.devnull
    os.environ |= {
        "AWS_ACCESS_KEY_ID": "drill",
        "AWS_SECRET_ACCESS_KEY": "drill",
        "AWS_CONFIG_FILE": nothing,
        "AWS_SHARED_CREDENTIALS_FILE": nothing,
        "AWS_EC2_METADATA_DISABLED": "true",
        "AWS_DEFAULT_REGION": region,
        "AWS_REGION": region,
        "MOTO_ACCOUNT_ID": account,
        "NO_PROXY": "127.0.0.1",
    }
    try:
        yield
    finally:
        os.environ.clear()
        os.environ.update(before)


@contextmanager
def moto() -> Iterator[str]:
    """The address of an AWS of our own, on this machine only. Raises NoMoto."""
    try:
        from moto.server import ThreadedMotoServer
    except ImportError as error:
        raise NoMoto(f"a drill on this machine needs moto's server ({error})") from None
    prepare_moto()
    server = ThreadedMotoServer(ip_address="127.0.0.1", port=0, verbose=False)
    server.start()
    host, port = server.get_host_and_port()
    address = f"http://{host}:{port}"
    # What an earlier one left: moto keeps its accounts as long as the process.
    urllib3.request("POST", f"{address}/moto-api/reset")
    try:
        yield address
    finally:
        server.stop()


def prepare_moto() -> None:
    """Have moto's servers of this process log nothing but errors, and answer without delay."""
    from moto import backends
    from moto.moto_server.werkzeug_app import MotoRequestHandler

    logging.getLogger("werkzeug").setLevel(logging.ERROR)
    # Head and body are two writes; by Nagle's algorithm the second waits for the client's delayed acknowledgement.
    MotoRequestHandler.disable_nagle_algorithm = True
    # moto lists its own folder at each request.
    modules = tuple(backends.list_of_moto_modules())
    backends.list_of_moto_modules = lambda: modules
