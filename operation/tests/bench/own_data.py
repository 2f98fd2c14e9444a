"""`invoke new` to a champion, in a fresh clone, beside a plain script that trains on the same file."""

import re
import sys
from pathlib import Path

import numpy as np
import pandas as pd

from operation.tests.bench.measuring import measure
from operation.tests.bench.trainings import INVOKE, ROOT, Pair
from operation.tests.clones import commit_all, copy_work_tree

PLAIN_SCRIPT = Path(__file__).with_name("plain_script.py")
ROWS = 200_000
AREA = re.compile(r"roc_auc(?:_score)? +(0\.\d+)")
APART = 0.02  # as far as two draws of the test part may be


def pair(folder: Path) -> Pair:
    """`invoke new`, which ends with `invoke train`, then the script; RuntimeError unless both models are as good."""
    file, clone = folder / "customers.csv", folder / "clone"
    customers().to_csv(file, index=False)
    copy_work_tree(ROOT, clone)
    commit_all(clone)
    new = measure([*INVOKE, "new", "churn", "--data", file, "--target", "churned"], clone)
    words: list[str | Path] = [sys.executable, PLAIN_SCRIPT, file, "churned", folder / "model.txt"]
    script = measure([*words, "--drop", "customer_id"], folder)
    areas = [float(found[1]) if (found := AREA.search(each.output)) else 0.0 for each in (new, script)]
    if not min(areas) or abs(areas[0] - areas[1]) > APART:
        raise RuntimeError(f"ROC AUC of invoke new and of the script: {areas}\n{new.output}")
    return new, script


def customers(rows: int = ROWS) -> pd.DataFrame:
    """Customers with categories of a few and of hundreds of values, numbers, flags, and cells that are empty."""
    rng = np.random.default_rng(1)
    plan, region = rng.choice(["basic", "pro", "team"], rows), rng.integers(0, 25, rows)
    income, months = rng.normal(50_000, 9_000, rows).round(2), rng.integers(0, 120, rows)
    used = rng.gamma(2, 10, (rows, 4)).round(1)
    referrer, trial = rng.integers(0, 300, rows), rng.random(rows) < 0.5
    pull = (plan == "basic") + (income < 45_000) - months / 60 - used[:, 0] / 30 + (region % 5) / 4 + trial / 2
    return pd.DataFrame(
        {
            "customer_id": [f"c{number:07}" for number in range(rows)],
            "plan": plan,
            "region": [f"region {number}" for number in region],
            "referrer": [f"r{number}" for number in referrer],
            "income": np.where(rng.random(rows) < 0.05, np.nan, income),
            "months": months,
            **{f"used_{number}": used[:, number] for number in range(4)},
            "seats": rng.integers(1, 40, rows),
            "trial": trial,
            "churned": (pull + rng.normal(0, 1, rows) > 0.5).astype(int),
        }
    )
