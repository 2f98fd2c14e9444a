"""Make the project's own environment, so that a machine with nothing but Python can run it.

`tasks.py` and `noxfile.py` call `main` when they are run as scripts. Only the standard library may be imported here,
in `interrupts.py` and in `sdk.py`, and the syntax stays that of Python 3.8, so that an unsuitable Python gets a clear
message and not a SyntaxError.
"""

from __future__ import annotations

import contextlib
import hashlib
import importlib.util
import json
import os
import subprocess
import sys
import time
from collections.abc import Iterator, Sequence
from pathlib import Path
from urllib.parse import urlsplit

from operation.interrupts import INTERRUPTED, delay, raise_again
from operation.sdk import needs_sdk

ROOT = Path(__file__).resolve().parent.parent
START = Path(__file__).with_name("start.py")
OLDEST, NEWEST = (3, 11), (3, 13)

# An environment with all of these was made for this project, e.g. by conda from environment.yml, and is used as it is.
TELLTALES = ("invoke", "nox", "uv", "great_expectations", "mlflow")
SMALLER, LARGER = "requirements.lock", "requirements-azure.lock"  # the same versions, and azureml-core


class BootstrapError(Exception):
    """What stops the set-up, in one sentence that names the remedy."""


def main(program: str, argv: Sequence[str]) -> int:
    """Run `program` (a module: "invoke" or "nox") with `argv` at the repository's root, in an environment that has it.

    Returns the program's exit code; 1 when the environment cannot be made; 130 when that was interrupted.
    On POSIX the program replaces this process, so that signals and exit codes are its own.
    """
    try:
        raise_again()  # an environment that is being made has words of its own
        check_python(sys.version_info[:2])
        python = suitable_python(ROOT, with_sdk=program == "invoke" and needs_sdk(ROOT, argv))
    except BootstrapError as error:
        print(error, file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        print("\nInterrupted while making .venv; the next run repairs it.", file=sys.stderr)
        return INTERRUPTED
    os.chdir(str(ROOT))
    delay()
    return replace_process([str(python), str(START), program, *argv])


def check_python(version: Sequence[int]) -> None:
    """Refuse a Python (major, minor) on which the locked packages do not install."""
    if not OLDEST <= tuple(version) <= NEWEST:
        wanted, found = f"3.{OLDEST[1]} to 3.{NEWEST[1]}", ".".join(map(str, version))
        raise BootstrapError(
            f"This project needs Python {wanted}, and {sys.executable} is {found}: "
            "run the same command with another Python."
        )


def suitable_python(root: Path, with_sdk: bool = False) -> Path:
    """Return the Python to run with: this one if its environment is complete, else that of an up-to-date .venv."""
    telltales = (*TELLTALES, "azureml") if with_sdk else TELLTALES
    runs_inside = Path(sys.prefix).resolve() == (root / ".venv").resolve()
    if not runs_inside and all(importlib.util.find_spec(name) for name in telltales):
        return Path(sys.executable)
    environment = wanted(root, with_sdk)
    if not environment.is_complete():
        with only_one_process(root / ".venv.lock"):
            environment = wanted(root, with_sdk)
            if not environment.is_complete():  # another process may have made it meanwhile
                environment.make()
    return environment.python


def wanted(root: Path, with_sdk: bool) -> Environment:
    """Return the clone's environment. Once it has azureml-core it keeps it, whatever a command needs."""
    folder = root / ".venv"
    return Environment(folder, root / (LARGER if with_sdk or stamp(folder, root / LARGER).exists() else SMALLER))


class Environment:
    """The virtual environment in `folder`, with exactly the versions that `lock` pins."""

    def __init__(self, folder: Path, lock: Path) -> None:
        self.folder = folder
        self.lock = lock
        self.stamp = stamp(folder, lock)
        self.python = folder / ("Scripts/python.exe" if os.name == "nt" else "bin/python")

    def is_complete(self) -> bool:
        """Say whether the last set-up ended, with today's lock, and its interpreter is still there."""
        return self.python.exists() and self.stamp.exists() and self.stamp.read_text() == self.state_hash()

    def state_hash(self) -> str:
        """Hash what is installed: the lock, and the metadata of our own tools with the folder of each."""
        parts = [self.lock.read_bytes()]
        for tool in find_tools(self.folder.parent):  # an environment that was moved still points to where they were
            parts += [os.fsencode(tool), (tool / "pyproject.toml").read_bytes()]
        return hashlib.sha256(b"\0".join(parts)).hexdigest()

    def make(self) -> None:
        """Create the environment, or update an outdated one; the stamp goes first and comes back last.

        Without a stamp the last set-up was interrupted, perhaps within a package: then all of it is made anew.
        """
        start = time.monotonic()
        packages = len(pinned(self.lock.read_text(encoding="utf-8")))
        verb = "Updating" if self.folder.exists() else "Making"
        say(f"{verb} .venv from {self.lock.name} ({packages} packages) ...")
        stamps = list(self.folder.glob("requirements*.sha256"))  # of this lock, or of the other one
        for each in stamps:
            each.unlink()
        if not stamps or not self.has_pip():
            self.create()
        self.install()
        self.stamp.write_text(self.state_hash())
        say(f"The environment is ready after {time.monotonic() - start:.0f} s.")

    def has_pip(self) -> bool:
        """Say whether the interpreter is still there, starts and has pip."""
        return self.python.exists() and self.run("pip", "--version", quiet=True)

    def create(self) -> None:
        """Create an empty environment with the Python that runs this."""
        if importlib.util.find_spec("venv") is None or importlib.util.find_spec("ensurepip") is None:
            raise BootstrapError(
                "This Python has no venv module, which Debian and Ubuntu keep in a package of its own: "
                "run `sudo apt install python3-venv` and try again."
            )
        if subprocess.call([sys.executable, "-m", "venv", "--clear", str(self.folder)]) != 0:
            raise BootstrapError(f"Could not make {self.folder}: see the lines above.")

    def install(self) -> None:
        """Install the lock, uv itself by pip, the rest by uv or by pip where uv cannot; then our own tools."""
        pin = self.folder / "uv.txt"
        pin.write_text(pinned(self.lock.read_text(encoding="utf-8"))["uv"], encoding="utf-8")
        checked = ("--require-hashes", "-r", str(self.lock))
        quiet = () if sys.stderr.isatty() else ("--quiet",)  # the progress bar belongs on a terminal only
        if self.run("pip", "install", "--quiet", "--disable-pip-version-check", "--require-hashes", "-r", str(pin)):
            if self.run("uv", "pip", "install", *quiet, "--python", str(self.python), *checked):
                return self.install_tools()
            say("uv could not install the packages (a package index that only pip knows?): trying with pip ...")
            if self.run("pip", "install", "--quiet", "--disable-pip-version-check", *checked):
                return self.install_tools()
        raise BootstrapError(
            f"Could not install the packages of {self.lock.name}: see the lines above. "
            "It needs access to a Python package index and about 1.5 GB of disk."
        )

    def install_tools(self) -> None:
        """Install the packages of tools/ as they lie there, which a lock with hashes cannot name; needs no network."""
        for deleted in installed_from_nowhere(self.folder):  # else its commands and plugins fail where they are found
            self.run("pip", "uninstall", "--quiet", "--yes", "--disable-pip-version-check", deleted)
        folders = [word for tool in find_tools(self.folder.parent) for word in ("--editable", str(tool))]
        offline = ("pip", "install", "--quiet", "--no-deps", "--no-build-isolation")
        if folders and not self.run("uv", *offline, "--offline", "--python", str(self.python), *folders):
            say("uv could not install the packages of tools/: trying with pip ...")
            if not self.run(*offline, "--disable-pip-version-check", "--no-index", *folders):
                raise BootstrapError("Could not install the packages of tools/: see the lines above.")

    def run(self, module: str, *arguments: str, quiet: bool = False) -> bool:
        """Run this environment's `python -m module`; say whether it succeeded."""
        output = subprocess.DEVNULL if quiet else None
        # As in an activated environment: pip builds tools/ with uv-build, which its Python part looks for on PATH.
        variables = {
            **os.environ,
            "PATH": os.pathsep.join([str(self.python.parent), os.environ.get("PATH", os.defpath)]),
        }
        command = [str(self.python), "-m", module, *arguments]
        return subprocess.call(command, env=variables, stdout=output, stderr=output) == 0


def find_tools(root: Path) -> list[Path]:
    """Find the folders of our own tools: packages below tools/, any of which a team may have deleted."""
    return sorted(path.parent for path in root.glob("tools/*/pyproject.toml"))


def installed_from_nowhere(environment: Path) -> list[str]:
    """List the packages that an environment has from a folder which no longer holds one: deleted tools."""
    from urllib.request import url2pathname  # which takes longer to import than all else here

    found = []
    for place in ("lib/python*", "Lib"):  # the second on Windows
        for record in environment.glob(place + "/site-packages/*.dist-info/direct_url.json"):  # noted by pip and uv
            source = json.loads(record.read_text(encoding="utf-8"))
            folder = Path(url2pathname(urlsplit(source["url"]).path))
            if source.get("dir_info", {}).get("editable") and not (folder / "pyproject.toml").exists():
                found.append(record.parent.name.partition("-")[0])
    return found


def stamp(folder: Path, lock: Path) -> Path:
    """Return the file in an environment's folder which says that, and from which lock, it was made."""
    return folder / (lock.stem + ".sha256")


def pinned(lock: str) -> dict[str, str]:
    """Return the lines of a lock file (a pin and its hashes), by the package's name."""
    blocks: dict[str, str] = {}
    name = ""
    for line in lock.splitlines(keepends=True):
        if "==" in line and not line.startswith((" ", "#")):
            name = line.split("==")[0]
        if name:
            blocks[name] = blocks.get(name, "") + line
    return blocks


@contextlib.contextmanager
def only_one_process(path: Path) -> Iterator[None]:
    """Wait for another process that is making the environment; the operating system frees the lock of a dead one."""
    with path.open("w") as handle:
        if sys.platform == "win32":
            wait_for_lock_on_windows(handle.fileno())
        else:
            import fcntl

            fcntl.flock(handle, fcntl.LOCK_EX)
        yield


def wait_for_lock_on_windows(descriptor: int) -> None:
    """Ask again where Windows' lock gives up after ten seconds, since a set-up takes longer."""
    if sys.platform == "win32":
        import msvcrt

        while True:
            with contextlib.suppress(OSError):
                msvcrt.locking(descriptor, msvcrt.LK_LOCK, 1)
                return


def replace_process(command: list[str]) -> int:
    """Become `command`; on Windows, which cannot, wait for it and give back its exit code."""
    if sys.platform == "win32":
        return wait_through_interrupts(command)
    os.execv(command[0], command)  # noqa: S606  (that it needs no shell is the point)


def wait_through_interrupts(command: list[str]) -> int:
    """Return the exit code of `command`, which gets the Ctrl-C too and decides how to end."""
    child = subprocess.Popen(command)
    while True:
        try:
            return child.wait()
        except KeyboardInterrupt:
            continue


def say(line: str) -> None:
    """Print on stderr, so that the output of the program itself stays clean."""
    print(line, file=sys.stderr, flush=True)
