"""What the checks of pipelines find in one that is to run: refused where it goes wrong in any run, else told."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass

from azure_pipelines_local.errors import PipelinesLocalError
from azure_pipelines_local.findings import Finding
from azure_pipelines_local.model import Step
from azure_pipelines_local.rules import artifacts, runtime_expressions
from azure_pipelines_local.rules.cases import Case, Scope
from azure_pipelines_local.rules.script_lines import scripts
from azure_pipelines_local.running.machine.runtime_variables import MACRO
from azure_pipelines_local.running.plan.choice import Choice
from azure_pipelines_local.running.plan.undefined_macros import Macros, Undefined

TOLD: tuple[Callable[[Case], Iterator[Finding]], ...] = (
    runtime_expressions.bad_conditions,
    artifacts.artifacts_published_twice,
    artifacts.missing_artifacts,
)
ALWAYS = "succeeded()"  # the condition of what runs unless something fails


@dataclass(frozen=True)
class Judge:
    """Looks at what is chosen to run of a pipeline."""

    case: Case
    choice: Choice
    macros: Macros

    def refuse(self) -> list[Finding]:
        """What is to be told of a pipeline that may run.

        Raises:
            PipelinesLocalError: something goes wrong in any run; the message has a line for each.
        """
        found = [*self._undefined(), *self._unpublished()]
        refused = sorted({finding for certain, finding in found if certain})
        if refused:
            lines = "\n".join(map(str, refused))
            those = "the one" if len(refused) == 1 else f"the {len(refused)}"
            raise PipelinesLocalError(f"{lines}\nThe pipeline was not started: see {those} above.")
        told = (finding for check in TOLD for finding in check(self.case))
        return sorted({*told, *(finding for _, finding in found)})

    def _scopes(self) -> Iterator[Scope]:
        return (each for each in self.case.scopes if self.choice.has(each.stage, each.job))

    def _undefined(self) -> Iterator[tuple[bool, Finding]]:
        for scope in self._scopes():
            yield from ((_runs(scope), self._finding(each)) for each in self.macros.of_job(scope))
            yield from ((_runs(scope, step), self._finding(each)) for step, each in self.macros.of_steps(scope))
            for each in self.macros.of_conditions(scope):
                yield True, Finding(each.text.place, f"{each.name} {each.why}")

    def _finding(self, undefined: Undefined) -> Finding:
        text, name = undefined.text, undefined.name
        return Finding(self.case.sources.macro_places(text).get(name, text.place), f"$({name}) {undefined.why}")

    def _unpublished(self) -> Iterator[tuple[bool, Finding]]:
        """Downloads of what nobody publishes; none where a name or a script leaves open what is published."""
        found = {each.place: each for each in artifacts.missing_artifacts(self.case)}
        known = {each.name.lower() for each in artifacts.published(self.case)}
        for scope in () if _is_open(self.case) else self._scopes():
            for step in (each for each in scope.job.all_steps if each.enabled is not False):
                name = step.input("artifact") or step.input("artifactName")
                if step.place in found and name and scope.resolved(name.text).lower() not in known:
                    yield _runs(scope, step), found[step.place]


def _is_open(case: Case) -> bool:
    names = (step.input("artifact") or step.input("artifactName") for _, step in case.steps)
    said = any("##vso[artifact.upload" in text.text.lower() for _, _, text in scripts(case))
    return said or any(MACRO.search(name.text) for name in names if name)


def _runs(scope: Scope, step: Step | None = None) -> bool:
    """Whether it surely runs if nothing before it fails."""
    parts = [scope.stage.condition, scope.job.condition, *([step.condition] if step else [])]
    return all(each.text.strip() == ALWAYS for each in parts)
