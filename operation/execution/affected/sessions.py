"""What each session of nox runs and reads. A session that is not here counts as affected by everything."""

import ast
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

from operation.errors import OperationError
from operation.execution.affected.reads import ALL, CODE_OF_TESTS, NOTEBOOKS, NOTHING, SPECIAL_LOCKS, Reads

LOCK = "requirements.lock"


@dataclass(frozen=True)
class Session:
    """What a session reads as a whole, the scripts it starts, and the folder whose test files are chosen one by one.

    `after` are the sessions that must run whole for this one; continuous integration leaves out those `by_hand`.
    """

    reads: Reads = NOTHING
    starts: tuple[str, ...] = ()
    tests: str = ""
    lock: str = LOCK
    after: tuple[str, ...] = ()
    by_hand: bool = False


def _tests(name: str, lock: str = LOCK) -> Session:
    return Session(tests=f"operation/tests/{name}/", lock=lock)


def _tool(name: str, lock: str = LOCK) -> Session:
    return Session(Reads(only=(f"tools/{name}/",)), lock=lock)


SESSIONS: Mapping[str, Session] = {
    "lint": Session(ALL),
    "types": Session(Reads(only=("**/*.py", "**/py.typed"))),
    "lock": Session(
        Reads(only=("requirements*.lock", "environment.yml", "operation/configuration/", "src/**/*.py")),
        ("operation/housekeeping/lock.py",),
    ),
    "sbom": Session(
        Reads(only=("requirements*.lock", "operation/housekeeping/", "docs/references/")),
        ("operation/housekeeping/sbom.py",),
    ),
    "data_validation": _tests("data_validation"),
    "use_cases": _tests("use_cases"),
    "adoption": _tests("adoption"),
    "unit": _tests("unit"),
    "infrastructure": _tests("infrastructure", "requirements-infrastructure.lock"),
    "azureml": _tests("azureml", "requirements-azure.lock"),
    "ado": _tests("ado", "requirements-ado.lock"),
    "pipelines_local": _tool("azure-pipelines-local", "requirements-ado.lock"),
    "azureml_offline": _tool("azureml-offline"),
    "gx_duckdb": _tool("gx-duckdb"),
    "spark": _tests("spark", "requirements-spark.lock"),
    "evidently": _tests("evidently", "requirements-evidently.lock"),
    # Pages lead anywhere, and docstrings are everywhere.
    "docs": Session(Reads(but=(*CODE_OF_TESTS, *SPECIAL_LOCKS)), lock="requirements-docs.lock"),
    "notebooks": Session(NOTEBOOKS, ("operation/tests/notebooks/test_opening.py",), lock="requirements-notebook.lock"),
    "integration": _tests("integration"),
    "coverage": Session(after=("unit", "azureml", "ado", "integration")),
    # the example begins
    "bench": Session(starts=("operation/tests/bench/benchmark.py",), lock="requirements-azure.lock", by_hand=True),
    "monitoring": Session(starts=("operation/tests/monitoring/proof.py",), by_hand=True),
    "expectations": Session(starts=("operation/tests/expectations/proof.py",), by_hand=True),
    # the example ends
    "mutants": Session(
        Reads(only=("operation/**/*.py", "src/", "configuration/")), lock="requirements-mutants.lock", by_hand=True
    ),
}


def read_sessions(root: Path) -> list[str]:
    """Read the names of the sessions in noxfile.py, without running it.

    Raises:
        OperationError: it cannot be read.
    """
    try:
        tree = ast.parse((root / "noxfile.py").read_bytes())
    except (OSError, SyntaxError, ValueError) as error:
        raise OperationError(f"noxfile.py cannot be read: {error}. Restore it: git checkout -- noxfile.py") from error
    return [name for node in tree.body if isinstance(node, ast.FunctionDef) for name in _names(node)]


def _names(function: ast.FunctionDef) -> Iterator[str]:
    """Yield the name of the session that a function is, if it is one."""
    for decorator in function.decorator_list:
        if "session" in ast.unparse(decorator).partition("(")[0].split("."):
            given = decorator.keywords if isinstance(decorator, ast.Call) else ()
            named = [each.value.value for each in given if each.arg == "name" and isinstance(each.value, ast.Constant)]
            yield str(named[0]) if named else function.name
