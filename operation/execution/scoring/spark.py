"""Spark on this machine: whether it can start, and the variables by which it stays on this machine."""

import os
import shlex
import shutil
import sys
from importlib.util import find_spec
from pathlib import Path

from operation.errors import OperationError

# Arrow asks of every value whether it is within its vector, of which Spark has made sure. Without that, scoring takes a
# tenth less time.
ARROW = "-Darrow.enable_unsafe_memory_access=true -Darrow.enable_null_check_for_get=false"


def require_spark() -> None:
    """Raise OperationError, which says what to install, if PySpark or Java is missing."""
    if find_spec("pyspark") is None:
        raise OperationError(
            "--engine spark needs PySpark: python -m pip install --require-hashes -r requirements-spark.lock"
        )
    home = os.environ.get("JAVA_HOME", "")
    if not shutil.which("java") and not (home and Path(home, "bin", "java").exists()):
        raise OperationError(
            "--engine spark needs Java, 17 or later: apt-get install default-jre-headless, or set JAVA_HOME to a JDK."
        )


def variables(processes: int) -> dict[str, str]:
    """Return the environment of a Spark with so many cores that listens to nobody else, and shows no web page.

    Its workers are this Python: by default they are the `python3` of the PATH, which may lack everything.
    """
    settings = {"spark.ui.enabled": "false", "spark.driver.extraJavaOptions": ARROW}
    words = [word for name, value in settings.items() for word in ("--conf", f"{name}={value}")]
    options = shlex.join(["--master", f"local[{processes}]", *words, "pyspark-shell"])
    return {"SPARK_LOCAL_IP": "127.0.0.1", "PYSPARK_SUBMIT_ARGS": options, "PYSPARK_PYTHON": sys.executable}
