"""A client that calls an ASGI application in this process: no server, no socket."""

import asyncio
import json
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

Application = Callable[[dict[str, Any], Any, Any], Awaitable[None]]


@dataclass(frozen=True)
class Answer:
    """What the application sent."""

    status: int
    headers: Mapping[str, str]
    body: bytes

    def json(self) -> Any:
        return json.loads(self.body)


async def ask(
    application: Application,
    method: str,
    path: str,
    parts: Sequence[bytes] = (b"",),
    headers: Mapping[str, str] | None = None,
    ends: bool = True,
) -> Answer:
    """Send a request whose body comes in parts; one that does not end waits for more for ever."""
    waiting = [{"type": "http.request", "body": part, "more_body": True} for part in parts]
    if ends:
        waiting[-1]["more_body"] = False
    sent: list[dict[str, Any]] = []

    async def receive() -> dict[str, Any]:
        if not waiting:
            await asyncio.Event().wait()
        return waiting.pop(0)

    async def send(message: dict[str, Any]) -> None:
        sent.append(message)

    given = [(name.lower().encode(), value.encode("latin-1")) for name, value in (headers or {}).items()]
    await application({"type": "http", "method": method, "path": path, "headers": given}, receive, send)
    named = {name.decode(): value.decode("latin-1") for name, value in sent[0]["headers"]}
    return Answer(sent[0]["status"], named, sent[1]["body"])


def get(application: Application, path: str, method: str = "GET", **headers: str) -> Answer:
    return asyncio.run(ask(application, method, path, headers=headers))


def post(application: Application, body: bytes, headers: Mapping[str, str] | None = None) -> Answer:
    return asyncio.run(ask(application, "POST", "/score", [body], headers))
