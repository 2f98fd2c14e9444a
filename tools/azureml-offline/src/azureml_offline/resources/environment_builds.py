"""Build the environments of jobs and web services by uv, once for each conda specification."""

import hashlib
import json
import re
import shutil
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path
from threading import Lock
from typing import Any

THIS = f"{sys.version_info.major}.{sys.version_info.minor}"
BUILDING = Lock()  # one at a time: of two jobs with one specification, the second waits for the build of the first


class BuildError(Exception):
    """The specification cannot be built; the log has the resolver's message."""


def build(specification: dict[str, Any], folder: Path, log: Path) -> Path:
    """Return the interpreter of the specification's environment, built below the folder if need be; uv writes the log.

    Raises:
        BuildError: uv could not build it, or the specification asks for more than Python and packages of pip.
    """
    version, requirements = read(specification)
    # Named by its content: the folder may be that of an earlier start, whose builds are still good.
    digest = hashlib.sha256(json.dumps([version, requirements]).encode()).hexdigest()[:16]
    environment = folder / digest
    with BUILDING:
        if not (environment / "complete").exists():  # written last: a build that was killed has none
            shutil.rmtree(environment, ignore_errors=True)
            _uv(["venv", "--python", _interpreter(version), str(environment)], log)
            if requirements:
                # A file, as conda makes of them for pip: they may be options, such as --extra-index-url.
                listed, python = environment / "requirements.txt", str(environment / "bin" / "python")
                listed.write_text("\n".join(requirements), encoding="utf-8")
                _uv(["pip", "install", "--python", python, "--requirements", str(listed)], log)
            (environment / "complete").touch()
    return environment / "bin" / "python"


def specification_of(environment: dict[str, Any] | None) -> dict[str, Any]:
    """Return the conda specification of an environment as a request describes it.

    Raises:
        BuildError: its packages are not in a specification, but in an image.
    """
    python = (environment or {}).get("python") or {}
    if python.get("userManagedDependencies"):
        raise BuildError(
            "user_managed_dependencies asks for the packages of an image, which the offline workspace does not have: "
            "name conda dependencies, or start it with --reuse-environment."
        )
    return python.get("condaDependencies") or {}


def read(specification: dict[str, Any]) -> tuple[str, list[str]]:
    """Return the version of Python and the requirements of pip.

    Raises:
        BuildError: it names packages of conda, which uv cannot install.
    """
    version, requirements = THIS, list[str]()
    for dependency in specification.get("dependencies", []):
        if isinstance(dependency, dict):
            requirements += dependency.get("pip", [])
        elif found := re.match(r"python\s*={1,2}\s*([\d.]+)$", dependency):
            version = found[1]
        elif not re.match(r"pip\b", dependency):
            raise BuildError(f"The offline workspace cannot install {dependency!r}: it builds Python and pip's alone.")
    return version, requirements


def _interpreter(version: str) -> str:
    """Prefer the running interpreter: for any other, uv searches the path, and then downloads one."""
    return sys.executable if version == THIS else version


def _uv(arguments: Sequence[str], log: Path) -> None:
    # As a module of this interpreter: `uv` may not be on the path. -P keeps modules in the current folder out of it.
    with log.open("ab") as stream:
        words = [sys.executable, "-P", "-m", "uv", *arguments]
        code = subprocess.run(words, stdout=stream, stderr=subprocess.STDOUT, check=False).returncode
    if code:
        last = log.read_text(encoding="utf-8", errors="replace").strip().splitlines()[-5:]
        raise BuildError(f"uv could not build the environment: {' '.join(last)}")
