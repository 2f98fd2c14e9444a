"""Stands in for src/serve.py: the same options, line and routes, and faults as `behaviour.json` of the model says.

It needs the standard library alone, so that a test can start ten of them in a second.
"""

import json
import os
import signal
import sys
import threading
import time
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

OPTIONS = dict(zip(sys.argv[1::2], sys.argv[2::2], strict=False))
MODEL = Path(OPTIONS["--model"])
BEHAVIOUR: dict[str, Any] = json.loads((MODEL / "behaviour.json").read_text(encoding="utf-8"))
ASKED = iter(range(1_000_000_000))


class Count:
    """Counts the requests under way."""

    def __init__(self) -> None:
        self.now, self._lock = 0, threading.Lock()

    def __enter__(self) -> None:
        with self._lock:
            self.now += 1

    def __exit__(self, *_: object) -> None:
        with self._lock:
            self.now -= 1


COUNTED = Count()


class Server(ThreadingHTTPServer):
    """Keeps connections open in threads that end with the process."""

    daemon_threads = True
    request_queue_size = 128


class Handler(BaseHTTPRequestHandler):
    """Answers `/ready` and `/score`."""

    protocol_version = "HTTP/1.1"
    timeout = 4  # seconds after which an idle connection is closed

    def do_GET(self) -> None:
        self.say(503 if self.path == "/ready" and BEHAVIOUR.get("never_ready") else 200, {})

    def do_HEAD(self) -> None:
        self.do_GET()

    def do_POST(self) -> None:
        with COUNTED:
            self.score()

    def score(self) -> None:
        request = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
        key = os.environ.get("SCORING_KEY")
        if key and self.headers.get("Authorization") != f"Bearer {key}":
            self.say(401, {"error": "the key is missing or wrong"})
            return
        rows = request["data"] if isinstance(request, dict) else None
        if not isinstance(rows, list) or not all(row.keys() == {"a"} for row in rows):
            self.say(400, {"error": "the request must be rows with a"})
            return
        # Rows whose "a" is negative are those of clients, so that a test can let the smoke test pass first.
        clients = any(row["a"] < 0 for row in rows)
        if clients and next(ASKED) >= BEHAVIOUR.get("crashes_after", 1_000_000_000):
            os._exit(9)
        if clients:
            time.sleep(BEHAVIOUR.get("slow_seconds", 0))
        if clients and BEHAVIOUR.get("fails"):
            self.say(500, {"error": "out of order"})
            return
        scores = [abs(row["a"]) * BEHAVIOUR.get("factor", 0.5) for row in rows]
        version = BEHAVIOUR.get("version", OPTIONS["--version"])
        self.say(200, {"probabilities": scores, "model_version": version, "request_id": "x"})

    def say(self, status: int, answer: dict[str, Any]) -> None:
        body = json.dumps(answer).encode()
        self.send_response(status)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        if self.command != "HEAD":
            self.wfile.write(body)

    def log_message(self, *_: Any) -> None:
        pass


def main() -> None:
    if BEHAVIOUR.get("crashes"):
        raise SystemExit("line 1\nno model here")
    server = Server(("127.0.0.1", 0), Handler)
    signal.signal(signal.SIGTERM, lambda *_: threading.Thread(target=server.shutdown).start())
    print(f"Serving on http://127.0.0.1:{server.server_address[1]}/score", flush=True)
    server.serve_forever(poll_interval=0.02)
    time.sleep(0.02)
    while COUNTED.now:
        time.sleep(0.01)


if __name__ == "__main__":
    main()
