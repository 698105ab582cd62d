"""The mechanism, on made-up versions: there is only one real version so far."""

from typing import Any

from core.project.migrations import MIGRATIONS, VERSION, Migration, Plain, migrate_experiment, migrate_record


def _rates_renamed(experiment: Plain) -> Plain:
    training = experiment.get("training")
    if not isinstance(training, dict) or "rate" not in training:
        return experiment
    others = {name: value for name, value in training.items() if name != "rate"}
    return experiment | {"training": others | {"optimizer": {"kind": "sgd", "learning_rate": training["rate"]}}}


def _numbered(number: int) -> Migration:
    return Migration(
        experiment=lambda plain: plain | {"name": f"{plain['name']} {number}"},
        record=lambda plain: plain | {"message": f"{plain['message']} {number}"},
    )


RENAMED = Migration(experiment=_rates_renamed, record=lambda plain: plain)


def test_there_is_a_migration_from_every_version_but_the_newest() -> None:
    assert len(MIGRATIONS) + 1 == VERSION


def test_the_newest_version_is_left_as_it_is() -> None:
    plain: dict[str, Any] = {"name": "a", "message": "b"}
    assert migrate_experiment(plain, VERSION) is plain
    assert migrate_record(plain, VERSION) is plain


def test_a_migration_returns_a_new_dictionary_and_leaves_the_old_one() -> None:
    old = {"training": {"rate": 0.3, "epochs": 5}}
    new = migrate_experiment(old, 1, (RENAMED,))
    assert new == {"training": {"epochs": 5, "optimizer": {"kind": "sgd", "learning_rate": 0.3}}}
    assert old == {"training": {"rate": 0.3, "epochs": 5}}


def test_migrations_follow_one_another_from_the_version_of_the_file() -> None:
    migrations = (_numbered(1), _numbered(2), _numbered(3))
    assert migrate_experiment({"name": "a"}, 1, migrations) == {"name": "a 1 2 3"}
    assert migrate_experiment({"name": "a"}, 3, migrations) == {"name": "a 3"}
    assert migrate_experiment({"name": "a"}, 4, migrations) == {"name": "a"}


def test_the_experiment_within_a_record_is_migrated_with_it() -> None:
    record = {"message": "b", "experiment": {"name": "a"}}
    assert migrate_record(record, 2, (_numbered(1), _numbered(2))) == {"message": "b 2", "experiment": {"name": "a 2"}}
    assert migrate_record({"message": "b", "experiment": 5}, 1, (_numbered(1),)) == {"message": "b 1", "experiment": 5}
