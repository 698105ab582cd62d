"""What a data set asks of a single point, and how the answer is told: before training, and now."""

from dataclasses import dataclass

from PySide6.QtCore import QCoreApplication

from core.choices.fields import Tagged
from core.probes.pictures import AnswerPicture


@dataclass(frozen=True)
class Question:
    """A point (x₁, x₂) and what is asked of it."""

    point: tuple[float, float]
    text: str


# By the tag of a data set. The lecture asks this one.
QUESTIONS = {"pass_the_class": Question((4.0, 5.0), "4 lectures attended, 5 hours on the project: will I pass?")}


def question_of(source: Tagged) -> Question | None:
    """Return what a data set asks, None if it asks nothing."""
    return QUESTIONS.get(source.kind)


def told(picture: AnswerPicture, classes: tuple[str, ...], activation: str, moment: str = "") -> str:
    """Say what the network answered before training and what it answers now, or at another moment."""
    before, now = (_answer(outputs[0].tolist(), classes, activation) for outputs in (picture.before, picture.now))
    text = QCoreApplication.translate("Question", "Before training the network said {0}; now it says {1}.")
    if moment:
        text = QCoreApplication.translate("Question", "Before training the network said {0}. {2}: it says {1}.")
    return text.format(before, now, moment)


def _answer(outputs: list[float], classes: tuple[str, ...], activation: str) -> str:
    value = outputs[-1]
    if activation in ("sigmoid", "softmax"):
        return f"{classes[1]} {value:.0%}".replace("%", " %")
    return classes[int(value > 0)]
