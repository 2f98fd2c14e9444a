"""Remember what the language service says of each text, so that Node.js starts only for what is new.

That takes half of a check. The answers are kept beside the packages, by everything that decides on them.
"""

import hashlib
import json
import os
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager, suppress
from pathlib import Path
from typing import Any, Protocol

from azure_pipelines_local.documents.places import Place
from azure_pipelines_local.findings import Finding
from azure_pipelines_local.linters.installed import LOCK
from azure_pipelines_local.linters.language_service import PROGRAM, language_service
from azure_pipelines_local.linters.task_schema import Schema

KEPT = "answers.json"
MOST = 1000  # answers that are kept, those of the last check first


class Service(Protocol):
    """What judges sources."""

    def diagnose(self, file: str, text: str) -> list[Finding]:
        """Return what is wrong with the text; raises PipelinesLocalError if the service fails."""


class RememberedService:
    """Answer from what is kept, else by the service, which `start` starts when it is first needed."""

    def __init__(self, start: Callable[[], Service], kept: Path, version: str) -> None:
        self.start, self.kept, self.version = start, kept, version
        self.service: Service | None = None
        self.old = _read(kept)
        self.used: dict[str, list[Any]] = {}

    def diagnose(self, file: str, text: str) -> list[Finding]:
        """Return one finding for each place; raises PipelinesLocalError if the service fails."""
        key = hashlib.sha256(f"{self.version}\n{text}".encode()).hexdigest()
        answer = self.old.get(key)
        if answer is None:
            self.service = self.service or self.start()
            answer = [[each.place.line, each.place.column, each.message] for each in self.service.diagnose(file, text)]
        self.used[key] = answer
        return [Finding(Place(file, line, column), message) for line, column, message in answer]

    def keep(self) -> None:
        """Write the answers down, in one piece; not where the environment is read-only."""
        if self.used.keys() <= self.old.keys():
            return
        both = dict(list({**self.used, **self.old}.items())[:MOST])
        part = self.kept.with_name(f"{KEPT}.{os.getpid()}")
        with suppress(OSError):
            part.write_text(json.dumps(both), encoding="utf-8")
            part.replace(self.kept)


@contextmanager
def remembered(node: Path, packages: Path, schema: Schema) -> Iterator[RememberedService]:
    """Answer for as long as the block lasts; what is new is kept at its end."""
    parts = (schema.path, schema.overlay, LOCK, PROGRAM)
    version = hashlib.sha256(b"\n".join(each.read_bytes() for each in parts)).hexdigest()
    with ExitStack() as stack:
        service = RememberedService(
            lambda: stack.enter_context(language_service(node, packages, schema)), packages.parent / KEPT, version
        )
        yield service
        service.keep()


def _read(file: Path) -> dict[str, list[Any]]:
    """Read what was kept; nothing of a file that is missing or of another form."""
    with suppress(OSError, ValueError):
        found = json.loads(file.read_text(encoding="utf-8"))
        if isinstance(found, dict):
            return {key: answer for key, answer in found.items() if _is_answer(answer)}
    return {}


def _is_answer(answer: object) -> bool:
    return isinstance(answer, list) and all(
        isinstance(each, list) and list(map(type, each)) == [int, int, str] for each in answer
    )
