"""Read the command line as Invoke does, but refuse in clear words what it cannot use, and what it would pass over."""

from collections.abc import Iterable
from difflib import get_close_matches
from typing import Any, NoReturn

from invoke.exceptions import ParseError
from invoke.parser.argument import Argument
from invoke.parser.context import ParserContext
from invoke.parser.parser import ParseMachine, Parser

from operation.errors import shorten

HELP = ("--help", "-h")


class CommandLine(ParseMachine):
    """Invoke's reader. Its own messages show how it works inside, and it ignores its own options behind a verb."""

    def handle(self, token: str) -> None:
        """Take the next word; raises ParseError for an option or a word that the verb does not take.

        Behind a verb, Invoke would take its own options, such as --dry and --version, and do nothing with them.
        """
        context: ParserContext | None = self.context
        if self.ignore_unknown or not context or self._is_of_option(token, context):
            super().handle(token)
            return
        verb = context.name
        if verb and token in HELP and (help_wanted := self._help()):
            help_wanted.value = verb
        elif token.startswith("-"):
            known = [flag for flag in (*context.flags, *context.inverse_flags) if len(flag) > 2]
            self._refuse(f"{verb or 'invoke'} has no option {shorten(token)}. {_nearest(token, known, verb)}")
        elif context.missing_positional_args or token in self.contexts:
            super().handle(token)
        elif verb:
            self._refuse(f"{verb} does not take {shorten(token)!r}. {_see(verb)}")
        else:
            self._refuse(f"There is no verb {shorten(token)!r}. {_nearest(token, self.contexts, verb)}")

    def _is_of_option(self, token: str, context: ParserContext) -> bool:
        return token in context.flags or token in context.inverse_flags or self.waiting_for_flag_value

    def switch_to_flag(self, flag: str, inverse: bool = False) -> None:
        """Begin an option; raises ParseError if it was given before: which of two values counts would be a guess."""
        known = self.context.flags.get(self.context.inverse_flags[flag] if inverse else flag)
        if known and known.kind is not list and known.raw_value is not None:
            self._refuse(f"{_long(known.names)} is given twice. Give it once.")
        super().switch_to_flag(flag, inverse)

    def complete_flag(self) -> None:
        """End an option; raises ParseError if it lacks its value, which Invoke allows where it may be repeated."""
        flag: Argument | None = self.flag
        if flag and flag.takes_value and not flag.optional:
            given = self.flag_got_value if flag.kind is list else flag.raw_value is not None
            if not given:
                self._refuse(f"{_long(flag.names)} needs a value. {_see(self.context.name)}")
        super().complete_flag()

    def complete_context(self) -> None:
        """End a verb; raises ParseError if it lacks a word, unless its help is asked for."""
        context: ParserContext | None = self.context
        missing = [each.names[0] for each in context.missing_positional_args] if context else []
        if missing and (help_wanted := self._help()) and help_wanted.value:
            self.result.append(self.context)
        elif missing:
            verb, every = self.context.name, [each.names[0].upper() for each in self.context.positional_args]
            self._refuse(f"{verb} needs {' and '.join(missing)}: invoke {verb} {' '.join(every)}. {_see(verb)}")
        else:
            super().complete_context()

    def _refuse(self, message: str) -> NoReturn:
        raise ParseError(message, self.context)  # whose options a shell then completes

    def _help(self) -> Argument | None:
        """Return Invoke's own option; None where a verb is read without those, as the check of pipelines does."""
        return self.initial.flags[HELP[0]] if self.initial else None  # type: ignore[truthy-bool]  # typed as never None


class Words(Parser):
    """Invoke's parser, which takes --plan=clean for --plan and the verb clean."""

    def parse_argv(self, argv: list[str]) -> Any:
        """Parse the words; raises ParseError for an option that takes no value and is given one."""
        verb: ParserContext | None = None
        for word in argv:
            name, equals, _ = word.partition("=")
            if word in self.contexts:
                verb = self.contexts[word]
            elif verb and equals and name in verb.flags and not verb.flags[name].takes_value:
                raise ParseError(f"{name} takes no value: write {name} alone. {_see(verb.name)}", verb)
        return super().parse_argv(argv)


# The metaclass of Invoke's reader hands its states down to no other class.
CommandLine._class_states, CommandLine._class_transitions = ParseMachine._class_states, ParseMachine._class_transitions


def _long(names: Iterable[str]) -> str:
    return f"--{next(iter(names)).rstrip('_').replace('_', '-')}"


def _nearest(word: str, known: Iterable[str], verb: str | None) -> str:
    names = list(known)
    begun = [each for each in names if len(word) > 2 and each.startswith(word)]
    near = begun[:1] or get_close_matches(word, names, n=1, cutoff=0.7)
    return f"Did you mean {near[0]}?" if near else _see(verb)


def _see(verb: str | None) -> str:
    return f"See invoke {verb} --help." if verb else "See invoke --list."
