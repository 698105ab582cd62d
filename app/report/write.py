"""Writes the report on the runs of a file as a PDF: what the window has done for it, in a process of its own."""

import os
import sys
from typing import TYPE_CHECKING

from core.choices.fields import Mistake

if TYPE_CHECKING:
    from core.report.blocks import Report


def write(source: str, output: str, name: str | None) -> int:
    """Write it and return the exit status; each line tells how many chapters are done, of how many: ``3/10``.

    source: a .downhill file; name: of the run that is told in full, None for the best.
    """
    # Before any of Qt, for torch comes with it.
    from core.cli.export import chosen
    from core.cli.paths import output_path
    from core.cli.source import read_source
    from core.datasets.load import load
    from core.project.atomic import write_whole
    from core.report.report import report

    try:
        path = output_path(output, ".pdf")
        found = read_source(source)
        record = chosen(found.records, name, source)
        document = report(
            found.experiment.name,
            found.records,
            record if name else None,
            load,
            lambda done, total: print(f"{done}/{total}", flush=True),
        )
        content = _printed(document)
        write_whole(path, lambda stream: stream.write(content))
    except Mistake as mistake:
        print(mistake, file=sys.stderr)
        return 1
    print(f"Written: {path}")
    return 0


def _printed(document: "Report") -> bytes:
    """Return the PDF. Qt sets the text, and on Linux needs no screen for it, be there one or not."""
    if sys.platform == "linux":
        os.environ["QT_QPA_PLATFORM"] = "offscreen"
    os.environ["QT_MAC_DISABLE_FOREGROUND_APPLICATION_TRANSFORM"] = "1"  # no second icon in the dock
    from PySide6.QtGui import QGuiApplication

    from app.report.pdf import pdf
    from app.shell import fonts

    qt = QGuiApplication.instance() or QGuiApplication([])
    fonts.provide()
    try:
        return pdf(document)
    finally:
        del qt
