"""The log of requests: a line of JSON each, in files of a day, written by a thread so that no answer waits for a disk.

Monitoring reads it, so its form is a contract, schema 1:

    {"schema": 1, "time": "2026-11-30T03:11:20.123Z", "id": "4f5c...", "version": "3", "ms": 1.2, "status": 200,
     "rows": 2, "features": {"temp": [39.0, null]}, "probabilities": [0.21, 0.4]}

`features` are those of an allow-list, as they were sent; instead of `probabilities`, or beside them, `predictions`, as
in the answer. A request that was refused has neither, and 0 rows. The id of a prediction is `id`/row, the first row
being 0. The files are `requests-<UTC day>-<process>[-n].jsonl`; a killed process may leave half a line at the end of
its last one.
"""

import sys
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from os import getpid
from pathlib import Path
from random import random
from threading import Event, Lock, Thread
from typing import Any

import msgspec

SCHEMA = 1
PREFIX, SUFFIX = "requests-", ".jsonl"
SECONDS = 1.0  # after which a line is in its file
MOST_WAITING = 100_000  # lines kept for a disk that does not take them; more are lost, and counted


class RequestLog:
    """Writes a share of the requests into a folder, and deletes its files after some days."""

    def __init__(
        self,
        folder: Path,
        share: float = 1.0,
        keep_days: int = 30,
        most_bytes: int = 50_000_000,
        seconds: float = SECONDS,
    ) -> None:
        """Make the folder, raising OSError where it cannot be written to; begin another file after `most_bytes`."""
        folder.mkdir(parents=True, exist_ok=True)
        self._folder, self._share, self._keep_days, self._most_bytes = folder, share, keep_days, most_bytes
        self._encode = msgspec.json.Encoder().encode
        self._lines: list[bytes] = []
        self._day, self._number, self._written, self.lost = "", 0, 0, 0
        self._lock, self._ending, self._seconds = Lock(), Event(), seconds
        probe = folder / f".{getpid()}"
        probe.touch()
        probe.unlink()
        self._thread = Thread(target=self._write_now_and_then, daemon=True)
        self._thread.start()

    def add(self, entry: Mapping[str, Any]) -> None:
        """Note a request, unless its share is not wanted; `entry` is what follows the time in the schema."""
        if self._share < 1 and random() >= self._share:  # noqa: S311  (a sample, no secret)
            return
        if len(self._lines) >= MOST_WAITING:
            self.lost += 1
            return
        time = datetime.now(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")
        self._lines.append(self._encode({"schema": SCHEMA, "time": time, **entry}))

    def flush(self) -> None:
        """Write what waits; a disk that takes nothing costs lines of the log, and no request."""
        with self._lock:
            # Taken out of the one list there is: a request may be adding its line to that at this very moment.
            lines = self._lines[:]
            del self._lines[: len(lines)]
            if not lines:
                return
            content = b"\n".join([*lines, b""])
            try:
                _append(self._file(len(content)), content)
            except OSError as error:
                if not self.lost:
                    print(f"The request log cannot be written, and loses lines: {error}", file=sys.stderr, flush=True)
                self.lost += len(lines)

    def close(self) -> None:
        """Write what waits, and end."""
        self._ending.set()
        self._thread.join()
        self.flush()

    def _write_now_and_then(self) -> None:
        while not self._ending.wait(self._seconds):
            self.flush()

    def _file(self, length: int) -> Path:
        """Return the file for that many bytes more; at the first of a day, delete those that are too old."""
        day = datetime.now(UTC).date().isoformat()
        if day != self._day:
            self._day, self._number, self._written = day, 0, 0
            self._delete_old()
        elif self._written + length > self._most_bytes and self._written:
            self._number, self._written = self._number + 1, 0
        self._written += length
        number = f"-{self._number}" if self._number else ""
        return self._folder / f"{PREFIX}{day}-{getpid()}{number}{SUFFIX}"

    def _delete_old(self) -> None:
        oldest = (datetime.now(UTC) - timedelta(days=self._keep_days)).date().isoformat()
        for path in self._folder.glob(f"{PREFIX}*{SUFFIX}"):
            if path.name.removeprefix(PREFIX)[: len(oldest)] < oldest:
                path.unlink(missing_ok=True)


def _append(file: Path, content: bytes) -> None:
    """Append all of the content or nothing: the next line would follow half of one, and nobody could read it."""
    with file.open("ab", buffering=0) as stream:
        whole = stream.tell()
        try:
            written = 0
            while written < len(content):  # a disk that fills takes a part first
                written += stream.write(content[written:])
        except OSError:
            stream.truncate(whole)
            raise
