"""Data sets: where samples come from.

A row names its maker as ``module:function`` below ``core.datasets``, so that reading the table costs no numpy and
no data. ``facts(settings)`` tells what a network must know before the data are there. ``make(settings)`` returns
``Samples`` (see core/datasets/samples.py).
"""

from collections.abc import Callable
from dataclasses import dataclass
from importlib import import_module
from typing import Annotated, Any, Literal

from core.choices.fields import Mistake, OneOf, Real, Tagged, Whole, setting, table
from core.choices.losses import Task

# A run makes three seeds of one (core/training/rows.py), and torch tells seeds apart by 32 bits.
Seed = Annotated[int, Whole(0, 999_999_999)]
Samples = Annotated[int, Whole(2, 100_000)]
Noise = Annotated[float, Real(0, 1)]


@dataclass(frozen=True)
class Facts:
    """What a network and a screen must know of a data set.

    columns: names of the raw columns, one per number of a sample; for images one per pixel, empty for short.
    shape: of one raw sample: (2,) for points of the plane, (28, 28) for images.
    classes: the names of the classes in order of their index; empty for regression. Two classes: "binary".
    samples: how many there are; own_test: how many more the set brings as its own test part.
    plane: whether samples are points of the plane, which features and boundaries need.
    span: the axis limits (low, high) of the plane.
    scale: what raw numbers are multiplied by before anything else.
    """

    shape: tuple[int, ...]
    classes: tuple[str, ...]
    samples: int
    columns: tuple[str, ...] = ()
    own_test: int = 0
    plane: bool = False
    image: bool = False
    span: tuple[float, float] = (-6.0, 6.0)
    scale: float = 1.0

    @property
    def task(self) -> Task:
        """The task that these data set."""
        return "regression" if not self.classes else "binary" if len(self.classes) == 2 else "classes"


class Plane(Tagged):
    """Settings that every generated 2-D set has."""

    samples: Samples = setting(500, "Samples", "How many points are drawn.", "n")
    noise: Noise = setting(0.0, "Noise", "How far points stray from their place: 0 not at all, 0.5 a lot.")
    seed: Seed = setting(1, "Data seed", "The same seed draws the same points.")


class Circle(Plane):
    kind: Literal["circle"] = "circle"


class Xor(Plane):
    kind: Literal["xor"] = "xor"


class Gaussians(Plane):
    kind: Literal["gaussians"] = "gaussians"


class Spiral(Plane):
    kind: Literal["spiral"] = "spiral"
    arms: Annotated[int, Whole(2, 5)] = setting(2, "Arms", "One class per arm.")


class Moons(Plane):
    kind: Literal["moons"] = "moons"


class Rings(Plane):
    kind: Literal["rings"] = "rings"
    rings: Annotated[int, Whole(2, 5)] = setting(3, "Rings", "One class per ring.")


class Checkerboard(Plane):
    kind: Literal["checkerboard"] = "checkerboard"
    squares: Annotated[int, Whole(2, 8)] = setting(4, "Squares", "Squares along a side.")


class SlantedPlane(Plane):
    kind: Literal["plane"] = "plane"


class MultiGaussian(Plane):
    kind: Literal["multi_gaussian"] = "multi_gaussian"


class Ripple(Plane):
    kind: Literal["ripple"] = "ripple"


class PassTheClass(Tagged):
    """The lecture's example: fixed by its seed, so that a class of students sees the same course."""

    kind: Literal["pass_the_class"] = "pass_the_class"
    samples: Samples = setting(400, "Students", "How many students of past years.", "n")
    seed: Seed = setting(1, "Data seed", "The same seed draws the same students.")


Coordinate = Annotated[float, Real(-1e6, 1e6)]
ClassIndex = Annotated[int, Whole(0, 9)]


class Points(Tagged):
    """Points drawn by hand: (x₁, x₂, class) each."""

    kind: Literal["points"] = "points"
    points: tuple[tuple[Coordinate, Coordinate, ClassIndex], ...] = setting((), "Points", "x₁, x₂ and class of each.")


class Table(Tagged):
    """A CSV file: one row a sample. With no columns chosen, all but the target are inputs."""

    kind: Literal["csv"] = "csv"
    path: str = setting("", "File", "A CSV file with one row per sample.")
    target: str = setting("", "Target", "The column to predict; empty means the last one.")
    columns: tuple[str, ...] = setting((), "Inputs", "The columns to predict from; empty means all others.")
    task: Annotated[str, OneOf({"auto": "", "classes": "", "regression": ""})] = setting(
        "auto", "Task", "Whether the target names a class or is a number."
    )


class Digits(Tagged):
    kind: Literal["digits"] = "digits"


class MNIST(Tagged):
    kind: Literal["mnist"] = "mnist"


class FashionMNIST(Tagged):
    kind: Literal["fashion_mnist"] = "fashion_mnist"


@dataclass(frozen=True)
class DataSet:
    """A row; ``maker`` and a ``facts`` that is text are "module:function" below core.datasets.

    downloads: the bytes to be downloaded if the set is not there; its maker then takes a Progress beside the settings,
    and ``at_hand(settings)`` beside the maker tells whether it is there.
    """

    tag: str
    title: str
    formula: str
    sentence: str
    settings: type[Tagged]
    maker: str
    facts: Callable[[Any], Facts] | str
    downloads: int = 0

    def find(self, name: str) -> Callable[..., Any]:
        """Return the function of core.datasets that "module:function" names."""
        module, function = name.split(":")
        found: Callable[..., Any] = getattr(import_module(f"core.datasets.{module}"), function)
        return found


def at_hand(settings: Tagged) -> bool:
    """Tell whether a data set can be had without a download."""
    row = DATASETS[settings.kind]
    if not row.downloads:
        return True
    there: bool = row.find(f"{row.maker.partition(':')[0]}:at_hand")(settings)
    return there


def facts_of(settings: Tagged) -> Facts:
    """Return the facts of a data set; a CSV file's header and classes are read for it.

    Raises Mistake where the data cannot be read.
    """
    row = DATASETS[settings.kind]
    if isinstance(row.facts, str):
        facts: Facts = row.find(row.facts)(settings)
        return facts
    return row.facts(settings)


SIGNS = ("−1", "+1")


def _plane(settings: Plane, classes: tuple[str, ...] = SIGNS) -> Facts:
    return Facts(shape=(2,), classes=classes, samples=settings.samples, columns=("x₁", "x₂"), plane=True)


def _numbered(word: str, count: int) -> tuple[str, ...]:
    # Two classes keep the signs that everyone knows from the plane; more are numbered.
    return SIGNS if count == 2 else tuple(f"{word} {i + 1}" for i in range(count))


def _points(settings: Points) -> Facts:
    classes = 1 + max((point[2] for point in settings.points), default=1)
    if len({point[2] for point in settings.points}) < 2:
        raise Mistake("data.source.points: expected points of at least 2 classes; draw some of another class")
    reach = max(6.0, *(max(abs(x1), abs(x2)) for x1, x2, _ in settings.points))
    names = _numbered("class", max(classes, 2))
    return Facts((2,), names, len(settings.points), ("x₁", "x₂"), plane=True, span=(-reach, reach))


def _images(side: int, white: int, classes: tuple[str, ...], samples: int, own_test: int) -> Callable[[Tagged], Facts]:
    facts = Facts((side, side), classes, samples, own_test=own_test, image=True, scale=1 / white)
    return lambda settings: facts


DIGIT_CLASSES = tuple("0123456789")
FASHION_CLASSES = (
    "T-shirt",
    "Trouser",
    "Pullover",
    "Dress",
    "Coat",
    "Sandal",
    "Shirt",
    "Sneaker",
    "Bag",
    "Ankle boot",
)

DATASETS = table(
    DataSet(
        "circle",
        "Circle",
        "|x| < 2.5",
        "A disc inside a ring: no straight line parts them.",
        Circle,
        "planes:circle",
        _plane,
    ),
    DataSet(
        "xor",
        "Exclusive or",
        "x₁·x₂ ≥ 0",
        "Opposite corners belong together: the classic that one neuron cannot learn.",
        Xor,
        "planes:xor",
        _plane,
    ),
    DataSet(
        "gaussians",
        "Gaussians",
        "N(±2, σ²)",
        "Two round clouds: one straight line is enough.",
        Gaussians,
        "planes:gaussians",
        _plane,
    ),
    DataSet(
        "spiral",
        "Spiral",
        "r = 5i/n, φ = 3.5πi/n",
        "Arms wound around each other: hard for a small network.",
        Spiral,
        "planes:spiral",
        lambda settings: _plane(settings, _numbered("arm", settings.arms)),
    ),
    DataSet(
        "moons",
        "Moons",
        "two half circles",
        "Two half moons that reach into each other.",
        Moons,
        "planes:moons",
        _plane,
    ),
    DataSet(
        "rings",
        "Rings",
        "r = 1, 3, 5 …",
        "Rings around a centre, one class each.",
        Rings,
        "planes:rings",
        lambda settings: _plane(settings, _numbered("ring", settings.rings)),
    ),
    DataSet(
        "checkerboard",
        "Checkerboard",
        "(i + j) mod 2",
        "A board of squares: many corners to learn.",
        Checkerboard,
        "planes:checkerboard",
        _plane,
    ),
    DataSet(
        "plane",
        "Plane",
        "y = (x₁ + x₂)/10",
        "A slanted plane: linear regression.",
        SlantedPlane,
        "planes:plane",
        lambda settings: _plane(settings, ()),
    ),
    DataSet(
        "multi_gaussian",
        "Multi-Gaussian",
        "six bumps",
        "Hills and hollows to be fitted.",
        MultiGaussian,
        "planes:multi_gaussian",
        lambda settings: _plane(settings, ()),
    ),
    DataSet(
        "ripple",
        "Ripple",
        "y = cos(2r)·e^(−r/4)",
        "Waves that run out from the centre.",
        Ripple,
        "planes:ripple",
        lambda settings: _plane(settings, ()),
    ),
    DataSet(
        "pass_the_class",
        "Will I pass this class?",
        "lectures attended, hours on the project",
        "The lecture's question: past students, who passed and who failed.",
        PassTheClass,
        "planes:pass_the_class",
        lambda settings: Facts(
            (2,), ("fail", "pass"), settings.samples, ("lectures", "hours"), plane=True, span=(0.0, 12.0)
        ),
    ),
    DataSet(
        "points",
        "Drawn points",
        "x₁, x₂, class",
        "Points that you draw yourself.",
        Points,
        "planes:points",
        _points,
    ),
    DataSet(
        "csv",
        "CSV file",
        "one row per sample",
        "A table of your own.",
        Table,
        "table:samples",
        "table:facts",
    ),
    DataSet(
        "digits",
        "Digits 8×8",
        "8 × 8 pixels, 10 classes",
        "1,797 small handwritten digits, which come with the program.",
        Digits,
        "images:digits",
        _images(8, 16, DIGIT_CLASSES, 1797, 0),
    ),
    DataSet(
        "mnist",
        "MNIST",
        "28 × 28 pixels, 10 classes",
        "70,000 handwritten digits, the lecture's complete example.",
        MNIST,
        "images:mnist",
        _images(28, 255, DIGIT_CLASSES, 60_000, 10_000),
        downloads=11_594_722,
    ),
    DataSet(
        "fashion_mnist",
        "Fashion-MNIST",
        "28 × 28 pixels, 10 classes",
        "70,000 pictures of clothes: harder than digits.",
        FashionMNIST,
        "images:fashion_mnist",
        _images(28, 255, FASHION_CLASSES, 60_000, 10_000),
        downloads=30_878_645,
    ),
)
