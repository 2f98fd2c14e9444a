"""uvicorn's protocol for HTTP, but the head of an answer leaves with its body: one packet, and one call of the kernel.

For a short answer, the second call costs more than decoding the request and encoding the answer.
"""

import asyncio
from typing import Any

from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol

END_OF_HEAD = b"\r\n\r\n"
INTERIM = b"HTTP/1.1 1"  # 100 Continue, which the client waits for before it sends its body


class Transport:
    """A transport that holds the head of an answer until there is more to write."""

    def __init__(self, transport: asyncio.Transport) -> None:
        """Hold nothing yet."""
        self._transport, self._held = transport, b""

    def __getattr__(self, name: str) -> Any:
        """Be the transport in all else."""
        return getattr(self._transport, name)

    def write(self, data: bytes) -> None:
        """Write, or hold what ends with the head of an answer."""
        if self._held:
            data, self._held = self._held + data, b""
        elif data.endswith(END_OF_HEAD) and not data.startswith(INTERIM):
            self._held = data
            return
        self._transport.write(data)

    def flush(self) -> None:
        """Write what is held: an answer without a body."""
        if self._held:
            self.write(b"")

    def close(self) -> None:
        """Close, once everything is written."""
        self.flush()
        self._transport.close()


class Protocol(HttpToolsProtocol):
    """Answers the requests of a connection."""

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        """Begin."""
        super().connection_made(Transport(transport))  # type: ignore[arg-type]

    def on_response_complete(self) -> None:
        """Leave nothing of an answer behind."""
        self.transport.flush()  # type: ignore[attr-defined]
        super().on_response_complete()
