"""An offline Azure ML workspace on 127.0.0.1 that the real azureml-core talks to; `session.running` starts one."""
