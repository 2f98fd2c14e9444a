"""`invoke promote --from dev --to prd`: copy a registered version to another registry, file for file.

Nothing is trained. The gate of the second environment judges the evaluation that travels with the version.
"""

import shutil
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from operation import console
from operation.errors import OperationError
from operation.execution.backends import Registry, connect
from operation.execution.configuration.sections import Configuration
from operation.execution.file_hashes import HASHES, MODEL, SIGNATURE, require_signed
from operation.execution.json_files import hash_file, read_json
from operation.execution.leftovers import in_order
from operation.execution.registration.comparability import explain_incomparable_tags, had_same_rows
from operation.execution.registration.gate import judge
from operation.execution.registration.notes import COMPARED_WITH
from operation.execution.temporary import temporary_folder
from operation.execution.values import MONITORING, Decision, ModelVersion

FROM, VERSION = "from_environment", "from_version"  # tags: where a version was registered first
FORMER = {"verdict": "from_verdict", "reason": "from_reason"}  # what the gate there decided
EVALUATION = Path("evaluation", "metrics.json")


@dataclass(frozen=True)
class Side:
    """An environment, and its registry."""

    configuration: Configuration
    registry: Registry


def transfer(source: Configuration, target: Configuration, version: int | None) -> ModelVersion:
    """Register a version of one environment, by default its champion, in another; promote it if the gate there says so.

    Raises:
        OperationError: both are the same, there is no such version, a file is not what was registered, or the gate of
            the second environment refuses it; then nothing was registered.
    """
    if source.environment == target.environment:
        raise OperationError(f"--from and --to both say {source.environment}: name two environments.")
    there, here = connect(source), connect(target)
    there.check()
    with in_order(target, here), temporary_folder() as folder:
        return copy_version(Side(source, there.registry), Side(target, here.registry), version, folder)


def copy_version(there: Side, here: Side, version: int | None, folder: Path) -> ModelVersion:
    """Do what `transfer` says, between two registries; `folder` is an empty one for the files."""
    model, files = _require(there, version), folder / "files"
    with console.step("fetch") as note:
        there.registry.fetch(model, files)
        _require_whole(there, model, files)
        note.text = (
            f"{model.name} version {model.version} of {there.configuration.environment}, every file as registered"
        )
    known = _find_equal(here, model)
    champion = here.registry.find(here.configuration.model)
    if known:
        _say_known(here, known, champion)
        return known
    with console.step("gate") as note:
        decision = _judge(there, here, model, champion, files, folder)
        note.text = f"{decision.verdict}: {decision.reason}"
    if decision.verdict == "refuse":
        raise OperationError(
            f"The gate of {here.configuration.environment} refused {model.name} version {model.version} of "
            f"{there.configuration.environment}: {decision.reason}. Nothing was registered."
        )
    return _keep(there, here, model, champion, decision, files, folder)


def _require(there: Side, version: int | None) -> ModelVersion:
    """Find the version, by default the champion; raises OperationError, which lists what there is."""
    name, found = there.configuration.model, there.registry.find(there.configuration.model, version)
    if found is None:
        known = ", ".join(str(one.version) for one in there.registry.versions(name)) or "none"
        wanted = "champion" if version is None else f"version {version}"
        where = there.configuration.environment
        raise OperationError(f"{name} has no {wanted} in {where}. There is: {known}; --version N names one.")
    return found


def _require_whole(side: Side, model: ModelVersion, files: Path) -> None:
    """Raise OperationError unless every file is what was registered, and no other is there."""
    if SIGNATURE not in model.tags:
        raise OperationError(
            f"{model.name} version {model.version} was registered without hashes, so nobody can tell whether its files "
            f"are what was registered. Train again: {side.configuration.command('train')}"
        )
    require_signed(files, model, side.configuration.command)
    listed = {*read_json(files / HASHES), HASHES}
    if foreign := sorted({path.relative_to(files).as_posix() for path in files.rglob("*") if path.is_file()} - listed):
        raise OperationError(f"{model.name} version {model.version} holds {foreign[0]}, which was not registered.")


def _find_equal(here: Side, model: ModelVersion) -> ModelVersion | None:
    """Find the version that has the same files."""
    versions = here.registry.versions(here.configuration.model)
    return next((one for one in versions if one.tags.get(SIGNATURE) == model.tags[SIGNATURE]), None)


def _say_known(here: Side, known: ModelVersion, champion: ModelVersion | None) -> None:
    """Say that the version is there; make it the first champion, if a copy was killed before it could."""
    said = f"{here.configuration.environment} has it already, as {known.name} version {known.version}"
    if champion is None and known.tags.get("verdict") == "promote":
        here.registry.promote(known)
        console.say(f"{said}, the champion now.")
        return
    console.say(f"{said}.")
    if champion is None or champion.version != known.version:
        console.say(f"Not the champion: {here.configuration.command(f'promote --version {known.version}')} would")


def _judge(
    there: Side, here: Side, model: ModelVersion, champion: ModelVersion | None, files: Path, folder: Path
) -> Decision:
    """Put the registered evaluation through the gate of the second environment."""
    evaluation = read_json(files / EVALUATION)
    again = there.configuration.command(f"evaluate --run {model.run}")
    if champion is None:
        comparison, unfit = None, ""
    elif _was_compared_with(there, model, champion):
        comparison, unfit = evaluation["comparison"], explain_incomparable_tags(model.tags, champion)
    else:
        reason = _explain_metrics(here, model, champion, evaluation, folder)
        comparison, unfit = {"impossible": reason}, ""
    return judge({**evaluation, "comparison": comparison}, here.configuration.gate, again, unfit)


def _was_compared_with(there: Side, model: ModelVersion, champion: ModelVersion) -> bool:
    """Say whether the version was evaluated beside the very model that is the champion of the second environment."""
    number = model.tags.get(COMPARED_WITH, "")
    beside = there.registry.find(model.name, int(number)) if number.isdecimal() else None
    return bool(beside and MODEL in beside.tags and beside.tags[MODEL] == champion.tags.get(MODEL))


def _explain_metrics(
    here: Side, model: ModelVersion, champion: ModelVersion, evaluation: Mapping[str, Any], folder: Path
) -> str:
    """Say why there is no comparison with an interval, and what both have reached, if that was on the same rows."""
    reason = f"it was not evaluated beside version {champion.version}, the champion of {here.configuration.environment}"
    if not had_same_rows(model.tags, champion.tags):
        return f"{reason}, and not on the same test rows"
    here.registry.fetch(champion, folder / "champion")
    theirs, metric = read_json(folder / "champion" / EVALUATION), here.configuration.gate.metric
    values = " against ".join(f"{one['metrics'][metric]:.4f}" for one in (evaluation, theirs))
    return f"{reason}; on the same test rows its {metric} is {values}"


def _keep(
    there: Side,
    here: Side,
    model: ModelVersion,
    champion: ModelVersion | None,
    decision: Decision,
    files: Path,
    folder: Path,
) -> ModelVersion:
    """Register the files as they are, fetch them back and compare; promote the version if the verdict says so."""
    tags = _tags(there, model, decision)
    if champion and _was_compared_with(there, model, champion):
        tags[COMPARED_WITH] = str(champion.version)
    with console.step("register") as note:
        made = here.registry.receive(model.run, here.configuration.model, files, tags)
        here.registry.fetch(made, folder / "received")
        if hash_file(folder / "received" / HASHES) != hash_file(files / HASHES):
            raise OperationError(f"{made.name} version {made.version} is not what was sent. Do not use it; try again.")
        require_signed(folder / "received", made, here.configuration.command)
        shutil.rmtree(folder / "received")
        note.text = f"{made.name} version {made.version} of {here.configuration.environment}, the same files"
        if decision.verdict == "promote":
            here.registry.promote(made)
            note.text += ", champion"
    if decision.verdict != "promote":
        console.say(f"Not promoted: {here.configuration.command(f'promote --version {made.version}')} would")
    return made


def _tags(there: Side, model: ModelVersion, decision: Decision) -> dict[str, str]:
    """Keep the lineage, and add where the version comes from; the verdict is the one of here."""
    own = (*FORMER, COMPARED_WITH)  # what was found out there, as are the decisions of monitoring
    lineage = {name: value for name, value in model.tags.items() if name not in own and not name.startswith(MONITORING)}
    former = {FORMER[name]: model.tags[name] for name in FORMER if name in model.tags}
    origin = {FROM: there.configuration.environment, VERSION: str(model.version)}
    return {**lineage, **former, **origin, "verdict": decision.verdict, "reason": decision.reason}
