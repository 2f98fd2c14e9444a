"""What a rule looks at: an expanded pipeline with its sources, or a file as it stands."""

from bisect import bisect_right
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import cached_property
from pathlib import Path

from azure_pipelines_local.documents.nodes import Node, Scalar
from azure_pipelines_local.documents.places import Place
from azure_pipelines_local.expansion.variables_read import Read
from azure_pipelines_local.git import git
from azure_pipelines_local.linters.task_schema import Schema
from azure_pipelines_local.model import Job, Leg, Pipeline, Stage, Step, Variable
from azure_pipelines_local.model.pipeline import Variables
from azure_pipelines_local.project import Judge
from azure_pipelines_local.rules.known_variables import Known, collect_known
from azure_pipelines_local.rules.macro_values import MACRO, Values

FAR = 10_000  # columns: one line can be as long as a file


@dataclass(frozen=True)
class Sources:
    """The lines of the files below `root`, by the names that places have."""

    root: Path
    read: dict[str, list[str]] = field(default_factory=dict)
    matched: dict[str, bool] = field(default_factory=dict)  # by path filters, whether a tracked file matches

    def lines(self, file: str) -> list[str]:
        """Read the file's lines; none of a file that is not here, such as another repository's."""
        if file not in self.read:
            path = self.root / file
            self.read[file] = path.read_text(encoding="utf-8-sig").splitlines() if path.is_file() else []
        return self.read[file]

    @cached_property
    def tracked(self) -> list[tuple[str, ...]]:
        """List the files in git's index, each as its folders and its name; raises PipelinesLocalError without git."""
        return [tuple(name.split("/")) for name in git(self.root, "ls-files", "-z").split("\0") if name]

    def line_places(self, scalar: Scalar) -> list[Place]:
        """Find where each line of the text stands; a line that an expression has changed, where the text begins."""
        (_, *below), file = self._window(scalar), scalar.place.file
        whole: dict[str, list[tuple[int, int]]] = {}  # by what stands in it, the lines' numbers and columns
        for number, line in below:
            whole.setdefault(line.strip(), []).append((number, len(line) - len(line.lstrip()) + 1))
        places, last = [], (0, 0)
        for line in scalar.text.splitlines():
            same = whole.get(line.strip(), [])
            later = bisect_right(same, last)
            last = same[later] if later < len(same) else last
            places.append(Place(file, *last) if later < len(same) else self._beside(scalar.place, line.strip()))
        return places

    def macro_places(self, scalar: Scalar) -> dict[str, Place]:
        """Find where the file first has each `$(name)` of the text, by the name; none of what an expression gave."""
        found: dict[str, Place] = {}
        for number, line in self._window(scalar):
            for each in MACRO.finditer(line):
                found.setdefault(each[1], Place(scalar.place.file, number, each.start() + 1))
        return found

    def _window(self, scalar: Scalar) -> list[tuple[int, str]]:
        """Cut out the lines in which the text can stand, with their numbers; at least one."""
        begins, height = scalar.place, scalar.text.count("\n") + 2
        first, *rest = self.lines(begins.file)[begins.line - 1 : begins.line - 1 + height] or [""]
        return list(enumerate([" " * (begins.column - 1) + first[begins.column - 1 :], *rest], begins.line))

    def _beside(self, place: Place, part: str) -> Place:
        """Find the part at or after the place in its line; the place itself if it is not there, or far away."""
        start = place.column - 1
        column = "".join(self.lines(place.file)[place.line - 1 : place.line]).find(part, start, start + FAR)
        return place if column < 0 else Place(place.file, place.line, column + 1)


@dataclass(frozen=True)
class SourceFile:
    """A file as it stands, among all that are checked: rules see branches that no expansion takes, too."""

    name: str
    document: Node
    lines: list[str]
    overview: "Overview"


@dataclass(eq=False)  # so that what is made of it can be kept
class Overview:
    """All files that are checked, and what their expansions have shown."""

    root: Path
    documents: Mapping[str, Node]  # by their names
    entries: Sequence[str] = ()
    used: set[str] = field(default_factory=set)  # from which the expanded pipelines came
    reads: set[Read] = field(default_factory=set)  # what expressions have read of the variables
    refused: bool = False  # whether a pipeline is invalid, so that not all is known of what it uses


@dataclass(frozen=True)
class Scope:
    """A job in its stage, as one leg of it if it has a matrix, with the variables that it sees."""

    pipeline: Pipeline
    stage: Stage
    job: Job
    leg: Leg | None = None
    given: frozenset[str] = frozenset()  # variables that the run is queued with, in lower case

    @cached_property
    def variables(self) -> dict[str, Variable]:
        """Map names in lower case to the variables that are defined: the innermost of a name."""
        return {one.name.lower(): one for level in self.levels for one in level if isinstance(one, Variable)}

    @cached_property
    def values(self) -> Values:
        """Compute what they hold when the job runs."""
        return Values({each.name: each.value.text for each in self.variables.values()})

    def resolved(self, text: str) -> str:
        """Replace `$(name)` by the values of the variables that the pipeline defines."""
        return self.values.replace(text)

    @cached_property
    def known(self) -> Known:
        """Collect the variables that are known when the job begins; a leg that is computed may have any."""
        known = collect_known(self.levels, self.given)
        return replace(known, anything=True) if self.job.computed_matrix else known

    @cached_property
    def known_before(self) -> Known:
        """Collect what is known before its legs are made: its condition and its `$[ ]` see no variable of a leg.

        Sources: Azure/azure-sdk-for-net 17063, MicrosoftDocs/azure-devops-docs 9255.
        """
        return collect_known(self.levels[:3], self.given)

    @cached_property
    def known_to_steps(self) -> list[tuple[Step, Known]]:
        """List every step, and the variables that are known to it: those that steps before it set, too."""
        found = []
        for steps in self.job.step_lists:
            known = self.known
            for step in steps:
                found.append((step, known))
                known = known.after(step)
        return found

    @cached_property
    def levels(self) -> tuple[Variables, ...]:
        """List the variables of pipeline, stage, job and leg."""
        leg = self.leg.variables if self.leg else ()
        entries = tuple(Variable(each.name.text, each.value, False, each.name.place) for each in leg)
        return (self.pipeline.variables, self.stage.variables, self.job.variables, entries)


@dataclass(frozen=True)
class Case:
    """An entry pipeline for one set of parameters, and what its commands and tasks are compared with."""

    pipeline: Pipeline
    sources: Sources
    judge: Judge | None = None
    schema: Schema | None = None
    given: frozenset[str] = frozenset()  # variables that the run is queued with, in lower case

    @cached_property
    def scopes(self) -> list[Scope]:
        """List every job, and every leg of one that has a matrix."""
        jobs = [(stage, job) for stage in self.pipeline.stages for job in stage.jobs]
        return [Scope(self.pipeline, *each, leg, self.given) for each in jobs for leg in each[1].matrix or (None,)]

    @property
    def steps(self) -> Iterator[tuple[Scope, Step]]:
        """Yield every step, with its job."""
        for scope in self.scopes:
            for step in scope.job.all_steps:
                yield scope, step
