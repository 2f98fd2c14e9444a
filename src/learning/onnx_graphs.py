"""Finish ONNX graphs: the one input and the one output that evaluation, batch scoring and serving rely on.

The input is `INPUT_NAME`, float32 (rows, features), as `features.encode` gives it. The output is named by the task
(learning.tasks): `probability`, float32 (rows,), `probabilities`, float32 (rows, classes), or `prediction`, float64
(rows,).
"""

from typing import Any

import numpy as np
from numpy.typing import NDArray

from learning.fitting import Scale, TrainingRows
from learning.tasks import BINARY, MULTICLASS, TASKS

INPUT_NAME = "input"
LARGEST_OPSET, LARGEST_ML_OPSET, IR_VERSION = 15, 3, 8  # old enough for every ONNX Runtime that may serve


def build_model(nodes: list[Any], rows: TrainingRows, initializers: list[Any]) -> Any:
    """Build a model of nodes that lead from the input to `scores`, float32 (rows, width), before any link function."""
    from onnx import TensorProto, helper

    takes = helper.make_tensor_value_info(INPUT_NAME, TensorProto.FLOAT, [None, len(rows.features)])
    gives = helper.make_tensor_value_info("scores", TensorProto.FLOAT, [None, rows.width])
    graph = helper.make_graph(nodes, rows.event or "model", [takes], [gives], initializers)
    opsets = [helper.make_opsetid("", LARGEST_OPSET), helper.make_opsetid("ai.onnx.ml", LARGEST_ML_OPSET)]
    return helper.make_model(graph, opset_imports=opsets, ir_version=IR_VERSION)


def link(model: Any, rows: TrainingRows, scale: Scale) -> bytes:
    """Finish a model of `build_model`: the scores become probabilities, or numbers in the unit of the target."""
    from onnx import helper

    if rows.task == MULTICLASS:
        model.graph.node.append(helper.make_node("Softmax", ["scores"], [TASKS[MULTICLASS].output], axis=1))
        return finish_classes(model)
    if rows.task == BINARY:
        model.graph.node.append(helper.make_node("Sigmoid", ["scores"], ["probabilities"]))
        return finish_event(model, rows.event, 0)
    return finish_number(model, "scores", scale)


def finish_event(model: Any, event: str, column: int = 1) -> bytes:
    """Replace the outputs by one column of the `probabilities`, that of the event."""
    from onnx import TensorProto, helper

    output, constant = TASKS[BINARY].output, _free_name(model, event)
    model.graph.initializer.append(helper.make_tensor(constant, TensorProto.INT64, [], [column]))
    model.graph.node.append(helper.make_node("Gather", ["probabilities", constant], [output], axis=1))
    return _serialize(model, helper.make_tensor_value_info(output, TensorProto.FLOAT, [None]))


def finish_classes(model: Any) -> bytes:
    """Leave the `probabilities` as the only output."""
    from onnx import TensorProto, helper

    return _serialize(model, helper.make_tensor_value_info(TASKS[MULTICLASS].output, TensorProto.FLOAT, [None, None]))


def finish_number(model: Any, scores: str, scale: Scale) -> bytes:
    """Stretch the scores (rows, 1) of that name to the unit of the target, in float64, as the only output."""
    from onnx import TensorProto, helper, numpy_helper

    constants = {"first": np.int64(0), "spread": np.float64(scale.spread), "centre": np.float64(scale.centre)}
    model.graph.initializer.extend(numpy_helper.from_array(np.array(each), name) for name, each in constants.items())
    output = TASKS["regression"].output
    model.graph.node.extend(
        [
            helper.make_node("Gather", [scores, "first"], ["score"], axis=1),
            helper.make_node("Cast", ["score"], ["wide"], to=TensorProto.DOUBLE),
            helper.make_node("Mul", ["wide", "spread"], ["stretched"]),
            helper.make_node("Add", ["stretched", "centre"], [output]),
        ]
    )
    return _serialize(model, helper.make_tensor_value_info(output, TensorProto.DOUBLE, [None]))


def round_down(values: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return the largest float32 that is not above each value.

    That keeps the side of every float32 input: x <= t if and only if it is. ONNX holds thresholds as float32 and rounds
    them to the nearest one. Where that is above, a row between the two would go left in ONNX and right in the library.
    """
    nearest = values.astype(np.float32)
    return np.where(nearest > values, np.nextafter(nearest, np.float32(-np.inf)), nearest).astype(np.float64)


def _free_name(model: Any, wanted: str) -> str:
    """Return the name, longer by as many _ as it takes to be no other's in the graph."""
    graph = model.graph
    taken = {name for node in graph.node for name in (*node.input, *node.output)}
    taken |= {each.name for each in (*graph.input, *graph.output, *graph.initializer)} | {"", TASKS[BINARY].output}
    while wanted in taken:
        wanted += "_"
    return wanted


def _serialize(model: Any, output: Any) -> bytes:
    del model.graph.output[:]
    model.graph.output.append(output)
    # The converter takes the operator sets from a Python set, whose order changes from process to process.
    opsets = sorted(model.opset_import, key=lambda opset: str(opset.domain))
    del model.opset_import[:]
    model.opset_import.extend(opsets)
    return bytes(model.SerializeToString(deterministic=True))
