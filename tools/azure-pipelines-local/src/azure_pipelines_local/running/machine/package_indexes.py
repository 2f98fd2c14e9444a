"""The hosts that packages come from on this machine: what installs may reach them beside an offline workspace."""

import re
import subprocess
import sys
from collections.abc import Iterator, Mapping
from urllib.parse import urlsplit

from azure_pipelines_local.running.machine import environment

VARIABLE = re.compile(r"^(PIP|UV)_.*(INDEX|FIND_LINKS)")
SETTING = re.compile(r"^\S*(?:index-url|find-links)=.*$", re.MULTILINE)  # of `pip config list`
URL = re.compile(r"https?://[^\s'\",]+")
# What pip, and uv as well, takes where nothing is set: pip tells it nowhere else.
DEFAULT = "from pip._internal.models.index import PyPI; print(PyPI.url, 'https://' + PyPI.file_storage_domain)"


def index_hosts(machine: Mapping[str, str]) -> list[str]:
    """Those of the variables and files of this machine that set up pip or uv, and of pip itself."""
    hosts = (urlsplit(url).hostname for text in _told(machine) for url in URL.findall(text))
    return list(dict.fromkeys(host for host in hosts if host))


def _told(machine: Mapping[str, str]) -> Iterator[str]:
    yield from (value for name, value in machine.items() if VARIABLE.match(name))
    yield from SETTING.findall(_answer(machine, "-m", "pip", "config", "list"))
    yield _answer(machine, "-c", DEFAULT)


def _answer(machine: Mapping[str, str], *words: str) -> str:
    """What the first Python that has pip prints; nothing if there is none."""
    for python in (sys.executable, *environment.pythons(machine, "3")):
        done = subprocess.run([python, "-I", *words], env=dict(machine), capture_output=True, text=True, check=False)
        if done.returncode == 0:
            return done.stdout
    return ""
