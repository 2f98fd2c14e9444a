"""Explain one line, one stage or job, or one expression of a pipeline: what it gives, and why."""

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass

from azure_pipelines_local import verbs
from azure_pipelines_local.documents import nodes, yaml_reader
from azure_pipelines_local.documents.nodes import Scalar
from azure_pipelines_local.documents.places import Place
from azure_pipelines_local.errors import ExpressionError, PipelineError, PipelinesLocalError
from azure_pipelines_local.expansion.entry import entry_within
from azure_pipelines_local.expansion.template_expressions import Expression, Trace
from azure_pipelines_local.explaining.conditions import IN_A_RUN, Known, explain_condition
from azure_pipelines_local.explaining.drawing import ONLY_STAGE
from azure_pipelines_local.explaining.enclosing import enclosing
from azure_pipelines_local.explaining.origins import INDENT, Origins, leaves, path_of
from azure_pipelines_local.expressions.signatures import GENERAL
from azure_pipelines_local.expressions.syntax import parse
from azure_pipelines_local.expressions.writing import write_value
from azure_pipelines_local.model import Pipeline
from azure_pipelines_local.model.pipeline import Variables
from azure_pipelines_local.project import Project
from azure_pipelines_local.queued import BY_HAND, Queued
from azure_pipelines_local.rules.cases import Case, Scope, Sources
from azure_pipelines_local.rules.walks import transitive
from azure_pipelines_local.variants.compilations import compile_time_values
from azure_pipelines_local.variants.compile_time import MADE_UP
from azure_pipelines_local.variants.kinds_of_run import run_of

LINE = re.compile(r"(.+?):(\d+)(?::\d+)?")  # with a column, as messages have it, too
MACRO = re.compile(r"\$\(([^()]+)\)")
MOST = 20  # explanations of one line: a template can be included any number of times


@dataclass(frozen=True)
class Part:
    """A stage, a job or a step: its condition, where it stands, and what is known there before a run."""

    called: str
    condition: Scalar
    place: Place
    known: Known

    def is_at(self, file: str, line: int) -> bool:
        """Return whether it begins in the line, or its condition does."""
        return any((each.file, each.line) == (file, line) for each in (self.place, self.condition.place))


def print_explanation(
    project: Project, file: str, wanted: str, parameters: Mapping[str, str], queued: Queued = BY_HAND
) -> None:
    """Print why something in the pipeline is as it is, for these parameters and this run.

    Args:
        project: The repository.
        file: The pipeline, a path in the repository.
        wanted: `FILE:LINE` of the pipeline or of one of its templates, the name of a stage or a job (`STAGE.JOB`),
            `$(VARIABLE)`, or an expression, such as `parameters.NAME`, which the pipeline itself could hold.
        parameters: Values by name.
        queued: What else the run starts with.

    Raises:
        PipelinesLocalError: there is nothing like that, or the pipeline is refused; what is known of it is printed.
    """
    trace, problem, pipeline = Trace(), None, None
    try:
        _, _, pipeline = verbs.expanded_pipeline(project, file, parameters, queued, trace)
    except PipelineError as error:
        problem = error
    lines = list(_Explainer(project, file, queued, trace, pipeline).lines(wanted))
    print("\n".join(lines), end="\n" if lines else "")
    if problem:
        raise problem
    if not lines:
        raise PipelinesLocalError(
            f"{wanted!r}: the pipeline reads nothing there that can be explained; give FILE:LINE with an expression, "
            "a stage, a job or a step on it, the name of a stage or a job, $(VARIABLE) or an expression."
        )


@dataclass(frozen=True)
class _Explainer:
    project: Project
    file: str
    queued: Queued
    trace: Trace
    pipeline: Pipeline | None  # None of one that is refused

    def lines(self, wanted: str) -> Iterable[str]:
        if at_line := LINE.fullmatch(wanted):
            return self.at(self.within(at_line[1]), int(at_line[2]))
        if macro := MACRO.fullmatch(wanted):
            return self.variable(macro[1])
        parts = [each for each in self.parts() if _is_named(each.called, wanted)]
        return self.conditions(parts) if parts else self.expression(wanted)

    def at(self, file: str, line: int) -> Iterator[str]:
        """Explain the directives around the line, the expressions in it, and the conditions."""
        around = [key.place for key in enclosing(self.document(file), line)]
        places = [each.expression.place for each in self.trace.evaluated]
        wanted = [*around, *(each for each in places if (each.file, each.line) == (file, line))]
        found = (
            one for place in dict.fromkeys(wanted) for one in self.trace.evaluated if one.expression.place == place
        )
        seen = list(dict.fromkeys("\n".join(self.origins().event(each)) for each in found))
        yield from seen[:MOST]
        if len(seen) > MOST:
            yield f"… and {len(seen) - MOST} more"
        yield from self.conditions(each for each in self.parts() if each.is_at(file, line))

    def within(self, file: str) -> str:
        """Return the path in the repository, or in one that is given; raises PipelinesLocalError outside it."""
        return file.removeprefix("./") if "@" in file else entry_within(self.project.root, file)

    def document(self, file: str) -> nodes.Node:
        """Read a file of the pipeline; raises PipelineError if it is not there."""
        path, _, repository = file.partition("@")
        roots = {name.lower(): folder for name, folder in self.queued.repositories.items()}
        return yaml_reader.read(roots.get(repository.lower(), self.project.root) / path, file)

    def expression(self, text: str) -> Iterator[str]:
        """Explain an expression as if it stood in the pipeline itself, after its variables."""
        if not self.trace.pipelines:
            return
        scope = self.trace.pipelines[0]
        try:
            tree = parse(text, GENERAL, ("parameters", "variables"))
            value = scope.evaluate(Expression(text, Place("this expression", 0)))
        except (ExpressionError, PipelineError) as error:
            said = f"{text!r} is not a stage, a job or FILE:LINE, and as an expression: {error}"
            raise PipelinesLocalError(said) from error
        yield f"{text} → {write_value(value)}"
        yield from self.origins().tree(tree, scope, 1)
        for name in dict.fromkeys(
            path_of(each)[1] for each in leaves(tree) if path_of(each)[0] == "variables" and len(path_of(each)) > 1
        ):
            yield from self.variable(name)

    def variable(self, name: str) -> Iterator[str]:
        """Say what a variable holds when each job starts."""
        said: dict[str, list[str]] = {}
        for scope in self.scopes():
            leg = f" ({scope.leg.name})" if scope.leg else ""
            value, whence = self.known(scope.levels, []).variable(name)
            shown = IN_A_RUN if value is None else write_value(value)
            said.setdefault(f"{shown}, {whence}", []).append(_called(scope) + leg)
        for text, jobs in said.items():
            where = "every job" if len(said) == 1 else ", ".join(jobs)
            yield f"$({name}) in {where} is {text}"

    def conditions(self, parts: Iterable[Part]) -> Iterator[str]:
        """Explain the condition of each part, and where its text is from; what is said twice, of legs, once."""
        yield from dict.fromkeys("\n".join(self._condition(each)) for each in parts)

    def _condition(self, part: Part) -> Iterator[str]:
        text = part.condition
        yield f"{text.place}: {part.called}: {' '.join(text.text.split())}"
        try:
            yield from explain_condition(text, part.known)
        except ExpressionError as error:
            yield f"{INDENT}→ {error.message}"
        for each in self.trace.evaluated:
            if each.holder == text.place:
                yield from self.origins().event(each, 1)

    def parts(self) -> Iterator[Part]:
        """Yield every stage, job and step."""
        if self.pipeline is None:
            return
        pipeline, stages = self.pipeline, self.pipeline.stages
        for stage in stages:
            needs = transitive({each.name: each.depends_on for each in stages}, stage.name)
            known = self.known((pipeline.variables, stage.variables), needs)
            yield Part(f"stage {stage.name}", stage.condition, stage.place, known)
        for scope in self.scopes():
            needs = transitive({each.name: each.depends_on for each in scope.stage.jobs}, scope.job.name)
            called, condition = _called(scope), scope.job.condition
            leg = f" ({scope.leg.name})" if scope.leg else ""
            yield Part(f"job {called}", condition, scope.job.place, self.known(scope.levels[:3], needs))
            for step in scope.job.all_steps:
                name = f"step {step.name or step.task.text} of {called}{leg}"
                yield Part(name, step.condition, step.place, self.known(scope.levels, None))

    def scopes(self) -> list[Scope]:
        """List the jobs, each leg by itself."""
        return Case(self.pipeline, Sources(self.project.root)).scopes if self.pipeline else []

    def known(self, levels: tuple[Variables, ...], needs: list[str] | None) -> Known:
        values = compile_time_values(self.project.root, self.file, self.queued, run_of(self.queued))
        return Known(levels, {name.lower(): text for name, text in values.items()}, self.predefined, needs)

    def origins(self) -> Origins:
        return Origins(self.trace, self.predefined)

    def predefined(self, name: str) -> str:
        """Say where the value of a variable is from that no file defines."""
        if name in self.queued.names:
            return "from --variable"
        for option, given in (("reason", self.queued.reason), ("sourcebranch", self.queued.branch)):
            if option in name:
                flag = "--reason" if option == "reason" else "--branch"
                return f"from {flag}" if given else f"of a run by hand on main; {flag} gives another"
        return f"made up here; --variable {MADE_UP.get(name, name)}=VALUE gives another"


def _called(scope: Scope) -> str:
    """Name the job, with its stage if the pipeline has stages."""
    return scope.job.name if scope.stage.name == ONLY_STAGE else f"{scope.stage.name}.{scope.job.name}"


def _is_named(called: str, wanted: str) -> bool:
    """Return whether `stage S` or `job S.J` is meant by S, J or S.J, in any case."""
    kind, name = called.split(" ")[:2]  # without a leg
    return kind in ("stage", "job") and wanted.lower() in (name.lower(), name.lower().rpartition(".")[2])
