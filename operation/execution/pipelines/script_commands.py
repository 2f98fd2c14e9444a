"""What a script line of our pipelines may be: `invoke …` or `nox …`, with tasks, flags and sessions that exist."""

import re
import shlex
from collections.abc import Sequence
from dataclasses import dataclass
from difflib import get_close_matches
from functools import cached_property
from importlib.util import module_from_spec, spec_from_file_location
from pathlib import Path

from invoke.collection import Collection
from invoke.exceptions import ParseError
from invoke.parser import Parser
from invoke.parser.context import ParserContext

INVOKE = re.compile(r"(?:python tasks\.py|(?:\.nox/[\w.-]+/bin/)?invoke) (?P<words>.+)")
NOX = re.compile(r"(?:python noxfile\.py|nox) (?P<words>.+)")
NOX_FLAGS = ("-s", "--session", "--sessions", "--install-only")
UNKNOWN = "0"  # the tool's word for a variable that is known only at run time


@dataclass(frozen=True)
class Commands:
    """What there is to call: Invoke's tasks, nox's sessions, and what `configuration/` has."""

    tasks: Collection
    sessions: tuple[str, ...]
    environments: tuple[str, ...]
    use_cases: tuple[str, ...]

    def judge(self, command: str) -> str | None:
        """Say what is wrong with the command; None if nothing is."""
        call = INVOKE.fullmatch(command) or NOX.fullmatch(command)
        if not call:
            return "a script line is `invoke …` or `nox …`; make it a task of tasks.py."
        program, judge = ("invoke", self._invoke) if call.re is INVOKE else ("nox", self._nox)
        try:
            return judge(shlex.split(call["words"]))
        except ValueError as error:  # what int() says of a number, or shlex of quotes
            return f"{program}: {error}."

    @cached_property
    def _contexts(self) -> list[ParserContext]:
        """How each task is called."""
        contexts: list[ParserContext] = self.tasks.to_contexts()
        return contexts

    def _invoke(self, words: list[str]) -> str | None:
        named = [each for each in self._contexts if not {each.name, *each.aliases}.isdisjoint(words)]
        if not named and words:
            return f"there is no `invoke {words[0]}`; {_nearest(words[0], list(self.tasks.task_names))}"
        try:
            parsed = Parser(contexts=named).parse_argv(words)  # it copies all that it knows for each line
        except ParseError as error:
            return f"invoke: {error}"
        return next((problem for each in parsed if (problem := self._values(each))), None)

    def _values(self, context: ParserContext) -> str | None:
        # Of `rollback`, --to is a version.
        names = ("environment", "from", "to") if context.name == "promote" else ("environment",)
        named = [
            *((name, "environment", self.environments) for name in names),
            ("use_case", "use case", self.use_cases),
        ]
        for name, words, known in named:
            given = context.args[name].value if name in context.args else None
            if given not in (None, "", UNKNOWN, *known):
                return f"there is no {words} {given!r:.200} in configuration; {_nearest(str(given), known)}"
        if context.name == "test":
            return self._sessions(str(context.args["sessions"].value).split(","))
        return None

    def _nox(self, words: list[str]) -> str | None:
        given = words[: words.index("--")] if "--" in words else words
        unknown = [word for word in given if word.startswith("-") and word not in NOX_FLAGS]
        if unknown:
            return f"nox is called with {', '.join(NOX_FLAGS)} here, and not with {unknown[0]!r}."
        names = [word for word in given if not word.startswith("-")]
        if not names or given[0] not in NOX_FLAGS[:3]:
            return "`nox -s SESSION …` is expected."
        return self._sessions(names)

    def _sessions(self, names: list[str]) -> str | None:
        unknown = [name for name in names if name not in self.sessions and name != UNKNOWN]
        return f"nox has no session {unknown[0]!r:.200}; {_nearest(unknown[0], self.sessions)}" if unknown else None


def commands_of(root: Path, tasks: Collection) -> Commands:
    """Read what the project at `root` has beside its tasks, which tasks.py hands over."""
    folder = root / "configuration"
    return Commands(
        tasks, _sessions_of(root / "noxfile.py"), _names(folder / "environments"), _names(folder / "use_cases")
    )


def _names(folder: Path) -> tuple[str, ...]:
    return tuple(sorted(file.stem for file in folder.glob("*.yaml")))


def _sessions_of(noxfile: Path) -> tuple[str, ...]:
    """Run the noxfile as nox does, which registers its sessions, unless this process has done so."""
    from nox import registry

    if found := tuple(registry.get()):
        return found
    spec = spec_from_file_location("noxfile", noxfile)
    assert spec is not None  # noqa: S101  # a path that ends in .py has a loader
    assert spec.loader is not None  # noqa: S101
    spec.loader.exec_module(module_from_spec(spec))
    return tuple(registry.get())


def _nearest(name: str, known: Sequence[str]) -> str:
    begun = [each for each in known if len(name) > 2 and (each.startswith(name) or name.startswith(each))]
    close = begun[:1] or get_close_matches(name, known, n=1)
    return f"did you mean {close[0]!r}?" if close else f"known: {', '.join(known)}."
