"""`invoke notebook`: JupyterLab with the notebooks of this clone, in an environment of its own."""

import json
import os
import secrets
import socket
import subprocess
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path

from operation import console
from operation.bootstrap import find_tools
from operation.errors import OperationError
from operation.execution import own_environments
from operation.execution.configuration.sections import ROOT, Configuration
from operation.execution.foreground import LAST_PORT, end, listens
from operation.execution.steps.processes import LEASH, OWN_GROUP

LOCK = ROOT / "requirements-notebook.lock"
HOST = "127.0.0.1"
PAGE = "/lab/tree/notebooks"
CHOSEN = "NOTEBOOK_CONFIGURATION"  # which notebooks/workbench.py reads
TOKEN = "JUPYTER_TOKEN"  # noqa: S105  (the name of a variable: Jupyter takes the token from there)
STARTING = 90.0  # seconds until JupyterLab must listen
SILENT = ("LabApp.news_url=None", "LabApp.check_for_updates_class=jupyterlab.NeverCheckForUpdate")  # asks no network


def serve(configuration: Configuration, settings: Sequence[str], port: int, browser: bool) -> None:
    """Serve JupyterLab on 127.0.0.1 until interrupted; its kernels open what this command was asked for.

    `settings` are those of `--set`, which came on top of the configuration.

    Raises:
        OperationError: the port cannot be used, the environment cannot be made, or JupyterLab ended by itself.
    """
    require_port(configuration, port)
    python = prepare_environment(configuration.common_outputs / "cache")
    variables = os.environ | {CHOSEN: chosen(configuration, settings)}
    variables.setdefault(TOKEN, secrets.token_urlsafe(24))
    command = [str(python), str(LEASH), "-m", "jupyterlab", *options(port, browser)]
    server = subprocess.Popen(command, env=without_ours(variables), cwd=ROOT, stdin=subprocess.PIPE, **OWN_GROUP)
    try:
        if listens(server, port, STARTING):
            console.say(f"JupyterLab on http://{HOST}:{port}{PAGE}?token={variables[TOKEN]} (Ctrl-C stops it)")
        if server.wait():
            raise OperationError("JupyterLab ended by itself; see above.")
    except KeyboardInterrupt:
        console.say("Stopped.")
    finally:
        end(server)


def prepare_environment(cache: Path) -> Path:
    """Return the Python of the environment of notebooks: what its lock pins, and the tools of this clone."""
    tools = find_tools(ROOT)
    described = [f"{tool}\n{(tool / 'pyproject.toml').read_text(encoding='utf-8')}" for tool in tools]
    folders = [word for tool in tools for word in ("--editable", str(tool))]
    installs = [["sync", "--require-hashes", str(LOCK)]]
    installs += [["install", "--offline", "--no-deps", *folders]] if folders else []
    environment = own_environments.OwnEnvironment(
        purpose="notebooks",
        content=[LOCK.read_text(encoding="utf-8"), *described],
        installs=installs,
        note=f"JupyterLab and what {LOCK.name} pins, once",
        remedy="The first time, it needs a package index and about 2 GB of disk.",
    )
    return own_environments.prepare(environment, cache / "notebook")


def require_port(configuration: Configuration, port: int) -> None:
    """Raise OperationError unless something can listen on the port."""
    if not 1 <= port <= LAST_PORT:
        raise OperationError(f"--port must be from 1 to {LAST_PORT}, not {port}.")
    try:
        with socket.create_server((HOST, port)):
            return
    except OSError as error:
        why = str(error.strerror or error).partition(" (while ")[0]  # socket repeats the address
        other = configuration.command("notebook --port N")
        raise OperationError(f"Nothing can listen on {HOST} port {port}: {why}. Choose another: {other}") from error


def chosen(configuration: Configuration, settings: Sequence[str]) -> str:
    """Write down what notebooks are to open."""
    found = {"environment": configuration.environment, "use_case": configuration.use_case, "settings": [*settings]}
    return json.dumps(found)


def options(port: int, browser: bool) -> list[str]:
    """Return the words that start JupyterLab: the whole clone in its file browser, and no other port than this one."""
    named = {"ip": HOST, "port": str(port), "port_retries": "0", "root_dir": str(ROOT), "log_level": "ERROR"}
    words = [f"--ServerApp.{name}={value}" for name, value in named.items()]
    words += [f"--LabApp.default_url={PAGE}", *(f"--{each}" for each in SILENT)]
    words += [] if browser else ["--no-browser"]
    is_root = sys.platform != "win32" and os.geteuid() == 0  # as in a container, where Jupyter would refuse to start
    return [*words, "--allow-root"] if is_root else words


def without_ours(variables: Mapping[str, str]) -> dict[str, str]:
    """Return the variables without those that would lead its Python to the packages of this environment."""
    return {name: value for name, value in variables.items() if name not in ("PYTHONPATH", "PYTHONHOME", "VIRTUAL_ENV")}
