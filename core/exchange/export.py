"""Export: write a model in a format, read it back as another tool would, and only then put the files in place."""

import os
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import IO

import numpy as np

from core.choices.fields import Mistake
from core.exchange.formats import Format
from core.exchange.package import Package
from core.project.atomic import write_whole

_TOLERANCE = 1e-3  # of the largest output; what other tools compute in float32 differs by some 1e-6


@dataclass(frozen=True)
class Written:
    """The files, the main one first; the largest difference of their predictions from Downhill's own, on samples."""

    files: tuple[Path, ...]
    difference: float
    samples: int


def export(package: Package, form: Format, path: Path) -> Written:
    """Write a model to a file and what belongs beside it; raises Mistake, and writes nothing, where that cannot be.

    Files that are there already are replaced.
    """
    module = form.load()
    with TemporaryDirectory() as folder:
        drafts: tuple[Path, ...] = module.write(package, Path(folder) / path.name)
        if hasattr(module, "predictions"):
            found, samples = module.predictions(drafts[0]), package.all_samples()
        else:
            found, samples = module.predictor(drafts[0])(package.samples), package.samples
        expected = package.model.predict(samples)
        difference = float(np.max(np.abs(found - expected)))
        if not difference <= _TOLERANCE * max(1.0, float(np.max(np.abs(expected)))):
            raise Mistake(f"{path}: not written, for its predictions would differ by {difference:.1e} from Downhill's")
        contents = [(path.with_name(draft.name), draft.read_bytes()) for draft in drafts]
    _put(contents)
    return Written(tuple(file for file, _ in contents), difference, len(samples))


def _put(contents: Sequence[tuple[Path, bytes]]) -> None:
    """Put files in place, none before all are on the disk: an old script is not left beside new weights.

    The first comes last: once the main file is there, so is all that it needs.
    """
    if contents:
        (file, content), *rest = contents

        def write(stream: IO[bytes]) -> None:
            stream.write(content)
            stream.flush()
            os.fsync(stream.fileno())
            _put(rest)

        write_whole(file, write)
