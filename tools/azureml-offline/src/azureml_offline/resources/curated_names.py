"""The curated environments that the offline workspace knows, as data: names, versions, images.

Names are those of Microsoft's documentation (MicrosoftDocs/azure-docs, resource-curated-environments.md, of December
2020, July 2021 and September 2023, and resource-azure-container-for-pytorch.md). A version is the newest that public
code names, or 1, which every environment had once.
"""

IMAGES = "mcr.microsoft.com/azureml"

# For training; the image of each is azureml/curated/ and the rest of its name.
TRAINING: dict[str, int] = {
    "AzureML-ACPT-pytorch-1.13-py38-cuda11.7-gpu": 10,
    "AzureML-ACPT-pytorch-1.12-py39-cuda11.6-gpu": 1,
    "AzureML-ACPT-pytorch-1.12-py38-cuda11.6-gpu": 1,
    "AzureML-ACPT-pytorch-1.11-py38-cuda11.5-gpu": 1,
    "AzureML-ACPT-pytorch-1.11-py38-cuda11.3-gpu": 3,
    "AzureML-lightgbm-3.2-ubuntu18.04-py37-cpu": 48,
    "AzureML-pytorch-1.10-ubuntu18.04-py38-cuda11-gpu": 36,
    "AzureML-pytorch-1.9-ubuntu18.04-py37-cuda11-gpu": 6,
    "AzureML-pytorch-1.8-ubuntu18.04-py37-cuda11-gpu": 1,
    "AzureML-pytorch-1.7-ubuntu18.04-py37-cuda11-gpu": 1,
    "AzureML-responsibleai-0.20-ubuntu20.04-py38-cpu": 4,
    "AzureML-sklearn-1.0-ubuntu20.04-py38-cpu": 33,
    "AzureML-sklearn-0.24-ubuntu18.04-py37-cpu": 33,
    "AzureML-tensorflow-2.7-ubuntu20.04-py38-cuda11-gpu": 1,
    "AzureML-tensorflow-2.6-ubuntu20.04-py38-cuda11-gpu": 1,
    "AzureML-tensorflow-2.4-ubuntu18.04-py37-cuda11-gpu": 41,
}
# Of automated machine learning; the image of each is azureml/curated/ and its whole name.
AUTOMATED: dict[str, int] = {
    "AzureML-AutoML": 156,
    "AzureML-AutoML-DNN": 1,
    "AzureML-AutoML-GPU": 1,
    "AzureML-AutoML-DNN-GPU": 1,
}
# For web services; the image of each is azureml/ and the rest of its name.
INFERENCE: dict[str, int] = {
    "AzureML-minimal-ubuntu18.04-py37-cpu-inference": 34,
    "AzureML-onnxruntime-1.6-ubuntu18.04-py37-cpu-inference": 1,
    "AzureML-pytorch-1.6-ubuntu18.04-py37-cpu-inference": 1,
    "AzureML-pytorch-1.7-ubuntu18.04-py37-cpu-inference": 1,
    "AzureML-sklearn-0.24.1-ubuntu18.04-py37-cpu-inference": 1,
    "AzureML-tensorflow-1.15-ubuntu18.04-py37-cpu-inference": 1,
    "AzureML-tensorflow-2.4-ubuntu18.04-py37-cpu-inference": 1,
    "AzureML-tensorflow-2.4-ubuntu18.04-py37-cuda11.0.3-gpu-inference": 1,
    "AzureML-xgboost-0.9-ubuntu18.04-py37-cpu-inference": 1,
}
# Those of 2020, which Azure has hidden since July 2021: they are found by their names, and no list shows them.
# Each is a conda specification on one of Azure ML's base images.
HIDDEN: dict[str, tuple[int, str]] = {
    "AzureML-AutoML-DNN-Vision-GPU": (14, "openmpi3.1.2-cuda10.1-cudnn7-ubuntu18.04"),
    "AzureML-Chainer-5.1.0-CPU": (36, "intelmpi2018.3-ubuntu16.04"),
    "AzureML-Chainer-5.1.0-GPU": (37, "intelmpi2018.3-cuda9.0-cudnn7-ubuntu16.04"),
    "AzureML-Dask-CPU": (22, "openmpi3.1.2-ubuntu18.04"),
    "AzureML-Dask-GPU": (20, "openmpi3.1.2-cuda10.1-cudnn7-ubuntu18.04"),
    "AzureML-Hyperdrive-ForecastDNN": (35, "openmpi3.1.2-cuda10.0-cudnn7-ubuntu16.04"),
    "AzureML-Minimal": (36, "intelmpi2018.3-ubuntu16.04"),
    "AzureML-PySpark-MmlSpark-0.15": (32, "intelmpi2018.3-ubuntu16.04"),
    "AzureML-PyTorch-1.0-CPU": (36, "openmpi3.1.2-ubuntu16.04"),
    "AzureML-PyTorch-1.0-GPU": (37, "openmpi3.1.2-cuda10.0-cudnn7-ubuntu16.04"),
    "AzureML-PyTorch-1.1-CPU": (36, "openmpi3.1.2-ubuntu16.04"),
    "AzureML-PyTorch-1.1-GPU": (37, "openmpi3.1.2-cuda10.0-cudnn7-ubuntu16.04"),
    "AzureML-PyTorch-1.2-CPU": (36, "openmpi3.1.2-ubuntu16.04"),
    "AzureML-PyTorch-1.2-GPU": (37, "openmpi3.1.2-cuda10.0-cudnn7-ubuntu16.04"),
    "AzureML-PyTorch-1.3-CPU": (32, "intelmpi2018.3-ubuntu16.04"),
    "AzureML-PyTorch-1.3-GPU": (35, "openmpi3.1.2-cuda10.0-cudnn7-ubuntu16.04"),
    "AzureML-PyTorch-1.4-CPU": (27, "openmpi3.1.2-ubuntu16.04"),
    "AzureML-PyTorch-1.4-GPU": (27, "openmpi3.1.2-cuda10.1-cudnn7-ubuntu18.04"),
    "AzureML-PyTorch-1.5-CPU": (17, "openmpi3.1.2-ubuntu16.04"),
    "AzureML-PyTorch-1.5-GPU": (18, "openmpi3.1.2-cuda10.1-cudnn7-ubuntu18.04"),
    "AzureML-PyTorch-1.6-CPU": (4, "openmpi3.1.2-ubuntu16.04"),
    "AzureML-PyTorch-1.6-GPU": (4, "openmpi3.1.2-cuda10.1-cudnn7-ubuntu18.04"),
    "AzureML-Scikit-learn-0.20.3": (36, "intelmpi2018.3-ubuntu16.04"),
    "AzureML-TensorFlow-1.10-CPU": (36, "intelmpi2018.3-ubuntu16.04"),
    "AzureML-TensorFlow-1.10-GPU": (37, "intelmpi2018.3-cuda9.0-cudnn7-ubuntu16.04"),
    "AzureML-TensorFlow-1.12-CPU": (35, "intelmpi2018.3-ubuntu16.04"),
    "AzureML-TensorFlow-1.12-GPU": (37, "intelmpi2018.3-cuda9.0-cudnn7-ubuntu16.04"),
    "AzureML-TensorFlow-1.13-CPU": (36, "intelmpi2018.3-ubuntu16.04"),
    "AzureML-TensorFlow-1.13-GPU": (37, "intelmpi2018.3-cuda10.0-cudnn7-ubuntu16.04"),
    "AzureML-TensorFlow-2.0-CPU": (34, "openmpi3.1.2-ubuntu18.04"),
    "AzureML-TensorFlow-2.0-GPU": (35, "openmpi3.1.2-cuda10.0-cudnn7-ubuntu18.04"),
    "AzureML-TensorFlow-2.1-CPU": (11, "openmpi3.1.2-ubuntu18.04"),
    "AzureML-TensorFlow-2.1-GPU": (12, "openmpi3.1.2-cuda10.0-cudnn7-ubuntu18.04"),
    "AzureML-TensorFlow-2.2-CPU": (4, "openmpi3.1.2-ubuntu18.04"),
    "AzureML-TensorFlow-2.2-GPU": (4, "openmpi3.1.2-cuda10.1-cudnn7-ubuntu18.04"),
    "AzureML-Tutorial": (49, "intelmpi2018.3-ubuntu16.04"),
    "AzureML-VowpalWabbit-8.8.0": (25, "intelmpi2018.3-ubuntu16.04"),
}
LISTED: dict[str, int] = {**TRAINING, **AUTOMATED, **INFERENCE}
NEWEST: dict[str, int] = LISTED | {name: version for name, (version, _) in HIDDEN.items()}


def image(name: str, version: int | str) -> str:
    """Return the image of a version of a curated environment."""
    own = name.removeprefix("AzureML-")
    if name in TRAINING:
        return f"{IMAGES}/curated/{own.lower()}:{version}"
    if name in AUTOMATED:
        return f"{IMAGES}/curated/{name.lower()}:{version}"
    if name in INFERENCE:
        return f"{IMAGES}/{own}:latest"
    return f"{IMAGES}/{HIDDEN[name][1]}"
