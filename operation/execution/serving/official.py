"""The environment of Azure ML's inference server on this machine: made once by uv, from the file that Azure ML uses.

Its pins do not go with those of the developer's environment, so it is another one. It is kept in the cache, by the
hash of what it holds.
"""

from pathlib import Path

from operation.execution.own_environments import OwnEnvironment, prepare

SECTION = "  - pip:\n"  # of a conda file; behind it, a line for each package
ITEM = "      - "
APPLICATION = "azureml_inference_server_http.server.entry:app"


def prepare_environment(conda_file: Path, cache: Path) -> Path:
    """Return the Python of the environment, which the first call makes.

    Raises:
        OperationError: uv could not make it, for instance without a network.
    """
    packages = read_packages(conda_file)
    remedy = "The first time, it needs a package index; invoke serve --fast needs none."
    note = f"{len(packages)} packages for the inference server, once"
    environment = OwnEnvironment("the inference server", packages, [("install", *packages)], note, remedy)
    return prepare(environment, cache / "serving")


def read_packages(conda_file: Path) -> list[str]:
    """Return the packages that the conda file has pip install, each with its exact version."""
    section = conda_file.read_text(encoding="utf-8").partition(SECTION)[2]
    return [line.removeprefix(ITEM) for line in section.splitlines() if line.startswith(ITEM)]


def command(host: str, port: int, seconds: float) -> list[str]:
    """Return the words that start the server, behind those that tie it to this process.

    Its own command listens on every address of the machine; this starts the same application on one.
    """
    address = f"[{host}]:{port}" if ":" in host else f"{host}:{port}"
    timeout = ["--timeout", str(int(seconds) + 1), "--graceful-timeout", str(int(seconds) + 1)]
    return ["-m", "gunicorn", "--no-control-socket", "--bind", address, "--workers", "1", *timeout, APPLICATION]
