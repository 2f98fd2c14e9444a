"""What every model takes and returns: rows and settings in, a fitted model in two forms out."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, fields
from typing import Any

import numpy as np
from numpy.typing import NDArray

from learning.errors import InputError
from learning.features import Feature, Matrix
from learning.outcomes import Outcomes
from learning.tasks import BINARY, MULTICLASS, REGRESSION

WITHOUT_EFFECT = "settings_without_effect"  # a fact: those that every run has and this model cannot heed
Scores = NDArray[np.float64]  # (rows,) or, of `multiclass`, (rows, classes)


@dataclass(frozen=True)
class TrainingRows:
    """What a model learns from: the encoded `matrix` (rows, features) and the `outcomes` (rows,) of the `task`.

    `features` describe the columns of the matrix. `event`, the word for what is predicted, is the ONNX graph's name.
    """

    matrix: Matrix
    outcomes: Outcomes
    features: Sequence[Feature]
    event: str
    task: str = BINARY
    classes: Sequence[str] = ()

    def select(self, chosen: Any) -> "TrainingRows":
        """Return the rows that an index chooses."""
        matrix, outcomes = self.matrix[chosen], self.outcomes[chosen]
        return TrainingRows(matrix, outcomes, self.features, self.event, self.task, self.classes)

    @property
    def width(self) -> int:
        """How many scores a row has."""
        return len(self.classes) if self.task == MULTICLASS else 1

    @property
    def names(self) -> list[str]:
        """The names of the features."""
        return [feature.name for feature in self.features]


@dataclass(frozen=True)
class Settings:
    """What the user may set. The same settings and rows give the same model, to the byte.

    A setting with a default is off by that value; a model that has no such thing refuses every other one.
    """

    seed: int
    trees: int
    leaves: int
    learning_rate: float
    min_rows_per_leaf: int
    threads: int
    feature_fraction: float = 1.0
    bagging_fraction: float = 1.0
    l2: float = 0.0
    early_stopping_rounds: int = 0
    validation_share: float = 0.1
    validation_rows: str = "last"

    def refuse(self, model: str, *names: str) -> None:
        """Raise InputError, which names it, for a setting that is not at its default."""
        for name in names:
            off = next(each.default for each in fields(self) if each.name == name)
            if getattr(self, name) != off:
                raise InputError(f"{model} has no {name}: set it to {off}, or choose another model")


@dataclass(frozen=True)
class FittedModel:
    """`native` is the text of the model as its own library sees it; `predict` gives the scores of a matrix.

    `thresholds` are, by column of the matrix, the values at which a score may jump, ascending: there a rounding error
    that changes nothing elsewhere sends a row to another leaf. A smooth model has none. `facts` go into metrics.json.
    """

    native: str
    onnx: bytes
    predict: Callable[[Matrix], Scores]
    thresholds: Mapping[int, NDArray[np.float64]] = field(default_factory=dict)
    facts: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True)
class Scale:
    """How a model sees what it predicts: `regression` about 0 and with spread 1, because trees are of float32.

    Else a price of a million would be known to the next 0.06, and a leaf of a tree could hold no less.
    """

    centre: float = 0.0
    spread: float = 1.0

    @classmethod
    def of(cls, rows: TrainingRows) -> "Scale":
        """Return mean and standard deviation of what regression predicts; 0 and 1 for other tasks."""
        return cls(float(rows.outcomes.mean()), float(rows.outcomes.std())) if rows.task == REGRESSION else cls()

    def shrink(self, rows: TrainingRows) -> Outcomes:
        """Return the outcomes as a model learns them."""
        return (rows.outcomes - self.centre) / self.spread if rows.task == REGRESSION else rows.outcomes

    def stretch(self, scores: Scores) -> Scores:
        """Return what the model answers in the unit of the target."""
        return scores * self.spread + self.centre if self != Scale() else scores


def split_validation(rows: TrainingRows, settings: Settings) -> tuple[TrainingRows, TrainingRows | None]:
    """Return the rows to learn from, and those by which early stopping decides: none where it is off.

    They are the last rows, in the order of preparation, or drawn at random with the seed. Raises InputError if the rows
    to learn from lack an outcome that the others have.
    """
    if not settings.early_stopping_rounds:
        return rows, None
    count = min(max(1, round(len(rows.matrix) * settings.validation_share)), len(rows.matrix) - 1)
    held: Any = slice(len(rows.matrix) - count, None)
    kept: Any = slice(len(rows.matrix) - count)
    if settings.validation_rows == "random":
        order = np.random.default_rng(settings.seed).permutation(len(rows.matrix))
        held, kept = np.sort(order[:count]), np.sort(order[count:])
    learned, watched = rows.select(kept), rows.select(held)
    if rows.task != REGRESSION and len(np.unique(learned.outcomes)) < len(np.unique(rows.outcomes)):
        raise InputError(
            f"the {count:,} rows of validation_share {settings.validation_share} hold an outcome that the others lack: "
            "lower it, or set validation_rows to random"
        )
    return learned, watched
