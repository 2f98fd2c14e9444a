"""Our own tools are packages in tools/, any of which a team may delete: what needs a missing one says so by name."""

from collections.abc import Iterator
from contextlib import contextmanager
from importlib import metadata
from importlib.util import find_spec
from pathlib import Path

from operation.errors import OperationError

ROOT = Path(__file__).resolve().parents[1]
TOOLS = ("azure-pipelines-local", "azureml-offline", "gx-duckdb")  # the folders in tools/


@contextmanager
def required(tool: str) -> Iterator[None]:
    """Import from the package in `tools/TOOL`: `with required("gx-duckdb"): from gx_duckdb import ...`.

    Raises:
        OperationError: the package is not there; any other failed import is passed on as it is.
    """
    try:
        yield
    except ImportError as error:
        if is_installed(tool):
            raise
        raise OperationError(missing(tool)) from error


def is_installed(tool: str) -> bool:
    """Whether the package is there. What `git rm` leaves, folders of bytecode, has no origin."""
    spec = find_spec(tool.replace("-", "_"))
    return spec is not None and spec.origin is not None


def missing(tool: str, root: Path = ROOT) -> str:
    """Say what is wrong with a tool that cannot be imported: its folder was deleted, or it was never installed."""
    if not (root / "tools" / tool / "pyproject.toml").is_file():
        return (
            f"This needs tools/{tool}, which this clone does not have: restore that folder (git checkout COMMIT -- "
            f"tools/{tool}, from a commit that has it), then run python tasks.py setup."
        )
    return (
        f"This needs {tool}, which is not installed: run python tasks.py setup, or, in an environment of your own, "
        f"python -m pip install --editable tools/{tool}."
    )


def require(tool: str) -> str:
    """Return the version of `tools/TOOL` that is installed; raises OperationError if it is not."""
    if not is_installed(tool):  # an editable installation leaves its metadata when its folder goes
        raise OperationError(missing(tool))
    return metadata.version(tool)
