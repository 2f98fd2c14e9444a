"""An Azure ML workspace as a backend, through azureml-core."""
