"""`invoke monitor`: compare a window of data with what the champion learned from, and decide what it asks for."""

import atexit
import os
import shutil
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from operation import console
from operation.errors import OperationError
from operation.execution.backends import Backend, connect
from operation.execution.configuration.declared import needed_columns
from operation.execution.configuration.sections import Configuration
from operation.execution.json_files import write_json
from operation.execution.leftovers import in_order
from operation.execution.monitoring.alerts import compose, read_values, send
from operation.execution.monitoring.decisions import (
    DECISION,
    check_output,
    decide_window,
    describe_findings,
    hand_over,
    refuse_future,
    remember,
    say_decision,
)
from operation.execution.monitoring.evidently import Samples, require_evidently, sample_window, write_evidently
from operation.execution.monitoring.job import describe_in_job, require_workspace
from operation.execution.monitoring.labels import judge_labels, read_labels, say_performance
from operation.execution.monitoring.reference import bring_reference, describe, require_rows, thresholds
from operation.execution.monitoring.registered import read_registered
from operation.execution.monitoring.requests import judge_requests, look_at_requests
from operation.execution.monitoring.series import track
from operation.execution.registration.evidence import PROFILE
from operation.execution.tables.snapshot import bring, require_columns
from operation.execution.temporary import temporary_folder
from operation.execution.training.champion import fetch_champion
from operation.execution.values import ModelVersion
from operation.monitoring.profiles import Profile, lengths, read_profile
from operation.monitoring.thresholds import Finding


@dataclass(frozen=True)
class Asked:
    """What `invoke monitor` was asked to look at: folders, "" for none, and `output` for a copy of what is written.

    With nothing, it looks at the raw tables of the configured source.
    """

    data: str = ""
    requests: str = ""
    scores: str = ""
    labels: str = ""
    show: bool = False
    output: str | None = None
    evidently: bool = False
    as_job: bool = False


def monitor(configuration: Configuration, asked: Asked | None = None) -> None:
    """Look at raw tables, at the log of requests, or at predictions whose outcomes have come; write what they ask for.

    Raises:
        OperationError: options contradict one another, there is no champion or no reference, something cannot be read,
            or an alert failed, after everything was written.
    """
    asked = asked or Asked()
    _check(asked)
    if asked.as_job:
        require_workspace(configuration)
    alerts, copy = read_values(configuration), check_output(asked.output)
    now = datetime.now(UTC)
    folder = configuration.outputs / "monitoring" / f"{now:%Y%m%d-%H%M%S-%f}"
    backend = connect(configuration)
    with in_order(configuration, backend):
        if asked.labels:
            found = _look_at_labels(configuration, backend, asked, folder, now)
        elif asked.requests and not asked.data:
            found = judge_requests(Path(asked.requests), folder, now)
        else:
            found = _look(configuration, backend, asked, folder, now)
        hand_over(folder, found, copy)  # before what may fail: pipelines act on it
        version = found["version"]
        model = None if version is None else backend.registry.find(configuration.model, version)
        if model:  # a look at a log alone is of no version
            remember(backend.registry, model, folder.name, found)
        track(backend, folder, found)
    if asked.show:
        import webbrowser

        webbrowser.open((folder / "report.html").as_uri())
    if found["decision"] != "wait":
        send(compose(configuration, found), alerts)


def end_quietly() -> None:
    """From now on nothing is printed to stderr once this process has ended its work and Python takes itself apart.

    DuckDB's bindings then list what MLflow's modules keep alive as leaks: forty lines below a decision that is right.
    """
    atexit.register(lambda: os.dup2(os.open(os.devnull, os.O_WRONLY), 2))


def _check(asked: Asked) -> None:
    """Raise OperationError for options that do not go together."""
    if asked.labels and (asked.data or bool(asked.requests) == bool(asked.scores)):
        raise OperationError(
            "--labels needs the predictions that they belong to: either --requests or --scores, and no --data, whose "
            "tables have their outcomes in them."
        )
    if asked.scores and not asked.labels:
        raise OperationError("--scores needs --labels: the outcomes that have come since.")
    if (asked.evidently or asked.as_job) and (asked.labels or (asked.requests and not asked.data)):
        option = "--evidently" if asked.evidently else "--as-job"
        raise OperationError(f"{option} reads rows, which only --data has: leave it out, or --requests and --labels.")
    if asked.evidently:
        require_evidently()


def _look_at_labels(
    configuration: Configuration, backend: Backend, asked: Asked, folder: Path, now: datetime
) -> dict[str, Any]:
    """Compare the champion's performance on what it predicted with the reference; return the decision as written."""
    champion, model = _require_champion(configuration, backend)
    place, reference = bring_reference(configuration, backend.runs, champion, model)
    known = read_labels(
        configuration, asked.requests, asked.scores, asked.labels, reference.task, champion.version, now
    )
    return judge_labels(known, champion, place, reference, folder, read_registered(model, reference.task))


def _look(configuration: Configuration, backend: Backend, asked: Asked, folder: Path, now: datetime) -> dict[str, Any]:
    """Compare the tables, and the log if there is one, with the reference; return the decision as it is written."""
    champion, model = _require_champion(configuration, backend)
    place, reference = bring_reference(configuration, backend.runs, champion, model)
    with temporary_folder() as temporary:
        samples = _start_samples(configuration, backend, champion, model, temporary) if asked.evidently else None
        window = _describe_window(configuration, backend, asked, model, place, samples)
        refuse_future(window.span, now)
        health = look_at_requests(Path(asked.requests), now) if asked.requests else None
        if samples and window.rows:
            write_evidently(configuration, samples, reference, window)
        sliced_by = configuration.evaluation["slices"]
        found = _judge(
            champion, place, reference, window, folder, health, sliced_by, read_registered(model, reference.task)
        )
        if samples and window.rows:
            shutil.copy(samples.page, folder / samples.page.name)
            console.say(f"Evidently: {folder / samples.page.name}")
    return found


def _start_samples(
    configuration: Configuration, backend: Backend, champion: ModelVersion, model: Path, folder: Path
) -> Samples:
    """Find the rows to compare with: before the window is read, which takes longer."""
    why = "would be compared by Evidently"
    return Samples(require_rows(configuration, backend.runs, champion, model, why), model, folder)


def _require_champion(configuration: Configuration, backend: Backend) -> tuple[ModelVersion, Path]:
    """Return the champion and the folder of its files; raises OperationError if there is none."""
    champion, folders = fetch_champion(configuration, backend.registry)
    if champion is None:
        raise OperationError(
            f"There is no champion of {configuration.model} to monitor. Train one: {configuration.command('train')}"
        )
    return champion, folders["champion"]


def _describe_window(
    configuration: Configuration, backend: Backend, asked: Asked, model: Path, reference: Path, samples: Samples | None
) -> Profile:
    """Fetch the raw tables, and describe their rows by the bins of the reference; sample them, too, if asked for."""
    wanted = configuration.data
    with temporary_folder() as temporary:
        raw, output = temporary / "raw", temporary / "profile"
        with console.step("data" if asked.as_job else "window") as note:
            source = asked.data or wanted.source
            place = backend.bring(source, wanted.tables)
            brought = bring(place, wanted.tables, wanted.known_defects, raw, configuration.use_case, may_be_empty=True)
            require_columns(
                brought, needed_columns(configuration.use_case, configuration.scripts), source, "monitoring"
            )
            name = f"tables {brought.sha256[:8]}"  # of a window without dates
            if samples:
                sample_window(configuration, samples, raw)
            if asked.as_job:
                note.text = ", ".join(f"{table.rows:,} {table.name}" for table in brought.tables)
            else:
                folders = {"--raw": raw, "--model": model, "--reference": reference, "--output": output}
                describe(configuration, folders, configuration.evaluation["slices"])
                window = replace(read_profile(output / PROFILE, "Run again."), name=name)
                days = " to ".join(filter(None, dict.fromkeys(window.span)))
                note.text = ", ".join(filter(None, (console.counted(window.rows), days)))
        if asked.as_job:
            window = describe_in_job(configuration, backend.runs, source, brought, model, reference, temporary)
            window = replace(window, name=name)
        return window


def _judge(
    champion: ModelVersion,
    place: Path,
    reference: Profile,
    window: Profile,
    folder: Path,
    health: tuple[list[Finding], dict[str, Any]] | None = None,
    sliced_by: Sequence[str] = (),
    registered: Mapping[str, Any] | None = None,
) -> dict[str, Any]:
    """Decide, and write the decision, which is returned, the metrics and the report."""
    from operation.monitoring.outcomes import describe_window
    from operation.monitoring.performance import clustering_of
    from operation.monitoring.report import estimate, write_report
    from operation.monitoring.service_report import service
    from operation.monitoring.thresholds import compare

    findings = []
    if window.rows:
        length = lengths(reference, window.days, window.rows)
        findings = compare(reference, window, length, thresholds(place, reference, length))
    findings += health[0] if health else []
    found = decide_window(folder, champion, findings, window.span, window.rows)
    performance, requests = describe_window(window, sliced_by, clustering_of(registered)), health[1] if health else None
    metrics: dict[str, Any] = {
        "measures": describe_findings(findings),
        "performance": performance,
        "registered": registered,
        "rows": window.rows,
        "scored": window.scored,
    }
    metrics |= _estimate(reference, window) | {"requests": requests}
    folder.mkdir(parents=True)
    write_json(folder / "metrics.json", metrics)
    more = estimate(metrics["estimated_roc_auc_if_calibrated"]) + service(requests)
    write_report(folder / "report.html", found, findings, reference, window, performance, registered, more)
    write_json(folder / DECISION, found)  # last: a folder with it is whole
    _say(window, reference, metrics, champion)
    say_decision(found, folder / "report.html")
    return found


def _say(window: Profile, reference: Profile, metrics: Mapping[str, Any], champion: ModelVersion) -> None:
    """Print what must be known of the window, and its performance."""
    from operation.monitoring.attributions import say_why_none
    from operation.monitoring.report import cautions

    for caution in cautions(window, reference):
        console.say(caution)
    if metrics["performance"]:
        say_performance(metrics["performance"], "row")
    if window.rows and not metrics["attributions"]:
        console.say(say_why_none(champion.version))


def _estimate(reference: Profile, window: Profile) -> dict[str, Any]:
    """Describe what predictions rest on, and the performance that scores alone would have; None of an empty window."""
    from operation.monitoring.attributions import describe_attributions
    from operation.monitoring.scores import estimate_performance

    return {
        "attributions": describe_attributions(reference, window) if window.rows else None,
        "estimated_roc_auc_if_calibrated": estimate_performance(reference, window) if window.rows else None,
    }
