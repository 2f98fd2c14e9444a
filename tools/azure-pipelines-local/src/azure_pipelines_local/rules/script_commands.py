"""Script lines: `invoke …` or `nox …`, with tasks, flags, values and sessions that exist, and nothing else."""

import re
import shlex
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

from invoke.collection import Collection
from invoke.exceptions import ParseError
from invoke.parser import Parser
from invoke.parser.context import ParserContext

from azure_pipelines_local.findings import Finding
from azure_pipelines_local.model.fields import nearest
from azure_pipelines_local.rules.cases import Case
from azure_pipelines_local.rules.macro_values import MACRO
from azure_pipelines_local.rules.script_lines import FILES, Line, runs_shell, script_lines

INVOKE = re.compile(r"(?:python tasks\.py|(?:\.nox/[\w.-]+/bin/)?invoke) (?P<words>.+)")
NOX = re.compile(r"(?:python noxfile\.py|nox) (?P<words>.+)")
SHELL = re.compile(r"[;&|<>`#\\]|\$[({\w?@*#!$-]")
QUOTED = re.compile(r"'[^']*'|\"[^\"]*\"")
OUTSIDE_QUOTES = re.compile(r"[*?{}]|(?<![^\s=:])~")  # what a shell replaces there alone
PLACEHOLDER = "0"  # for a variable that is known only at run time; text and number alike
NOX_FLAGS = ("-s", "--session", "--sessions", "--install-only")


@dataclass(frozen=True)
class Commands:
    """What there is to call: Invoke's tasks, nox's sessions, and the environments of `configuration/`."""

    tasks: Collection
    sessions: tuple[str, ...]
    environments: tuple[str, ...]

    @cached_property
    def contexts(self) -> list[ParserContext]:
        """How each task is called."""
        contexts: list[ParserContext] = self.tasks.to_contexts()
        return contexts


def commands_of(root: Path) -> Commands:
    """Those of this project, whose configuration is below `root`."""
    from nox import registry

    import noxfile  # noqa: F401  # importing it fills the registry
    import tasks

    files = (root / "configuration" / "environments").glob("*.yaml")
    return Commands(Collection.from_module(tasks), tuple(registry.get()), tuple(sorted(file.stem for file in files)))


def bad_commands(commands: Commands) -> Callable[[Case], Iterator[Finding]]:
    """The check of script lines against what there is."""

    def check(case: Case) -> Iterator[Finding]:
        for line in script_lines(case):
            yield from (Finding(line.place, message) for message in _problems(line, commands))
        for _, step in case.steps:
            for name in FILES if runs_shell(step) else ():
                if (found := step.input(name)) is not None and found.text:
                    expected = "`invoke …` in the step itself is expected"
                    yield Finding(found.place, f"`{name}` hides what a step runs; {expected}.")

    return check


def _problems(line: Line, commands: Commands) -> Iterator[str]:
    text = MACRO.sub(PLACEHOLDER, line.scope.resolved(line.text))
    call = INVOKE.fullmatch(text) or NOX.fullmatch(text)
    if not call:
        yield f"a script line is `invoke …` or `nox …`, and this is {line.text!r:.200}; make it a task of tasks.py."
    elif sign := SHELL.search(text) or OUTSIDE_QUOTES.search(QUOTED.sub("''", text)):
        yield f"no logic in a script: {sign[0]!r} is for the shell, in {line.text!r:.200}; make it a task of tasks.py."
    elif "--exit-zero" in text:
        yield f"--exit-zero hides failures: {line.text!r:.200}; leave it out."
    elif problem := _called(call, commands):
        yield f"{problem} It is: {line.text:.200}"


def _called(call: re.Match[str], commands: Commands) -> str | None:
    program, judge = ("invoke", _invoke) if call.re is INVOKE else ("nox", _nox)
    try:
        return judge(shlex.split(call["words"]), commands)
    except ValueError as error:  # what int() says of a number, or shlex of quotes
        return f"{program}: {error}."


def _invoke(words: list[str], commands: Commands) -> str | None:
    named = [each for each in commands.contexts if not {each.name, *each.aliases}.isdisjoint(words)]
    try:
        parsed = Parser(contexts=named).parse_argv(words)  # it copies all that it knows for each line
    except ParseError as error:
        return _parse_problem(str(error), words, commands)
    return next((problem for each in parsed if (problem := _values(each, commands))), None)


def _parse_problem(message: str, words: list[str], commands: Commands) -> str:
    unknown = re.search(r"No idea what '([^']+)' is", message)
    if valueless := re.search(r"Flag <Argument: (\w+)", message):
        return f"`--{valueless[1]}` needs a value."
    if not unknown:
        return f"invoke: {message.rstrip('.')}."
    name = unknown[1]
    verb = next((word for word in words if word in commands.tasks.task_names), None)
    if name.startswith("-") and verb:
        flags = [flag for flag in ParserContext(args=commands.tasks[verb].get_arguments()).flags if len(flag) > 2]
        return f"`invoke {verb}` has no flag {name!r}; {nearest(name, flags)}"
    return f"there is no `invoke {name}`; {nearest(name, commands.tasks.task_names)}"


def _values(context: ParserContext, commands: Commands) -> str | None:
    if "environment" in context.args:
        given = str(context.args["environment"].value)
        if given not in commands.environments and given != PLACEHOLDER:
            return f"there is no environment {given!r:.200} in configuration; {nearest(given, commands.environments)}"
    if context.name == "test":
        return _sessions(str(context.args["sessions"].value).split(","), commands)
    return None


def _nox(words: list[str], commands: Commands) -> str | None:
    given = words[: words.index("--")] if "--" in words else words
    unknown = [word for word in given if word.startswith("-") and word not in NOX_FLAGS]
    if unknown:
        return f"nox is called with {', '.join(NOX_FLAGS)} here, and not with {unknown[0]!r}."
    names = [word for word in given if not word.startswith("-")]
    if not names or given[0] not in NOX_FLAGS[:3]:
        return "`nox -s SESSION …` is expected."
    return _sessions(names, commands)


def _sessions(names: list[str], commands: Commands) -> str | None:
    unknown = [name for name in names if name not in commands.sessions and name != PLACEHOLDER]
    return f"nox has no session {unknown[0]!r:.200}; {nearest(unknown[0], commands.sessions)}" if unknown else None
