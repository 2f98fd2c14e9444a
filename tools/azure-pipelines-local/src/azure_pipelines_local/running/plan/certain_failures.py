"""Check a pipeline before it runs: certain failures stop it, the rest are warnings.

A finding stops the run only where nothing can save it: the step surely runs, and what it lacks nobody can give it. Any
doubt (a condition, a name that is made at run time, a variable group) makes it a warning: a pipeline that works in
Azure must not be refused here.
"""

from collections.abc import Iterator
from dataclasses import replace

from azure_pipelines_local.checking.ignores import Silencer
from azure_pipelines_local.checking.levels import Levels
from azure_pipelines_local.errors import PipelinesLocalError
from azure_pipelines_local.expressions.conditions import RUNTIME_NAMES
from azure_pipelines_local.expressions.signatures import CONDITION
from azure_pipelines_local.expressions.syntax import parse
from azure_pipelines_local.findings import Finding
from azure_pipelines_local.model import Step
from azure_pipelines_local.rules import artifacts
from azure_pipelines_local.rules.cases import Case, Scope
from azure_pipelines_local.rules.job_outputs import Reader, bad_outputs
from azure_pipelines_local.rules.script_lines import scripts
from azure_pipelines_local.rules.table import BY_NAME
from azure_pipelines_local.running.machine.runtime_variables import MACRO
from azure_pipelines_local.running.plan.choice import Choice
from azure_pipelines_local.running.plan.undefined_macros import MacroCheck, UndefinedMacro

MISSING, OUTPUT = "missing-artifact", "job-output"
WARNINGS = (  # rules on what a run may meet with; none of them stops it by itself, whatever its level
    *("condition-macro", "condition-variable", "dropped-failure", "unknown-dependency", OUTPUT),
    *("duplicate-artifact", MISSING),
)
ALWAYS = "succeeded()"  # the condition of what runs unless something fails
Judged = tuple[bool, Finding]  # whether it goes wrong in any run


def find_warnings(case: Case, choice: Choice, macros: MacroCheck, levels: Levels) -> list[Finding]:
    """Return what may go wrong in a pipeline that may start; nothing of a rule that is off or ignored.

    Raises:
        PipelinesLocalError: something goes wrong in any run; the message has a line for each.
    """
    scopes = [each for each in case.scopes if choice.has(each.stage, each.job)]
    judged = [*_undefined(case, scopes, macros), *_unpublished(case, scopes), *_unreadable(case, scopes)]
    certain = sorted({finding for is_certain, finding in judged if is_certain})
    if certain:
        lines = "\n".join(map(str, certain))
        which = "the one" if len(certain) == 1 else f"the {len(certain)}"
        raise PipelinesLocalError(f"{lines}\nThe pipeline was not started: see {which} above.")
    findings = {*(finding for _, finding in judged), *_follow_rules(case)}
    wanted = [each for each in findings if levels.get(each.rule) != "off"]
    files = {each.place.file for each in wanted}
    return sorted(Silencer({file: case.sources.lines(file) for file in files}).silence(wanted))


def _follow_rules(case: Case) -> Iterator[Finding]:
    for name in WARNINGS:
        rule = BY_NAME[name].of_pipeline
        yield from (replace(each, rule=name) for each in rule(case)) if rule else ()


def _undefined(case: Case, scopes: list[Scope], macros: MacroCheck) -> Iterator[Judged]:
    for scope in scopes:
        yield from ((_surely_runs(scope), _finding(case, each)) for each in macros.in_job(scope))
        yield from ((_surely_runs(scope, step), _finding(case, each)) for step, each in macros.in_steps(scope))
        for each in macros.in_conditions(scope):
            yield True, Finding(each.text.place, f"{each.name} {each.why}")


def _unreadable(case: Case, scopes: list[Scope]) -> Iterator[Judged]:
    """Find conditions of steps that read other jobs, which no agent can evaluate."""
    for scope in scopes:
        reader = Reader("step", case.pipeline.stages, scope.stage, scope.job)
        for step in (each for each in scope.job.all_steps if each.enabled is not False):
            tree = parse(step.condition.text, CONDITION, RUNTIME_NAMES)
            for each in bad_outputs(step.condition, tree, reader):
                yield _surely_runs(scope), replace(each, rule=OUTPUT)


def _finding(case: Case, macro: UndefinedMacro) -> Finding:
    place = case.sources.macro_places(macro.text).get(macro.name, macro.text.place)
    return Finding(place, f"$({macro.name}) {macro.why}")


def _unpublished(case: Case, scopes: list[Scope]) -> Iterator[Judged]:
    """Find downloads of what nobody publishes; none where a name or a script leaves open what is published."""
    if _publishes_unknown(case):
        return
    missing = {each.place: replace(each, rule=MISSING) for each in artifacts.missing_artifacts(case)}
    published = {each.name.lower() for each in artifacts.published(case)}
    for scope in scopes:
        for step in (each for each in scope.job.all_steps if each.enabled is not False):
            name = step.input("artifact") or step.input("artifactName")
            # Of one that is published, but not before, the finding is a warning: jobs may come in that order.
            if step.place in missing and name and scope.resolved(name.text).lower() not in published:
                yield _surely_runs(scope, step), missing[step.place]


def _publishes_unknown(case: Case) -> bool:
    names = (step.input("artifact") or step.input("artifactName") for _, step in case.steps)
    by_command = any("##vso[artifact.upload" in text.text.lower() for _, _, text in scripts(case))
    return by_command or any(MACRO.search(name.text) for name in names if name)


def _surely_runs(scope: Scope, step: Step | None = None) -> bool:
    """Return whether the job, or the step of it, runs if nothing before it fails."""
    parts = [scope.stage.condition, scope.job.condition, *([step.condition] if step else [])]
    return all(each.text.strip() == ALWAYS for each in parts)
