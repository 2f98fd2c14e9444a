"""Places in the files of a pipeline: file, line and column."""

from dataclasses import dataclass


@dataclass(frozen=True, order=True)
class Place:
    """A file as `path` or `path@repository`, like Microsoft's references to templates; line and column from 1.

    Line 0 stands for what is in no file, such as a parameter of the command line: `file` is all that is printed.
    """

    file: str
    line: int = 1
    column: int = 1

    def __str__(self) -> str:
        return f"{self.file}:{self.line}:{self.column}" if self.line else self.file

    def move(self, columns: int) -> "Place":
        """Move the place so many columns to the right."""
        return Place(self.file, self.line, self.column + columns)
