"""Check pipelines by every rule that is on."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from functools import cache

from azure_pipelines_local.checking.entries import Found, find
from azure_pipelines_local.checking.ignores import Silencer
from azure_pipelines_local.checking.levels import Levels, read_levels
from azure_pipelines_local.documents.nodes import Mapping, Node
from azure_pipelines_local.documents.places import Place
from azure_pipelines_local.errors import PipelineError
from azure_pipelines_local.findings import INVALID, Finding
from azure_pipelines_local.linters.linters import Linters
from azure_pipelines_local.model import read
from azure_pipelines_local.project import Project
from azure_pipelines_local.queued import BY_HAND, Queued
from azure_pipelines_local.rules.cases import Case, Overview, SourceFile, Sources
from azure_pipelines_local.rules.shell_scripts import shell_findings
from azure_pipelines_local.rules.table import JUDGE, RULES
from azure_pipelines_local.rules.unused_files import source_files
from azure_pipelines_local.variants.compilations import compilations

LIMITS = (
    "No offline run can show service connections, approvals and locks, variable groups, triggers, permissions, or what "
    "Microsoft's images hold."
)
NO_LINTERS = Linters(missing=("the schema of tasks", "Microsoft's language service", "shellcheck"))


@dataclass
class Report:
    """What was checked, a line each; what was found, each fault once; and what was not asked."""

    checked: list[str] = field(default_factory=list)
    findings: list[Finding] = field(default_factory=list)
    not_asked: list[str] = field(default_factory=list)

    @property
    def errors(self) -> list[Finding]:
        """List the findings that make the check fail."""
        return [each for each in self.findings if each.level == "error"]


def check(
    project: Project, files: Sequence[str] = (), linters: Linters = NO_LINTERS, queued: Queued = BY_HAND
) -> Report:
    """Check the pipelines in the files, or all of the repository, by every rule that is not off.

    Where `queued` says how a run starts, that run alone is checked, else all that differ.

    Raises:
        PipelinesLocalError: there is no pipeline, the levels of rules are wrong, or a linter is broken.
    """
    return _Check(project, linters, find(project.root, files), queued).run()


class _Check:
    """One check at work."""

    def __init__(self, project: Project, linters: Linters, found: Found, queued: Queued) -> None:
        self.project, self.linters, self.found, self.queued = project, linters, found, queued
        self.levels: Levels = read_levels(project.root)
        self.sources = Sources(project.root)
        self.judge = cache(project.judge) if project.judge else None  # the same commands stand in most expansions
        self.report = Report()
        self.overview = Overview(project.root, found.documents, found.entries)
        self.silencer = Silencer({name: self.sources.lines(name) for name in found.documents})
        self.known: set[Finding] = set()
        self.missing = {*linters.missing, *([] if project.judge else [JUDGE])}

    def run(self) -> Report:
        for error in self.found.errors:
            self._add(INVALID, [Finding.of(error)])
        cases = [case for entry in self.found.entries for case in self._cases(entry)]
        for rule in RULES:
            if rule.of_pipeline and self._is_asked(rule.name):
                for case in cases:
                    self._add(rule.name, rule.of_pipeline(case))
        if self.linters.shellcheck and self._is_asked("shellcheck"):
            self._add("shellcheck", shell_findings(cases, self.linters.shellcheck))
        for file, document in self.found.documents.items():
            self._file(file, document)
        not_asked = [rule.name for rule in RULES if self.levels[rule.name] != "off" and rule.needs in self.missing]
        if self.levels["useless-ignore"] != "off":
            self._add("useless-ignore", self.silencer.useless(not_asked))
        self.report.not_asked = list(self._not_asked(not_asked))
        self.report.findings.sort()
        return self.report

    def _is_asked(self, rule: str) -> bool:
        return self.levels[rule] != "off"

    def _cases(self, entry: str) -> Iterator[Case]:
        """Expand the entry in all its variants; what refuses one of them is a finding, and the others go on."""
        for each in compilations(self.project.root, entry, self.overview.reads, self.queued):
            try:
                expanded = each.expanded()
                self.overview.used |= source_files(expanded)
                case = Case(read(expanded), self.sources, self.judge, self.linters.schema, self.queued.names)
            except PipelineError as error:
                self.overview.refused = True
                self.report.checked.append(f"{each.called}: refused")
                self._add(INVALID, [Finding.of(error)])
                continue
            self.report.checked.append(f"{each.called}: {_size(case)}")
            yield case

    def _file(self, name: str, document: Node) -> None:
        """Look at a file as it stands, in branches that are not taken, too."""
        source = SourceFile(name, document, self.sources.lines(name), self.overview)
        for rule in RULES:
            if rule.of_file and self._is_asked(rule.name):
                try:
                    self._add(rule.name, rule.of_file(source))
                except PipelineError as error:
                    self._add(INVALID, [Finding.of(error)])
        # The service comes last, and only where nothing was found: of one fault it says several things, all vague.
        found = {each.place.file for each in self.report.findings}
        if self.linters.service and self._is_asked("language-service") and name not in found and _is_read(document):
            said = self.linters.service.diagnose(name, "\n".join(source.lines) + "\n")
            self._add("language-service", [each for each in said if _is_judged(each.place, document, source.lines)])

    def _add(self, rule: str, findings: Iterable[Finding]) -> None:
        """Take up what is new and not ignored, under the rule's name and level."""
        level = self.levels[rule]
        named = dict.fromkeys(replace(each, rule=rule, level=level) for each in findings)
        new = [each for each in self.silencer.silence(named) if each not in self.known]
        if rule != INVALID:  # of what has refused a pipeline, a rule of files says the same once more
            refused = {each.place for each in self.known if each.rule == INVALID}
            new = [each for each in new if each.place not in refused]
        self.report.findings += new
        self.known.update(new)

    def _not_asked(self, rules: list[str]) -> Iterator[str]:
        linted = [rule.name for rule in RULES if rule.name in rules and rule.needs != JUDGE]
        if linted:
            there = "Not installed" if self.linters.remedy else "Not started"
            remedy = f" Install with: {self.linters.remedy}" if self.linters.remedy else ""
            yield f"Not asked: {', '.join(linted)}. {there}: {', '.join(self.linters.missing)}.{remedy}"
        if len(linted) < len(rules):
            judged = [name for name in rules if name not in linted]
            yield f"Not asked: {', '.join(judged)}. Nothing here says which commands a script may call."


def _size(case: Case) -> str:
    counts = {"stage": len(case.pipeline.stages), "job": len(case.scopes), "step": len(list(case.steps))}
    return ", ".join(f"{count} {name}{'s' * (count != 1)}" for name, count in counts.items())


def _is_judged(place: Place, document: Node, lines: Sequence[str]) -> bool:
    """Return whether the service can judge what is there: not an expression, which it does not evaluate, nor the old
    form of a template's parameters, which its schema does not have."""
    parameters = document.find("parameters") if isinstance(document, Mapping) else None
    text = "".join(lines[place.line - 1 : place.line])[place.column - 1 :]
    old = isinstance(parameters, Mapping) and parameters.place == place
    return not old and not text.lstrip("\"'").startswith("${{")


def _is_read(document: Node) -> bool:
    """Return whether the service reads such a file: it takes a template of variables for a pipeline without stages."""
    return isinstance(document, Mapping) and any(
        key.text not in ("variables", "parameters") for key, _ in document.pairs
    )
