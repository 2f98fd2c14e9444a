"""Expand an entry for each of its parameter sets, and for each kind of run that makes another pipeline of it."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

from azure_pipelines_local.documents import nodes, yaml_reader
from azure_pipelines_local.errors import PipelineError
from azure_pipelines_local.expansion.entry import expand
from azure_pipelines_local.expansion.variables_read import Read
from azure_pipelines_local.model import read
from azure_pipelines_local.queued import BY_HAND, Queued
from azure_pipelines_local.variants.compile_time import made_up_values
from azure_pipelines_local.variants.kinds_of_run import Run, different_runs
from azure_pipelines_local.variants.parameter_sets import parameter_sets


@dataclass(frozen=True)
class Compilation:
    """The entry for one set of parameters and one run: the expanded pipeline, or why it is refused."""

    called: str
    result: nodes.Mapping | PipelineError

    def expanded(self) -> nodes.Mapping:
        """Return the expanded pipeline; raises PipelineError if it is refused."""
        if isinstance(self.result, PipelineError):
            raise self.result
        return self.result


def compilations(root: Path, entry: str, reads: set[Read], queued: Queued = BY_HAND) -> Iterator[Compilation]:
    """Yield each different one once; `reads` gets what the expressions have read."""
    try:
        document = yaml_reader.read(root / entry, entry)
        sets = parameter_sets(document) if isinstance(document, nodes.Mapping) else [{}]
    except PipelineError as error:
        yield Compilation(entry, error)
        return
    compiler = _Compiler(root, entry, reads, queued)
    for parameters in sets:
        yield from compiler.different(parameters)


@dataclass(frozen=True)
class _Compiler:
    root: Path
    entry: str
    reads: set[Read]
    queued: Queued

    def different(self, parameters: Mapping[str, str]) -> Iterator[Compilation]:
        called = " ".join([self.entry, *(f"{name}={value}" for name, value in parameters.items())])
        own: set[Read] = set()
        done: dict[Run, nodes.Mapping | PipelineError] = {}
        # Each expansion may read further variables, by which further kinds of run can differ.
        while left := [run for run in different_runs(own, self.queued) if run not in done]:
            done[left[0]] = self.compile(parameters, left[0], own)
            self.reads.update(own)
        first, seen = next(iter(done)), list[object]()
        for run, result in _without_made_up(done).items():
            content = str(result) if isinstance(result, PipelineError) else nodes.plain(result)
            if content not in seen:
                seen.append(content)
                yield Compilation(called if run == first else f"{called} ({run})", result)

    def compile(self, parameters: Mapping[str, str], run: Run, reads: set[Read]) -> nodes.Mapping | PipelineError:
        variables = compile_time_values(self.root, self.entry, self.queued, run)
        try:
            return expand(self.root, self.entry, parameters, variables, self.queued.repositories, reads)
        except PipelineError as error:
            return error


def _without_made_up(done: dict[Run, nodes.Mapping | PipelineError]) -> dict[Run, nodes.Mapping | PipelineError]:
    """Leave out a refusal that only a made-up value causes, where one that stands in the pipeline is taken."""
    others = [result for run, result in done.items() if run.others]
    first = next(iter(done))
    if not others or _is_taken(done[first]) or not any(map(_is_taken, others)):
        return done
    return {run: result for run, result in done.items() if run != first}


def _is_taken(result: nodes.Mapping | PipelineError) -> bool:
    """Return whether it is a pipeline."""
    try:
        return not isinstance(result, PipelineError) and bool(read(result))
    except PipelineError:
        return False


def compile_time_values(root: Path, entry: str, queued: Queued, run: Run) -> dict[str, str]:
    """Return the predefined variables that the expressions of this run see; what is given comes before the rest."""
    return made_up_values(entry, root.resolve().name) | run.variables | dict(queued.variables)
