"""Profiles of a made-up year: two numbers that go together, a category, scores and outcomes."""

import numpy as np
import pytest

from operation.monitoring.profiles import Profile

BLOCKS, ROWS, EDGES = 30, 400, np.linspace(-4, 4, 13)
PLAN = {
    "series": [{"clock": "t", "step": 3600, "group": "", "names": ["a"], "joined": ["a"]}],
    "score_edges": np.linspace(0, 1, 13)[1:-1].tolist(),
}
LAGS = 17
GROUPS = np.array([[100.0, 60.0, ROWS / 2], [-100.0, -60.0, ROWS / 2]])  # of `c`: sums of `a` and `b`, and rows


def make(seed: int, blocks: int, shift: float = 0.0, related: float = 0.9, missing: float = 0.0) -> Profile:
    """Describe rows that are drawn: `a` is shifted, `b` goes with it, and so does the outcome; some `a` are missing."""
    generator = np.random.default_rng(seed)
    shape = (blocks, ROWS)
    a = generator.normal(shift, 1, shape)
    b = related * a + np.sqrt(1 - related**2) * generator.normal(0, 1, shape)
    gone = generator.random(shape) < missing
    score = 1 / (1 + np.exp(-a))
    outcomes = generator.random(shape) < score
    values = np.stack([np.where(gone, 0, a), b, np.ones(shape)], axis=-1)
    lags = np.zeros((blocks, 1, LAGS, 3))
    lags[..., 1:] = ROWS
    lags[:, 0, LAGS // 2, 0] = 0.5 * ROWS
    sums = {
        "rows": np.full(blocks, float(ROWS)),
        "bins/a": np.stack([_bins(each[~lost], lost.sum()) for each, lost in zip(a, gone, strict=True)]),
        "bins/b": np.stack([_bins(each, 0) for each in b]),
        "bins/c": np.tile([ROWS / 2, ROWS / 2, 0.0], (blocks, 1)),
        "products": np.einsum("bri,brj->bij", values, values),
        "scores": np.stack([np.histogram(each, np.linspace(0, 1, 13))[0] for each in score]).astype(float),
        "outcomes": np.stack(
            [
                [np.histogram(one[happened == wanted], np.linspace(0, 1, 13))[0] for wanted in (False, True)]
                for one, happened in zip(score, outcomes, strict=True)
            ]
        ).astype(float),
        "errors": np.tile([ROWS, 0.2 * ROWS], (blocks, 1)),
        "repeated": np.zeros(blocks),
        "broken/0": np.tile([[0.0, 50.0]], (blocks, 1, 1)),
        "steps/0": np.tile([[20.0, 50.0, 5.0]], (blocks, 1, 1)),
        "offsets/0": np.tile([[[10.0, 50.0]], [[-10.0, 50.0]]], (blocks, 1, 1, 1)),
        "lags/0": lags,
        "groups/c": np.tile(GROUPS, (blocks, 1, 1)),
        "apart": np.tile([0.0, 0.0, 0.0, ROWS, 0.0, 0.0, 0.0], (blocks, 1)),
    }
    days = tuple({"first": f"2013-01-{n + 1:02}", "last": f"2013-01-{n + 1:02}", "days": 7} for n in range(blocks))
    return Profile({"a": "number", "b": "number", "c": ["x", "y"]}, PLAN, days, sums, "hash", "binary")


def _bins(values: np.ndarray, gone: int) -> np.ndarray:
    inside = np.histogram(values, EDGES)[0]
    return np.array([(values < EDGES[0]).sum(), *inside, (values > EDGES[-1]).sum(), gone], dtype=float)


@pytest.fixture(scope="session")
def reference() -> Profile:
    """A year in which nothing changes."""
    return make(1, BLOCKS)
