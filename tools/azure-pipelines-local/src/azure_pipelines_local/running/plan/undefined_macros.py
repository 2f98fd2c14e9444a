"""`$(name)` of which it is clear before a run that nothing will take its place: a shell would run it as a command."""

import re
import shutil
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from azure_pipelines_local.documents.nodes import Scalar
from azure_pipelines_local.expressions.conditions import RUNTIME_NAMES
from azure_pipelines_local.expressions.signatures import CONDITION
from azure_pipelines_local.expressions.syntax import Index, Literal, Name, Tree, parse
from azure_pipelines_local.model import Step, Variable
from azure_pipelines_local.rules import predefined_names
from azure_pipelines_local.rules.cases import Scope
from azure_pipelines_local.rules.known_variables import SET
from azure_pipelines_local.rules.script_lines import TEXTS
from azure_pipelines_local.rules.walks import nodes
from azure_pipelines_local.running.machine.runtime_variables import MACRO

NAME = re.compile(r"[A-Za-z_][\w.-]*")
SHELL_TEXTS = (*(each.lower() for each in TEXTS), "arguments", "scriptarguments")
BUILT_IN = ("dirs", "jobs", "times", "ulimit", "umask")  # of bash, which print something and are no programs
EMPTY = ("system.pullrequest.", "build.triggeredby.", "build.cronschedule.")  # also there, in a run by hand
OF_TASKS = ("pythonlocation",)  # what a task sets


@dataclass(frozen=True)
class Undefined:
    """A `$(name)` and the text in which it stands."""

    name: str
    text: Scalar
    why: str


@dataclass(frozen=True)
class Macros:
    """What is known before a run: the predefined variables, in lower case, and the environment of this machine."""

    system: frozenset[str]
    machine: Mapping[str, str]

    def of_job(self, scope: Scope) -> Iterator[Undefined]:
        """Those in its own keys, and in the values of its variables those that Azure DevOps alone defines."""
        job, known = scope.job, self.system | set(scope.variables)
        fields = (job.timeout_minutes, job.cancel_timeout_minutes, job.parallel, job.continue_on_error)
        for text in fields:
            yield from self._of(scope, text, known) if isinstance(text, Scalar) else ()
        for value in (each.value for level in scope.levels for each in level if isinstance(each, Variable)):
            yield from (each for each in self._of(scope, value, known) if predefined_names.known(each.name))

    def of_steps(self, scope: Scope) -> Iterator[tuple[Step, Undefined]]:
        """Those in its steps, each with what the steps before may have set."""
        known, named = self.system | {*scope.variables, *OF_TASKS}, set[str]()
        for step in (each for each in scope.job.all_steps if each.enabled is not False):
            for text, shell in _texts(step):
                found = self._of(scope, text, known)
                yield from (
                    (step, each)
                    for each in found
                    if each.name.partition(".")[0].lower() not in named and not (shell and self._is_command(each))
                )
            known |= {name.lower() for text, _ in _texts(step) for name in SET.findall(text.text)}
            known |= {hit.text.strip().lower() for hit in [step.input("cacheHitVar")] if hit}
            named |= {step.name.lower()} - {""}

    def of_conditions(self, scope: Scope) -> Iterator[Undefined]:
        """Those of Azure DevOps that a condition would read as empty here, and not there."""
        conditions = (scope.stage.condition, scope.job.condition, *(step.condition for step in scope.job.all_steps))
        known = self.system | set(scope.variables)
        for text in conditions:
            for each in nodes(parse(text.text, CONDITION, RUNTIME_NAMES)):
                name = _read(each)
                lower = name.lower()
                if predefined_names.known(name) and not lower.startswith(EMPTY) and lower not in known:
                    yield Undefined(name, text, "has no value on this machine, and is not empty there.")

    def _of(self, scope: Scope, text: Scalar, known: set[str] | frozenset[str]) -> Iterator[Undefined]:
        for name in dict.fromkeys(MACRO.findall(text.text)):
            if name.lower() in known:
                continue
            if predefined_names.known(name):
                yield Undefined(name, text, "has no value on this machine, and a shell would run it as a command.")
            elif not scope.known.anything:
                yield Undefined(name, text, "is no variable here, and a shell would run it; define it in `variables`.")

    def _is_command(self, found: Undefined) -> bool:
        """Whether a shell is meant to run it."""
        name, text = found.name, found.text.text
        if not NAME.fullmatch(name) or name in BUILT_IN or shutil.which(name, path=self.machine["PATH"]):
            return True
        return re.search(rf"\b{re.escape(name)}\s*\(\)|\bfunction\s+{re.escape(name)}\b", text) is not None


def _read(tree: Tree) -> str:
    """The variable that this part of an expression reads; empty if it reads none."""
    if isinstance(tree, Index) and isinstance(tree.base, Name) and isinstance(tree.key, Literal):
        return str(tree.key.value) if tree.base.name == "variables" else ""
    return ""


def _texts(step: Step) -> Iterator[tuple[Scalar, bool]]:
    """The texts of a step by which something goes wrong, and whether a shell runs each."""
    fields = (step.enabled, step.continue_on_error, step.timeout_minutes, step.retries)
    yield from ((each, False) for each in fields if isinstance(each, Scalar))
    yield from ((each.value, each.name.text.lower() in SHELL_TEXTS) for each in step.inputs)
    yield from ((each.value, False) for each in step.env)
