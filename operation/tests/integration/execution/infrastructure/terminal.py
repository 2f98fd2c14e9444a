"""`invoke infra` as a process of its own, at a pseudo-terminal in which an answer is typed."""

import os
import subprocess
import sys
from pathlib import Path

END = "\x04"  # Ctrl-D


def at_a_terminal(repository: Path, answer: str, *options: str) -> tuple[int, str]:
    """Exit code and output of `invoke infra` with these options, where `answer` is typed, or END."""
    master, slave = os.openpty()
    os.write(master, answer.encode() if answer == END else f"{answer}\n".encode())
    command = [sys.executable, "-m", "invoke", "infra", *options]
    try:
        done = subprocess.run(
            command,
            cwd=repository,
            stdin=slave,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            timeout=60,
        )
    finally:
        os.close(slave)
        os.close(master)
    return done.returncode, done.stdout


def with_set(settings: list[str]) -> list[str]:
    return [word for each in settings for word in ("--set", each)]
