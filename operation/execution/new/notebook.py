"""Write `notebooks/NAME.ipynb`: a first look at raw tables, prepared rows and the last model."""

import json

from operation.execution.new.asked import Plan
from operation.execution.new.python_code import headline, text


def notebook(plan: Plan) -> str:
    """Return the notebook, without output."""
    cells = [
        _markdown(f"# {plan.name}: {headline(plan)}\n\nA first look, after `invoke train --use-case {plan.name}`."),
        _code(
            "from pathlib import Path\n\nimport pandas as pd\n\n"
            'ROOT = next(folder for folder in [Path.cwd(), *Path.cwd().parents] if (folder / "tasks.py").exists())\n'
            f'OUTPUTS = ROOT / "outputs" / "{plan.name}"'
        ),
        _markdown("## The raw tables"),
        _code(
            'raw = {file.stem: pd.read_parquet(file) for file in sorted(OUTPUTS.glob("data/raw/*.parquet"))}\n'
            f'raw[{text(plan.main)}].describe(include="all").T'
        ),
        _markdown("## The prepared rows"),
        _code(
            'parts = {file.stem: pd.read_parquet(file) for file in sorted(OUTPUTS.glob("runs/*/prepared/*.parquet"))}\n'
            f'train = parts["train"]\ntrain[{text(plan.target)}].describe()'
        ),
        _markdown("## What goes together with the target"),
        _code(_by_feature(plan)),
    ]
    whole = {
        "cells": [{"id": str(place), **cell} for place, cell in enumerate(cells)],  # the ids that nbstripout gives
        "metadata": {
            "kernelspec": {"display_name": "Python 3", "language": "python", "name": "python3"},
            "language_info": {"name": "python"},
        },
        "nbformat": 4,
        "nbformat_minor": 5,
    }
    return json.dumps(whole, indent=1, ensure_ascii=False) + "\n"


def _by_feature(plan: Plan) -> str:
    numbers = [name for name, kind in plan.features.items() if kind == "number"]
    if plan.task == "multiclass" or not numbers:
        first = next(iter(plan.features))
        return f"train.groupby({text(plan.target)})[{text(numbers[0] if numbers else first)}].describe()"
    return f"train.corr(numeric_only=True)[{text(plan.target)}].sort_values()"


def _markdown(source: str) -> dict[str, object]:
    return {"cell_type": "markdown", "metadata": {}, "source": source.splitlines(keepends=True)}


def _code(source: str) -> dict[str, object]:
    return {
        "cell_type": "code",
        "execution_count": None,
        "metadata": {},
        "outputs": [],
        "source": source.splitlines(keepends=True),
    }
