"""Choose the environment variables that this machine, as the agent, gives to the processes of steps.

Only those named here: neither a sign-in to Azure nor the Python environment of this tool reaches a step.
"""

import os
import shutil
import sys
from collections.abc import Mapping
from pathlib import Path

from azure_pipelines_local.running.machine.runtime_variables import Variables

# A list of what passes, not of what does not: a sign-in can have any name, and what only this machine has set would
# make a pipeline work here and nowhere else.
KEPT = (
    *("HOME", "USER", "LOGNAME", "SHELL", "LANG", "LANGUAGE", "TZ", "TMPDIR"),
    *("HTTP_PROXY", "HTTPS_PROXY", "NO_PROXY", "http_proxy", "https_proxy", "no_proxy"),
    *("SSL_CERT_FILE", "SSL_CERT_DIR", "REQUESTS_CA_BUNDLE", "CURL_CA_BUNDLE", "NODE_EXTRA_CA_CERTS"),
)
KEPT_PREFIXES = ("LC_", "PIP_", "UV_", "npm_config_", "PYENV_")  # how this machine gets packages and Pythons
UV_CACHE = "UV_CACHE_DIR"  # keeps files by their hash, so that those of this machine are as good as an agent's own


def machine_environment(environment: Mapping[str, str]) -> dict[str, str]:
    """Choose the variables of this machine that a step gets, from all those that it has."""
    kept = {name: value for name, value in environment.items() if name in KEPT or name.startswith(KEPT_PREFIXES)}
    return kept | {"PATH": agent_path(environment), "TF_BUILD": "True"}


def agent_path(environment: Mapping[str, str]) -> str:
    """Take the folders of virtual environments out of PATH, which an agent does not have.

    Else `python` would be the one of this tool, with its packages, and a pipeline that forgets to install some works.
    """
    folders = environment.get("PATH", os.defpath).split(os.pathsep)
    return os.pathsep.join(each for each in folders if each and not (Path(each).parent / "pyvenv.cfg").exists())


def uv_cache(environment: Mapping[str, str]) -> Path:
    """Return the folder in which uv keeps its downloads on this machine."""
    base = Path(environment.get("XDG_CACHE_HOME") or Path.home() / ".cache")
    return Path(environment.get(UV_CACHE) or base / "uv")


def step_environment(
    machine: Mapping[str, str], mapped: Mapping[str, str], variables: Variables, prepended: list[str]
) -> dict[str, str]:
    """Join the environment of a step, as an agent does: a public variable comes before what `env:` maps to its name.

    Source: Handler of microsoft/azure-pipelines-agent; measured by PGielniak/azdo-pipeline-emulator,
    E06-env-materialization.

    Args:
        machine: What the agent itself has.
        mapped: What `env:` of the step says.
        variables: Those of the job.
        prepended: The folders that `task.prependpath` added to PATH, the last of which comes first.
    """
    joined = {**machine, **mapped, **variables.environment()}
    joined["PATH"] = os.pathsep.join([*reversed(prepended), joined["PATH"]])
    return joined


def describe_too_large(variables: Mapping[str, str]) -> str:
    """Word the error that the system cannot start a process with so many variables: E2BIG."""
    largest = max(variables, key=lambda name: len(variables[name]))
    size = f"the largest, {largest}, has {len(variables[largest])} characters"
    return f"The environment variables are too large for a process: {size}. Keep that in a file."


def find_program(name: str, machine: Mapping[str, str]) -> str:
    """Find the program on the machine's PATH; raises FileNotFoundError if it is not installed."""
    program = shutil.which(name, path=machine["PATH"])
    if program is None:
        raise FileNotFoundError(name)
    return program


def find_pythons(machine: Mapping[str, str], version: str) -> list[str]:
    """Find programs that may be Python `version` ("3.11", "3"): the one that runs this, then what PATH has."""
    # `sys.base_prefix` leads past the virtual environment of this tool to the Python it was made from.
    own = Path(sys.base_prefix, "bin", f"python{version}")
    on_path = shutil.which(f"python{version}", path=machine["PATH"])
    return [*([str(own)] if own.exists() else []), *([on_path] if on_path else [])]
