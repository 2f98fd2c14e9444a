"""The environment variables that this machine, as the agent, gives to the processes of steps.

Only what is named here: neither a sign-in to Azure nor the Python environment that runs this reaches a step.
"""

import os
import shutil
import sys
from collections.abc import Mapping
from pathlib import Path

from azure_pipelines_local.running.machine.runtime_variables import Variables

KEPT = (
    *("HOME", "USER", "LOGNAME", "SHELL", "LANG", "LANGUAGE", "TZ", "TMPDIR"),
    *("HTTP_PROXY", "HTTPS_PROXY", "NO_PROXY", "http_proxy", "https_proxy", "no_proxy"),
    *("SSL_CERT_FILE", "SSL_CERT_DIR", "REQUESTS_CA_BUNDLE", "CURL_CA_BUNDLE", "NODE_EXTRA_CA_CERTS"),
)
KEPT_PREFIXES = ("LC_", "PIP_", "UV_", "npm_config_", "PYENV_")  # how this machine gets packages and Pythons
DOWNLOADS = "UV_CACHE_DIR"  # kept by hash, so that those of this machine are as good as an agent's own


def of_machine(environment: Mapping[str, str]) -> dict[str, str]:
    """Those of this machine that a step gets."""
    kept = {name: value for name, value in environment.items() if name in KEPT or name.startswith(KEPT_PREFIXES)}
    return kept | {"PATH": path(environment), "TF_BUILD": "True"}


def path(environment: Mapping[str, str]) -> str:
    """PATH without the folders of virtual environments, which an agent does not have."""
    folders = environment.get("PATH", os.defpath).split(os.pathsep)
    return os.pathsep.join(each for each in folders if each and not (Path(each).parent / "pyvenv.cfg").exists())


def downloads(environment: Mapping[str, str]) -> Path:
    """Where uv keeps its downloads on this machine."""
    base = Path(environment.get("XDG_CACHE_HOME") or Path.home() / ".cache")
    return Path(environment.get(DOWNLOADS) or base / "uv")


def of_step(machine: Mapping[str, str], variables: Variables, prepended: list[str]) -> dict[str, str]:
    """The environment of a step's process: that of the machine, then variables, then what `task.prependpath` added."""
    known = dict(machine) | variables.environment()
    known["PATH"] = os.pathsep.join([*reversed(prepended), machine["PATH"]])
    return known


def too_large(variables: Mapping[str, str]) -> str:
    """What is told where a process cannot have these."""
    largest = max(variables, key=lambda name: len(variables[name]))
    size = f"the largest, {largest}, has {len(variables[largest])} characters"
    return f"The environment variables are too large for a process: {size}. Keep that in a file."


def program(name: str, machine: Mapping[str, str]) -> str:
    """The program on the machine's PATH; raises FileNotFoundError if it is not installed."""
    found = shutil.which(name, path=machine["PATH"])
    if found is None:
        raise FileNotFoundError(name)
    return found


def pythons(machine: Mapping[str, str], version: str) -> list[str]:
    """Programs that may be Python `version` ("3.11", "3"): the one that runs this, then what PATH has."""
    own = Path(sys.base_prefix, "bin", f"python{version}")
    found = shutil.which(f"python{version}", path=machine["PATH"])
    return [*([str(own)] if own.exists() else []), *([found] if found else [])]
