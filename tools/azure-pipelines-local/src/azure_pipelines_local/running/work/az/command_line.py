"""Parse a call of `az`: the command, and its options by their long names."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

SHORT = {"-f": "--template-file", "-g": "--resource-group", "-n": "--name", "-o": "--output", "-p": "--parameters"}
FLAGS = ("--only-show-errors", "--no-prompt")  # options that take no value
COMMON = ("--only-show-errors", "--output", "--query", "--subscription")
NOT_FOUND = 3  # the exit code of the Azure CLI for a resource that does not exist


class AzError(Exception):
    """What the program says on stderr, and its exit code."""

    def __init__(self, message: str, code: int = 1) -> None:
        """`message` comes after "ERROR: "."""
        super().__init__(message)
        self.code = code


@dataclass(frozen=True)
class CommandLine:
    """The words before the first option, and the values behind each option."""

    command: str
    options: Mapping[str, tuple[str, ...]]

    @classmethod
    def parse(cls, words: Sequence[str]) -> "CommandLine":
        """Parse the words after `az`: as there, options take `=` or the words that follow, and short names."""
        command: list[str] = []
        options: dict[str, tuple[str, ...]] = {}
        option = ""
        for word in words:
            if word.startswith("-"):
                name, _, value = word.partition("=")
                option = SHORT.get(name, name)
                options[option] = (*options.get(option, ()), *([value] if value else []))
            elif option and option not in FLAGS:
                options[option] += (word,)
            else:
                command.append(word)
        return cls(" ".join(command), options)

    def option(self, name: str) -> str | None:
        """Return the value of an option that takes one, None if it is not given; raises AzError for several."""
        values = self.options.get(name)
        if values is not None and len(values) != 1:
            raise AzError(f"argument {name}: expected one argument")
        return values[0] if values else None

    def required(self, name: str) -> str:
        """Return it likewise; raises AzError if it is not given."""
        value = self.option(name)
        if value is None:
            raise AzError(f"the following arguments are required: {name}")
        return value

    def refuse_options_beside(self, known: Collection[str]) -> None:
        """Raise AzError for an option that is neither one of these nor of all commands."""
        for name in self.options:
            if name not in (*known, *COMMON):
                raise self.unsupported(name)

    def unsupported(self, name: str) -> AzError:
        """Make the error that this stand-in does not support an option, or its value."""
        written = " ".join((name, *self.options.get(name, ())))
        return AzError(f"this az only records its calls, and cannot do: az {self.command} {written}")

    def refuse_other_scope(self, answers: Mapping[str, Any]) -> None:
        """Raise AzError, as Azure would, for another subscription or resource group than the connection leads to."""
        account, group = answers["account show"], answers.get("group show", {})
        subscription = self.option("--subscription")
        if subscription not in (None, account["id"], account["name"]):
            raise AzError(f"The subscription of '{subscription}' doesn't exist in cloud 'AzureCloud'.")
        name = self.required("--name") if self.command == "group show" else self.option("--resource-group")
        if name is not None and name.lower() != group["name"].lower():
            raise AzError(f"(ResourceGroupNotFound) Resource group '{name}' could not be found.", NOT_FOUND)
