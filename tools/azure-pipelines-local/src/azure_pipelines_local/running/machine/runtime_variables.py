"""Variables while a pipeline runs: `$(name)` in texts, and what of them a script finds in its environment."""

import re
from collections.abc import Mapping
from dataclasses import dataclass, replace

MACRO = re.compile(r"\$\(([^()]+)\)")
NOT_IN_NAMES = re.compile(r"[^A-Za-z0-9_]")


@dataclass(frozen=True)
class Value:
    """What a variable holds; a secret one reaches scripts only where `env:` maps it."""

    name: str
    text: str
    secret: bool = False
    readonly: bool = False


class Variables:
    """Variables by name, in any case."""

    def __init__(self, values: Mapping[str, str] | None = None) -> None:
        """Hold these values, none of them secret."""
        self._values: dict[str, Value] = {}
        self._is_fixed = False
        for name, text in (values or {}).items():
            self.set(name, text)

    def set(self, name: str, text: str, *, secret: bool = False, readonly: bool = False) -> None:
        """Define it, or define it anew; once secret, it stays so."""
        before = self._values.get(name.lower())
        hidden = secret or bool(before and before.secret)
        self._values[name.lower()] = Value(before.name if before else name, text, hidden, readonly)

    def update(self, values: Mapping[str, str]) -> None:
        """Define all of these."""
        for name, text in values.items():
            self.set(name, text)

    def get(self, name: str) -> str | None:
        """The value, in which each `$(other)` that is defined is replaced."""
        found = self._values.get(name.lower())
        return None if found is None else self._own(found)

    def is_readonly(self, name: str) -> bool:
        """Whether nothing may define it anew."""
        found = self._values.get(name.lower())
        return bool(found and found.readonly)

    def expand(self, text: str) -> str:
        """The text with each `$(name)` replaced that is defined; the others stay, as in Azure Pipelines."""
        return self._expand(text, ())

    def copy(self) -> "Variables":
        """Its own values; what is set in one of them is not in the other."""
        copy = Variables()
        copy._values, copy._is_fixed = dict(self._values), self._is_fixed
        return copy

    def fixed(self) -> None:
        """Replace every `$(name)` in values now and none later, as an agent does when a job starts.

        What holds a secret from then on is one.
        """
        for key, value in self._values.items():
            text, secret = self._expand(value.text, (key,)), self._is_secret(value, ())
            self._values[key] = replace(value, text=text, secret=secret)
        self._is_fixed = True

    def texts(self) -> dict[str, str]:
        """Name and value of each, as they stand."""
        return {value.name: value.text for value in self._values.values()}

    def environment(self) -> dict[str, str]:
        """What scripts find: upper-case names without dots, and no secrets."""
        shown = (value for value in self._values.values() if not value.secret)
        return {NOT_IN_NAMES.sub("_", value.name).upper(): self._own(value) for value in shown}

    def _own(self, value: Value) -> str:
        return value.text if self._is_fixed else self._expand(value.text, (value.name.lower(),))

    def _expand(self, text: str, inside: tuple[str, ...]) -> str:
        def found(match: re.Match[str]) -> str:
            name = match[1].lower()
            value = None if name in inside else self._values.get(name)
            if value is None:
                return match[0]
            return value.text if self._is_fixed else self._expand(value.text, (*inside, name))

        return MACRO.sub(found, text)

    def _is_secret(self, value: Value, inside: tuple[str, ...]) -> bool:
        names = {name.lower() for name in MACRO.findall(value.text)}.difference(inside)
        others = (self._values[name] for name in names if name in self._values)
        return value.secret or any(self._is_secret(each, (*inside, *names)) for each in others)
