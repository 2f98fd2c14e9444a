"""UsePythonVersion@0, with a Python that this machine has."""

import re
import shlex
import subprocess

from azure_pipelines_local.running.machine.environment import find_pythons
from azure_pipelines_local.running.machine.task_errors import TaskError
from azure_pipelines_local.running.work.contexts import StepContext

SPECIFICATION = re.compile(r"(\d+)(?:\.(\d+|x))?(?:\.(?:x|\d+))?")
# `_base_executable` and not `executable`: the latter of an environment would have the packages of that.
PRINT_VERSION = (
    "import platform, sys; print(platform.python_version(), sys.base_prefix, sys._base_executable, sep='\\n')"
)


def use_python_version(context: StepContext) -> str:
    """Put the Python first on PATH, as `python` and `python3`."""
    wanted = context.input("versionSpec", default="3.x").strip()
    version, prefix, program = _find_python(context, wanted)
    context.job.variables.set("pythonLocation", prefix)
    if context.flag("addToPath", default=True):
        folder = context.job.temporary / f"python-{version}"
        folder.mkdir(exist_ok=True)
        # Scripts and not the folder of the Python itself, which may hold much else, say /usr/bin; and not links, by
        # which some Pythons do not find their own files.
        for name in ("python", "python3", "python" + ".".join(version.split(".")[:2])):
            (folder / name).write_text(f'#!/bin/sh\nexec {shlex.quote(program)} "$@"\n', encoding="utf-8")
            (folder / name).chmod(0o755)
        context.job.prepended.append(str(folder))
    return f"stand-in: {version} of this machine"


def _find_python(context: StepContext, wanted: str) -> tuple[str, str, str]:
    """Return version, prefix and program of the first Python that satisfies what is wanted."""
    parts = SPECIFICATION.fullmatch(wanted)
    if parts is None:
        raise TaskError(
            f"versionSpec must be 3, 3.x, 3.11, 3.11.x, 3.11.4 or the like on this machine, not {wanted!r}."
        )
    short = parts[1] if parts[2] in (None, "x") else f"{parts[1]}.{parts[2]}"
    for candidate in find_pythons(context.run.machine, short):
        done = subprocess.run([candidate, "-I", "-c", PRINT_VERSION], capture_output=True, text=True, check=False)
        version, prefix, program = (*done.stdout.splitlines(), "", "", "")[:3]
        if _satisfies(version, wanted):
            return version, prefix, program
    raise TaskError(f"Version spec {wanted} for architecture x64 did not match any version: this machine has none.")


def _satisfies(version: str, wanted: str) -> bool:
    numbers = [each for each in wanted.split(".") if each != "x"]
    return version.split(".")[: len(numbers)] == numbers
