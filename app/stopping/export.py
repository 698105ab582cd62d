"""Saving the plot: the curves as a table, the plot as a picture or a drawing."""

from app.plots.export import Export


class StoppingExport(Export):
    """Writes what the tab shows of a run and of its ghost."""

    def lacks(self) -> str:
        """Return why there is nothing to be written."""
        return "" if self.view.runs else self.tr("There is no run yet.")
