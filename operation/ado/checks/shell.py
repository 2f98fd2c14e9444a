"""What shellcheck says of the expanded scripts."""

from collections.abc import Iterable, Iterator

from operation.ado.checks.cases import Case
from operation.ado.checks.scripts import scripts
from operation.ado.checks.values import MACRO
from operation.ado.findings import Finding
from operation.ado.nodes import Scalar
from operation.ado.tools.places import Tools
from operation.ado.tools.shellcheck import remarks

OTHER_LANGUAGES = ("powershell", "azurepowershell", "pythonscript", "batchscript")


def shell_findings(cases: Iterable[Case], tools: Tools) -> Iterator[Finding]:
    """The remarks on each script, at their lines in the files."""
    different: dict[Scalar, Case] = {}
    for case in cases:
        for _, step, script in scripts(case):
            if not step.task.text.lower().startswith(OTHER_LANGUAGES):
                different.setdefault(script, case)
    # An agent replaces `$(name)` before a shell sees it, by a word that is as good as any.
    found = remarks(tools, [MACRO.sub("0", script.text) + "\n" for script in different])
    for number, (script, case) in enumerate(different.items()):
        places = case.sources.line_places(script) or [script.place]
        for remark in found[number]:
            yield Finding(places[min(remark.line, len(places)) - 1], remark.message)
