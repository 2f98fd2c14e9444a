"""Divide the requests to a service among the processes of its versions, by percent, from an address that stays.

`python router.py --folder FOLDER --port N` reads `state.json` in the folder, again as soon as it changes, and writes
`health.json`: what each process has answered. It has no other controls, so nobody can switch versions over the network.

A request whose process is gone goes to another one: scoring changes nothing, so it can be repeated. Requests under way
end where they began, whatever the traffic becomes. It is run by its path and knows nothing of the project, since it
must start fast and outlive the command that has started it.
"""

import argparse
import asyncio
import json
import logging
import math
import os
import signal
from collections import deque
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from time import perf_counter
from typing import Any
from uuid import uuid4

from aiohttp import ClientError, ClientSession, ClientTimeout, DummyCookieJar, TCPConnector, web
from aiohttp.http_exceptions import HttpProcessingError

STATE, HEALTH = "state.json", "health.json"
DAMAGED = AttributeError, KeyError, TypeError, ValueError  # what a file of another form raises where it is read
ALL = 100  # percent
PAUSE = 0.2  # seconds between two looks at what there is to write down
KEPT = 1000  # durations of a process, for the slowest 1 %
SLACK = 2.0  # seconds beyond the deadline, at which the process itself answers
SILENT = 30.0  # seconds in which a client must send the head of its next request, or the first: then it is closed
IDLE = 3.0  # seconds after which a connection is closed: before uvicorn closes it, after 5
LINGERING = 0.5  # seconds in which the rest of a refused request is read, so that its sender sees the answer
ABANDONED = 60.0  # seconds in which the state may not name this process yet: a deployment needs fewer
LOOK = 5.0  # seconds between two looks at whether it does
ID = "x-request-id"
# What concerns one connection and not the message (RFC 9110, 7.6.1); lengths are counted anew.
OF_CONNECTION = {"connection", "keep-alive", "proxy-connection", "te", "trailer", "transfer-encoding", "upgrade"}
OF_CONNECTION |= {"content-length", "expect"}
Headers = list[tuple[str, str]]


@dataclass
class Upstream:
    """The process of a version: where it is, its percent, and what it has answered."""

    version: int
    address: str
    traffic: int
    credit: int = 0
    requests: int = 0
    errors: int = 0
    durations: deque[float] = field(default_factory=lambda: deque(maxlen=KEPT))  # milliseconds

    def count(self, milliseconds: float, failed: bool) -> None:
        """Count an answer, or that there was none."""
        self.requests += 1
        self.errors += failed
        self.durations.append(milliseconds)

    def health(self) -> dict[str, Any]:
        """Return the counters as they are written down; `p99_ms` is of the latest answers."""
        place = math.ceil(0.99 * len(self.durations)) - 1
        p99 = sorted(self.durations)[place] if self.durations else 0.0
        return {"version": self.version, "requests": self.requests, "errors": self.errors, "p99_ms": round(p99, 3)}


class Upstreams:
    """The processes as the folder's state says now."""

    def __init__(self, folder: Path) -> None:
        """Read the state; raises OSError or ValueError if it cannot be read."""
        self._file = folder / STATE
        self._seen: tuple[int, int] | None = None
        self._known: dict[str, Upstream] = {}  # by what tells one process from all others, also of its version
        self.most_bytes, self.deadline = 0, 0.0
        self._read()

    def order(self) -> list[Upstream]:
        """Return the processes to ask for the next request: the one whose turn it is, twice, and then the others.

        Twice, because a kept connection may have been closed a moment ago.
        """
        with suppress(OSError, *DAMAGED):  # else what was read before still holds
            if self._changed():
                self._read()
        everyone = sorted(self._known.values(), key=lambda one: (-one.traffic, -one.version))
        if not any(one.traffic for one in everyone):
            return []
        chosen = _take_turn(everyone)
        return [chosen, chosen, *(one for one in everyone if one is not chosen)]

    def health(self) -> dict[str, Any]:
        """Return the counters of every process."""
        return {instance: one.health() for instance, one in self._known.items()}

    def _changed(self) -> bool:
        found = os.stat(self._file)  # noqa: PTH116  at every request: Path's takes three times as long
        return self._seen != (found.st_mtime_ns, found.st_ino)

    def _read(self) -> None:
        found = self._file.stat()
        state = json.loads(self._file.read_text(encoding="utf-8"))
        limits, known = (state["most_bytes"], state["deadline_seconds"]), {}
        for version, one in state["versions"].items():
            upstream = self._known.get(one["instance"]) or Upstream(int(version), one["address"], 0)
            upstream.traffic = one["traffic"]
            known[one["instance"]] = upstream
        self.most_bytes, self.deadline = limits
        self._known, self._seen = known, (found.st_mtime_ns, found.st_ino)


def _take_turn(everyone: list[Upstream]) -> Upstream:
    """Choose by percent, spread evenly: of a hundred requests exactly so many, and never the same in a row for long."""
    for one in everyone:
        one.credit += one.traffic
    chosen = max(everyone, key=lambda one: one.credit if one.traffic else -math.inf)
    chosen.credit -= ALL
    return chosen


class Router:
    """Answers requests with what the processes answer."""

    def __init__(self, upstreams: Upstreams, session: ClientSession) -> None:
        """Answer nothing yet."""
        self._upstreams, self._session = upstreams, session

    async def answer(self, request: web.Request) -> web.StreamResponse:
        """Pass the request on until a process answers it."""
        if not request.path_qs.startswith("/"):  # which could lead to another host
            return _refuse(request, 400, "the target of a request must be a path")
        order = self._upstreams.order()
        try:
            async with asyncio.timeout(self._upstreams.deadline):
                body = await _read_body(request, self._upstreams.most_bytes)
        except TimeoutError:
            return _refuse(request, 504, f"the request took longer than {self._upstreams.deadline:g} seconds to arrive")
        if body is None:
            return _refuse(request, 413, f"the request has more than {self._upstreams.most_bytes} bytes: send several")
        for place, upstream in enumerate(order):
            last_try = place + 1 == len(order) or order[place + 1] is not upstream
            answer = await self._ask(upstream, request, body, last_try)
            if answer is not None:
                return answer
        return _refuse(request, 503, "no version of the service answers")

    async def _ask(
        self, upstream: Upstream, request: web.Request, body: bytes, last_try: bool
    ) -> web.StreamResponse | None:
        """Ask the process, and count what it does for `/score`; None if it is gone."""
        counted, start = request.path == "/score", perf_counter()
        try:
            answer = await self._pass_on(upstream, request, body)
        except TimeoutError:
            answer = _refuse(request, 504, f"version {upstream.version} took too long")
        except (ClientError, ConnectionError):
            if counted and last_try:
                upstream.count(_milliseconds(start), failed=True)
            return None
        if counted:
            upstream.count(_milliseconds(start), failed=answer.status >= 500)
        return answer

    async def _pass_on(self, upstream: Upstream, request: web.Request, body: bytes) -> web.Response:
        async with self._session.request(
            request.method,
            upstream.address + request.path_qs,
            data=body,
            headers=_passed(request.headers),
            allow_redirects=False,
            timeout=ClientTimeout(total=self._upstreams.deadline + SLACK),
        ) as found:
            content = await found.read()
            headers = _passed(found.headers)
            if "Server" not in found.headers:
                headers.append(("Server", "router"))  # else aiohttp says its version
            if request.method == "HEAD" and "Content-Length" in found.headers:
                headers.append(("Content-Length", found.headers["Content-Length"]))
            return web.Response(status=found.status, reason=found.reason, body=content, headers=headers)


async def _read_body(request: web.Request, most: int) -> bytes | None:
    """Read the whole body, so that it can be sent again; None if it is larger than `most`."""
    if (request.content_length or 0) > most:
        return None
    parts, size = [], 0
    async for part in request.content.iter_any():
        parts.append(part)
        size += len(part)
        if size > most:
            return None
    return b"".join(parts)


def _passed(headers: Mapping[str, str]) -> Headers:
    """Return the headers without those of the connection."""
    dropped = OF_CONNECTION | {name.strip().lower() for name in headers.get("Connection", "").split(",")}
    return [(name, value) for name, value in headers.items() if name.lower() not in dropped]


def _refuse(request: web.Request, status: int, why: str) -> web.Response:
    """Return an answer in the form of the versions' own."""
    given = request.headers.get(ID, "")
    plain = 0 < len(given) <= 64 and given.replace("-", "").replace("_", "").isalnum() and given.isascii()
    response = web.json_response({"error": why, "request_id": given if plain else uuid4().hex}, status=status)
    if not request.content.is_eof():
        response.force_close()  # the rest of the body is not read
    return response


def _milliseconds(start: float) -> float:
    return (perf_counter() - start) * 1000


def is_our_fault(record: logging.LogRecord) -> bool:
    """Say whether a message of aiohttp is of more than a request that is not HTTP, of which anybody can send many."""
    return not (record.exc_info and isinstance(record.exc_info[1], HttpProcessingError))


async def write_health(folder: Path, upstreams: Upstreams) -> None:
    """Write down what has changed, for ever; a full disk costs a figure and no answer."""
    written: Mapping[str, Any] | None = None
    while True:
        found = upstreams.health()
        if found != written:
            with suppress(OSError):
                part = folder / f".{HEALTH}.{os.getpid()}"
                part.write_text(json.dumps(found), encoding="utf-8")
                part.replace(folder / HEALTH)
                written = found
        await asyncio.sleep(PAUSE)


def is_owned(folder: Path) -> bool:
    """Say whether the service knows this process as its router; also if that cannot be found out."""
    try:
        router = json.loads((folder / STATE).read_text(encoding="utf-8")).get("router", {})
    except FileNotFoundError:  # a disk that is away comes back; a service that was ended, or deleted by hand, does not
        return not folder.parent.is_dir()
    except (AttributeError, OSError, ValueError):
        return True
    if router == {}:  # written by hand, without one
        return True
    # Windows starts the Python of a virtual environment by another process, whose number is kept.
    return bool(router) and router.get("pid") in (os.getpid(), os.getppid())


async def wait_until_abandoned(folder: Path, ended: asyncio.Event) -> None:
    """End a router that nobody could stop any more: its deployment was killed before it wrote the process down."""
    unknown = 0.0
    while unknown < ABANDONED:
        await asyncio.sleep(LOOK)
        unknown = 0.0 if is_owned(folder) else unknown + LOOK
    print("The service does not know this router: it ends.", flush=True)
    ended.set()


async def route(folder: Path, port: int) -> None:
    """Serve until a signal; then answer what is under way."""
    upstreams, ended = Upstreams(folder), asyncio.Event()
    logging.getLogger("aiohttp.server").addFilter(is_our_fault)
    loop = asyncio.get_running_loop()
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: loop.call_soon_threadsafe(ended.set))
    connector = TCPConnector(limit=0, keepalive_timeout=IDLE)
    async with ClientSession(connector=connector, cookie_jar=DummyCookieJar(), auto_decompress=False) as session:
        application = web.Application()
        application.router.add_route("*", "/{path:.*}", Router(upstreams, session).answer)
        patience = upstreams.deadline + SLACK
        # Bodies stay as they were sent: the versions say what they think of compressed ones.
        kept: dict[str, Any] = {"access_log": None, "auto_decompress": False, "lingering_time": LINGERING}
        kept["keepalive_timeout"] = SILENT  # which aiohttp also counts from the start of a connection
        runner = web.AppRunner(application, shutdown_timeout=patience, **kept)
        await runner.setup()
        site = web.TCPSite(runner, "127.0.0.1", port, backlog=2048)
        await site.start()
        print(f"Routing on http://127.0.0.1:{runner.addresses[0][1]}/score", flush=True)
        background = write_health(folder, upstreams), wait_until_abandoned(folder, ended)
        tasks = [asyncio.create_task(each) for each in background]
        await ended.wait()
        await runner.cleanup()
        for task in tasks:
            task.cancel()


def main() -> None:
    """Read the command line and serve."""
    arguments = argparse.ArgumentParser(description=__doc__, allow_abbrev=False)
    arguments.add_argument("--folder", type=Path, required=True, help="folder with state.json")
    arguments.add_argument("--port", type=int, required=True, help="port on 127.0.0.1; 0 takes any free one")
    given = arguments.parse_args()
    try:
        asyncio.run(route(given.folder, given.port))
    except OSError as error:
        raise SystemExit(f"cannot route on port {given.port}: {error}") from error


if __name__ == "__main__":
    main()
