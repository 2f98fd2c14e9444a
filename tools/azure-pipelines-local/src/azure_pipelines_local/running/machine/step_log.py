"""The log of a step: everything it has printed, without secrets, in a file."""

from collections import deque
from pathlib import Path
from typing import TextIO

from azure_pipelines_local.running.machine.masking import Secrets

LAST = 20  # lines that are shown of a step that has failed


class StepLog:
    """A file that grows line by line."""

    def __init__(self, file: Path, secrets: Secrets) -> None:
        """Create the file, and its folder."""
        file.parent.mkdir(parents=True, exist_ok=True)
        self.file, self._secrets = file, secrets
        self.last: deque[str] = deque(maxlen=LAST)
        self._handle: TextIO = file.open("w", encoding="utf-8")

    def write(self, line: str) -> None:
        """Add the line; one that comes after the end is lost, as it is on an agent."""
        # Masked as it comes, and never later: a secret is known from the line on that makes it one, as on an agent.
        masked = self._secrets.mask(line)
        self.last.append(masked)
        if not self._handle.closed:  # a reader may be at a line when an interrupt ends the step
            self._handle.write(masked + "\n")
            self._handle.flush()  # people follow a long step with `tail -f`

    def close(self) -> None:
        """End it."""
        self._handle.close()
