"""Script lines: commands that the project allows, without logic of the shell, in the step itself."""

import re
from collections.abc import Iterator

from azure_pipelines_local.findings import Finding
from azure_pipelines_local.project import UNKNOWN
from azure_pipelines_local.rules.cases import Case
from azure_pipelines_local.rules.macro_values import MACRO
from azure_pipelines_local.rules.script_lines import FILES, Line, runs_shell, script_lines

SHELL = re.compile(r"[;&|<>`#\\]|\$[({\w?@*#!$-]")
QUOTED = re.compile(r"'[^']*'|\"[^\"]*\"")
OUTSIDE_QUOTES = re.compile(r"[*?{}]|(?<![^\s=:])~")  # what a shell replaces there alone


def forbidden_commands(case: Case) -> Iterator[Finding]:
    """Find commands with which the project's judge finds fault; none where the project has no judge."""
    for line in script_lines(case) if case.judge else ():
        if case.judge and (problem := case.judge(_first_command(_text(line)))):
            yield Finding(line.place, f"{problem} It is: {line.text:.200}")


def shell_logic(case: Case) -> Iterator[Finding]:
    """Find pipes, lists, redirections, substitutions and globs: what nobody can run, or test, outside the pipeline."""
    for line in script_lines(case):
        if sign := _sign(_text(line)):
            said = f"no logic in a script: {sign[0]!r} is for the shell, in {line.text!r:.200}"
            yield Finding(line.place, f"{said}; make it a command of its own.")


def hidden_exits(case: Case) -> Iterator[Finding]:
    """Find commands with `--exit-zero`, which succeed whatever they find."""
    for line in script_lines(case):
        if "--exit-zero" in line.text:
            yield Finding(line.place, f"--exit-zero hides failures: {line.text!r:.200}; leave it out.")


def script_files(case: Case) -> Iterator[Finding]:
    """Find script files and their arguments in place of the script."""
    for _, step in case.steps:
        for name in FILES if runs_shell(step) else ():
            if (found := step.input(name)) is not None and found.text:
                expected = "the command in the step itself is expected"
                yield Finding(found.place, f"`{name}` hides what a step runs; {expected}.")


def _text(line: Line) -> str:
    return MACRO.sub(UNKNOWN, line.scope.resolved(line.text))


def _sign(text: str) -> re.Match[str] | None:
    """Find a sign of the shell; in quotes some mean nothing."""
    return SHELL.search(text) or OUTSIDE_QUOTES.search(_mask(text))


def _first_command(text: str) -> str:
    """Cut off what stands behind the first sign of the shell outside quotes: it is for `script-logic` to see."""
    sign = SHELL.search(_mask(text))
    return text[: sign.start()].strip() if sign else text


def _mask(text: str) -> str:
    """Blank out what stands in quotes, with as many characters, so that places stay."""
    return QUOTED.sub(lambda quoted: "'" * len(quoted[0]), text)
