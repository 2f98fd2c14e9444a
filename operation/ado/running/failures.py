"""How a step fails."""


class TaskError(Exception):
    """What a task says when it fails; the step is marked as failed, and the job goes on as its conditions say."""
