"""Verbs as processes of their own, for tests that interrupt them."""

import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from operation.tests.integration.conftest import command, settings
from operation.tests.interrupts import unmeasured
from operation.tests.parcels import own_repository


@contextmanager
def at_work(verb: str, sample: Path, outputs: Path, *arguments: str) -> Iterator[subprocess.Popen[str]]:
    """The verb as a process of its own, which leads a group as a terminal's foreground job does."""
    words = command(verb, settings(sample, outputs), *arguments)
    environment = unmeasured() | {"PYTHONUNBUFFERED": "1"}
    with subprocess.Popen(
        words,
        cwd=own_repository(),
        env=environment,
        text=True,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        process_group=0,
    ) as process:
        try:
            yield process
        finally:
            process.kill()


def wait_for(process: subprocess.Popen[str], step: str) -> None:
    """Until the step has ended, which its line tells."""
    assert process.stdout is not None
    for line in process.stdout:
        if line.startswith(step):
            return
    raise AssertionError(f"{step} never ended: {process.stderr and process.stderr.read()}")
