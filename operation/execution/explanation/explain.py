"""`invoke explain`: why these predictions, with a plot for each row."""

import shutil
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from operation import console
from operation.errors import OperationError
from operation.execution.backends import Backend, connect
from operation.execution.configuration.sections import Configuration
from operation.execution.explanation.page import write_explanations
from operation.execution.explanation.rows import find_rows
from operation.execution.file_hashes import GOLDEN_ROWS
from operation.execution.json_files import read_json
from operation.execution.leftovers import in_order
from operation.execution.registration.find_version import find_version
from operation.execution.registration.trained_runs import find_trained
from operation.execution.steps.processes import run_script

BACKGROUND = "background.json"
EXPLANATIONS = "explanations.json"
SHOWN = 3  # features of the table that is printed


@dataclass(frozen=True)
class Asked:
    """What `invoke explain` was asked for: `rows` is a file, "" for the golden rows of the model.

    The model is the champion, that of `version`, or that of `run`.
    """

    rows: str = ""
    version: int | None = None
    run: str | None = None


@dataclass(frozen=True)
class Model:
    """The folder with the model's files, the one with what evaluation kept, and how people call it."""

    files: Path
    evaluation: Path
    name: str
    short: str


def explain(configuration: Configuration, asked: Asked) -> Path:
    """Explain the rows, write a page with a plot for each, print the main reasons, and return the folder.

    Raises:
        OperationError: there is no such model, it is of before models could be explained, or the rows are wrong.
    """
    if asked.version and asked.run:
        raise OperationError("--version and --run each name a model: give one of them.")
    if asked.rows and not Path(asked.rows).exists():
        raise OperationError(f"--rows {asked.rows}: there is no such file or folder.")
    backend, work = connect(configuration), configuration.outputs / "explanations"
    with in_order(configuration, backend):
        model = _fetch(configuration, backend, asked, work / "model")
        background = _require_background(configuration, model)
        with console.step("explain") as note:
            folder = work / model.short
            shutil.rmtree(folder, ignore_errors=True)
            rows = model.evaluation / GOLDEN_ROWS
            if asked.rows:
                rows = find_rows(configuration, backend, Path(asked.rows), model.files, work / "rows")
            words = ["--rows", rows, "--model", model.files, "--background", background, "--output", folder]
            note.text = _run(configuration, [*map(str, words)], asked.rows)
        document = read_json(folder / EXPLANATIONS)
        write_explanations(configuration, folder, model.name, document)
    _show(document["rows"], folder, model.name)
    return folder


def _run(configuration: Configuration, words: Sequence[str], given: str) -> str:
    """Run the script, whose complaints name the rows that were made of the given ones."""
    try:
        return run_core_script(configuration, "explain.py", words)
    except OperationError as error:
        raise OperationError(str(error).replace(words[1], f"--rows {given}") if given else str(error)) from error


def run_core_script(configuration: Configuration, name: str, words: Sequence[str]) -> str:
    """Run a core script to its end, and return the last line that it printed; its error is an OperationError."""
    script = configuration.scripts / name
    done = run_script([str(script), *words], configuration.repository)
    if done.returncode:
        lines = [line.removeprefix("error: ") for line in done.stderr.splitlines() if line.startswith("error: ")]
        raise OperationError("\n".join(lines) or done.stderr.strip() or f"{name} ended with code {done.returncode}.")
    return "".join(done.stdout.splitlines()[-1:])


def _fetch(configuration: Configuration, backend: Backend, asked: Asked, folder: Path) -> Model:
    if asked.run:
        run = find_trained(configuration, backend.runs, asked.run).run
        return Model(run.folder / "model", run.folder / "evaluation", f"run {run.id}", f"run-{run.id}")
    found = find_version(configuration, backend.registry, asked.version)
    shutil.rmtree(folder, ignore_errors=True)
    backend.registry.fetch(found, folder)
    return Model(folder, folder / "evaluation", f"{found.name} version {found.version}", f"version-{found.version}")


def _require_background(configuration: Configuration, model: Model) -> Path:
    file = model.evaluation / BACKGROUND
    if not file.is_file():
        raise OperationError(
            f"{model.name} was evaluated before predictions could be explained: it has no {BACKGROUND}. Evaluate a run "
            f"of it again ({configuration.command('evaluate --run RUN')}), or train: {configuration.command('train')}."
        )
    return file


def _show(rows: Sequence[dict[str, object]], folder: Path, name: str) -> None:
    from operation.execution.explanation.page import describe_row, main_reasons

    lines = [[str(place), *describe_row(row), main_reasons(row, SHOWN)] for place, row in enumerate(rows, start=1)]
    console.table(f"Predictions of {name}", ["", "row", "prediction", "average", "what moved it most"], lines)
    console.say(f"A plot a row  {folder / 'index.html'}")
