"""What servers are compared with: uvicorn that answers nothing, and the bare application.

`python servers.py noop` or `python servers.py bare --model FOLDER` serve on a free port, and print it. The bare
application decodes, scores and encodes, and knows no limits, key, log or metrics.
"""

import argparse
import socket
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any

import uvicorn

HEADERS = [(b"content-type", b"application/json")]
Receive = Callable[[], Awaitable[dict[str, Any]]]
Send = Callable[[dict[str, Any]], Awaitable[None]]
Application = Callable[[dict[str, Any], Receive, Send], Awaitable[None]]


async def noop(_scope: dict[str, Any], receive: Receive, send: Send) -> None:
    """Read the request and answer nothing."""
    while (await receive()).get("more_body"):
        pass
    await send({"type": "http.response.start", "status": 200, "headers": [*HEADERS, (b"content-length", b"2")]})
    await send({"type": "http.response.body", "body": b"{}"})


def bare(folder: Path) -> Application:
    """Decode by msgspec, score, encode."""
    import msgspec
    import numpy as np

    from learning.scoring import Scorer

    scorer = Scorer.load(folder)
    kinds = {"number": float | None, "category": str | None}
    fields = [(feature.name, kinds[feature.kind]) for feature in scorer.features]
    record = msgspec.defstruct("Record", fields, gc=False)
    decode = msgspec.json.Decoder(msgspec.defstruct("Request", [("data", list[record])])).decode  # type: ignore[valid-type]
    encode = msgspec.json.Encoder().encode
    coded = [(place, feature.codes) for place, feature in enumerate(scorer.features) if feature.kind == "category"]

    async def application(_scope: dict[str, Any], receive: Receive, send: Send) -> None:
        body = b""
        while True:
            message = await receive()
            body += message["body"]
            if not message.get("more_body"):
                break
        columns = list(zip(*map(msgspec.structs.astuple, decode(body).data), strict=True))  # type: ignore[attr-defined]
        for place, codes in coded:
            columns[place] = [codes.get(value, -1.0) for value in columns[place]]  # type: ignore[call-overload]
        scores = scorer.score(np.ascontiguousarray(np.array(columns, dtype=np.float32).T))
        answer = encode({"probabilities": scores.tolist()})
        length = (b"content-length", b"%d" % len(answer))
        await send({"type": "http.response.start", "status": 200, "headers": [*HEADERS, length]})
        await send({"type": "http.response.body", "body": answer})

    return application


def main() -> None:
    """Serve until killed."""
    arguments = argparse.ArgumentParser(description=__doc__, allow_abbrev=False)
    arguments.add_argument("kind", choices=("noop", "bare"))
    arguments.add_argument("--model", type=Path)
    given = arguments.parse_args()
    application = noop if given.kind == "noop" else bare(given.model)
    with socket.socket(proto=socket.IPPROTO_TCP) as listening:  # with TCP_NODELAY, as src/serve.py says
        listening.bind(("127.0.0.1", 0))
        listening.listen(2048)
        print(f"Serving on http://127.0.0.1:{listening.getsockname()[1]}/score", flush=True)
        config = uvicorn.Config(application, lifespan="off", ws="none", access_log=False, log_level="warning")
        uvicorn.Server(config).run(sockets=[listening])


if __name__ == "__main__":
    main()
