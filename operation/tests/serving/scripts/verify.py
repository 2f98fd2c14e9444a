"""Stands in for src/verify.py: refuses a model whose `behaviour.json` says that it scores otherwise."""

import json
import sys
from pathlib import Path

if json.loads((Path(sys.argv[2]) / "behaviour.json").read_text(encoding="utf-8")).get("fails_to_verify"):
    raise SystemExit("golden row 0 scores 0.1, and 0.5 when it was evaluated")
