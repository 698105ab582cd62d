"""The loss around the weights is computed and drawn, as a map and as a surface."""

from app.selftest.checks import check, wait
from app.selftest.trial import Trial


def see_landscape(trial: Trial) -> None:
    """The tab Landscape shows the loss around the weights, and the surface can be turned."""
    trial.hands.view.setFocus()
    trial.turn("landscape")
    view = trial.program.landscape.widget
    wait(lambda: view.frame is not None, "The landscape is not computed.", 60)
    check(view.surface.isVisible(), "The surface is not shown.")
    trial.picture("06-landscape")
    trial.turn("loss")


STEPS = (see_landscape,)
