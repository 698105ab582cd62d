"""The pictures of a run that can be written to files, one table: a new one is a row and a function. No matplotlib.

The landscape has a command of its own, for there is more to be said of it.
"""

from collections.abc import Callable
from dataclasses import dataclass
from importlib import import_module
from typing import TYPE_CHECKING

from core.choices.datasets import Facts
from core.choices.fields import table

if TYPE_CHECKING:
    from core.pictures.making import Forms
    from core.pictures.subject import Subject


@dataclass(frozen=True)
class Plot:
    """A row.

    formula: the files that can be written. suffixes: their endings, the usual one first. maker: a function of
    core.pictures.making, of a subject; it is named, not imported, so that reading the table costs no import of
    matplotlib. lacks: why data of these facts have no such picture, empty where they have one.
    """

    tag: str
    title: str
    formula: str
    sentence: str
    suffixes: tuple[str, ...]
    maker: str
    lacks: Callable[[Facts], str] = lambda facts: ""

    def forms(self, subject: "Subject") -> "Forms":
        """Return how its files are made, by their endings."""
        made: Forms = getattr(import_module("core.pictures.making"), self.maker)(subject)
        return made


PLOTS = table(
    Plot(
        tag="curves",
        title="Loss and accuracy",
        formula="OUT.png, OUT.svg",
        sentence="Loss and accuracy of a run over its epochs, as wide as a page.",
        suffixes=(".png", ".svg"),
        maker="curves",
    ),
    Plot(
        tag="boundary",
        title="Boundary",
        formula="OUT.gif, OUT.png, OUT.svg, OUT.csv",
        sentence="What the network answers over the plane; as a GIF from the start of training to its end, as a table "
        "in numbers.",
        suffixes=(".gif", ".png", ".svg", ".csv"),
        maker="boundary",
        lacks=lambda facts: "" if facts.plane else "These data are no points of the plane, so there is no boundary.",
    ),
    Plot(
        tag="confusion",
        title="Confusion matrix",
        formula="OUT.png, OUT.svg",
        sentence="Which class is taken for which, on the test data if there are any.",
        suffixes=(".png", ".svg"),
        maker="confusion",
        lacks=lambda facts: "" if facts.classes else "These data have no classes that could be taken for another.",
    ),
    Plot(
        tag="numbers",
        title="Predicted against true numbers",
        formula="OUT.png, OUT.svg",
        sentence="What is predicted against the truth, on the test data if there are any.",
        suffixes=(".png", ".svg"),
        maker="numbers",
        lacks=lambda facts: "These data have classes, not numbers to predict." if facts.classes else "",
    ),
    Plot(
        tag="network",
        title="Network as a diagram",
        formula="OUT.svg",
        sentence="The layers with their units, activations and parameters, and the weights of the run as links.",
        suffixes=(".svg",),
        maker="network",
    ),
)
