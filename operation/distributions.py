"""Names of distributions that differ from the name they are imported by."""

DISTRIBUTIONS = {
    "azure": "azure-identity",  # of the many that share the name, the one that src/ needs
    "azureml": "azureml-core",
    "sklearn": "scikit-learn",
    "yaml": "PyYAML",
}
