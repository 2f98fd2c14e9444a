"""`invoke register`: put a trained run through the gate, and register its model if it passes."""

import shutil
from collections.abc import Mapping
from contextlib import suppress
from pathlib import Path

from operation import console
from operation.errors import OperationError
from operation.execution.backends import Note, Registry, connect
from operation.execution.configuration.sections import Configuration
from operation.execution.file_hashes import GOLDEN_ROWS, MODEL, sign
from operation.execution.json_files import write_json
from operation.execution.leftovers import in_order
from operation.execution.registration import summary
from operation.execution.registration.comparability import describe, explain_incomparable
from operation.execution.registration.evidence import CONFIGURATION, REFERENCE
from operation.execution.registration.gate import judge
from operation.execution.registration.mlflow_files import write_mlflow_files
from operation.execution.registration.notes import COMPARED_WITH, write_notes
from operation.execution.registration.trained_runs import find_trained
from operation.execution.values import Decision, Evidence, ModelVersion, Run


def register_run(configuration: Configuration, run_id: str | None) -> None:
    """Put a trained run, by default the latest, through the gate and register it if it passes."""
    backend = connect(configuration)
    with in_order(configuration, backend):
        register(configuration, backend.registry, find_trained(configuration, backend.runs, run_id), backend.note)


def register(
    configuration: Configuration, registry: Registry, evidence: Evidence, note_run: Note | None = None
) -> None:
    """Judge the run's model; register it, and promote it, as the verdict says. `note_run` shows that with the run.

    Raises:
        OperationError: the gate refuses the model, it is registered already, or the champion has changed since it was
            evaluated.
    """
    _refuse_twice(configuration, registry, evidence.run)
    champion = _refuse_stale(configuration, registry, evidence)
    with console.step("gate") as note:
        unfit = explain_incomparable(evidence, champion) if champion else ""
        again = configuration.command(f"evaluate --run {evidence.run.id}")
        decision = judge(evidence.evaluation, configuration.gate, again, unfit)
        note.text = f"{decision.verdict}: {decision.reason}"
    if note_run:
        note_run(evidence.run, {"verdict": decision.verdict, "reason": decision.reason})
    notes = write_notes(configuration, registry, evidence, champion)
    if decision.verdict == "refuse":
        summary.show_metrics(configuration, evidence)
        summary.show_notes(notes)
        raise OperationError(
            f"The gate refused the model of run {evidence.run.id}: {decision.reason}. Nothing was registered. "
            f"Its files are in {evidence.run.folder}; the gate's rule is `gate` in "
            f"configuration/use_cases/{configuration.use_case}.yaml."
        )
    model = _keep(configuration, registry, evidence, decision, notes)
    summary.show(configuration, evidence, decision, model, notes)


def version_of(configuration: Configuration, registry: Registry, run: Run) -> ModelVersion | None:
    """Find the version that the run's model is registered as; None if it is not."""
    return next((one for one in registry.versions(configuration.model) if one.run == run.id), None)


def tags_of(evidence: Evidence, decision: Decision) -> dict[str, str]:
    """Collect the tags of a registered version: lineage, what it learned from, test metrics, the gate's decision."""
    metrics = {f"metric.{name}": str(value) for name, value in evidence.evaluation["metrics"].items()}
    verdict = {"verdict": decision.verdict, "reason": decision.reason}
    then = {} if evidence.champion_version is None else {COMPARED_WITH: str(evidence.champion_version)}
    return {**evidence.lineage, **describe(evidence), MODEL: evidence.model_sha256, **metrics, **then, **verdict}


def _keep(
    configuration: Configuration,
    registry: Registry,
    evidence: Evidence,
    decision: Decision,
    notes: Mapping[str, str],
) -> ModelVersion:
    """Register the model, unless there is a version of the very same one; promote it if the verdict says so."""
    with console.step("register") as note:
        same = _find_equal(configuration, registry, evidence)
        if same:
            model, note.text = same, f"{same.name} version {same.version} is this model, byte for byte: no new version"
        else:
            run, tags = evidence.run, tags_of(evidence, decision)
            model = registry.register(run, configuration.model, *_pack(configuration, evidence, tags, notes))
            note.text = f"{model.name} version {model.version}"
        # Two steps and no transaction: killed in between, the version is whole and `invoke promote` finishes the work.
        if decision.verdict == "promote" and not model.champion:
            registry.promote(model)
            note.text += ", champion"
    return model


def _pack(
    configuration: Configuration, evidence: Evidence, tags: Mapping[str, str], notes: Mapping[str, str]
) -> tuple[Path, dict[str, str]]:
    """Collect the files of a version in the run's folder; return that folder, and the tags with its signature."""
    # Not above: a run with nothing changed finds its version registered, and writes no card.
    from operation.execution.registration.model_card import write_model_card

    run, package = evidence.run, evidence.run.folder / "package"
    shutil.rmtree(package, ignore_errors=True)  # of an attempt that was interrupted
    shutil.copytree(run.folder / "model", package)
    shutil.copytree(run.folder / "evaluation", package / "evaluation")
    if (run.folder / REFERENCE).is_dir():
        shutil.copytree(run.folder / REFERENCE, package / REFERENCE)
    with suppress(FileNotFoundError):  # evaluated before there were golden rows: deployment says so
        shutil.copy(run.folder / "evaluation" / GOLDEN_ROWS, package)
    shutil.copy(run.folder / "prepared" / "metrics.json", package / "prepared.json")
    write_json(package / CONFIGURATION, evidence.configuration)
    write_model_card(package, evidence, tags, notes, configuration.command)
    write_mlflow_files(package, run.id)
    return package, {**tags, **sign(package)}


def _find_equal(configuration: Configuration, registry: Registry, evidence: Evidence) -> ModelVersion | None:
    versions = registry.versions(configuration.model)
    return next((one for one in versions if one.tags.get(MODEL) == evidence.model_sha256), None)


def _refuse_twice(configuration: Configuration, registry: Registry, run: Run) -> None:
    same = version_of(configuration, registry, run)
    if same:
        raise OperationError(
            f"Run {run.id} is registered already, as {same.name} version {same.version}. "
            f"To make it the champion: {configuration.command(f'promote --version {same.version}')}"
        )


def _refuse_stale(configuration: Configuration, registry: Registry, evidence: Evidence) -> ModelVersion | None:
    """Return the champion, or refuse a comparison with a former one, which says nothing about the one of now."""
    champion = registry.find(configuration.model)
    then, now = evidence.champion_version, champion.version if champion else None
    if then != now:
        run_id = evidence.run.id
        raise OperationError(
            f"Run {run_id} was compared with {_name(then)}, and the champion is now {_name(now)}. "
            f"Evaluate it again: {configuration.command(f'evaluate --run {run_id}')}"
        )
    return champion


def _name(version: int | None) -> str:
    return "no champion" if version is None else f"version {version}"
