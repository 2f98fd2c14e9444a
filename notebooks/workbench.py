"""What the notebooks share: the project, its use case, its champion, and one clear line for what is in the way.

Nothing but the standard library is imported at the top, so that it can name the package that a kernel lacks.
"""

import json
import os
import socket
import subprocess
import sys
import warnings
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cache, cached_property
from importlib.util import find_spec
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING, Any

ROOT = Path(__file__).resolve().parents[1]
if str(ROOT) not in sys.path:  # the project itself, and its core scripts
    sys.path[:0] = [str(ROOT), str(ROOT / "src")]

if TYPE_CHECKING:
    import pandas as pd
    from numpy.typing import NDArray

    from learning.scoring import Scorer
    from learning.use_cases import UseCase
    from operation.execution.backends import Backend
    from operation.execution.configuration.sections import Configuration
    from operation.execution.values import Evidence, ModelVersion, Run

CHOSEN = "NOTEBOOK_CONFIGURATION"  # environment, use case and --set of `invoke notebook`, as JSON
PACKAGES = (
    *("duckdb", "filelock", "invoke", "lightgbm", "matplotlib", "msgspec", "numpy", "onnxruntime", "pandas"),
    *("pyarrow", "pydantic", "rich", "sklearn", "threadpoolctl", "uvicorn", "yaml"),
)
HOST = "127.0.0.1"
REMEDY = "Open the notebooks with `invoke notebook`, whose kernel has all of them."


class NotebookError(Exception):
    """A message that names the offender and the remedy; Jupyter shows it without a traceback."""

    def _render_traceback_(self) -> list[str]:  # IPython looks for this method
        return one_line(self)


def one_line(error: Exception) -> list[str]:
    """Return what Jupyter shows in place of the traceback."""
    return [f"{type(error).__name__}: {error}"]


@dataclass(frozen=True)
class Champion:
    """A registered version, the folder with its files, and what its run has kept."""

    version: "ModelVersion"
    folder: Path
    evidence: "Evidence"

    @cached_property
    def scorer(self) -> "Scorer":
        """Load the model, as every service does."""
        from learning.scoring import Scorer

        return Scorer.load(self.folder, threads=os.cpu_count() or 1)

    def part(self, name: str) -> "pd.DataFrame":
        """Read the rows that it learned from (train) or was tested on (test)."""
        return read_part(self.evidence.run, name)


@dataclass(frozen=True)
class Project:
    """The configured use case on this machine: its declaration, its configuration, its runs and models."""

    configuration: "Configuration"
    use_case: "UseCase"
    backend: "Backend"

    @property
    def units(self) -> Mapping[str, str]:
        """The units of columns, as `card.units` of the configuration has them."""
        return self.configuration.card.units

    def raw(self, table: str) -> "pd.DataFrame":
        """Read a raw table as the last `invoke data` or `invoke train` has left it."""
        import pandas as pd

        file = self.configuration.outputs / "data" / "raw" / f"{table}.parquet"
        return pd.read_parquet(_existing(file, self.configuration.command("data")))

    def champion(self) -> Champion:
        """Fetch the champion; raises NotebookError if there is none yet, or its run is no longer here."""
        model, train = self.backend.registry.find(self.configuration.model), self.configuration.command("train")
        if model is None:
            raise NotebookError(f"There is no champion of {self.configuration.model} yet. Train one first: {train}")
        if self.backend.runs.find(model.run) is None:
            raise NotebookError(
                f"Run {model.run}, which trained version {model.version} of {model.name}, is no longer here. "
                f"Train again: {train}"
            )
        folder = Path(_temporary().name) / f"{model.name}-{model.version}"
        if not folder.exists():
            self.backend.registry.fetch(model, folder)
        return Champion(model, folder, self.evidence(model.run))

    def evidence(self, run: str) -> "Evidence":
        """Read what a run has kept; raises NotebookError for a run that is not here, or is of another use case."""
        from operation.execution.registration.trained_runs import find_trained

        if self.backend.runs.find(run) is None:
            raise NotebookError(self._say_where(run))
        return find_trained(self.configuration, self.backend.runs, run)

    def trained_runs(self) -> list["Evidence"]:
        """List the runs of the whole chain whose model could be registered, newest first."""
        from operation.errors import OperationError

        found = []
        for folder in sorted((self.configuration.outputs / "runs").glob("[0-9]*"), reverse=True):
            try:
                found.append(self.evidence(folder.name))
            except OperationError:  # one that failed, or of a sweep
                continue
        return found

    def _say_where(self, run: str) -> str:
        """Say that the run is of another use case, or nobody's."""
        found = list(self.configuration.common_outputs.glob(f"*/runs/{Path(run).name}"))
        if found:
            other = found[0].parents[1].name
            return (
                f"Run {run} is of the use case {other}, and this notebook shows {self.use_case.name}. "
                f"Open it for that one: invoke notebook --use-case {other}"
            )
        known = ", ".join(each.run.id for each in self.trained_runs()[:5]) or "none"
        return f"There is no run {run} of {self.use_case.name}. Choose one of: {known}."


def open_project() -> Project:
    """Open the use case that the configuration or `invoke notebook` names.

    Raises:
        NotebookError: this kernel lacks a package.
        OperationError: the configuration is wrong; the message names the place.
    """
    require_packages()
    from learning import use_cases
    from learning.errors import InputError
    from operation.errors import OperationError
    from operation.execution.backends import connect
    from operation.execution.configuration.loading import load

    for kind in (InputError, OperationError):  # what people can fix is one line in a notebook, too
        setattr(kind, "_render_traceback_", one_line)  # noqa: B010  (mypy knows no such attribute)
    warnings.filterwarnings("ignore", message="IProgress not found")  # nothing here draws such a bar
    chosen = json.loads(os.environ.get(CHOSEN, "{}"))
    configuration = load(chosen.get("environment", "local"), chosen.get("settings", ()), chosen.get("use_case"))
    backend = connect(configuration)
    backend.check()
    return Project(configuration, use_cases.load(configuration.use_case), backend)


def require_packages(names: Sequence[str] = PACKAGES) -> None:
    """Raise NotebookError for the packages that this kernel lacks."""
    missing = [name for name in names if find_spec(name) is None]
    if missing:
        raise NotebookError(f"This kernel, {sys.executable}, lacks {', '.join(missing)}. {REMEDY}")


def read_part(run: "Run", name: str) -> "pd.DataFrame":
    """Read the prepared rows of a run: train or test."""
    import pandas as pd

    return pd.read_parquet(_existing(run.folder / "prepared" / f"{name}.parquet", "invoke train"))


def outcomes_of(use_case: "UseCase", rows: "pd.DataFrame", classes: Sequence[str]) -> "NDArray[Any]":
    """Return the outcomes (rows,) as metrics take them: booleans, numbers of classes, or numbers."""
    from learning.outcomes import read_outcomes

    return read_outcomes(use_case.task, rows[use_case.target].to_numpy(), classes, use_case.target, ROOT)


def columns_of(rows: "pd.DataFrame", names: Sequence[str]) -> Mapping[str, Any]:
    """Return columns as the encoder takes them, nulls as None."""
    return {name: _plain(rows[name]) for name in names}


def clusters_of(use_case: "UseCase", rows: "pd.DataFrame") -> "NDArray[Any]":
    """Number what a bootstrap draws as a whole (rows,): the values of `TOGETHER`, or single rows."""
    import numpy as np

    if not use_case.together:
        return np.arange(len(rows))
    return np.unique(rows[use_case.together].astype(str), return_inverse=True)[1]


def run_script(name: str, *words: str) -> str:
    """Run a core script of `src/` and return its last line; raises NotebookError with what it printed."""
    done = subprocess.run(
        [sys.executable, str(ROOT / "src" / f"{name}.py"), *words], capture_output=True, text=True, check=False
    )
    if done.returncode:
        raise NotebookError(f"src/{name}.py failed: {(done.stderr or done.stdout).strip().splitlines()[-1]}")
    return done.stdout.strip().rpartition("\n")[2]


@contextmanager
def serving(project: Project, champion: Champion) -> Iterator[str]:
    """Serve the champion on a free port of this machine while the block lasts; yield its address.

    It logs no request, for the log is what `invoke monitor` judges a service by, and it wants no key.
    """
    from operation.execution.serving import serve

    settings = project.configuration.serving
    log = settings.request_log.model_copy(update={"share": 0.0})
    quiet = settings.model_copy(update={"request_log": log, "key": ""})
    configuration = project.configuration.model_copy(update={"serving": quiet})
    with socket.create_server((HOST, 0)) as free:
        port = int(free.getsockname()[1])
    asked = serve.Asked(champion.version.version, True, HOST, port)
    server = serve.prepare(configuration, asked, port, champion.version, champion.folder)
    with serve.started(server, settings.start_seconds):
        yield f"http://{HOST}:{port}"


def _plain(column: "pd.Series[Any]") -> Any:
    if column.dtype.kind in "biuf":
        return column.to_numpy()
    return [None if value is None or value != value else value for value in column.tolist()]


def _existing(file: Path, command: str) -> Path:
    if not file.is_file():
        raise NotebookError(f"{file} is not there. Make it: {command}")
    return file


@cache
def _temporary() -> "TemporaryDirectory[str]":
    """Return a folder that goes when the kernel ends."""
    return TemporaryDirectory(prefix="notebook-")
