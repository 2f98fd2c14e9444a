"""What a single prediction is made of: how much each feature moves it away from the average prediction.

Shapley values by sampling (Štrumbelj & Kononenko 2014), of any model, by asking its ONNX form alone, in the unit of the
prediction: probabilities, and not log-odds as LightGBM's TreeSHAP gives. For each row of the background, features take
the explained row's values one after the other in a random order, and once more in the reverse order; what the answer
moves by is the feature's. So contributions add up to prediction minus average exactly, whatever the sample, and are
exact themselves where features do not interact.
"""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from learning.features import Matrix

DRAWS = 3  # orders, with their reverses, for each row of the background
Answer = Callable[[Matrix], NDArray[np.floating]]  # from rows (rows, features) to one number each, (rows,)


@dataclass(frozen=True)
class Attribution:
    """Why one row has its prediction: `average` over the background plus all `contributions` (features,).

    `errors` (features,) are the standard errors of the contributions by chance of the sample.
    """

    prediction: float
    average: float
    contributions: NDArray[np.float64]
    errors: NDArray[np.float64]


def attribute(answer: Answer, row: NDArray[np.float32], background: Matrix, seed: int) -> Attribution:
    """Explain the answer to one row (features,) against the background (background rows, features)."""
    generator = np.random.default_rng(seed)
    features = len(row)
    forward = [generator.permutation(features) for _ in range(len(background) * DRAWS)]
    orders = np.array([order for each in forward for order in (each, each[::-1])])
    starts = np.repeat(background, 2 * DRAWS, axis=0)
    answers = answer(_walks(row, starts, orders)).astype(np.float64).reshape(len(orders), features + 1)
    moves = np.empty((len(orders), features))
    np.put_along_axis(moves, orders, np.diff(answers, axis=1), axis=1)
    pairs = moves.reshape(-1, 2, features).mean(axis=1)
    spread = pairs.std(axis=0, ddof=1) if len(pairs) > 1 else np.zeros(features)
    errors = spread / np.sqrt(len(pairs))
    return Attribution(float(answers[0, -1]), float(answers[:, 0].mean()), pairs.mean(axis=0), errors)


def _walks(row: NDArray[np.float32], starts: Matrix, orders: NDArray[np.intp]) -> Matrix:
    """Return the rows from each start to `row`, one more feature in its place at a time (starts * (features + 1),)."""
    count, features = starts.shape
    walks = np.repeat(starts[:, np.newaxis], features + 1, axis=1)
    when = np.empty_like(orders)
    np.put_along_axis(when, orders, np.broadcast_to(np.arange(features), orders.shape), axis=1)
    taken = np.arange(features + 1)[np.newaxis, :, np.newaxis] > when[:, np.newaxis, :]
    return np.where(taken, row, walks).reshape(count * (features + 1), features)
