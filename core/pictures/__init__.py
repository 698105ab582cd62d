"""Figures without a screen; matplotlib is imported only here."""

import logging
import os

from core.resources import cache_folder

# Its list of fonts is kept with our cache, not in a folder of its own, and its user's style stays out of our pictures.
# PyInstaller names a folder that ends with the process: there the list would be made anew for every picture.
os.environ["MPLCONFIGDIR"] = str(cache_folder() / "matplotlib")
# Where that cannot be written to it takes a folder of the system for a while, and need not tell everybody.
logging.getLogger("matplotlib").setLevel(logging.ERROR)
