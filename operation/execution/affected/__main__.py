"""Print as JSON what noxfile.py asks for: a program of any Python with the standard library alone."""

import sys

from operation.errors import OperationError
from operation.execution.affected.affected import show_affected

if __name__ == "__main__":
    try:
        show_affected(sys.argv[1], explain=False, as_json=True)
    except OperationError as error:
        raise SystemExit(str(error)) from error
