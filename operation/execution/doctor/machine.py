"""Check this machine: its Python, its packages against the lock, git and the git hooks."""

import subprocess
import sys
from collections.abc import Iterator
from importlib import metadata
from pathlib import Path

from packaging.requirements import Requirement

from operation.bootstrap import NEWEST, OLDEST
from operation.errors import OperationError
from operation.execution.configuration.sections import ROOT
from operation.execution.doctor.checklist import Check
from operation.git import ask
from operation.housekeeping.hooks import hook_path

LOCK = ROOT / "requirements.lock"
SHOWN = 5  # packages named in one line; a foreign environment differs in all of them


def machine_checks() -> list[Check]:
    """List the checks that every environment needs, in the order in which they build on each other."""
    return [Check("python", find_python), Check("packages", compare_packages), Check("git", find_git)]


def find_python() -> str:
    """Return version and path of this Python; raises OperationError if the project does not support it."""
    # A newer Python may have no wheels yet for what the lock pins, and an older one lacks syntax that we use.
    version = sys.version_info[:2]
    if not OLDEST <= version <= NEWEST:
        raise OperationError(f"{sys.executable} is {version[0]}.{version[1]}. Use Python 3.11 to 3.13.")
    return f"{sys.version.split()[0]} at {sys.executable}"


def compare_packages() -> str:
    """Return that all packages are as pinned; raises OperationError that names those which are not."""
    differing = [f"{name} {found or 'is not installed'} (pinned: {want})" for name, want, found in differences(LOCK)]
    if differing:
        remedy = f"{Path(sys.executable).name} -m uv pip install --require-hashes -r {LOCK.name}"
        more = " ..." if len(differing) > SHOWN else ""
        raise OperationError(f"{'; '.join(differing[:SHOWN])}{more}. Run: {remedy}")
    return f"as {LOCK.name} pins them"


def differences(lock: Path) -> Iterator[tuple[str, str, str | None]]:
    """Yield name, pinned and installed version of each package that is not as the lock pins it."""
    for line in lock.read_text(encoding="utf-8").splitlines():
        if "==" not in line or line.startswith((" ", "#")):  # the hashes and comments below a pin
            continue
        pin = Requirement(line.removesuffix("\\"))
        if pin.marker and not pin.marker.evaluate():  # pinned for another platform or Python
            continue
        found = _installed(pin.name)
        if found is None or not pin.specifier.contains(found, prereleases=True):
            yield pin.name, str(pin.specifier), found


def _installed(name: str) -> str | None:
    try:
        return metadata.version(name)
    except metadata.PackageNotFoundError:
        return None


def find_git() -> str:
    """Return git's version and the repository; raises OperationError if there is no git or no repository."""
    return _git_output("--version") + f", repository {_git_output('rev-parse', '--show-toplevel')}"


def find_hooks() -> str:
    """Return the path of the installed hook; raises OperationError if there is none."""
    find_git()
    hook = hook_path(ROOT)
    if not hook.exists():
        raise OperationError("not installed. Run: invoke setup")
    return str(hook)


def _git_output(*arguments: str) -> str:
    try:
        return ask(ROOT, *arguments)  # the user's own git, wherever PATH finds it
    except FileNotFoundError as error:
        raise OperationError("git is not installed. Install it from your system's packages.") from error
    except subprocess.CalledProcessError as error:
        raise OperationError("this folder is not a git repository. Clone it, or run: git init") from error
