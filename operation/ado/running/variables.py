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
        return None if found is None else self._expand(found.text, (name.lower(),))

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
        copy._values = dict(self._values)
        return copy

    def fixed(self) -> None:
        """Replace every `$(name)` in values now, as an agent does when a job starts."""
        for key, value in self._values.items():
            self._values[key] = replace(value, text=self._expand(value.text, (key,)))

    def texts(self) -> dict[str, str]:
        """Name and value of each, as they stand."""
        return {value.name: value.text for value in self._values.values()}

    def environment(self) -> dict[str, str]:
        """What scripts find: upper-case names without dots, and no secrets."""
        shown = (value for value in self._values.values() if not value.secret)
        return {NOT_IN_NAMES.sub("_", value.name).upper(): self._expand(value.text, ()) for value in shown}

    def _expand(self, text: str, inside: tuple[str, ...]) -> str:
        def found(match: re.Match[str]) -> str:
            name = match[1].lower()
            value = None if name in inside else self._values.get(name)
            return match[0] if value is None else self._expand(value.text, (*inside, name))

        return MACRO.sub(found, text)
