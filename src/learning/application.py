"""The routes of the fast server, as an ASGI application: one model behind five of them."""

import asyncio
import hmac
import traceback
from collections.abc import Awaitable, Callable, Coroutine, Generator, Mapping
from concurrent.futures import ThreadPoolExecutor
from time import perf_counter
from typing import Any

import msgspec

from learning import openapi, serving
from learning.decoding import Request, RequestError
from learning.request_metrics import CONTENT_TYPE, RequestMetrics

Message = dict[str, Any]
Receiving = Coroutine[Any, None, Message]
Receive = Callable[[], Receiving]
Send = Callable[[Message], Awaitable[None]]
Scored = tuple[Request, dict[str, Any]]  # as the service returns it
Reply = tuple[int, bytes, list[tuple[bytes, bytes]]]  # status, body, headers

JSON = [(b"content-type", b"application/json")]
AGAIN = [*JSON, (b"retry-after", b"1")]  # seconds
TEXT = [(b"content-type", b"text/plain; charset=utf-8")]
SHORT = 100_000  # bytes of a request that is scored in a millisecond or so: no thread is worth its while
IDS = (b"x-ms-request-id", b"x-request-id")


class Application:
    """Answers requests for one model.

    Requests are scored in turn. Short ones are scored at once, since handing one to a thread takes longer than that;
    while a long one is scored in the one thread, probes and short requests are answered.
    """

    def __init__(self, service: serving.Service, queue: int, deadline: float, key: str = "") -> None:
        """Serve at most `queue` requests at once, each within `deadline` seconds; an empty key wants none."""
        self._service, self._queue, self._deadline = service, queue, deadline
        self._wanted = f"Bearer {key}".encode() if key else b""
        self._waiting, self.stopping = 0, False
        self._thread = ThreadPoolExecutor(1, "scoring")
        self._encode = msgspec.json.Encoder().encode
        self._metrics = RequestMetrics(service.version)
        described = openapi.document(service.scorer, service.version, service.most_rows, bool(key))
        self._described = self._encode(described)

    async def __call__(self, scope: Mapping[str, Any], receive: Receive, send: Send) -> None:
        """Answer one request."""
        path, method = scope["path"], scope["method"]
        if path == "/score" and method == "POST":
            status, body, headers = await self._score(scope, receive)
        else:
            status, body, headers = self._show(path, method)
        headers = [*headers, (b"content-length", b"%d" % len(body))]
        await send({"type": "http.response.start", "status": status, "headers": headers})
        await send({"type": "http.response.body", "body": body})

    def _show(self, path: str, method: str) -> Reply:
        """Answer everything but scoring."""
        pages: dict[str, Callable[[], Reply]] = {
            "/live": lambda: (200, b"live\n", TEXT),
            "/ready": lambda: (
                self._refusal(503, "the server is stopping") if self.stopping else (200, b"ready\n", TEXT)
            ),
            "/openapi.json": lambda: (200, self._described, JSON),
            "/metrics": lambda: (200, self._numbers(), [(b"content-type", CONTENT_TYPE)]),
        }
        if path not in (*pages, "/score"):
            return self._refusal(404, f"there are {', '.join(['/score', *pages])}")
        allowed = "POST" if path == "/score" else "GET"
        if method == allowed:
            return pages[path]()
        return self._refusal(405, f"{path} takes {allowed}, not {method}", (b"allow", allowed.encode()))

    def _numbers(self) -> bytes:
        log = self._service.log
        return self._metrics.text(self._waiting, log.lost if log else 0).encode()

    def _refusal(self, status: int, words: str, *headers: tuple[bytes, bytes], request_id: str = "") -> Reply:
        answer = {"error": words, "request_id": request_id or serving.choose_id()}
        return status, self._encode(answer), [*JSON, *headers]

    async def _score(self, scope: Mapping[str, Any], receive: Receive) -> Reply:
        started = perf_counter()
        given = dict(scope["headers"])
        names = () if given.keys().isdisjoint(IDS) else [given.get(name, b"").decode("latin-1") for name in IDS]
        request_id = serving.choose_id(*names)
        if self._wanted and not hmac.compare_digest(given.get(b"authorization", b""), self._wanted):
            challenge = (b"www-authenticate", b"Bearer")
            self._metrics.add(401, perf_counter() - started)  # not logged: anybody could fill the disk
            return self._refusal(401, "the header Authorization must be: Bearer KEY", challenge, request_id=request_id)
        try:
            status, answer = await self._answer(given, receive, request_id, started)
        except RequestError as error:
            status, answer = self._service.refuse(error, request_id, started)
        except Exception:  # noqa: BLE001  (a bug; the server outlives it, and its log has the traceback)
            traceback.print_exc()
            failure = RequestError("the server failed, and its log says where", 500)
            status, answer = self._service.refuse(failure, request_id, started)
        body = self._encode(answer)
        self._metrics.add(status, perf_counter() - started)
        return status, body, AGAIN if status == 503 else JSON

    async def _answer(
        self, headers: Mapping[bytes, bytes], receive: Receive, request_id: str, started: float
    ) -> tuple[int, dict[str, Any]]:
        """Read and score a request; raises RequestError where a limit is reached."""
        length = headers.get(b"content-length", b"")
        if length.isdigit() and int(length) > self._service.most_bytes:
            raise self._service.too_large()
        if self._waiting >= self._queue:
            raise RequestError(f"{self._queue} requests are under way, and no more are taken: try again", 503)
        self._waiting += 1
        scoring: asyncio.Future[Scored | RequestError] | None = None
        try:
            first = _begin(receive())
            if not isinstance(first, _Rest) and _is_all(first):  # as nearly always: nothing waits, nor needs a deadline
                return self._service.answer(first.get("body", b""), request_id, started)
            async with asyncio.timeout(self._deadline):
                body = await self._read(first, receive)
                if len(body) <= SHORT:
                    return self._service.answer(body, request_id, started)
                # Only scored there, and logged here: what was answered with 504 is logged as that, once.
                scoring = asyncio.get_running_loop().run_in_executor(self._thread, self._try, body)
                scored = await asyncio.shield(scoring)
            if isinstance(scored, RequestError):
                raise scored
            return self._service.report(*scored, request_id, started)
        except TimeoutError:
            raise RequestError(f"the request took longer than {self._deadline:g} seconds", 504) from None
        finally:
            if scoring is None:
                self._leave()
            else:  # a thread cannot be stopped: until it ends, the request counts as under way
                scoring.add_done_callback(self._leave)

    def _try(self, body: bytes) -> Scored | RequestError:
        """Score, and return a refusal: raised after the deadline, asyncio would print it as a failure of the server."""
        try:
            return self._service.score(body)
        except RequestError as error:
            return error

    def _leave(self, _ended: object = None) -> None:
        self._waiting -= 1

    async def _read(self, first: "Message | _Rest", receive: Receive) -> bytes:
        """Return the body of a request, or the start of one that is too large."""
        message = await first if isinstance(first, _Rest) else first
        parts = [message.get("body", b"")]
        size = len(parts[0])
        while message.get("more_body", False) and size <= self._service.most_bytes:
            message = await receive()
            parts.append(message.get("body", b""))
            size += len(parts[-1])
        if message["type"] == "http.disconnect":
            raise RequestError("the client left before the end of its request")
        return parts[0] if len(parts) == 1 else b"".join(parts)


def _is_all(message: Message) -> bool:
    """Say whether the message is a whole request, and a short one."""
    whole = message["type"] == "http.request" and not message.get("more_body", False)
    return whole and len(message.get("body", b"")) <= SHORT


def _begin(receiving: Receiving) -> "Message | _Rest":
    """Run a coroutine until it first waits: return its message or, if it waits, what is left of it.

    The body of a short request comes in one packet with its head. Setting a timer and taking it back, for a deadline
    that cannot be missed, takes asyncio about as long as ONNX Runtime takes to score the row.
    """
    try:
        waits_for = receiving.send(None)
    except StopIteration as ended:
        message: Message = ended.value
        return message
    return _Rest(receiving, waits_for)


class _Rest:
    """What is left of a coroutine that was begun by hand, to be awaited once."""

    def __init__(self, receiving: Receiving, waits_for: object) -> None:
        self._receiving, self._waits_for = receiving, waits_for

    def __await__(self) -> Generator[Any, None, Message]:
        """Hand to the event loop what the coroutine waits for, and then be that coroutine."""
        try:
            yield self._waits_for
            return (yield from self._receiving.__await__())
        finally:
            self._receiving.close()  # where the deadline has come first
