#!/usr/bin/env python3
"""`python build.py` is `corner build`: renders content/ into site/."""

import os
import sys
from pathlib import Path

OWN_PYTHON = Path(__file__).parent / ".venv" / "bin" / "python"

try:
    from claudes_corner.cli import main
except ModuleNotFoundError:
    if OWN_PYTHON.exists() and Path(sys.prefix) != OWN_PYTHON.parents[1]:
        os.execv(OWN_PYTHON, [str(OWN_PYTHON), *sys.argv])
    sys.exit("build.py: claudes-corner is not installed here. Run: make install")

if __name__ == "__main__":
    main(["-C", str(Path(__file__).parent), "build", *sys.argv[1:]])
