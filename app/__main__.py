"""Downhill in a window.

python -m app [FILE]            open the program, with a .downhill file
python -m app --selftest DIR    go through everything without a person; screenshots and files go to DIR
"""

import sys

from app.main import main

if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
