"""A headless Chromium that shows a page of a server at a moment that the test chooses.

`screenshots.take` is enough for a file. A page of a server may say "3 minutes ago": here its clock is Chromium's
virtual time, which begins at that moment, stands still while a request is pending, and otherwise passes as fast as the
page works. The test speaks the DevTools protocol through two pipes, so that it needs no package.
"""

import base64
import json
import os
import signal
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime
from pathlib import Path
from threading import Timer
from typing import IO, Any

from operation.housekeeping.diagrams import find_browser
from operation.housekeeping.screenshots import OPTIONS, WHOLE, shrink

SHELL = 'exec "$@" 3<&0 4>&1'  # Chromium reads commands from 3 and writes answers to 4
END = b"\0"  # of a message
BUDGET = 2000  # ms of virtual time that pass at once
PASSED = "Emulation.virtualTimeBudgetExpired"
SECONDS = 300  # after which a page that never shows what is awaited has failed
BLANK = "about:blank"


class Tab:
    """The only tab of a Chromium; sizes in pixels."""

    def __init__(self, commands: IO[bytes], answers: IO[bytes]) -> None:
        """Find the tab of the browser that these pipes lead to."""
        self._commands, self._answers = commands, answers
        self._sent, self._session, self._passed = 0, "", False
        (target,) = (one for one in self.ask("Target.getTargets")["targetInfos"] if one["type"] == "page")
        self._session = self.ask("Target.attachToTarget", targetId=target["targetId"], flatten=True)["sessionId"]
        self.ask("Page.enable")

    def show(self, address: str, moment: datetime, size: tuple[int, int], before: str, until: str) -> None:
        """Show the page as of `moment`, until it has the text `until` and has settled.

        The JavaScript `before` runs before the page's own.
        """
        self.ask("Emulation.setTimezoneOverride", timezoneId="UTC")
        self.ask("Emulation.setEmulatedMedia", features=[{"name": "prefers-reduced-motion", "value": "reduce"}])
        metrics = {"width": size[0], "height": size[1], "deviceScaleFactor": 1, "mobile": False}
        self.ask("Emulation.setDeviceMetricsOverride", **metrics)
        self.ask("Page.addScriptToEvaluateOnNewDocument", source=before)
        self.ask("Emulation.setVirtualTimePolicy", policy="pause", initialVirtualTime=moment.timestamp())
        self.ask("Page.navigate", url=address)
        while until not in self.text():
            self._pass_time()
        self._pass_time()

    def text(self) -> str:
        """Return what can be read on the page now."""
        found = self.ask("Runtime.evaluate", expression="document.body ? document.body.innerText : ''")
        return str(found["result"].get("value", ""))

    def _pass_time(self) -> None:
        self._passed = False
        self.ask("Emulation.setVirtualTimePolicy", policy="pauseIfNetworkFetchesPending", budget=BUDGET)
        while not self._passed:
            self._read()

    def take(self, picture: Path) -> None:
        """Write what is shown as PNG, in the colours of the pictures that are kept."""
        picture.write_bytes(base64.b64decode(self.ask("Page.captureScreenshot", format="png")["data"]))
        shrink(picture)

    def ask(self, method: str, **parameters: Any) -> dict[str, Any]:
        """Send a command and return its result."""
        self._sent += 1
        command = {"id": self._sent, "method": method, "params": parameters}
        command |= {"sessionId": self._session} if self._session else {}
        self._commands.write(json.dumps(command).encode() + END)
        self._commands.flush()
        while (answer := self._read()).get("id") != self._sent:
            pass
        assert "error" not in answer, f"{method}: {answer['error']}"
        return dict(answer["result"])

    def _read(self) -> dict[str, Any]:
        message = b"".join(iter(lambda: self._answers.read(1) or END, END))
        assert message, f"Chromium has ended, or was stopped after {SECONDS} s."
        read: dict[str, Any] = json.loads(message)
        self._passed |= read.get("method") == PASSED
        return read


@contextmanager
def chromium() -> Iterator[Tab]:
    """Start it with a profile of its own, and end it with all that it started."""
    with tempfile.TemporaryDirectory(ignore_cleanup_errors=True) as profile:
        words = [find_browser(), *OPTIONS, WHOLE, f"--user-data-dir={profile}", "--remote-debugging-pipe", BLANK]
        with subprocess.Popen(
            ["/bin/sh", "-c", SHELL, "sh", *words],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            start_new_session=True,
        ) as process:
            assert process.stdin
            assert process.stdout
            stop = Timer(SECONDS, os.killpg, [process.pid, signal.SIGKILL])
            stop.start()
            try:
                yield Tab(process.stdin, process.stdout)
            finally:
                stop.cancel()
                os.killpg(process.pid, signal.SIGKILL)
