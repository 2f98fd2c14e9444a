"""Gradient-boosted trees of scikit-learn, as an ONNX graph of their own making: no converter here knows them."""

import json
from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from learning.errors import InputError
from learning.features import Matrix
from learning.files import first_line
from learning.fitting import FittedModel, Scale, Scores, Settings, TrainingRows, split_validation
from learning.onnx_graphs import INPUT_NAME, build_model, link, round_down
from learning.tasks import REGRESSION

Nodes = NDArray[Any]  # (nodes,): scikit-learn's record of a tree's nodes, the root first


def fit_histogram_trees(rows: TrainingRows, settings: Settings) -> FittedModel:
    """Gradient-boosted trees. `feature_fraction` is drawn for each split, where LightGBM draws it for each tree."""
    settings.refuse("hist_gradient_boosting", "bagging_fraction")
    scale = Scale.of(rows)
    model = _fit(rows, settings, scale)

    def predict(matrix: Matrix) -> Scores:
        if rows.task == REGRESSION:
            return scale.stretch(np.asarray(model.predict(matrix), dtype=np.float64))
        probabilities = np.asarray(model.predict_proba(matrix), dtype=np.float64)
        return probabilities if rows.width > 1 else probabilities[:, 1]

    # The trees in the order in which they were fit, each with the number of the score that it adds to.
    trees = [(each.nodes, number) for several in model._predictors for number, each in enumerate(several)]
    base = np.asarray(model._baseline_prediction, dtype=np.float64).reshape(-1)
    if rows.width > len(base):  # two classes have one score, that of the second: the first one's is always 0
        trees, base = [(nodes, 1) for nodes, _ in trees], np.array([0, *base])
    onnx = link(_to_onnx(trees, base, rows), rows, scale)
    facts = {"trees": model.n_iter_} if settings.early_stopping_rounds else {}
    return FittedModel(_to_text(trees, base, rows), onnx, predict, _collect_thresholds(trees), facts)


def _fit(rows: TrainingRows, settings: Settings, scale: Scale) -> Any:
    """Return the fitted model, cut after the best tree where early stopping is on."""
    from sklearn.ensemble import HistGradientBoostingClassifier, HistGradientBoostingRegressor
    from threadpoolctl import threadpool_limits

    learned, watched = split_validation(rows, settings)
    kind = HistGradientBoostingRegressor if rows.task == REGRESSION else HistGradientBoostingClassifier
    model = kind(
        learning_rate=settings.learning_rate,
        max_iter=settings.trees,
        max_leaf_nodes=settings.leaves,
        min_samples_leaf=settings.min_rows_per_leaf,
        max_features=settings.feature_fraction,
        l2_regularization=settings.l2,
        early_stopping=watched is not None,
        n_iter_no_change=settings.early_stopping_rounds or 1,
        random_state=settings.seed,
    )
    watching = {"X_val": watched.matrix, "y_val": scale.shrink(watched)} if watched else {}
    try:
        with threadpool_limits(settings.threads):
            model.fit(_without_empty_columns(learned.matrix), scale.shrink(learned), **watching)
    except ValueError as error:
        raise InputError(f"scikit-learn refuses these settings: {first_line(error)}") from error
    if watched:
        del model._predictors[max(1, int(np.argmax(model.validation_score_))) :]  # the first score is without any tree
    return model


def _without_empty_columns(matrix: Matrix) -> Matrix:
    """Return the matrix with zeros where all of a column is missing: scikit-learn 1.9 cannot bin such a column."""
    empty = np.isnan(matrix).all(axis=0)
    return np.where(empty, np.float32(0), matrix) if empty.any() else matrix


def _to_onnx(trees: Sequence[tuple[Nodes, int]], base: NDArray[np.float64], rows: TrainingRows) -> Any:
    """Lead from the input to the sum of the leaves; a missing number goes where scikit-learn sends it."""
    from onnx import helper

    nodes = np.concatenate([nodes for nodes, _ in trees])
    sizes = [len(nodes) for nodes, _ in trees]
    tree_numbers = np.repeat(np.arange(len(trees)), sizes)
    node_numbers = np.concatenate([np.arange(size) for size in sizes])
    leaf = nodes["is_leaf"].astype(bool)
    targets = np.repeat([number for _, number in trees], sizes)
    ensemble = helper.make_node(
        "TreeEnsembleRegressor",
        [INPUT_NAME],
        ["scores"],
        domain="ai.onnx.ml",
        n_targets=rows.width,
        base_values=base.astype(np.float32).tolist(),
        nodes_treeids=tree_numbers.tolist(),
        nodes_nodeids=node_numbers.tolist(),
        nodes_featureids=np.where(leaf, 0, nodes["feature_idx"]).tolist(),
        nodes_values=np.where(leaf, 0, round_down(nodes["num_threshold"])).astype(np.float32).tolist(),
        nodes_modes=["LEAF" if each else "BRANCH_LEQ" for each in leaf],
        nodes_truenodeids=np.where(leaf, 0, nodes["left"]).tolist(),
        nodes_falsenodeids=np.where(leaf, 0, nodes["right"]).tolist(),
        nodes_missing_value_tracks_true=np.where(leaf, 0, nodes["missing_go_to_left"]).tolist(),
        target_treeids=tree_numbers[leaf].tolist(),
        target_nodeids=node_numbers[leaf].tolist(),
        target_ids=targets[leaf].tolist(),
        target_weights=nodes["value"][leaf].astype(np.float32).tolist(),
    )
    return build_model([ensemble], rows, [])


def _to_text(trees: Sequence[tuple[Nodes, int]], base: NDArray[np.float64], rows: TrainingRows) -> str:
    """Write the trees as JSON, a list of columns for each: scikit-learn itself knows no format but pickle."""
    columns = ("feature_idx", "missing_go_to_left", "left", "right", "is_leaf", "value")
    lines = []
    for nodes, number in trees:
        tree = {"adds_to": number} | {name: nodes[name].tolist() for name in columns}
        # Infinite where a split parts what is missing from all numbers; JSON has no such number.
        tree["num_threshold"] = [each if np.isfinite(each) else None for each in nodes["num_threshold"].tolist()]
        lines.append(json.dumps(tree))
    head = json.dumps({"features": rows.names, "base": base.tolist()})[:-1]
    return f'{head}, "trees": [\n' + ",\n".join(lines) + "\n]}\n"


def _collect_thresholds(trees: Sequence[tuple[Nodes, int]]) -> dict[int, NDArray[np.float64]]:
    """Collect the finite thresholds of all trees by the number of the feature."""
    nodes = np.concatenate([nodes for nodes, _ in trees])
    nodes = nodes[(nodes["is_leaf"] == 0) & np.isfinite(nodes["num_threshold"])]
    numbers = np.unique(nodes["feature_idx"])
    return {int(each): np.unique(nodes["num_threshold"][nodes["feature_idx"] == each]) for each in numbers}
