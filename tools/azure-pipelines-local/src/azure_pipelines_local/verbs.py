"""The commands: check, list the rules, expand. Running has a room of its own."""

from collections.abc import Mapping, Sequence

from azure_pipelines_local.checking.check import LIMITS, Report, check
from azure_pipelines_local.checking.levels import read_levels
from azure_pipelines_local.documents import nodes, yaml_reader
from azure_pipelines_local.documents.yaml_printer import to_yaml
from azure_pipelines_local.errors import PipelinesLocalError
from azure_pipelines_local.expansion import entry
from azure_pipelines_local.findings import name_rule
from azure_pipelines_local.linters.linters import Wanted, start_linters
from azure_pipelines_local.model import read
from azure_pipelines_local.project import Project
from azure_pipelines_local.rules.table import RULES
from azure_pipelines_local.variants import parameter_sets as variants
from azure_pipelines_local.variants.kinds_of_run import BY_HAND


def print_check(project: Project, files: Sequence[str] = (), linters: Wanted = "installed") -> None:
    """Check the pipelines in the files, or all of the repository, and print what was found.

    Raises:
        PipelinesLocalError: there are errors, or a linter that is required is missing.
    """
    with start_linters(project, linters) as started:
        report = check(project, files, started)
    for line in (*report.checked, *map(str, report.findings), *report.not_asked, LIMITS):
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


def expand(project: Project, file: str, parameters: Mapping[str, str] = entry.NOTHING) -> str:
    """Expand a pipeline as Azure DevOps would run it by hand on main; the result is YAML.

    Raises:
        PipelinesLocalError: it cannot be expanded, or is not a pipeline then.
    """
    name = entry.entry_within(project.root, file)
    with name_rule():
        expanded = entry.expand(project.root, name, parameters, BY_HAND.variables)
        read(expanded)
    return to_yaml(expanded)


def parameter_sets(project: Project, file: str) -> list[dict[str, str]]:
    """List the values of parameters for which `check` looks at a pipeline."""
    name = entry.entry_within(project.root, file)
    document = yaml_reader.read(project.root / name, name)
    return variants.parameter_sets(document) if isinstance(document, nodes.Mapping) else [{}]
