"""`invoke register`: put a trained run through the gate, and register its model if it passes."""

import shutil

from operation import console
from operation.errors import OperationError
from operation.execution.backends import Registry, connect
from operation.execution.configuration.sections import Configuration
from operation.execution.outputs import exclusive
from operation.execution.registration import summary
from operation.execution.registration.evidence import CONFIGURATION
from operation.execution.registration.gate import judge
from operation.execution.registration.model_card import write_model_card
from operation.execution.registration.trained_runs import find_trained
from operation.execution.values import Decision, Evidence, ModelVersion, Run


def register_run(configuration: Configuration, run_id: str | None) -> None:
    """Put a trained run, by default the latest, through the gate and register it if it passes."""
    backend = connect(configuration)
    with exclusive(configuration):
        backend.check()
        register(configuration, backend.registry, find_trained(configuration, backend.runs, run_id))


def register(configuration: Configuration, registry: Registry, evidence: Evidence) -> None:
    """Judge the run's model; register it, and promote it, as the verdict says.

    Raises:
        OperationError: the gate refuses the model, it is registered already, or the champion has changed since it was
            evaluated.
    """
    _refuse_twice(configuration, registry, evidence.run)
    _refuse_stale(configuration, registry, evidence)
    with console.step("gate") as note:
        decision = judge(evidence.evaluation, configuration.gate)
        note.text = f"{decision.verdict}: {decision.reason}"
    if decision.verdict == "refuse":
        summary.show_metrics(configuration, evidence)
        raise OperationError(
            f"The gate refused the model of run {evidence.run.id}: {decision.reason}. Nothing was registered. "
            f"Its files are in {evidence.run.folder}; the gate's rule is `gate` in configuration/configuration.yaml."
        )
    model = _keep(configuration, registry, evidence, decision)
    summary.show(configuration, evidence, decision, model)


def version_of(configuration: Configuration, registry: Registry, run: Run) -> ModelVersion | None:
    """Find the version that the run's model is registered as; None if it is not."""
    return next((one for one in registry.versions(configuration.model) if one.run == run.id), None)


def tags_of(evidence: Evidence, decision: Decision) -> dict[str, str]:
    """Collect the tags that a registered version carries: lineage, test metrics, and the gate's decision."""
    metrics = {f"metric.{name}": str(value) for name, value in evidence.evaluation["metrics"].items()}
    return {**evidence.lineage, **metrics, "verdict": decision.verdict, "reason": decision.reason}


def _keep(configuration: Configuration, registry: Registry, evidence: Evidence, decision: Decision) -> ModelVersion:
    with console.step("register") as note:
        run, tags = evidence.run, tags_of(evidence, decision)
        package = run.folder / "package"
        shutil.rmtree(package, ignore_errors=True)  # of an attempt that was interrupted
        shutil.copytree(run.folder / "model", package)
        shutil.copytree(run.folder / "evaluation", package / "evaluation")
        shutil.copy(run.folder / CONFIGURATION, package)
        write_model_card(package, evidence, tags)
        model = registry.register(run, configuration.model, package, tags)
        # Two steps and no transaction: killed in between, the version is whole and `invoke promote` finishes the work.
        if decision.verdict == "promote":
            registry.promote(model)
        note.text = f"{model.name} version {model.version}" + (", champion" if decision.verdict == "promote" else "")
    return model


def _refuse_twice(configuration: Configuration, registry: Registry, run: Run) -> None:
    same = version_of(configuration, registry, run)
    if same:
        raise OperationError(
            f"Run {run.id} is registered already, as {same.name} version {same.version}. "
            f"To make it the champion: {configuration.command(f'promote --version {same.version}')}"
        )


def _refuse_stale(configuration: Configuration, registry: Registry, evidence: Evidence) -> None:
    """Refuse a comparison with a former champion, which says nothing about the one of now."""
    champion = registry.find(configuration.model)
    then, now = evidence.champion_version, champion.version if champion else None
    if then != now:
        run_id = evidence.run.id
        raise OperationError(
            f"Run {run_id} was compared with {_name(then)}, and the champion is now {_name(now)}. "
            f"Evaluate it again: {configuration.command(f'evaluate --run {run_id}')}"
        )


def _name(version: int | None) -> str:
    return "no champion" if version is None else f"version {version}"
