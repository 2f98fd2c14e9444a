"""Ask Microsoft's language service for Azure Pipelines, which runs in Node.js."""

import json
import re
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from threading import Timer
from typing import IO, Any

from azure_pipelines_local.documents.places import Place
from azure_pipelines_local.errors import PipelinesLocalError
from azure_pipelines_local.findings import Finding
from azure_pipelines_local.linters.task_schema import Schema

PROGRAM = Path(__file__).parent / "language_service.js"
CANARY = "steps:\n- task: Cache@2\n  inputs: {kye: a, path: b}\n"  # the service must say something of it
HINT = 4  # the severity of what is no fault
PATTERN = "String does not match the pattern"  # said of every task but the first of the schema that a step could be
LONGEST = 200
LIMIT = 60.0  # seconds for one file; those of this project take 0.1


class LanguageService:
    """Judge sources while its process lasts."""

    def __init__(self, process: subprocess.Popen[str]) -> None:
        assert process.stdin is not None  # noqa: S101  # both are pipes
        assert process.stdout is not None  # noqa: S101
        self.process = process
        self.ask: IO[str] = process.stdin
        self.answers: IO[str] = process.stdout

    def diagnose(self, file: str, text: str) -> list[Finding]:
        """Ask about a pipeline or a template of stages, jobs or steps; one finding for each place.

        Raises:
            PipelinesLocalError: the service ended, or does not answer.
        """
        line = self._answer(json.dumps({"file": file, "text": text}) + "\n")
        if not line:
            ended = f"ended, or did not answer within {LIMIT:.0f} seconds,"
            raise PipelinesLocalError(f"Microsoft's language service {ended} at {file}; see the lines above.")
        found: dict[Place, str] = {}
        for each in json.loads(line):
            place = Place(file, each["line"], each["column"])
            if each["severity"] != HINT and (place not in found or found[place].startswith(PATTERN)):
                found[place] = each["message"]
        return [Finding(place, f"language service: {_short(message)}") for place, message in found.items()]

    def _answer(self, question: str) -> str:
        """Ask; the answer is empty if the process has ended, or takes too long and is killed."""
        timer = Timer(LIMIT, self.process.kill)
        timer.start()
        try:
            self.ask.write(question)
            self.ask.flush()
            return self.answers.readline()
        except BrokenPipeError:
            with suppress(BrokenPipeError):  # what is left to write must not be written once more
                self.ask.close()
            return ""
        finally:
            timer.cancel()


@contextmanager
def language_service(node: Path, packages: Path, schema: Schema) -> Iterator[LanguageService]:
    """Start the service, once it has found the fault in a pipeline that has one.

    Raises:
        PipelinesLocalError: it has not: then it would find none anywhere.
    """
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder, "schema.json")
        file.write_text(json.dumps(schema.document), encoding="utf-8")
        command = [str(node), str(PROGRAM), str(packages), str(file)]
        with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as process:
            service = LanguageService(process)
            if not service.diagnose("canary.yml", CANARY):
                raise PipelinesLocalError(
                    "Microsoft's language service finds nothing in a pipeline with a fault: it is broken."
                )
            yield service
            service.ask.close()


def _short(message: Any) -> str:
    text = re.sub(r"\s+", " ", str(message)).strip()
    return text if len(text) <= LONGEST else text[:LONGEST] + " …"
