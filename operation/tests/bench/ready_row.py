"""An entry script of Azure ML's inference server that only calls ONNX Runtime, with a row that is ready.

`READY_ROW` names a file with a request of one record, which is decoded once. What comes is not looked at.
"""

import os
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Any

from learning.decoding import RequestDecoder
from learning.onnx_graphs import INPUT_NAME
from learning.scoring import Scorer

_score: Callable[[], list[Any]]


def init() -> None:
    """Load the model, and make its input ready."""
    global _score
    scorer = Scorer.load(Path(os.environ["AZUREML_MODEL_DIR"]))
    matrix = RequestDecoder(scorer.features, 1).decode(Path(os.environ["READY_ROW"]).read_bytes()).matrix
    outputs = [each.name for each in scorer.session.get_outputs()]
    _score = partial(scorer.session.run, outputs, {INPUT_NAME: matrix})


def run(raw: Any) -> Any:
    """Score the row."""
    del raw
    return {"probabilities": _score()[0].tolist()}
