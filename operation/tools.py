"""Our own tools are packages in tools/, any of which a team may delete: what needs a missing one says so by name."""

from collections.abc import Iterator
from contextlib import contextmanager
from importlib import import_module, metadata

from operation.errors import OperationError


@contextmanager
def required(tool: str) -> Iterator[None]:
    """Import from the package in `tools/TOOL`: `with required("gx-duckdb"): from gx_duckdb import ...`.

    Raises:
        OperationError: the package is not installed; what it imports itself, and is missing, is passed on as it is.
    """
    try:
        yield
    except ModuleNotFoundError as error:
        if (error.name or "").partition(".")[0] != tool.replace("-", "_"):
            raise
        raise OperationError(
            f"This needs tools/{tool}, which is not installed. Where the folder is missing, restore it "
            f"(git checkout -- tools/{tool}); then run python tasks.py setup, or pip install --editable tools/{tool}."
        ) from error


def require(tool: str) -> str:
    """Return the version of `tools/TOOL` that is installed; raises OperationError as `required`."""
    with required(tool):
        import_module(tool.replace("-", "_"))  # an editable installation stays when its folder goes
    return metadata.version(tool)
