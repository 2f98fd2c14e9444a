"""What a check gets: one pipeline, expanded for one set of parameters, with the sources it came from."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path

from operation.ado.checks.values import Values
from operation.ado.model import Group, Job, Leg, Pipeline, Stage, Step, Variable
from operation.ado.model.values import Variables
from operation.ado.nodes import Scalar
from operation.ado.places import Place


@dataclass(frozen=True)
class Sources:
    """The lines of the files below `root`, by the names that places have."""

    root: Path
    read: dict[str, list[str]] = field(default_factory=dict)

    def lines(self, file: str) -> list[str]:
        """The file's lines; none of a file that is not here, such as another repository's."""
        if file not in self.read:
            path = self.root / file
            self.read[file] = path.read_text(encoding="utf-8-sig").splitlines() if path.is_file() else []
        return self.read[file]

    def find(self, scalar: Scalar, needle: str) -> Place:
        """Where the part of the text stands in its file; where the text begins if an expression gave the part."""
        lines = self.lines(scalar.place.file)
        last = scalar.place.line + scalar.text.count("\n") + 1
        for number in range(scalar.place.line, min(last, len(lines)) + 1):
            start = scalar.place.column - 1 if number == scalar.place.line else 0
            column = lines[number - 1].find(needle, start)
            if needle and column >= 0:
                return Place(scalar.place.file, number, column + 1)
        return scalar.place


@dataclass(frozen=True)
class Scope:
    """A job in its stage, as one leg of it if it has a matrix, with the variables that it sees."""

    pipeline: Pipeline
    stage: Stage
    job: Job
    leg: Leg | None = None

    @cached_property
    def variables(self) -> dict[str, Variable]:
        """The variables that are defined, by names in lower case: the innermost of a name."""
        return {one.name.lower(): one for level in self.levels for one in level if isinstance(one, Variable)}

    @cached_property
    def values(self) -> Values:
        """What they hold when the job runs."""
        return Values({name: each.value.text for name, each in self.variables.items()})

    def resolved(self, text: str) -> str:
        """The text with the values of the variables that the pipeline defines in place of `$(name)`."""
        return self.values.replace(text)

    @cached_property
    def groups(self) -> list[str]:
        """The variable groups: with one, any name may be a variable."""
        return [one.name for each in self.levels for one in each if isinstance(one, Group)]

    @cached_property
    def levels(self) -> tuple[Variables, ...]:
        """The variables of pipeline, stage, job and leg."""
        leg = self.leg.variables if self.leg else ()
        entries = tuple(Variable(each.name.text, each.value, False, each.name.place) for each in leg)
        return (self.pipeline.variables, self.stage.variables, self.job.variables, entries)


@dataclass(frozen=True)
class Case:
    """An entry pipeline for one set of parameters."""

    pipeline: Pipeline
    sources: Sources

    @cached_property
    def scopes(self) -> list[Scope]:
        """Every job, and every leg of one that has a matrix."""
        jobs = [(stage, job) for stage in self.pipeline.stages for job in stage.jobs]
        return [Scope(self.pipeline, *each, leg) for each in jobs for leg in each[1].matrix or (None,)]

    @property
    def steps(self) -> Iterator[tuple[Scope, Step]]:
        """Every step, with its job."""
        for scope in self.scopes:
            for step in scope.job.all_steps:
                yield scope, step
