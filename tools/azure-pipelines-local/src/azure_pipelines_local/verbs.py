"""The commands: check, list the rules, expand. Running has a room of its own."""

import os
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager

from azure_pipelines_local.checking.check import Report, check
from azure_pipelines_local.checking.levels import read_levels
from azure_pipelines_local.checking.report_formats import FORMATS, Form, log_commands
from azure_pipelines_local.documents import nodes, yaml_reader
from azure_pipelines_local.documents.yaml_printer import to_yaml
from azure_pipelines_local.errors import PipelineError, PipelinesLocalError
from azure_pipelines_local.expansion import entry
from azure_pipelines_local.expansion.template_expressions import Trace
from azure_pipelines_local.expansion.variables_read import Read
from azure_pipelines_local.findings import name_rule
from azure_pipelines_local.linters.linters import Wanted, start_linters
from azure_pipelines_local.model import Pipeline, read
from azure_pipelines_local.project import Project
from azure_pipelines_local.queued import BY_HAND, Queued
from azure_pipelines_local.rules.table import RULES
from azure_pipelines_local.variants import parameter_sets as variants
from azure_pipelines_local.variants.compilations import compile_time_values
from azure_pipelines_local.variants.compile_time import MADE_UP
from azure_pipelines_local.variants.kinds_of_run import run_of


def print_check(
    project: Project,
    files: Sequence[str] = (),
    linters: Wanted = "installed",
    queued: Queued = BY_HAND,
    form: Form = "text",
) -> None:
    """Check the pipelines in the files, or all of the repository, and print what was found.

    On an agent, which sets TF_BUILD, the findings stand at their lines in the run's summary, too.

    Raises:
        PipelinesLocalError: there are errors, or a linter that is required is missing.
    """
    with start_linters(project, linters) as started:
        report = check(project, files, started, queued)
    print(FORMATS[form](report))
    if form == "text" and os.environ.get("TF_BUILD", "").lower() == "true":
        for line in log_commands(report):
            print(line)
    if report.errors:
        raise PipelinesLocalError(_conclusion(report))


def _conclusion(report: Report) -> str:
    count, warnings = len(report.errors), len(report.findings) - len(report.errors)
    beside = f" and {warnings} warning{'s' * (warnings != 1)}" if warnings else ""
    return f"The pipelines have {count} fault{'s' * (count != 1)}{beside}: see the lines above."


def print_rules(project: Project) -> None:
    """Print every rule with its level in this repository, and what it finds."""
    levels = read_levels(project.root)
    widest = max(len(rule.name) for rule in RULES)
    for rule in RULES:
        print(f"{rule.name:<{widest}}  {levels[rule.name]:<7}  {rule.finds}")


def expand(project: Project, file: str, parameters: Mapping[str, str] = entry.NOTHING, queued: Queued = BY_HAND) -> str:
    """Expand a pipeline as Azure DevOps would run it, by hand on main if nothing else is queued; the result is YAML.

    Raises:
        PipelinesLocalError: it cannot be expanded, or is not a pipeline then.
    """
    return to_yaml(expanded_pipeline(project, file, parameters, queued)[1])


def expanded_pipeline(
    project: Project, file: str, parameters: Mapping[str, str], queued: Queued, trace: Trace | None = None
) -> tuple[str, nodes.Mapping, Pipeline]:
    """Return the path of a pipeline in its repository, the pipeline expanded, and its model; raises as `expand`."""
    name = entry.entry_within(project.root, file)
    variables, reads = compile_time_values(project.root, name, queued, run_of(queued)), set[Read]()
    with name_rule():
        expanded = entry.expand(project.root, name, parameters, variables, queued.repositories, reads, trace)
        with _name_made_up(reads, queued):
            pipeline = read(expanded)
    return name, expanded, pipeline


@contextmanager
def _name_made_up(reads: set[Read], queued: Queued) -> Iterator[None]:
    """End what refuses a pipeline with the variables that it has compared, and whose values are made up here."""
    try:
        yield
    except PipelineError as error:
        compared = {each.variable.name for each in reads if any(each.variable.beside)} & {*MADE_UP} - queued.names
        if not compared:
            raise
        names = " ".join(f"--variable {MADE_UP[each]}=VALUE" for each in sorted(compared))
        said = f"{error.message} What it compares is made up here, and may be the reason; give {names}."
        raise PipelineError(error.place, said) from error


def parameter_sets(project: Project, file: str) -> list[dict[str, str]]:
    """List the values of parameters for which `check` looks at a pipeline."""
    name = entry.entry_within(project.root, file)
    document = yaml_reader.read(project.root / name, name)
    return variants.parameter_sets(document) if isinstance(document, nodes.Mapping) else [{}]
