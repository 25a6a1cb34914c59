"""TLS and lasting connections in front of a server that has neither, as AWS and the vendors have both.

A handshake for every call would be all that is measured.
"""

from __future__ import annotations

import asyncio
import ssl
import sys
from pathlib import Path
from urllib.parse import urlsplit


def serve(target: str, folder: str) -> None:
    """Listen on a free port, print the address, pass requests on one by one."""
    asyncio.run(_serve(target, Path(folder)))


async def _serve(target: str, folder: Path) -> None:
    context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    context.load_cert_chain(folder / "cert.pem", folder / "key.pem")
    port = urlsplit(target).port

    async def talk(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            while True:
                writer.write(await _asked(await _message(reader), port))
                await writer.drain()
        except (asyncio.IncompleteReadError, ConnectionError, ssl.SSLError):
            writer.close()

    server = await asyncio.start_server(talk, "127.0.0.1", 0, ssl=context)
    sys.stdout.write(f"https://127.0.0.1:{server.sockets[0].getsockname()[1]}\n")
    sys.stdout.flush()
    await server.serve_forever()


async def _message(reader: asyncio.StreamReader) -> bytes:
    """One request; all that come here say how long they are."""
    head = await reader.readuntil(b"\r\n\r\n")
    length = next(
        (line.split(b":")[1] for line in head.lower().split(b"\r\n") if line.startswith(b"content-length")), b"0"
    )
    return head + await reader.readexactly(int(length))


async def _asked(message: bytes, port: int | None) -> bytes:
    """The answer, as if the connection would last."""
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    head, _, rest = message.partition(b"\r\n")
    writer.write(head + b"\r\nConnection: close\r\n" + rest)
    head, _, body = (await reader.read()).partition(b"\r\n\r\n")
    writer.close()
    dropped = (b"connection", b"content-length", b"transfer-encoding")
    kept = [line for line in head.split(b"\r\n") if not line.lower().startswith(dropped)]
    kept[0] = kept[0].replace(b"HTTP/1.0", b"HTTP/1.1")
    return b"\r\n".join([*kept, b"Content-Length: %d" % len(body), b"", b""]) + body
