"""Make tasks of functions: what the user can fix ends in one clear message and exit code 1, not in a traceback."""

import io
import os
import re
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import update_wrapper, wraps
from inspect import Signature, signature
from typing import Any

import invoke.parser.parser
import invoke.program
from invoke.context import Context
from invoke.exceptions import Exit, ParseError
from invoke.parser.argument import Argument
from invoke.tasks import Task, task

from operation.command_line import CommandLine, Words
from operation.errors import CONTROL, Ended, OperationError, Watch, shorten
from operation.interrupts import INTERRUPTED, raise_again
from operation.machine_errors import refused_by_machine

invoke.parser.parser.ParseMachine = CommandLine  # type: ignore[misc]  # Invoke offers no other way to its messages
invoke.program.Parser = Words  # type: ignore[attr-defined]  # the same
WHOLE_NUMBER = re.compile(r"[+-]?[0-9]{1,18}")  # more digits, no database holds
BY_SIGNAL = 128  # shells report 128 and the signal's number
UNREAD = 141  # what shells report for a program whose output nobody reads any more (128 + SIGPIPE)
POSITIONAL = ("name", "first", "second", "registered")  # arguments that stand behind the verb without an option
FROM_ONE = ("version", "to", "processes")  # of which 0 stands for not given
OPTIONAL = {"template": ("plan", "update")}  # options of a verb that may stand without their value
CONFIGURED = {  # what every verb takes that reads YAML
    "environment": "local, dev, prd or emulator: a file in configuration/environments",
    "use_case": "a package in src/ with a file in configuration/use_cases (default: use_case in configuration.yaml)",
    "set_": "override a value for this command: section.key=value; may be repeated",
}
REPEATED = ("set_", "parameter", "variable", "repository", "curated")  # arguments that may be given more than once


class Number(Argument):
    """An option with a whole number, whose other values are refused in words: Invoke would give a traceback."""

    def set_value(self, value: Any, cast: bool = True) -> None:
        """Keep the value; raises ParseError, which Invoke prints, if it is not a whole number."""
        if not WHOLE_NUMBER.fullmatch(str(value)):
            raise ParseError(f"--{self.names[0]} must be a whole number, not {shorten(str(value))}.")
        super().set_value(value, cast)
        if self.names[0] in FROM_ONE and self.value < 1:
            raise ParseError(f"--{self.names[0]} must be at least 1, not {value}.")


class Text(Argument):
    """A text; an empty one, as of a shell variable that is not set, would count as not given."""

    def set_value(self, value: Any, cast: bool = True) -> None:
        """Keep the value; raises ParseError if it is empty, or more than a line."""
        name, remedy = (self.names[0], "") if self.positional else (f"--{self.names[0]}", ", or leave it out")
        if not str(value).strip():
            raise ParseError(f"{name} must not be empty. Give it a value{remedy}.")
        if CONTROL.search(str(value)):
            raise ParseError(f"{name} must be one line without control characters, not {shorten(repr(value))}.")
        super().set_value(value, cast)


class Verb(Task[Any]):
    """A task of Invoke with our own kinds of arguments for numbers and for texts."""

    def get_arguments(self, ignore_unknown_help: bool | None = None) -> list[Argument]:
        """Return the arguments of the verb."""
        return [self._ours(each) for each in super().get_arguments(ignore_unknown_help)]

    def _ours(self, given: Argument) -> Argument:
        if given.kind is int:
            return Number(
                names=given.names, kind=int, default=given.default, help=given.help, attr_name=given.attr_name
            )
        if given.kind is not str:
            return given
        return Text(
            names=given.names,
            default=given.default,
            help=given.help,
            positional=given.positional,
            optional=given.optional,
            attr_name=given.attr_name,
        )


def verb(**help_texts: str) -> Callable[[Callable[..., None]], Task[Any]]:
    """Decorate a function as an Invoke task with a help text per argument, whose errors are printed as messages."""

    def decorate(body: Callable[..., None]) -> Task[Any]:
        # Invoke would otherwise keep only the last value, and drop the others silently.
        iterable = [name for name in help_texts if name in REPEATED]
        positional = [name for name in help_texts if name in POSITIONAL]
        optional = OPTIONAL.get(body.__name__, ())
        made = task(help=help_texts, iterable=iterable, positional=positional, optional=optional, klass=Verb)
        return made(_with_messages(body))  # type: ignore[no-any-return]

    return decorate


def configured(**help_texts: str) -> Callable[[Callable[..., None]], Task[Any]]:
    """Decorate a function of a configuration as `verb` does, with the options that choose the configuration."""

    def decorate(body: Callable[..., None]) -> Task[Any]:
        def load_first(
            _context: Any,
            environment: str = "local",
            use_case: str | None = None,
            set_: list[str] | None = None,
            **own: Any,
        ) -> None:
            from operation.execution.configuration.loading import load

            body(load(environment, set_ or (), use_case), **own)

        context, *choosing, _ = signature(load_first).parameters.values()
        _, *own = signature(body).parameters.values()
        names = [each for each in own if each.name in POSITIONAL]
        others = [each for each in own if each.name not in POSITIONAL]
        # In this order Invoke looks for a free letter for each short option.
        shown = Signature([context, *names, *choosing, *others])
        update_wrapper(load_first, body).__signature__ = shown  # type: ignore[attr-defined]
        return verb(**CONFIGURED, **help_texts)(load_first)

    return decorate


def _with_messages(body: Callable[..., None]) -> Callable[..., None]:
    @wraps(body)
    def run(*arguments: Any, **options: Any) -> None:
        _open_closed_streams()
        _replace_unprintable()
        _keep_bytecode()
        _let_idle_threads_sleep()
        watch = Watch()
        try:
            raise_again()
            if any(isinstance(each, Context) and each.config.run.dry for each in arguments):
                raise OperationError("Invoke's --dry would change nothing here. Leave it out; many verbs have --plan.")
            with watch, _quiet_when_unread():
                body(*arguments, **options)
        except KeyboardInterrupt as error:
            raise _end(error) from error
        except OperationError as error:
            lost = watch.find_lost(error)
            raise (_end(lost) if lost else Exit(str(error), code=1)) from error
        except Exception as error:
            if watch.error is not None:
                raise _end(watch.error) from error
            # Libraries wrap what the machine refused, MLflow several times. All else is a bug, and has its traceback.
            found = next(filter(None, map(refused_by_machine, _chain(error))), None)
            if found is None:
                raise
            raise Exit(found, code=1) from error

    return run


def _end(error: KeyboardInterrupt) -> Exit:
    if isinstance(error, Ended):
        return Exit(f"Ended by {error}: running steps were stopped.", code=BY_SIGNAL + error.number)
    return Exit("Interrupted: running steps were stopped.", code=INTERRUPTED)


def _open_closed_streams() -> None:
    """Connect stdin, stdout and stderr to nothing where a shell has closed them, as `>&-` does.

    Otherwise the next file that is opened, a database say, would get the number under which steps print.
    """
    for number, name, mode in ((0, "stdin", "r"), (1, "stdout", "w"), (2, "stderr", "w")):
        if getattr(sys, name) is None and not _is_open(number):
            null = os.open(os.devnull, os.O_RDWR)  # the lowest free number: this one, as those below are open by now
            os.set_inheritable(null, True)  # or what we start would find it closed
            setattr(sys, name, os.fdopen(null, mode, encoding="utf-8"))


def _replace_unprintable() -> None:
    """Print a question mark for what a terminal of another encoding than UTF-8 lacks, where Python would raise."""
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper) and stream.errors == "strict":
            stream.reconfigure(errors="replace")


def _keep_bytecode() -> None:
    """Let this process, and those that it starts, write the bytecode of what they import.

    Invoke forbids it, and so does PYTHONDONTWRITEBYTECODE, which many containers set: every verb and every step would
    compile anew what it imports, and of that is so much that it takes as long as the work. Git ignores the files.
    """
    sys.dont_write_bytecode = False
    os.environ.pop("PYTHONDONTWRITEBYTECODE", None)


def _let_idle_threads_sleep() -> None:
    """Let the threads that NumPy's OpenBLAS starts on import sleep while they have no work, unless the shell decides.

    Otherwise each keeps a core busy for up to a tenth of a second first. Products of large matrices take no longer.
    """
    os.environ.setdefault("OPENBLAS_THREAD_TIMEOUT", "4")  # 2 to the power of this in cycles; there is no less


def _is_open(number: int) -> bool:
    try:
        os.fstat(number)
    except OSError:
        return False
    return True


def _chain(error: BaseException) -> Iterator[BaseException]:
    """Yield the error and what it was raised from, the first cause last."""
    seen: BaseException | None = error
    while seen is not None:
        yield seen
        seen = seen.__cause__


@contextmanager
def _quiet_when_unread() -> Iterator[None]:
    """End silently once the reader of the output has gone, as in `invoke ado --check | head -1`."""
    try:
        try:
            yield
        finally:
            print(end="", flush=True)  # flush here: at the interpreter's end, nothing could catch the error
    except BrokenPipeError:
        if not _is_unread():  # another pipe is broken, to a program that we started: a bug
            raise
        # Point stdout elsewhere, or the interpreter prints a warning when it flushes what is left.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        raise Exit(code=UNREAD) from None


def _is_unread() -> bool:
    try:
        print(flush=True)  # if anybody reads it, an empty line above the traceback that follows
    except BrokenPipeError:
        return True
    return False
