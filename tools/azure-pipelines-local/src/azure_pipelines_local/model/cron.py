"""Times of schedules, in the form of cron: five fields, each a list of values, ranges and steps."""

import re
from dataclasses import dataclass

from azure_pipelines_local.documents.nodes import Scalar
from azure_pipelines_local.errors import PipelineError

ITEM = re.compile(r"(?:\*|(?P<first>\w+)(?:-(?P<last>\w+))?)(?:/(?P<step>\d{1,4}))?", re.ASCII)
MONTHS = (
    *("january", "february", "march", "april", "may", "june"),
    *("july", "august", "september", "october", "november", "december"),
)
DAYS = ("sunday", "monday", "tuesday", "wednesday", "thursday", "friday", "saturday")


@dataclass(frozen=True)
class Field:
    """What a field may hold: numbers, and in some names, in full or their first three letters."""

    name: str
    least: int
    most: int
    names: dict[str, int]

    def takes(self, word: str) -> bool:
        """Return whether the field may be the word."""
        return all(self._takes_item(item) for item in word.lower().split(","))

    def _takes_item(self, item: str) -> bool:
        found = ITEM.fullmatch(item)
        if not found or found["step"] == "0":
            return False
        first = self._value(found["first"] or str(self.least))
        last = self._value(found["last"] or found["first"] or str(self.most))
        return first is not None and last is not None and self.least <= first <= last <= self.most

    def _value(self, text: str) -> int | None:
        short = {name[:3]: number for name, number in self.names.items()}
        return int(text) if re.fullmatch(r"\d{1,4}", text, re.ASCII) else (self.names | short).get(text)


FIELDS = (
    Field("minute", 0, 59, {}),
    Field("hour", 0, 23, {}),
    Field("day of the month", 1, 31, {}),
    Field("month", 1, 12, {name: number for number, name in enumerate(MONTHS, 1)}),
    Field("day of the week", 0, 6, {name: number for number, name in enumerate(DAYS)}),
)


def check_time(cron: Scalar) -> None:
    """Raise PipelineError if the text is not a time."""
    words = cron.text.split()
    if len(words) != len(FIELDS):
        raise PipelineError(cron.place, f"{cron.text!r} has {len(words)} fields; cron has 5, in UTC: `0 3 * * 1`.")
    for word, field in zip(words, FIELDS, strict=True):
        if not field.takes(word):
            names = f" or {next(iter(field.names)).capitalize()[:3]}, …" if field.names else ""
            expected = f"{field.least} to {field.most}{names} is expected, the lower end of a range first"
            raise PipelineError(cron.place, f"the {field.name} of {cron.text!r:.200} is {word!r:.200}; {expected}.")
