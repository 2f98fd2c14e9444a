"""What a model can be asked to predict: the table `TASKS`. `learning.outcomes` says what each can learn from.

A model answers with one score a row, the probability of the event or the prediction, or with one a row and class, their
probabilities. Nothing slow is imported here: a use case names its task, and preparing rows needs no more of it.
"""

from dataclasses import dataclass
from typing import Final

BINARY: Final = "binary"
MULTICLASS: Final = "multiclass"
REGRESSION: Final = "regression"


@dataclass(frozen=True)
class Task:
    """`output` is the name of the ONNX model's one output.

    `metric` is compared by where nobody names another one; `slice_metrics` are shown for every slice.
    """

    output: str
    metric: str
    slice_metrics: tuple[str, ...]


TASKS: dict[str, Task] = {
    "binary": Task("probability", "roc_auc", ("roc_auc", "average_precision", "log_loss")),
    "multiclass": Task("probabilities", "log_loss", ("log_loss", "accuracy")),
    "regression": Task("prediction", "mae", ("mae", "rmse")),
}
