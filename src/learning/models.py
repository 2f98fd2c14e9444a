"""The models that `train.py --model` can fit. A new one is one function and one line in `MODELS`.

Whatever the model, its ONNX form has the interface of learning.onnx_graphs, on which evaluation, batch scoring and
serving rely. The libraries are imported by the function that needs them: LightGBM and scikit-learn cost seconds.
"""

from collections.abc import Callable

from learning.fitting import FittedModel, Settings, TrainingRows
from learning.histogram_trees import fit_histogram_trees
from learning.lightgbm_trees import fit_lightgbm
from learning.linear import fit_linear

MODELS: dict[str, Callable[[TrainingRows, Settings], FittedModel]] = {
    "lightgbm": fit_lightgbm,
    "hist_gradient_boosting": fit_histogram_trees,
    "linear": fit_linear,
}
