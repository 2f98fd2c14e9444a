"""`invoke ado --check`: what can be said of the pipelines without Azure DevOps."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

from azure_pipelines_local.documents import yaml_reader
from azure_pipelines_local.documents.nodes import Mapping, Node
from azure_pipelines_local.errors import PipelineError
from azure_pipelines_local.expansion.variables_read import Read
from azure_pipelines_local.findings import Finding
from azure_pipelines_local.linters.installed import Tools
from azure_pipelines_local.linters.language_service import LanguageService
from azure_pipelines_local.linters.task_schema import Schema
from azure_pipelines_local.model import read
from azure_pipelines_local.rules import (
    compile_time_variables,
    explanations,
    shell_scripts,
    template_references,
    unused_files,
    written_secrets,
)
from azure_pipelines_local.rules.cases import Case, Sources
from azure_pipelines_local.rules.script_commands import Commands, bad_commands
from azure_pipelines_local.rules.table import CHECKS
from azure_pipelines_local.rules.task_inputs import bad_tasks
from azure_pipelines_local.variants.compilations import compilations

FOLDER = "azure-pipelines"
LIMITS = (
    "No offline run can show service connections, approvals and locks, variable groups, triggers, permissions, or what "
    "Microsoft's images hold."
)


@dataclass(frozen=True)
class Judges:
    """What the pipelines are judged by: tools of others, and what there is to call."""

    tools: Tools
    schema: Schema
    service: LanguageService
    commands: Commands


@dataclass
class Report:
    """What was checked, a line each, and what was found, each fault once."""

    checked: list[str] = field(default_factory=list)
    findings: list[Finding] = field(default_factory=list)
    known: set[Finding] = field(default_factory=set)  # the findings, to look them up
    files: set[str] = field(default_factory=set)  # from which the expanded pipelines came
    reads: set[Read] = field(default_factory=set)  # what expressions have read of the variables
    refused: bool = False  # whether a pipeline is none, so that not all is known of what it uses

    def add(self, findings: Iterator[Finding] | list[Finding]) -> None:
        """Take up what is new."""
        new = [each for each in dict.fromkeys(findings) if each not in self.known]
        self.findings += new
        self.known.update(new)


def check(root: Path, judges: Judges) -> Report:
    """All checks of all pipelines below `root`."""
    report = Report()
    sources = Sources(root)
    entries = sorted(path.relative_to(root).as_posix() for path in root.glob(f"{FOLDER}/*.yml"))
    cases = [case for entry in entries for case in _cases(root, entry, sources, report)]
    every = (*CHECKS, bad_commands(judges.commands), bad_tasks(judges.schema))
    for case in cases:
        for each in every:
            report.add(each(case))
    report.add(shell_scripts.shell_findings(cases, judges.tools))
    _check_sources(root, entries, sources, judges.service, report)
    report.findings.sort()
    return report


def _cases(root: Path, entry: str, sources: Sources, report: Report) -> Iterator[Case]:
    """The different pipelines that the entry can be; what refuses one of them is a finding, and the others go on."""
    for each in compilations(root, entry, report.reads):
        try:
            expanded = each.expanded()
            report.files |= unused_files.files_of(expanded)
            case = Case(read(expanded), sources)
        except PipelineError as error:
            report.refused = True
            report.checked.append(f"{each.called}: refused")
            report.add([Finding.of(error)])
            continue
        report.checked.append(f"{each.called}: {_size(case)}")
        yield case


def _size(case: Case) -> str:
    counts = {"stage": len(case.pipeline.stages), "job": len(case.scopes), "step": len(list(case.steps))}
    return ", ".join(f"{count} {name}{'s' * (count != 1)}" for name, count in counts.items())


def _check_sources(root: Path, entries: list[str], sources: Sources, service: LanguageService, report: Report) -> None:
    """What is to be seen in the files as they stand, in branches that are not taken, too."""
    readable = _readable(root, report)
    if not report.refused:
        report.add(unused_files.unused_templates(readable, entries, report.files))
    definers = {name: file for file, document in readable.items() for name in compile_time_variables.defined(document)}
    report.add(compile_time_variables.undefined_where_read(report.reads, definers))
    known = {*definers, *(each.variable.name for each in report.reads if each.defined)}
    for file, document in readable.items():
        try:
            report.add(compile_time_variables.unknown_at_compile_time(document, known))
            report.add(template_references.bad_references(document, readable, root))
        except PipelineError as error:
            report.add([Finding.of(error)])
        report.add(explanations.unexplained(document, sources.lines(file)))
        report.add(written_secrets.written_defaults(document))
        told = {each.place.file for each in report.findings}  # one fault makes the service say several things
        if isinstance(document, Mapping) and file not in told and not _of_variables(document):
            report.add(service.diagnose(file, "\n".join(sources.lines(file)) + "\n"))


def _readable(root: Path, report: Report) -> dict[str, Node]:
    """The documents of all files; what cannot be read is a finding."""
    found: dict[str, Node] = {}
    for file in sorted(path.relative_to(root).as_posix() for path in root.glob(f"{FOLDER}/**/*.yml")):
        try:
            found[file] = yaml_reader.read(root / file, file)
        except PipelineError as error:
            report.add([Finding.of(error)])
    try:
        report.add(unused_files.other_endings(root, FOLDER))
    except PipelineError as error:
        report.add([Finding.of(error)])
    return found


def _of_variables(document: Mapping) -> bool:
    """Whether the file is a template of variables, which the language service takes for a pipeline without stages."""
    return all(key.text in ("variables", "parameters") for key, _ in document.pairs)
