"""Keep every pin in step: `setup.py` says what is needed, the locks what is installed, and A, B and C copy their pins.

`nox -s lock` names what disagrees, `nox -s lock -- --write` fixes it, and `nox -s lock -- --upgrade` also moves every
package to the newest version that fits.
"""

import argparse
import subprocess
import sys
import tempfile
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from operation.errors import OperationError
from operation.housekeeping.pins import ENVIRONMENT_C, OLDEST_PYTHON, PIP_SECTION, conda_files, declared

ROOT = Path(__file__).resolve().parents[2]
REMEDY = "python noxfile.py -s lock -- --write"
HEADER = f"# What is installed, with hashes. Written from setup.py by `{REMEDY}`; do not edit.\n"
COMPILE = [
    *("pip", "compile", "-", "--universal", "--python-version", OLDEST_PYTHON, "--generate-hashes"),
    *("--no-header", "--no-annotate", "--quiet", "--constraint", "constraint.txt"),
]
CHECK = ["pip", "compile", "-", "--quiet", "--python-platform", "linux", "--python-version", OLDEST_PYTHON]


@dataclass(frozen=True)
class LockFile:
    """A lock: its file's name, the extras of `setup.py` that it holds, and whether the base requirements, too."""

    name: str
    extras: tuple[str, ...]
    base: bool = True


ADO = LockFile("requirements-ado.lock", ("linters", "dev"))
CONTAINER = LockFile("requirements-container.lock", ("container",), base=False)
AZURE = LockFile("requirements-azure.lock", ("azure", "dev"))
DOCS = LockFile("requirements-docs.lock", ("docs",), base=False)
DEFAULT = LockFile("requirements.lock", ("dev",))
EVIDENTLY = LockFile("requirements-evidently.lock", ("evidently", "dev"))
INFRASTRUCTURE = LockFile("requirements-infrastructure.lock", ("infrastructure",), base=False)
MUTANTS = LockFile("requirements-mutants.lock", ("mutants", "dev"))
NOTEBOOK = LockFile("requirements-notebook.lock", ("notebook", "azure", "dev"))
SPARK = LockFile("requirements-spark.lock", ("spark", "dev"))


def main(argv: Sequence[str] | None = None) -> int:
    """Check the locks and the pins of A, B and C, or write them; exit code 1 when something disagrees."""
    arguments = parser().parse_args(argv)
    try:
        if arguments.write or arguments.upgrade:
            write(ROOT, upgrade=arguments.upgrade)
            return 0
        stale = list(disagreements(ROOT))
    except OperationError as error:
        stale = [str(error)]
    for line in stale:
        print(line, file=sys.stderr)
    return 1 if stale else 0


def parser() -> argparse.ArgumentParser:
    """Return the command line of this module."""
    result = argparse.ArgumentParser(prog="nox -s lock --", description=__doc__, allow_abbrev=False)
    result.add_argument("--write", action="store_true", help="write the locks and the pins that disagree")
    result.add_argument("--upgrade", action="store_true", help="as --write, with the newest versions that fit")
    return result


def disagreements(root: Path) -> Iterator[str]:
    """Yield a line for each file that `write` would change; asks the package index, and changes nothing."""
    for name, text in contents(root, upgrade=False).items():
        if not (root / name).exists() or (root / name).read_text(encoding="utf-8") != text:
            yield f"{name} does not agree with setup.py and src/. Fix it: {REMEDY}"


def write(root: Path, upgrade: bool) -> None:
    """Write the locks and the pins of A, B and C, and print the name of each."""
    for name, text in contents(root, upgrade).items():
        (root / name).write_text(text, encoding="utf-8", newline="\n")
        print(f"Wrote {name}")


def contents(root: Path, upgrade: bool) -> dict[str, str]:
    """Return what each lock and each conda file should hold, by its path in the repository."""
    largest = resolve(root, AZURE, upgrade)
    smaller = resolve(root, DEFAULT, upgrade, constraint=largest)
    files = conda_files(root, largest)
    check(files[ENVIRONMENT_C])  # only this one holds a package that was not resolved with the others
    pipelines = resolve(root, ADO, upgrade, constraint=largest)
    mutants = resolve(root, MUTANTS, upgrade, constraint=largest)
    notebook = resolve(root, NOTEBOOK, upgrade, constraint=largest)
    container = resolve(root, CONTAINER, upgrade, constraint=largest)
    site = resolve(root, DOCS, upgrade, constraint=largest)
    alone = resolve(root, INFRASTRUCTURE, upgrade)
    spark = resolve(root, SPARK, upgrade, constraint=largest)
    evidently = resolve(root, EVIDENTLY, upgrade, constraint=largest)
    locks = {AZURE: largest, DEFAULT: smaller, ADO: pipelines, MUTANTS: mutants, SPARK: spark}
    locks |= {INFRASTRUCTURE: alone, CONTAINER: container, DOCS: site, NOTEBOOK: notebook, EVIDENTLY: evidently}
    return {lock.name: text for lock, text in locks.items()} | files


def check(conda_file: str) -> None:
    """Raise OperationError unless the packages of a conda file can be installed together; uv says what is wrong."""
    section = conda_file.partition(PIP_SECTION)[2].replace("      - ", "")
    with tempfile.TemporaryDirectory() as folder:
        uv(folder, [*CHECK, "--output-file", "unused.txt"], section)


def resolve(root: Path, lock: LockFile, upgrade: bool, constraint: str = "") -> str:
    """Return the text of a lock, for every platform and every Python from the oldest.

    It keeps the versions that the file has now, unless they no longer fit or `upgrade` asks for the newest. A version
    that `constraint`, another lock's text, does not have is never taken.
    """
    current = root / lock.name
    with tempfile.TemporaryDirectory() as folder:
        output = Path(folder, lock.name)
        if current.exists() and not upgrade:
            output.write_text(current.read_text(encoding="utf-8"), encoding="utf-8")
        Path(folder, "constraint.txt").write_text(constraint, encoding="utf-8")
        uv(folder, [*COMPILE, "--output-file", lock.name], "\n".join(declared(root, lock.extras, lock.base)))
        return HEADER + output.read_text(encoding="utf-8")


def uv(folder: str, arguments: Sequence[str], text: str) -> None:
    """Run uv in `folder` with `text` as its input; uv prints on stderr what it cannot do."""
    result = subprocess.run([sys.executable, "-m", "uv", *arguments], cwd=folder, input=text, text=True, check=False)
    if result.returncode != 0:
        raise OperationError("The requirements of setup.py could not be resolved: see the lines above.")


if __name__ == "__main__":
    raise SystemExit(main())
