"""Find macros, `$(name)`, that nothing can ever replace: a shell would run the name as a command."""

import re
import shutil
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace

from azure_pipelines_local.documents.nodes import Scalar
from azure_pipelines_local.expressions.conditions import RUNTIME_NAMES
from azure_pipelines_local.expressions.signatures import CONDITION
from azure_pipelines_local.expressions.syntax import Index, Literal, Name, Tree, parse
from azure_pipelines_local.model import Step, Variable
from azure_pipelines_local.rules import predefined_names
from azure_pipelines_local.rules.cases import Scope
from azure_pipelines_local.rules.known_variables import Known
from azure_pipelines_local.rules.script_lines import TEXTS
from azure_pipelines_local.rules.walks import nodes
from azure_pipelines_local.running.machine.runtime_variables import MACRO

NAME = re.compile(r"[A-Za-z_][\w.-]*")
SHELL_INPUTS = (*(each.lower() for each in TEXTS), "arguments", "scriptarguments")
BUILT_IN = ("dirs", "jobs", "times", "ulimit", "umask")  # commands of bash that print something and are no programs
EMPTY = ("system.pullrequest.", "build.triggeredby.", "build.cronschedule.")  # in Azure, too, for a run by hand
SET_BY_TASKS = frozenset({"pythonlocation"})  # by UsePythonVersion@0, whatever its inputs
NO_VALUE = "has no value on this machine, and a shell would run it as a command."
UNDEFINED = "is not defined, and a shell would run it as a command; define it in `variables`."


@dataclass(frozen=True)
class UndefinedMacro:
    """The name in a `$(name)`, the text in which it stands, and what is wrong with it."""

    name: str
    text: Scalar
    why: str


@dataclass(frozen=True)
class MacroCheck:
    """Find undefined macros, given the predefined variables, in lower case, and the environment of this machine."""

    predefined: frozenset[str]
    machine: Mapping[str, str]

    def in_job(self, scope: Scope) -> Iterator[UndefinedMacro]:
        """Find those in the job's own keys, and in values of its variables those that only Azure DevOps defines.

        In a value any other name may be meant for later: it stays as it is where nobody reads the variable.
        """
        job = scope.job
        for text in (job.timeout_minutes, job.cancel_timeout_minutes, job.parallel, job.continue_on_error):
            yield from self._find(text, scope.known) if isinstance(text, Scalar) else ()
        for value in (each.value for level in scope.levels for each in level if isinstance(each, Variable)):
            yield from (each for each in self._find(value, scope.known) if predefined_names.known(each.name))

    def in_steps(self, scope: Scope) -> Iterator[tuple[Step, UndefinedMacro]]:
        """Find those in the job's steps, given what the steps before may have set."""
        for steps in scope.job.step_lists:
            known = replace(scope.known, names=scope.known.names | SET_BY_TASKS)
            for step in (each for each in steps if each.enabled is not False):
                for text, in_shell in _texts(step):
                    undefined = self._find(text, known)
                    yield from ((step, each) for each in undefined if not (in_shell and self._is_command(each)))
                known = known.after(step)

    def in_conditions(self, scope: Scope) -> Iterator[UndefinedMacro]:
        """Find variables that a condition would read as empty here, while they have a value in Azure DevOps."""
        conditions = (scope.stage.condition, scope.job.condition, *(step.condition for step in scope.job.all_steps))
        for text in conditions:
            for each in nodes(parse(text.text, CONDITION, RUNTIME_NAMES)):
                name = _variable_read(each)
                if self._has_no_value(name, scope.known) and not name.lower().startswith(EMPTY):
                    yield UndefinedMacro(name, text, "has no value on this machine, and is not empty there.")

    def _find(self, text: Scalar, known: Known) -> Iterator[UndefinedMacro]:
        for name in dict.fromkeys(MACRO.findall(text.text)):
            if self._has_no_value(name, known):
                yield UndefinedMacro(name, text, NO_VALUE)
            elif name not in known and name.lower() not in self.predefined:
                yield UndefinedMacro(name, text, UNDEFINED)

    def _has_no_value(self, name: str, known: Known) -> bool:
        """Return whether only Azure DevOps defines it: nothing on this machine, in the pipeline, in a step before."""
        lower = name.lower()
        defined = lower in self.predefined or lower in known.names or lower.partition(".")[0] in known.objects
        return predefined_names.known(name) and not defined

    def _is_command(self, macro: UndefinedMacro) -> bool:
        """Return whether a shell is meant to run it: bash writes a command's output as Azure a variable, `$(pwd)`."""
        name, text = macro.name, macro.text.text
        if not NAME.fullmatch(name) or name in BUILT_IN or shutil.which(name, path=self.machine["PATH"]):
            return True
        return re.search(rf"\b{re.escape(name)}\s*\(\)|\bfunction\s+{re.escape(name)}\b", text) is not None


def _variable_read(tree: Tree) -> str:
    """Return the name of the variable that this part of an expression reads; empty if it reads none."""
    if isinstance(tree, Index) and isinstance(tree.base, Name) and isinstance(tree.key, Literal):
        return str(tree.key.value) if tree.base.name == "variables" else ""
    return ""


def _texts(step: Step) -> Iterator[tuple[Scalar, bool]]:
    """Yield the texts of a step in which a macro that stays does harm, and whether a shell runs each."""
    fields = (step.enabled, step.continue_on_error, step.timeout_minutes, step.retries)
    yield from ((each, False) for each in fields if isinstance(each, Scalar))
    yield from ((each.value, each.name.text.lower() in SHELL_INPUTS) for each in step.inputs)
    yield from ((each.value, False) for each in step.env)
