"""What MLflow shows of runs and versions: names, tags and inputs in the form in which its users look for them.

Everything here comes from a run's record and the small files in its folder, and MLflow is not imported.
"""

import json
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import yaml

from operation.execution.backends.local.run_record import Record
from operation.execution.file_hashes import HASHES
from operation.execution.json_files import read_json
from operation.execution.values import SWEEP, Step

PREPARED, EVALUATION, METRICS = "prepared", "evaluation", "metrics.json"
MLMODEL = "MLmodel"
TEST, SELECTION = "test", "selection"  # parts of the data; which of them a run was evaluated on
UNNAMEABLE = re.compile(r"[^\w.\- /]")  # what MLflow takes in no name of a metric
LONGEST = 250  # characters of such a name
DIGEST = 8  # characters that MLflow itself gives the digest of a data set; the tag data_sha256 has all
MODELS = {"mlflow.experimentKind": "custom_model_development"}  # the page of an experiment shows runs, and no traces


@dataclass(frozen=True)
class DataSet:
    """Data that a run has read: `digest` identifies the content, `context` says what they were for."""

    name: str
    digest: str
    source: str
    context: str
    profile: Mapping[str, Any]


def evaluated_on(steps: Sequence[Step]) -> str:
    """Return the part that the run's model was evaluated on: a trial of a sweep never sees the test part."""
    return next((words[0] for step in steps if (words := step.arguments.get("--hold-out"))), TEST)


def tags_of(record: Record) -> dict[str, str]:
    """Return the run's tags, and those by which MLflow knows what was run, and from which commit."""
    tags = {**record.tags}
    if kind := tags.get("kind"):
        tags |= source_of(SWEEP if SWEEP in tags else kind)
    if (commit := tags.get("git_commit", "unknown")) != "unknown":
        tags["mlflow.source.git.commit"] = commit
    return tags


def source_of(verb: str) -> dict[str, str]:
    """Return the tags that name the command which made a run."""
    return {"mlflow.source.name": f"invoke {verb}", "mlflow.source.type": "LOCAL"}


def parameters_of(steps: Sequence[Step]) -> dict[str, str]:
    """Return every argument of every step."""
    return {
        f"{step.name}.{option.removeprefix('--')}": " ".join(values)
        for step in steps
        for option, values in step.arguments.items()
    }


def metrics_of(record: Record) -> dict[str, float]:
    """Collect the numbers of every step's `metrics.json` under the name of its folder.

    Those of the selection part have names of their own: a table of runs would else put them beside test metrics.
    """
    part = evaluated_on(record.steps)
    names = [name for step in record.steps for name in step.outputs.values()]
    files = {name: record.run.folder / name / METRICS for name in names}
    return {
        nameable(f"{folder_of(name, part)}/{_key(name, key, part)}"): number
        for name, file in files.items()
        if file.exists()
        for key, number in _numbers(read_json(file))
    }


def nameable(name: str) -> str:
    """Return the name of a metric with nothing that MLflow refuses: a class of the data may be called anything."""
    return UNNAMEABLE.sub("_", name)[:LONGEST]


def folder_of(name: str, part: str) -> str:
    """Return the name under which MLflow shows an output folder."""
    return SELECTION if name == EVALUATION and part == SELECTION else name


def _key(name: str, key: str, part: str) -> str:
    return f"{part}.{key.removeprefix('test.')}" if name == PREPARED and key.startswith("test.") else key


def _numbers(values: Mapping[str, Any], prefix: str = "") -> Iterator[tuple[str, float]]:
    """Yield every number with its path; whatever else there is (a date, a list of slices) stays in the file alone."""
    for key, value in values.items():
        if isinstance(value, Mapping):
            yield from _numbers(value, f"{prefix}{key}.")
        elif isinstance(value, int | float):
            yield prefix + key, float(value)


def data_sets_of(record: Record) -> Iterator[DataSet]:
    """Yield the raw data and, of a run that has them, the prepared parts."""
    tags, folder = record.tags, record.run.folder / PREPARED
    if not {"use_case", "data_sha256"} <= tags.keys():
        return
    name, source = tags["use_case"], tags.get("data_source", "unknown")
    counted, hashes = (_read(folder / file) for file in (METRICS, HASHES))
    rows = counted.get("rows")
    profile = {"rows": rows["raw"]} if isinstance(rows, Mapping) and "raw" in rows else {}
    yield DataSet(name, tags["data_sha256"][:DIGEST], source, "raw", profile)
    part = evaluated_on(record.steps)
    for file, context in (("train", "training"), (TEST, part)):
        if digest := hashes.get(f"{file}.parquet"):
            shown = file if file == "train" else part
            yield DataSet(f"{name}-{shown}", digest[:DIGEST], source, context, counted.get(file, {}))


def _read(file: Path) -> Mapping[str, Any]:
    return read_json(file) if file.exists() else {}


def model_history(files: Path, place: str, mlflow_run: str) -> str:
    """Return what MLflow notes with a run whose model was logged below its artifacts; "" for other files."""
    if not (files / MLMODEL).is_file():
        return ""
    described = yaml.safe_load((files / MLMODEL).read_text(encoding="utf-8"))
    made = {
        "artifact_path": place,
        "run_id": mlflow_run,
        "utc_time_created": f"{datetime.now(UTC):%Y-%m-%d %H:%M:%S.%f}",
    }
    return json.dumps([made | {"flavors": described["flavors"]}])


def describe_version(run_id: str, tags: Mapping[str, str]) -> str:
    """Describe a registered version in Markdown: the verdict, what it predicts, its test metrics, where it is from."""
    metrics = ", ".join(
        f"{name.removeprefix('metric.')} {_round(value)}" for name, value in tags.items() if name.startswith("metric.")
    )
    days = {part: _days(tags, part) for part in ("train", TEST)}
    commit, data = (tags.get(name, "unknown") for name in ("git_commit", "data_sha256"))
    lines = [
        f"**{tags['verdict']}**: {tags.get('reason', '')}" if "verdict" in tags else "",
        f"Predicts {tags['event']}." if "event" in tags else "",
        f"On the test part{days[TEST]}: {metrics}." if metrics else "",
        f"Trained on{days['train']}." if days["train"] else "",
        f"Run {run_id}, commit {commit[:DIGEST]}, data {data[:DIGEST]}.",
    ]
    return "\n\n".join(filter(None, lines))


def _days(tags: Mapping[str, str], part: str) -> str:
    first, last = tags.get(f"{part}_first_date"), tags.get(f"{part}_last_date")
    return f" {first} to {last}" if first and last else ""


def _round(value: str) -> str:
    try:
        return f"{float(value):.4f}"
    except ValueError:  # anybody may edit a tag
        return value
