"""Expanded scripts, as shellcheck sees them."""

from collections.abc import Iterable, Iterator
from pathlib import Path

from azure_pipelines_local.documents.nodes import Scalar
from azure_pipelines_local.findings import Finding
from azure_pipelines_local.linters.shellcheck import remarks
from azure_pipelines_local.rules.cases import Case
from azure_pipelines_local.rules.macro_values import MACRO
from azure_pipelines_local.rules.script_lines import scripts

OTHER_LANGUAGES = ("powershell", "azurepowershell", "pythonscript", "batchscript")


def shell_findings(cases: Iterable[Case], shellcheck: Path) -> Iterator[Finding]:
    """Ask shellcheck about each script; its remarks get their lines in the files."""
    different: dict[Scalar, Case] = {}
    for case in cases:
        for _, step, script in scripts(case):
            if not step.task.text.lower().startswith(OTHER_LANGUAGES):
                different.setdefault(script, case)
    found = remarks(shellcheck, {_seen_by_a_shell(script): script.place for script in different})
    for script, case in different.items():
        if said := found[_seen_by_a_shell(script)]:
            places = case.sources.line_places(script) or [script.place]
            yield from (Finding(places[min(each.line, len(places)) - 1], each.message) for each in said)


def _seen_by_a_shell(script: Scalar) -> str:
    """Replace `$(name)`, as an agent does before a shell sees it, by a word that is as good as any."""
    return MACRO.sub("0", script.text) + "\n"
