"""Expand an entry for each of its parameter sets, and for each kind of run that makes another pipeline of it."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

from azure_pipelines_local.documents import nodes, yaml_reader
from azure_pipelines_local.errors import PipelineError
from azure_pipelines_local.expansion.entry import expand
from azure_pipelines_local.expansion.variables_read import Read
from azure_pipelines_local.variants.kinds_of_run import BY_HAND, Run, different_runs
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


def compilations(root: Path, entry: str, reads: set[Read]) -> Iterator[Compilation]:
    """Yield each different one once; `reads` gets what the expressions have read."""
    try:
        document = yaml_reader.read(root / entry, entry)
        sets = parameter_sets(document) if isinstance(document, nodes.Mapping) else [{}]
    except PipelineError as error:
        yield Compilation(entry, error)
        return
    for parameters in sets:
        yield from _different(root, entry, parameters, reads)


def _different(root: Path, entry: str, parameters: Mapping[str, str], reads: set[Read]) -> Iterator[Compilation]:
    called = " ".join([entry, *(f"{name}={value}" for name, value in parameters.items())])
    own: set[Read] = set()
    done: list[Run] = []
    seen: list[object] = []
    # Each expansion may read further variables, by which further kinds of run can differ.
    while left := [run for run in different_runs(own) if run not in done]:
        done.append(left[0])
        result = _compile(root, entry, parameters, left[0], own)
        reads |= own
        content = str(result) if isinstance(result, PipelineError) else nodes.plain(result)
        if content not in seen:
            seen.append(content)
            yield Compilation(called if left[0] == BY_HAND else f"{called} ({left[0]})", result)


def _compile(
    root: Path, entry: str, parameters: Mapping[str, str], run: Run, reads: set[Read]
) -> nodes.Mapping | PipelineError:
    try:
        return expand(root, entry, parameters, run.variables, reads=reads)
    except PipelineError as error:
        return error
