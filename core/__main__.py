"""The command line: ``python -m core``."""

import sys

from core.cli.main import main

sys.exit(main(sys.argv[1:]))
