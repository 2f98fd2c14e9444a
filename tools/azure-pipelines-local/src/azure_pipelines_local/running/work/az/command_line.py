"""A call of `az`: the command, and its options by their long names."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

SHORT = {"-f": "--template-file", "-g": "--resource-group", "-n": "--name", "-o": "--output", "-p": "--parameters"}
FLAGS = ("--only-show-errors", "--no-prompt")
COMMON = ("--only-show-errors", "--output", "--query", "--subscription")
NOT_FOUND = 3  # the exit code of the Azure CLI for what is not there


class AzError(Exception):
    """What the program says on stderr, and its exit code."""

    def __init__(self, message: str, code: int = 1) -> None:
        """`message` comes after "ERROR: "."""
        super().__init__(message)
        self.code = code


@dataclass(frozen=True)
class Question:
    """The words before the first option, and the values behind each option."""

    command: str
    options: Mapping[str, tuple[str, ...]]

    @classmethod
    def of(cls, words: Sequence[str]) -> "Question":
        """The question that the words of a command line ask."""
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
        """The value of an option that takes one; None if it is not given."""
        values = self.options.get(name)
        if values is not None and len(values) != 1:
            raise AzError(f"argument {name}: expected one argument")
        return values[0] if values else None

    def required(self, name: str) -> str:
        """Likewise; raises AzError if it is not given."""
        value = self.option(name)
        if value is None:
            raise AzError(f"the following arguments are required: {name}")
        return value

    def take(self, known: Collection[str]) -> None:
        """Raise AzError for an option that is neither one of these nor of all commands."""
        for name in self.options:
            if name not in (*known, *COMMON):
                raise self.unknown(name)

    def unknown(self, name: str) -> AzError:
        """The error that this option, or its value, is beyond what stands here for the Azure CLI."""
        written = " ".join((name, *self.options.get(name, ())))
        return AzError(f"this az only records its calls, and cannot do: az {self.command} {written}")

    def check(self, told: Mapping[str, Any]) -> None:
        """Raise AzError, as Azure would, for another subscription or resource group than the connection leads to."""
        account, group = told["account show"], told.get("group show", {})
        subscription = self.option("--subscription")
        if subscription not in (None, account["id"], account["name"]):
            raise AzError(f"The subscription of '{subscription}' doesn't exist in cloud 'AzureCloud'.")
        asked = self.required("--name") if self.command == "group show" else self.option("--resource-group")
        if asked is not None and asked.lower() != group["name"].lower():
            raise AzError(f"(ResourceGroupNotFound) Resource group '{asked}' could not be found.", NOT_FOUND)
