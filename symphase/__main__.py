"""Run the command line as ``python -m symphase``."""

from __future__ import annotations

import sys

from symphase.cli import main

if __name__ == "__main__":
    sys.exit(main())
