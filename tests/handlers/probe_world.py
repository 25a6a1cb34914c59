"""Targets of probes on this machine: servers that answer a connection with a script, certificates, and a resolver."""

from __future__ import annotations

import datetime
import socket
import socketserver
import ssl
import struct
import threading
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from functools import cache
from pathlib import Path
from typing import Any

from botocore.exceptions import ClientError
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from handlers.common.deadline import Deadline
from handlers.common.secrets import Secrets
from handlers.probes.addresses import AddressPolicy
from handlers.probes.result import Result
from handlers.probes.run import Runner, run_probes
from handlers.probes.settings import probe_of

HERE = AddressPolicy(private=True, local=True)
Script = Callable[[socket.socket], None]


class GivenSecrets:
    """In place of the client of Secrets Manager."""

    def __init__(self, values: Mapping[str, str]) -> None:
        self.values = values

    def get_secret_value(self, *, SecretId: str) -> dict[str, str]:
        if SecretId not in self.values:
            raise ClientError({"Error": {"Code": "ResourceNotFoundException"}}, "GetSecretValue")
        return {"SecretString": self.values[SecretId]}


def probe(
    kind: str,
    *,
    policy: AddressPolicy = HERE,
    values: Mapping[str, str] | None = None,
    context: ssl.SSLContext | None = None,
    **keys: Any,
) -> Result:
    """The result of one probe. values: of secrets, by name."""
    entry = {"probe": "shop", "type": kind, "every": 60, "timeout": 5, "from": ["hub"], **keys}
    known = Secrets(lambda: GivenSecrets(values or {}))
    more = {"context": lambda: context} if context else {}
    outcome = run_probes([probe_of(entry)], Runner(policy, known, known.hide, **more), Deadline.after(60))
    (result,) = outcome.results
    return result


@contextmanager
def server(script: Script, context: ssl.SSLContext | None = None) -> Iterator[int]:
    """The port of a server that answers each connection with the script, over TLS if there is a context."""

    class Connection(socketserver.BaseRequestHandler):
        def handle(self) -> None:
            try:
                connection = context.wrap_socket(self.request, server_side=True) if context else self.request
                script(connection)
                connection.close()
            except OSError:
                return  # the probe was gone first

    class Server(socketserver.ThreadingTCPServer):
        daemon_threads, block_on_close = True, False
        request_queue_size = 256

    with Server(("127.0.0.1", 0), Connection) as one:
        threading.Thread(target=one.serve_forever, args=(0.01,), daemon=True).start()
        yield one.server_address[1]
        one.shutdown()


def request_of(connection: socket.socket) -> str:
    """The head of a request."""
    received = b""
    while b"\r\n\r\n" not in received:
        part = connection.recv(4096)
        if not part:
            break
        received += part
    return received.decode()


def answering(response: bytes, requests: list[str] | None = None) -> Script:
    """Sends these bytes to each request, and keeps the requests."""

    def script(connection: socket.socket) -> None:
        received = request_of(connection)
        if requests is not None:
            requests.append(received)
        connection.sendall(response)

    return script


def response(body: bytes = b"ok", status: str = "200 OK", *headers: str) -> bytes:
    head = [f"HTTP/1.1 {status}", f"Content-Length: {len(body)}", *headers]
    return "\r\n".join(head).encode() + b"\r\n\r\n" + body


def silent(connection: socket.socket) -> None:
    """Reads until the probe leaves, and never answers."""
    while connection.recv(4096):
        continue


@cache
def authority() -> tuple[ec.EllipticCurvePrivateKey, x509.Certificate]:
    key = ec.generate_private_key(ec.SECP256R1())
    return key, _signed("probe test authority", key, key, None, 3650)


def _signed(
    name: str,
    key: ec.EllipticCurvePrivateKey,
    signer: ec.EllipticCurvePrivateKey,
    issuer: x509.Certificate | None,
    days: float,
) -> x509.Certificate:
    subject = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name)])
    now = datetime.datetime.now(datetime.UTC)
    begins = now - datetime.timedelta(days=400)
    builder = (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(issuer.subject if issuer else subject)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(begins)
        .not_valid_after(now + datetime.timedelta(days=days))
        .add_extension(x509.BasicConstraints(ca=issuer is None, path_length=None), critical=True)
        .add_extension(x509.SubjectKeyIdentifier.from_public_key(key.public_key()), critical=False)
        .add_extension(x509.AuthorityKeyIdentifier.from_issuer_public_key(signer.public_key()), critical=False)
    )
    if issuer:
        builder = builder.add_extension(x509.SubjectAlternativeName([x509.DNSName(name)]), critical=False)
    else:
        usage = x509.KeyUsage(*[False] * 5, key_cert_sign=True, crl_sign=True, encipher_only=False, decipher_only=False)
        builder = builder.add_extension(usage, critical=True)
    return builder.sign(signer, hashes.SHA256())


def server_context(folder: Path, name: str = "localhost", days: float = 30.0) -> ssl.SSLContext:
    """A context with a certificate of the test's authority for a name."""
    key = ec.generate_private_key(ec.SECP256R1())
    signer, issuer = authority()
    certificate = _signed(name, key, signer, issuer, days)
    pem = serialization.Encoding.PEM
    content = certificate.public_bytes(pem) + key.private_bytes(
        pem, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )
    (file := folder / "server.pem").write_bytes(content)
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(file)
    return context


def client_context() -> ssl.SSLContext:
    """What a runner has, with the test's authority besides."""
    context = ssl.create_default_context()
    context.load_verify_locations(cadata=authority()[1].public_bytes(serialization.Encoding.PEM).decode())
    return context


@contextmanager
def resolver(answer: Callable[[bytes], bytes | None], by_tcp: Callable[[bytes], bytes] | None = None) -> Iterator[int]:
    """The port of a resolver. answer: to a query by UDP, None for silence. by_tcp: to one by TCP, on the same port."""

    class Datagram(socketserver.BaseRequestHandler):
        def handle(self) -> None:
            data, own = self.request
            sent = answer(data)
            if sent is not None:
                own.sendto(sent, self.client_address)

    def script(connection: socket.socket) -> None:
        data = connection.recv(4096)
        message = by_tcp(data[2:]) if by_tcp else b""
        connection.sendall(struct.pack("!H", len(message)) + message)

    with server(script) as port, socketserver.ThreadingUDPServer(("127.0.0.1", port), Datagram) as one:
        threading.Thread(target=one.serve_forever, args=(0.01,), daemon=True).start()
        yield port
        one.shutdown()


def dns_answer(query: bytes, *records: tuple[int, bytes], flags: int = 0x8180) -> bytes:
    """An answer to a query. records: type and data; their name is a pointer to the question."""
    head = query[:2] + struct.pack("!5H", flags, 1, len(records), 0, 0)
    rest = b"".join(b"\xc0\x0c" + struct.pack("!HHIH", kind, 1, 60, len(data)) + data for kind, data in records)
    return head + query[12:] + rest
