"""The trained model as it is evaluated, scored in batches and served: ONNX Runtime behind the one encoder."""

import os
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from learning.errors import InputError
from learning.features import Columns, Feature, Matrix, encode, from_json, keys_of
from learning.files import existing, first_line, read_json, require_undamaged
from learning.models import INPUT_NAME, OUTPUT_NAME


@dataclass(frozen=True)
class Scorer:
    """A model and the features it needs, in the order of its input. `session` is an onnxruntime.InferenceSession.

    `keys` are the columns that tell the rows apart; a model of before they were kept has none.
    """

    features: tuple[Feature, ...]
    session: Any
    keys: tuple[str, ...] = ()

    @classmethod
    def load(cls, folder: Path, threads: int = 1) -> "Scorer":
        """Read `model.onnx` and `features.json`.

        More threads add up the floats of the trees in another order: from about the eighth digit on, scores differ.

        Raises:
            InputError: one of the files is missing, damaged, or not what train.py writes.
        """
        require_undamaged(folder, ["features.json", "model.onnx"])
        document = read_json(folder / "features.json")
        features = from_json(document)
        session = _session(existing(folder / "model.onnx"), threads)
        width = session.get_inputs()[0].shape[-1]
        if width != len(features):
            raise InputError(f"{folder} is no whole model: {width} inputs, {len(features)} features; train it again")
        return cls(features, session, keys_of(document))

    @property
    def columns(self) -> list[str]:
        """The names of the columns that `probabilities` needs."""
        return [feature.name for feature in self.features]

    def probabilities(self, columns: Columns) -> NDArray[np.float32]:
        """The probability of the event (rows,); raises InputError for a column that `encode` refuses."""
        return self.score(encode(columns, self.features))

    def score(self, matrix: Matrix) -> NDArray[np.float32]:
        """The probabilities (rows,) of an encoded input (rows, features)."""
        probabilities: NDArray[np.float32] = self.session.run([OUTPUT_NAME], {INPUT_NAME: matrix})[0]
        return probabilities


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
