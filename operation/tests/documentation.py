"""The fenced blocks of a page: which commands it shows, what they print, and what of it runs in a test.

A command stands in a block marked `bash`, which runs; `bash exit 1`, which runs and must be refused; or
`bash not run: REASON`. A block marked `output` shows what the commands before it print.
"""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

FENCE = re.compile(r"^```([^\n]*)\n(.*?)^```$", re.MULTILINE | re.DOTALL)
NOT_RUN = "not run: "
NUMBER = re.compile(r"[-+]?\d[\d.,]*(?:e-?\d+)?")
COLOUR = re.compile(r"\x1b\[[\d;]*m")


@dataclass(frozen=True)
class Block:
    """What stands between two fences; `mark` is what the first fence says after the language."""

    line: int
    language: str
    mark: str
    text: str

    @property
    def runs(self) -> bool:
        """Whether these are commands that a test runs."""
        return self.language == "bash" and not self.mark.startswith(NOT_RUN)


def pages(root: Path) -> list[Path]:
    """Those whose commands run, in the order in which they are read first."""
    guides = root / "docs" / "how-to"
    first = [root / "README.md", root / "CONTRIBUTING.md", guides / "GettingStarted.md"]
    return [*first, *sorted(set(guides.glob("*.md")) - set(first))]


def blocks(text: str) -> Iterator[Block]:
    """Every fenced block of a page."""
    for found in FENCE.finditer(text):
        language, _, mark = found[1].partition(" ")
        yield Block(text.count("\n", 0, found.start()) + 1, language, mark, found[2])


def shape(line: str) -> str:
    """A line without what differs from run to run: numbers, the width of columns, colours."""
    return " ".join(NUMBER.sub("#", COLOUR.sub("", line)).split())


def missing(shown: str, printed: str) -> list[str]:
    """The lines of `shown` whose shape no line of `printed` has; `...` stands for the path of the clone."""
    shapes = {shape(line) for line in printed.splitlines()}
    return [line for line in shown.splitlines() if line.strip() and not any(fits(shape(line), each) for each in shapes)]


def fits(shown: str, printed: str) -> bool:
    """Whether both are equal, but for the path that `...` stands for."""
    return re.fullmatch(re.escape(shown).replace(r"\.\.\.", r"/.*"), printed) is not None


def shell_script(page: Sequence[Block], separator: str) -> str:
    """The commands of a page in the order in which they stand, and the separator before each block of them."""
    parts = [f"echo {separator}\n{refused(block) if block.mark else block.text}" for block in page if block.runs]
    return "\n".join(["set -e", *parts])


def refused(block: Block) -> str:
    """One command that must end with the exit code of the block's mark."""
    code = block.mark.removeprefix("exit ")
    return f"status=0\n{block.text.rstrip()} || status=$?\ntest $status -eq {code}\n"
