"""`invoke score`: score whole tables with a registered version, also rows whose outcome is not known yet."""

import re
import shutil
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from operation import console
from operation.errors import OperationError
from operation.execution.backends import Backend, connect
from operation.execution.configuration.declared import feature_columns, needed_columns
from operation.execution.configuration.sections import Configuration
from operation.execution.file_hashes import MODEL_FILES, sign
from operation.execution.leftovers import in_order
from operation.execution.registration.find_version import find_version
from operation.execution.scoring.given import Given, recognize
from operation.execution.scoring.here import run_here
from operation.execution.scoring.spark import require_spark, variables
from operation.execution.steps.scheduler import at_once
from operation.execution.tables.snapshot import bring, require_columns
from operation.execution.training import pipeline
from operation.execution.training.follow import find_done, follow, show_reused
from operation.execution.training.lineage import collect, label_run
from operation.execution.values import ModelVersion, Step
from operation.tools import require

LOCAL, SPARK = "local", "spark"  # the engines
OURS = re.compile(r"(part-\d+\.parquet|(manifest|metrics)\.json|rejected\.parquet)(\.partial)?|\.done")  # of a scoring
MANIFEST = "manifest.json"  # which src/batch_score.py writes last


@dataclass(frozen=True)
class Asked:
    """What `invoke score` was asked for; the champion scores if `version` is 0, one process a core if `processes`."""

    data: str
    output: str
    version: int = 0
    processes: int = 0
    engine: str = LOCAL


def score(configuration: Configuration, asked: Asked) -> None:
    """Validate and prepare the tables as training does, and score every row.

    Raises:
        OperationError: an option is missing, there is no such version, or the data are bad or cannot be scored.
    """
    _check(asked, configuration.backend.kind)
    require("gx-duckdb")  # as `train`: better said now than after minutes of work
    backend, folder = connect(configuration), configuration.outputs / "scoring"
    with in_order(configuration, backend):
        model = _fetch(configuration, backend, asked.version, folder / "model")
        needed = needed_columns(configuration.use_case, configuration.scripts)
        features = feature_columns(configuration.use_case, configuration.scripts)
        given = recognize(asked.data, needed, features, folder / "given")
        if given.prepared is not None:
            _require_apart(Path(asked.data), Path(asked.output))
        work = _Scoring(configuration, backend, asked, model, folder)
        work.run(given, needed)
    console.say(f"Scores of {model.name} version {model.version}: {Path(asked.output).resolve() / MANIFEST}")


def _check(asked: Asked, kind: str) -> None:
    if not asked.data or not asked.output:
        raise OperationError("invoke score needs --data PATH (what to score) and --output FOLDER (for the scores).")
    if asked.version < 0 or asked.processes < 0:
        raise OperationError("--version and --processes must be whole numbers above 0.")
    if asked.engine not in (LOCAL, SPARK):
        raise OperationError(f"--engine must be {LOCAL} or {SPARK}, not {asked.engine!r}.")
    if asked.engine == SPARK:
        if kind != "local":
            raise OperationError(
                "--engine spark runs on this machine. On a Spark pool, submit src/spark_score.py: docs/how-to/score.md."
            )
        require_spark()


def _fetch(configuration: Configuration, backend: Backend, version: int, folder: Path) -> ModelVersion:
    """Fetch the files of the version, by default the champion; what they are is checked by their hashes."""
    with console.step("model") as note:
        model = find_version(configuration, backend.registry, version or None)
        shutil.rmtree(folder, ignore_errors=True)
        backend.registry.fetch(model, folder)
        note.text = f"{model.name} version {model.version}"
    return model


def _require_apart(data: Path, output: Path) -> None:
    """Raise OperationError if the output lies among prepared rows: the next scoring would take the scores for rows."""
    if data.is_dir() and output.resolve().is_relative_to(data.resolve()):
        raise OperationError(f"--output {output} lies in --data {data}. Choose a folder elsewhere.")


def _require_ours(output: Path) -> None:
    """Raise OperationError if the folder, which is replaced, holds anything but an earlier scoring."""
    foreign = [path.name for path in (output.iterdir() if output.is_dir() else ()) if not _is_ours(path)]
    if foreign or output.is_file():
        name = min(foreign, default=output.name)
        raise OperationError(f"--output {output}: {name} is not of an earlier scoring. Choose an empty folder.")


def _is_ours(path: Path) -> bool:
    """Say whether a scoring has written the file, as src/batch_score.py does."""
    import pyarrow as pa
    import pyarrow.parquet as pq

    if not OURS.fullmatch(path.name) or not path.name.startswith("part-"):
        return bool(OURS.fullmatch(path.name))
    try:
        return b"model_sha256" in (pq.read_schema(path).metadata or {})
    except (pa.ArrowException, OSError):  # half a file, of a command that was killed
        return True


def _replace(output: Path, scores: Path) -> None:
    """Put the scores in the place of an earlier scoring.

    The manifest goes first and comes last: while it is there, all that it names is.
    """
    output.mkdir(parents=True, exist_ok=True)
    for path in sorted(output.iterdir(), key=lambda path: path.name != MANIFEST):
        if OURS.fullmatch(path.name):
            shutil.rmtree(path) if path.is_dir() else path.unlink()
    for path in sorted(scores.iterdir(), key=lambda path: path.name == MANIFEST):
        if not path.name.startswith("."):
            partial = output / f"{path.name}.partial"
            shutil.copyfile(path, partial)
            partial.replace(output / path.name)


@dataclass(frozen=True)
class _Scoring:
    configuration: Configuration
    backend: Backend
    asked: Asked
    model: ModelVersion
    folder: Path

    def run(self, given: Given, needed: Mapping[str, tuple[str, ...]]) -> None:
        """Score what was given: here part by part into the output, or elsewhere as a job with the steps before it."""
        folders: dict[str, Path] = {}
        before: list[Step] = []
        sha256 = ""
        if given.prepared is None:
            data, place = self.configuration.data, self.folder / "raw"
            with console.step("data") as note:
                source = self.backend.bring(given.source, data.tables)
                use_case = self.configuration.use_case
                snapshot = bring(source, data.tables, data.known_defects, place, use_case)
                require_columns(snapshot, needed, given.source, "scoring")
                note.text = ", ".join(f"{table.rows:,} {table.name}" for table in snapshot.tables)
            folders["raw"], sha256 = snapshot.folder, snapshot.sha256
            before = [
                pipeline.validate_to_score(self.configuration, needed),
                pipeline.prepare_to_score(self.configuration),
            ]
        else:
            folders["prepared"] = given.prepared
        if self.configuration.backend.kind == "local":
            self._here(before, folders, sha256)
        else:
            self._elsewhere(before, folders, sha256)

    def _here(self, before: list[Step], folders: Mapping[str, Path], sha256: str) -> None:
        prepared = folders["prepared"] if not before else self._submit(before, folders, sha256) / "prepared"
        processes, origin, spark = self.asked.processes or at_once(1), self._origin(sha256), self.asked.engine == SPARK
        step = pipeline.score_on_spark(origin) if spark else pipeline.score(processes, origin)
        places = {
            "prepared": prepared,
            pipeline.SCORING_MODEL: self.folder / "model",
            "scores": Path(self.asked.output),
        }
        words = step.argv({name: str(place.resolve()) for name, place in places.items()})
        script = self.configuration.scripts.parent / step.script
        run_here(script, words, variables(processes) if spark else {})

    def _elsewhere(self, before: list[Step], folders: dict[str, Path], sha256: str) -> None:
        """Score in the job, whose outputs come back with the run, and put them into the output."""
        output = Path(self.asked.output)
        _require_ours(output)
        folders[pipeline.SCORING_MODEL] = self._bundle()
        if not before:
            folders["prepared"] = self._gather(folders["prepared"])
        step = pipeline.score(self.asked.processes or self.configuration.threads, self._origin(sha256))
        scores = self._submit([*before, step], folders, sha256) / "scores"
        _replace(output, scores)

    def _bundle(self) -> Path:
        """Return a folder with only what scores: a job's input is what it reads."""
        bundle = self.folder / "bundle"
        shutil.rmtree(bundle, ignore_errors=True)
        bundle.mkdir(parents=True)
        for name in MODEL_FILES:
            shutil.copyfile(self.folder / "model" / name, bundle / name)
        sign(bundle)  # so that the job sees damage
        return bundle

    def _gather(self, prepared: Path) -> Path:
        if prepared.is_dir():
            return prepared
        folder = self.folder / "prepared"
        shutil.rmtree(folder, ignore_errors=True)
        folder.mkdir(parents=True)
        shutil.copyfile(prepared, folder / prepared.name)
        return folder

    def _submit(self, steps: list[Step], folders: Mapping[str, Path], sha256: str) -> Path:
        runs = self.backend.runs
        if same := find_done(runs, steps, folders):
            show_reused(steps)
            return same.folder
        tags = collect(self.configuration, sha256) | label_run(self.configuration, "score")
        tags |= {"data_source": self.asked.data, "model_version": str(self.model.version)}
        return follow(runs, runs.submit(steps, folders, tags=tags)).folder

    def _origin(self, sha256: str) -> dict[str, str]:
        commit = collect(self.configuration, sha256)["git_commit"]
        version = str(self.model.version)
        return {"--model-version": version, "--data-sha256": sha256, "--git-commit": commit}
