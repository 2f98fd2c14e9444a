"""Judge the champion by outcomes that came later, for what a request log or a scoring has predicted."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

from operation import console
from operation.execution.configuration.declared import time_of
from operation.execution.configuration.sections import Configuration
from operation.execution.json_files import write_json, write_whole
from operation.execution.monitoring.decisions import (
    DECISION,
    decide_window,
    describe_findings,
    refuse_future,
    say_decision,
)
from operation.execution.monitoring.joining import add_requests, add_scores, join, opened
from operation.execution.monitoring.reference import thresholds
from operation.execution.monitoring.requests import measure_requests, read_log
from operation.execution.values import ModelVersion
from operation.monitoring.labels import Labelled, compare_labels, describe_labels
from operation.monitoring.labels_report import labels_page
from operation.monitoring.performance import clustering_of
from operation.monitoring.performance_report import QUARTER
from operation.monitoring.profiles import Profile, lengths
from operation.monitoring.thresholds import Finding


@dataclass(frozen=True)
class Known:
    """What is known by outcomes that came later: the predictions, counts of what was joined, and the log's health.

    `lacking` are the columns to slice by that neither labels nor predictions have.
    """

    labelled: Labelled
    counts: Mapping[str, int]
    health: tuple[list[Finding], dict[str, Any]] | None = None
    lacking: Sequence[str] = ()


def read_labels(
    configuration: Configuration, requests: str, scores: str, labels: str, task: str, version: int, now: datetime
) -> Known:
    """Join the labels to what is in the folder of a request log or of scores; raises OperationError as `join` does."""
    log, sliced_by = read_log(Path(requests)) if requests else None, tuple(configuration.evaluation["slices"])
    with console.step("labels") as note, opened(configuration) as connection:
        if log:
            predictions = add_requests(connection, Path(requests), log[0], task, sliced_by)
        else:
            time = time_of(configuration.use_case, configuration.scripts)
            predictions = add_scores(connection, Path(scores), time, sliced_by)
        labelled, counts = join(configuration, connection, predictions, Path(labels), task, version, sliced_by)
        note.text = f"{labelled.rows:,} of {counts['predictions']:,} predictions have an outcome"
        if lost := counts["labels"] - counts["matched"]:
            note.text += f"; {console.counted(lost, 'label')} of no prediction"
    refuse_future(labelled.span, now)
    lacking = [name for name in sliced_by if name not in labelled.slices]
    return Known(labelled, counts, measure_requests(*log, now) if log else None, lacking)


def judge_labels(
    known: Known,
    model: ModelVersion,
    place: Path,
    reference: Profile,
    folder: Path,
    registered: Mapping[str, Any] | None = None,
) -> dict[str, Any]:
    """Decide by performance, and by the log's health; write the decision, which is returned, metrics and report.

    `registered` is the performance that the version was registered with, as `read_registered` returns it.
    """
    labelled = known.labelled
    length = lengths(reference, labelled.days, labelled.rows)
    limits = thresholds(place, reference, length)
    findings = compare_labels(labelled, reference.windows(length), reference, limits)
    findings += known.health[0] if known.health else []
    found = decide_window(folder, model, findings, labelled.span, labelled.rows)
    described = describe_labels(labelled, clustering_of(registered))
    found["judged"] = labelled.is_enough
    if not labelled.is_enough:
        found["reasons"] = [*(found["reasons"] if found["alarms"] else ()), labelled.lacks]
    health = known.health[1] if known.health else None
    described = {**known.counts, **described, "slices_lacking": [*known.lacking]}
    metrics = {"measures": describe_findings(findings), "labels": described, "requests": health}
    folder.mkdir(parents=True)
    write_json(folder / "metrics.json", metrics | {"registered": registered})
    report = labels_page(found, findings, labelled.task, described, registered, health)
    write_whole(folder / "report.html", lambda part: part.write_text(report, encoding="utf-8"))
    write_json(folder / DECISION, found)  # last: a folder with it is whole
    say_performance(described, "prediction")
    if known.lacking:
        console.say(
            f"No slices by {', '.join(known.lacking)}: neither the labels nor the predictions have such a column."
        )
    say_decision(found, folder / "report.html")
    return found


def say_performance(described: Mapping[str, Any], row: str) -> None:
    """Print performance of the latest weeks and in all, with intervals; `row` is what a row is called."""
    if earlier := described["weeks"][:-QUARTER]:
        console.say(f"{earlier[0]['first']} to {earlier[-1]['last']}: each week is in the report")
    for week in described["weeks"][-QUARTER:]:
        console.say(f"{' to '.join(dict.fromkeys((week['first'], week['last'])))}: {_say(week, row)}")
    console.say(f"All: {_say(described, row)}")


def _say(part: Mapping[str, Any], row: str) -> str:
    if part.get("too_few"):
        return f"too few {row}s, {part['rows']:,.0f} of {console.counted(part['days'], 'day')}"
    name, value = ("ROC AUC", part["roc_auc"]) if "roc_auc" in part else ("mean error", part["mean_error"])
    interval = f" [{part['low']:.3f}, {part['high']:.3f}]" if "low" in part else ""
    days = f" of {console.counted(part['days'], 'day')}" if part["days"] else ""
    return f"{name} {value:.3f}{interval}, {console.counted(int(part['rows']), row)}{days}"
