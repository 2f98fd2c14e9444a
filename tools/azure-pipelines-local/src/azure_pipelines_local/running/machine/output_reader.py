"""Read the output of a process line by line, until it and what it started print no more."""

from collections.abc import Callable
from io import BufferedReader
from threading import Lock, Thread
from typing import IO, cast

# A process has ended, and its output may still be open: whatever it left in the background inherited it, and may print
# for ever. What is in the pipe by then belongs to the step, all else does not, and nothing tells the two apart. So
# reading goes on until nothing has come for a second, or more has come than a pipe holds (64 KiB on Linux).
REST_SECONDS = 1.0
REST_BYTES = 2**20
PIECE = 2**16  # bytes read at once
LONGEST = 2**20  # bytes; more without an end of line are taken in pieces, or `cat /dev/zero` would fill the memory
TakeLine = Callable[[str], None]


class OutputReader:
    """Read a stream in a thread of its own.

    The thread reads on when taking a line fails: the pipe would fill up, and the process wait for room in it for ever.
    """

    def __init__(self, stream: IO[bytes] | None, take_line: TakeLine, lock: Lock) -> None:
        """Start reading; `lock` is held while a line is taken, so that two streams never are at the same time."""
        self.error: Exception | None = None  # the first that taking a line has raised
        self._stream, self._take_line, self._lock = cast(BufferedReader, stream), take_line, lock
        self._rest, self._size, self._closed = b"", 0, False
        self._thread = Thread(target=self._read, daemon=True)  # a daemon: it may wait for a stream that never ends
        self._thread.start()

    def finish(self) -> None:
        """Wait for the rest of the output, however long taking its lines lasts; take nothing that comes after it."""
        try:
            size_before, enough = -1, self._size + REST_BYTES
            while self._thread.is_alive() and size_before < self._size < enough:
                with self._lock:  # a line that is being taken counts as news, even if it takes longer than the wait
                    size_before = self._size
                self._thread.join(REST_SECONDS)
            with self._lock:
                self._pass_on(self._rest)
        finally:
            # Also after an interrupt. A line of this step that came later would be taken as one of a later step:
            # written to a closed log, or setting a variable in the middle of it.
            self._closed = True

    def _read(self) -> None:
        with self._stream as stream:
            while piece := stream.read1(PIECE):  # not `read`, which waits until all of the piece is there
                with self._lock:
                    self._add(piece)

    def _add(self, piece: bytes) -> None:
        self._size += len(piece)
        *lines, self._rest = (self._rest + piece).split(b"\n")
        if len(self._rest) > LONGEST:
            lines, self._rest = [*lines, self._rest], b""
        for line in lines:
            self._pass_on(line + b"\n")

    def _pass_on(self, line: bytes) -> None:
        if not line or self._closed:
            return
        try:
            self._take_line(line.decode("utf-8", errors="replace").rstrip("\r\n"))
        except Exception as error:  # noqa: BLE001  whatever it is, the step fails with it
            self.error = self.error or error
