"""What leaves in one packet, and what never waits for more."""

import asyncio

import pytest

from learning.http_protocol import Transport

HEAD = b"HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\n"
CONTINUE = b"HTTP/1.1 100 Continue\r\n\r\n"


class Wire(asyncio.Transport):
    """Keeps what is written, a packet each."""

    def __init__(self) -> None:
        super().__init__({"peername": "a client"})
        self.packets, self.closed = list[bytes](), False

    def write(self, data: bytes | bytearray | memoryview) -> None:
        self.packets.append(bytes(data))

    def close(self) -> None:
        self.closed = True


@pytest.mark.parametrize(
    ("written", "packets"),
    [
        ([HEAD, b"{}"], [HEAD + b"{}"]),
        ([HEAD, b"{}", HEAD, b"[]"], [HEAD + b"{}", HEAD + b"[]"]),
        ([HEAD, b"{", b"}"], [HEAD + b"{", b"}"]),
        ([HEAD + b"Invalid"], [HEAD + b"Invalid"]),
        ([CONTINUE, HEAD, b"{}"], [CONTINUE, HEAD + b"{}"]),
        ([HEAD], []),
    ],
    ids=["an answer", "two", "in parts", "at once", "before a body", "a head alone"],
)
def test_a_head_leaves_with_what_follows_it(written: list[bytes], packets: list[bytes]) -> None:
    transport = Transport(wire := Wire())
    for data in written:
        transport.write(data)
    assert wire.packets == packets


def test_an_answer_without_a_body_leaves_when_it_is_complete_or_the_connection_ends() -> None:
    transport = Transport(wire := Wire())
    transport.write(HEAD)
    transport.flush()
    transport.flush()
    assert wire.packets == [HEAD]
    transport.write(HEAD)
    transport.close()
    assert (wire.packets, wire.closed) == ([HEAD, HEAD], True)


def test_it_is_the_transport_in_all_else() -> None:
    assert Transport(Wire()).get_extra_info("peername") == "a client"
