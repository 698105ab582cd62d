"""Migrations: how the JSON of older files becomes that of today, before it is checked."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

Plain = dict[str, Any]


@dataclass(frozen=True)
class Migration:
    """From one version to the next: of an experiment, also of one inside a record, and of the rest of a record.

    Both are pure: they return a new dictionary. They see files that are not checked yet, so what has not the shape that
    they expect is passed on as it is, for the check to complain about.
    """

    experiment: Callable[[Plain], Plain]
    record: Callable[[Plain], Plain]


# MIGRATIONS[v - 1] leads from version v to version v + 1.
MIGRATIONS: tuple[Migration, ...] = ()
VERSION = 1 + len(MIGRATIONS)


def migrate_experiment(plain: Plain, version: int, migrations: Sequence[Migration] = MIGRATIONS) -> Plain:
    """Return the JSON of an experiment of a version as that of the newest."""
    for migration in migrations[version - 1 :]:
        plain = migration.experiment(plain)
    return plain


def migrate_record(plain: Plain, version: int, migrations: Sequence[Migration] = MIGRATIONS) -> Plain:
    """Return the JSON of a record of a version as that of the newest."""
    for migration in migrations[version - 1 :]:
        plain = migration.record(plain)
        if isinstance(plain.get("experiment"), dict):
            plain = plain | {"experiment": migration.experiment(plain["experiment"])}
    return plain
