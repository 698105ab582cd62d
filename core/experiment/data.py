"""The settings of data: the set, the features of a point, the split and the standardization."""

from typing import Annotated

from pydantic import model_validator

from core.choices.datasets import DATASETS, Seed, Spiral
from core.choices.features import FEATURES
from core.choices.fields import Frozen, Kinds, OneOf, Real, Tagged, setting

Share = Annotated[float, Real(0, 0.9)]


class Data(Frozen):
    """Which samples there are and what the network is given of them."""

    source: Annotated[Tagged, Kinds(DATASETS)] = setting(Spiral(), "Data set", "Where the samples come from.")
    features: tuple[Annotated[str, OneOf(FEATURES)], ...] = setting(
        ("x1", "x2"), "Features", "What the network is given of a point of the plane."
    )
    standardize: bool = setting(
        False, "Standardize", "Shifts and scales each input to mean 0 and spread 1.", "x ← (x − μ)/σ"
    )
    validation: Share = setting(0.2, "Validation share", "Samples kept aside to see whether learning generalises.")
    test: Share = setting(0.0, "Test share", "Samples used once, at the very end. MNIST brings its own.")
    split_seed: Seed = setting(0, "Split seed", "The same seed parts the samples in the same way.")

    @model_validator(mode="after")
    def _parts(self) -> "Data":
        if round(self.validation + self.test, 9) > 0.95:  # 0.9 + 0.05 is a little more, as computers add
            raise ValueError("expected validation and test shares of at most 0.95 together; lower one of them")
        if not self.features or len(set(self.features)) != len(self.features):
            raise ValueError("expected at least one feature and none twice")
        return self
