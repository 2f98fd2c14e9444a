"""Find the hosts that packages come from on this machine: installers may reach them beside an offline workspace."""

import re
import subprocess
import sys
from collections.abc import Iterator, Mapping
from urllib.parse import urlsplit

from azure_pipelines_local.running.machine.environment import find_pythons

VARIABLE = re.compile(r"^(PIP|UV)_.*(INDEX|FIND_LINKS)")
SETTING = re.compile(r"^\S*(?:index-url|find-links)=.*$", re.MULTILINE)  # of `pip config list`
URL = re.compile(r"https?://[^\s'\",]+")
# The index of pip, and of uv as well, where none is set. No command of pip prints it, so that its own code is asked.
DEFAULT = "from pip._internal.models.index import PyPI; print(PyPI.url, 'https://' + PyPI.file_storage_domain)"


def index_hosts(machine: Mapping[str, str]) -> list[str]:
    """List the hosts that variables and files of this machine name for pip or uv, and those of pip itself."""
    hosts = (urlsplit(url).hostname for text in _settings(machine) for url in URL.findall(text))
    return list(dict.fromkeys(host for host in hosts if host))


def _settings(machine: Mapping[str, str]) -> Iterator[str]:
    yield from (value for name, value in machine.items() if VARIABLE.match(name))
    yield from SETTING.findall(_ask_python(machine, "-m", "pip", "config", "list"))
    yield _ask_python(machine, "-c", DEFAULT)


def _ask_python(machine: Mapping[str, str], *words: str) -> str:
    """Return what the first Python that has pip prints; nothing if there is none.

    Environments made by uv have no pip, so that the Python of this tool may not do.
    """
    for python in (sys.executable, *find_pythons(machine, "3")):
        done = subprocess.run([python, "-I", *words], env=dict(machine), capture_output=True, text=True, check=False)
        if done.returncode == 0:
            return done.stdout
    return ""
