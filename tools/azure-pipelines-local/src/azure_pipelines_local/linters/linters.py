"""Start the linters that are installed, once for many questions."""

from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from azure_pipelines_local.errors import PipelinesLocalError
from azure_pipelines_local.linters.installed import find
from azure_pipelines_local.linters.remembered import Service, remembered
from azure_pipelines_local.linters.task_schema import Schema
from azure_pipelines_local.project import Project

Wanted = Literal["required", "installed", "off"]
WANTED: tuple[Wanted, ...] = ("required", "installed", "off")
PARTS = {  # of an environment, that each linter needs
    "the schema of tasks": ("schema",),
    "Microsoft's language service": ("node", "packages", "schema"),
    "shellcheck": ("shellcheck",),
}


@dataclass(frozen=True)
class Linters:
    """What is installed of the linters; `missing` are the names of the others, `remedy` installs them."""

    schema: Schema | None = None
    service: Service | None = None
    shellcheck: Path | None = None
    missing: tuple[str, ...] = ()
    remedy: str = ""


@contextmanager
def start_linters(project: Project, wanted: Wanted = "installed") -> Iterator[Linters]:
    """Start the linters for as long as the block lasts.

    Raises:
        PipelinesLocalError: one is required and not installed.
    """
    installed = find(project.environments)
    there = [name for name, parts in PARTS.items() if wanted != "off" and installed.has(*parts)]
    missing = tuple(name for name in PARTS if name not in there)
    if missing and wanted == "required":
        names = ", ".join(missing)
        raise PipelinesLocalError(f"Not installed yet: {names}. Install with: {project.linters_remedy}")
    schema = Schema(installed.schema) if "the schema of tasks" in there else None
    with ExitStack() as stack:
        service = None
        if schema and "Microsoft's language service" in there:
            service = stack.enter_context(remembered(installed.node, installed.packages, schema))
        shellcheck = installed.shellcheck if "shellcheck" in there else None
        yield Linters(schema, service, shellcheck, missing, "" if wanted == "off" else project.linters_remedy)
