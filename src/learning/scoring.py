"""The trained model as it is evaluated, scored in batches and served: ONNX Runtime behind the one encoder."""

import os
import re
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from threading import Lock
from typing import Any

import numpy as np
from numpy.typing import NDArray

from learning.errors import InputError
from learning.features import Columns, Feature, Matrix, encode, from_json
from learning.files import existing, first_line, read_json, require_undamaged
from learning.onnx_graphs import INPUT_NAME
from learning.tasks import BINARY, MULTICLASS, TASKS

VERSION_IN_PATH = re.compile(r"/azureml-models/[^/]+/([^/]+)")
Scores = NDArray[np.floating[Any]]  # (rows,) or, of `multiclass`, (rows, classes)


@dataclass(frozen=True)
class Scorer:
    """A model and the features it needs, in the order of its input. `session` is an onnxruntime.InferenceSession.

    `task`, `classes` and `keys`, the columns that name a row, are those that it was trained with. `keys` is None if the
    model does not say: an old one. It is empty if no columns name a row.
    """

    features: tuple[Feature, ...]
    session: Any
    task: str = BINARY
    classes: tuple[str, ...] = ()
    keys: tuple[str, ...] | None = None

    @classmethod
    def load(cls, folder: Path, threads: int = 1, file: str = "model.onnx") -> "Scorer":
        """Read an ONNX model, and `features.json`.

        More threads add up the floats of the trees in another order: from about the eighth digit on, scores differ.

        Raises:
            InputError: one of the files is missing, damaged, or not what train.py writes.
        """
        require_undamaged(folder, ["features.json", file])
        document = read_json(folder / "features.json")
        features, task, classes = from_json(document), *_read_task(document)
        session = _session(existing(folder / file), threads)
        width, outputs = session.get_inputs()[0].shape[-1], [each.name for each in session.get_outputs()]
        if width != len(features):
            raise InputError(f"{folder} is incomplete: {width} inputs, {len(features)} features; train it again")
        if outputs != [TASKS[task].output]:
            raise InputError(f"{folder} is inconsistent: {', '.join(outputs)} of a {task} task; train it again")
        keys = tuple(document["keys"]) if "keys" in document else None
        return cls(features, session, task, classes, keys)

    @property
    def columns(self) -> list[str]:
        """The names of the columns that `predict` needs."""
        return [feature.name for feature in self.features]

    def predict(self, columns: Columns) -> Scores:
        """Return the probability of the event (rows,), or of each class (rows, classes), or the prediction (rows,).

        Raises InputError for a column that `encode` refuses.
        """
        return self.score(encode(columns, self.features))

    def score(self, matrix: Matrix) -> Scores:
        """Return the same of an encoded input (rows, features)."""
        scores: Scores = self.session.run(self._outputs, {INPUT_NAME: matrix})[0]
        return scores

    def score_one(self, row: Sequence[float | None]) -> Scores:
        """Return the scores (1,) or (1, classes) of one encoded row, faster; None is a missing number."""
        return self._one_row.score(row)

    @cached_property
    def _outputs(self) -> list[str]:
        return [TASKS[self.task].output]

    @cached_property
    def _one_row(self) -> "OneRow":
        return OneRow(self.session, TASKS[self.task].output, len(self.features))


class OneRow:
    """ONNX Runtime tied to memory for one row, as most requests have, and for its scores.

    `InferenceSession.run` checks and converts what goes in and comes out, each time anew. For one row that takes as
    long as the trees do, and it crowds the caches of whatever the server does next.
    """

    def __init__(self, session: Any, output: str, width: int) -> None:
        """Score a row of zeros, which says what the memory for scores must be like."""
        self._row = np.zeros((1, width), dtype=np.float32)
        self._scores: Scores = session.run([output], {INPUT_NAME: self._row})[0].copy()
        self._binding, self._run = session.io_binding(), session.run_with_iobinding
        self._bind(self._binding.bind_input, INPUT_NAME, self._row)
        self._bind(self._binding.bind_output, output, self._scores)
        self._lock = Lock()  # a server may have several threads, and there is one memory

    @staticmethod
    def _bind(bind: Any, name: str, array: Scores) -> None:
        bind(name, "cpu", 0, array.dtype.type, array.shape, array.ctypes.data)

    def score(self, row: Sequence[float | None]) -> Scores:
        """Return the scores of an encoded row."""
        with self._lock:
            self._row[0] = row
            self._run(self._binding)
            return self._scores.copy()


def find_mounted(folder: str | None) -> tuple[Path, str]:
    """Return the folder of the one model in or below AZUREML_MODEL_DIR, and its version, "" if the path has none.

    Raises InputError when it is not set, or there is no model or several.
    """
    if not folder:
        raise InputError("AZUREML_MODEL_DIR is not set: it must name the folder of the model")
    found = sorted(Path(folder).rglob("model.onnx"))
    if len(found) != 1:
        raise InputError(f"AZUREML_MODEL_DIR must hold one model.onnx, and {folder} holds {len(found)}")
    version = VERSION_IN_PATH.search(found[0].as_posix())
    return found[0].parent, version[1] if version else ""


def _read_task(document: Any) -> tuple[str, tuple[str, ...]]:
    """Return task and classes; a model that says neither is of a time when every one was binary."""
    task, classes = document.get("task", BINARY), tuple(document.get("classes", ()))
    if task not in TASKS or (task == MULTICLASS) != bool(classes):
        raise InputError(f"features.json has task {task!r} and {len(classes)} classes: train the model again")
    return task, classes


def _session(path: Path, threads: int) -> Any:
    # Set before the library is loaded, or it reports each process to its makers.
    os.environ["ORT_DISABLE_TELEMETRY"] = "1"
    import onnxruntime

    onnxruntime.disable_telemetry_events()  # on Windows, which takes no notice of the variable
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads, options.inter_op_num_threads = threads, 1
    options.add_session_config_entry("session.intra_op.allow_spinning", "0")  # idle threads leave the cores to others
    try:
        return onnxruntime.InferenceSession(path, options, providers=["CPUExecutionProvider"])
    except Exception as error:  # onnxruntime's errors share no narrower class
        raise InputError(f"{path} cannot be read as an ONNX model: {first_line(error)}") from error
