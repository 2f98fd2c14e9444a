"""The gate and the registry: `invoke register`, `promote` and `models`."""

import shutil

from operation import console
from operation.errors import OperationError
from operation.execution.backends import Backend, connect
from operation.execution.configuration.sections import Configuration
from operation.execution.outputs import exclusive
from operation.execution.registration import evidence, summary
from operation.execution.registration.gate import judge
from operation.execution.registration.model_card import write_model_card
from operation.execution.training.lineage import judged
from operation.execution.values import Decision, ModelVersion, Run


def register_run(configuration: Configuration, run_id: str | None) -> None:
    """Put a trained run, by default the latest, through the gate and register it if it passes."""
    backend = connect(configuration)
    with exclusive(configuration):
        backend.check()
        register(configuration, backend, trained_run(configuration, backend, run_id))


def version_of(configuration: Configuration, backend: Backend, run: Run) -> ModelVersion | None:
    """The version that the run's model is registered as; None if it is not."""
    return next((one for one in backend.versions(configuration.model) if one.run == run.id), None)


def register(configuration: Configuration, backend: Backend, run: Run) -> None:
    """Judge the run's model; register it, and promote it, as the verdict says.

    Raises:
        OperationError: the gate refuses the model, its data were not validated, it is registered already, or the
            champion has changed since it was evaluated.
    """
    _refuse_unvalidated(configuration, run)
    _refuse_twice(configuration, backend, run)
    _refuse_stale(configuration, backend, run)
    found = evidence.evaluation(run)
    with console.step("gate") as note:
        decision = judge(found, configuration.gate)
        note.text = f"{decision.verdict}: {decision.reason}"
    if decision.verdict == "refuse":
        summary.show_metrics(configuration, found)
        raise OperationError(
            f"The gate refused the model of run {run.id}: {decision.reason}. Nothing was registered. "
            f"Its files are in {run.folder}; the gate's rule is `gate` in configuration/configuration.yaml."
        )
    model = _keep(configuration, backend, run, decision)
    summary.show(configuration, found, decision, model)


def promote(configuration: Configuration, version: int | None) -> None:
    """Make the version, by default the newest, the champion whatever the gate said; also the way back to an older one.

    Raises:
        OperationError: there is no such version.
    """
    backend = connect(configuration)
    with exclusive(configuration):
        backend.check()
        versions = backend.versions(configuration.model)
        model = next((one for one in versions if version in (None, one.version)), None)
        if model is None:
            known = (
                ", ".join(str(one.version) for one in versions)
                or f"none; make the first: {configuration.command('train')}"
            )
            raise OperationError(f"{configuration.model} has no version {version or 'to promote'}. There is: {known}.")
        former = backend.find(configuration.model)
        backend.promote(model)
        instead = f", in place of version {former.version}" if former and former != model else ""
        console.say(f"{model.name} version {model.version} is the champion now{instead}.")


def show_models(configuration: Configuration) -> None:
    """Print every registered version."""
    backend = connect(configuration)
    backend.check()
    models = backend.versions(configuration.model)
    if not models:
        console.say(
            f"There is no version of {configuration.model} yet. Make the first: {configuration.command('train')}"
        )
        return
    summary.show_models(configuration, models)


def trained_run(configuration: Configuration, backend: Backend, run_id: str | None) -> Run:
    """The run of that id, or the latest, if it has a model.

    Raises:
        OperationError: it does not exist, did not complete, trained nothing, or is a trial of a sweep.
    """
    run, anew = backend.find_run(run_id), configuration.command("train")
    if run is None:
        raise OperationError(f"There is no run {run_id}." if run_id else f"There is no completed run yet: {anew}")
    if run.status == "running":
        follow = configuration.command(f"watch --run {run.id}")
        raise OperationError(f"Run {run.id} has not ended, as far as is known here. Follow it to its end: {follow}")
    if run.status != "completed":
        raise OperationError(f"Run {run.id} did not complete: it is {run.status}. Train again: {anew}")
    if not (run.folder / "model").is_dir():
        raise OperationError(f"Run {run.id} has no model. Train one: {anew}")
    _refuse_unvalidated(configuration, run)
    return run


def _keep(configuration: Configuration, backend: Backend, run: Run, decision: Decision) -> ModelVersion:
    with console.step("register") as note:
        tags = judged(evidence.lineage(run), evidence.evaluation(run), decision)
        package = run.folder / "package"
        shutil.rmtree(package, ignore_errors=True)
        shutil.copytree(run.folder / "model", package)
        shutil.copytree(run.folder / "evaluation", package / "evaluation")
        shutil.copy(run.folder / evidence.CONFIGURATION, package)
        write_model_card(package, run, tags)
        model = backend.register(run, configuration.model, package, tags)
        if decision.verdict == "promote":
            backend.promote(model)
        note.text = f"{model.name} version {model.version}" + (", champion" if decision.verdict == "promote" else "")
    return model


def _refuse_unvalidated(configuration: Configuration, run: Run) -> None:
    if not evidence.is_validated(run):
        raise OperationError(
            f"The data of run {run.id} were not validated as a whole: it is a trial of a sweep, or was interrupted. "
            f"Name another run (--run), or train: {configuration.command('train')}"
        )


def _refuse_stale(configuration: Configuration, backend: Backend, run: Run) -> None:
    """A comparison with a former champion says nothing about the one of now."""
    champion = backend.find(configuration.model)
    then, now = evidence.champion_version(run), champion.version if champion else None
    if then != now:
        raise OperationError(
            f"Run {run.id} was compared with {_named(then)}, and the champion is now {_named(now)}. "
            f"Evaluate it again: {configuration.command(f'evaluate --run {run.id}')}"
        )


def _named(version: int | None) -> str:
    return "no champion" if version is None else f"version {version}"


def _refuse_twice(configuration: Configuration, backend: Backend, run: Run) -> None:
    same = version_of(configuration, backend, run)
    if same:
        raise OperationError(
            f"Run {run.id} is registered already, as {same.name} version {same.version}. "
            f"To make it the champion: {configuration.command(f'promote --version {same.version}')}"
        )
