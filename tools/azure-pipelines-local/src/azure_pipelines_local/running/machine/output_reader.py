"""What a process prints, line by line, until it and what it has started print no more."""

from collections.abc import Callable
from io import BufferedReader
from threading import Lock, Thread
from typing import IO, cast

REST_SECONDS = 1.0  # that more may come when the process has ended: what it left behind may hold its output open
REST_BYTES = 2**20  # likewise; more than a pipe holds, so that what the process itself has printed is among them
PIECE, LONGEST = 2**16, 2**20  # bytes; what is longer without an end of line counts as several lines
Line = Callable[[str], None]


class Reader:
    """Reads in a thread of its own, which goes on whatever becomes of a line: else the process would never end."""

    def __init__(self, stream: IO[bytes] | None, line: Line, lock: Lock) -> None:
        """Start; `lock` is held while lines are at work, so that those of two streams are not so at once."""
        self.error: Exception | None = None  # the first of those that lines have met with
        self._stream, self._line, self._lock = cast(BufferedReader, stream), line, lock
        self._rest, self._size, self._closed = b"", 0, False
        self._thread = Thread(target=self._read, daemon=True)
        self._thread.start()

    def finish(self) -> None:
        """Wait for the rest, however long lines are at work, and take nothing more after it."""
        try:
            before, enough = -1, self._size + REST_BYTES
            while self._thread.is_alive() and before < self._size < enough:
                with self._lock:
                    before = self._size
                self._thread.join(REST_SECONDS)
            with self._lock:
                self._say(self._rest)
        finally:
            self._closed = True

    def _read(self) -> None:
        with self._stream as stream:
            while piece := stream.read1(PIECE):
                with self._lock:
                    self._take(piece)

    def _take(self, piece: bytes) -> None:
        self._size += len(piece)
        *lines, self._rest = (self._rest + piece).split(b"\n")
        if len(self._rest) > LONGEST:
            lines, self._rest = [*lines, self._rest], b""
        for each in lines:
            self._say(each + b"\n")

    def _say(self, line: bytes) -> None:
        if not line or self._closed:
            return
        try:
            self._line(line.decode("utf-8", errors="replace").rstrip("\r\n"))
        except Exception as error:  # noqa: BLE001  whatever it is, the step fails with it
            self.error = self.error or error
