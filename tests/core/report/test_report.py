"""The report: all chapters for every kind of run, and numbers that are those of the records."""

import json
from collections.abc import Callable
from dataclasses import replace
from math import inf
from typing import Any

import numpy as np
import pytest

from core.datasets.load import load
from core.exchange.model import Model
from core.experiment.architecture import architecture
from core.experiment.experiment import read_experiment
from core.experiment.variants import expand
from core.report.blocks import Items, Picture, Report, Text
from core.report.html import html
from core.report.report import report
from core.report.reproduce import shortened
from core.report.study import best_run, watched_loss
from core.report.words import exact, number, percent

Made = Callable[[str], Any]
Page = Callable[[str], Any]
ONE = ["question", "data", "network", "settings", "course", "answers", "landscape", "card", "again"]
SEVERAL = [*ONE[:7], "comparison", *ONE[7:]]


def test_every_chapter_is_there(page: Page, made: Made, case: str) -> None:
    _, found = page(case)
    assert list(found.sections) == (SEVERAL if len(made(case)[1]) > 1 else ONE)
    assert all(text.strip() for text in found.sections.values())


def test_nothing_comes_from_elsewhere(page: Page, case: str) -> None:
    text, found = page(case)
    assert all(address.startswith("data:image/png;base64,") for address in found.addresses)
    assert found.tags.isdisjoint({"script", "link", "iframe", "object", "embed", "base"})
    for wrong in ("@import", "url(http", "file://", 'src="http'):
        assert wrong not in text
    # The only addresses in it are the names of what SVG is.
    assert all(part.startswith("www.w3.org/") for part in text.replace("https://", "http://").split("http://")[1:])


def test_what_is_referred_to_is_there_once(page: Page, case: str) -> None:
    text, found = page(case)
    assert len(set(found.ids)) == len(found.ids)
    wanted = {use.removeprefix("#") for use in found.uses} | {
        part.partition(")")[0] for part in text.split("url(#")[1:]
    }
    assert wanted <= set(found.ids)


def test_the_same_runs_give_the_same_report(page: Page, made: Made) -> None:
    experiment, records = made("binary")
    assert html(report(experiment.name, records, None, load)) == page("binary")[0]


def test_texts_are_texts(page: Page) -> None:
    text, found = page("binary")
    assert "<title>Circle &amp; &lt;ring&gt;</title>" in text
    assert "<b>" not in text
    assert "Does it<br>\nwork &lt;b&gt;well&lt;/b&gt;?" in text
    assert "work <b>well</b>?" in found.sections["question"]


def test_losses_are_those_of_the_record(page: Page, made: Made, case: str) -> None:
    _, found = page(case)
    _, records = made(case)
    record = best_run(records)
    row = next(row for row in found.rows["course"] if row and row[0].startswith("Kept weights"))
    head = next(row for row in found.rows["course"] if "Training loss" in row)
    told = dict(zip(head, row, strict=True))
    metrics = record.metrics
    assert told["Training loss"] == number(metrics.train_loss)
    assert told.get("Validation loss", "–") == number(metrics.validation_loss)
    assert told.get("Test loss", "–") == number(metrics.test_loss)
    assert told.get("Training accuracy", "–") == percent(metrics.train_accuracy, 2)


def test_what_the_network_has_is_told(page: Page, made: Made, case: str) -> None:
    _, found = page(case)
    _, records = made(case)
    record = best_run(records)
    assert ["All layers", "", "", "", "", f"{record.parameters:,}"] in found.rows["network"]
    training = record.experiment.training
    assert ["Epochs", f"{training.epochs}", ""] in found.rows["settings"]
    kind = training.optimizer.kind
    rate = next(row for row in found.rows["settings"] if row[0].endswith(": learning rate"))
    assert rate[0].lower().startswith(kind)
    assert rate[1] == exact(training.optimizer.learning_rate)
    assert str(training.seed) in dict(row[:2] for row in found.rows["again"])["Seed"]


class TestAnswers:
    def test_right_answers_are_counted_as_the_model_gives_them(self, page: Page, made: Made) -> None:
        (record,) = made("five classes")[1]
        data = load(record.experiment.data)
        model = Model(architecture(record.experiment, data.facts), record.row, data.preparation, data.facts)
        answers = model.answers(model.predict(data.test.raw))
        right = int((answers == data.test.labels).sum())
        _, found = page("five classes")
        assert f"It answers {right} of {len(data.test)} test samples right" in found.sections["answers"]
        assert right / len(data.test) == pytest.approx(record.metrics.test_accuracy)
        for place, name in enumerate(data.facts.classes):
            (row,) = (row for row in found.rows["answers"] if row[0] == name)
            of = data.test.labels == place
            assert row[1:3] == [f"{of.sum()}", f"{(answers[of] == place).sum()}"]
            named = (answers == place).sum()
            assert row[4] == (percent((answers[of] == place).sum() / named) if named else "–")

    def test_errors_of_numbers_are_measured(self, page: Page, made: Made) -> None:
        (record,) = made("regression")[1]
        data = load(record.experiment.data)
        model = Model(architecture(record.experiment, data.facts), record.row, data.preparation, data.facts)
        off = model.predict(data.validation.raw)[:, 0] - data.validation.labels
        _, found = page("regression")
        text = " ".join(found.sections["answers"].split())
        assert f"root mean square error is {number(float(np.sqrt((off**2).mean())))}" in text
        assert f"mean absolute error {number(float(np.abs(off).mean()))}" in text
        base = np.sqrt(((data.validation.labels - data.train.labels.mean()) ** 2).mean())
        assert f"would have a root mean square error of {number(float(base))}" in text

    def test_images_show_the_worst_mistakes(self, made: Made) -> None:
        experiment, records = made("images with dropout")
        names = pictures(report(experiment.name, records, None, load))
        assert list(names) == ["samples", "network", "curves", "confusion", "mistakes", "landscape"]

    def test_pictures_of_the_plane(self, made: Made) -> None:
        experiment, records = made("five classes")
        names = pictures(report(experiment.name, records, None, load))
        assert list(names) == ["network", "curves", "boundary", "confusion", "landscape"]
        assert all(found.png is None or found.png().startswith(b"\x89PNG") for found in names.values())


def pictures(found: Report) -> dict[str, Picture]:
    return {block.name: block for section in found.sections for block in section.blocks if isinstance(block, Picture)}


class TestComparison:
    def test_every_run_has_its_row_and_the_best_are_marked(self, page: Page, made: Made) -> None:
        _, found = page("seeds")
        _, records = made("seeds")
        rows = {row[0]: row for row in found.rows["comparison"] if len(row) == 9}
        head = rows.pop("Run")
        assert list(rows) == [record.name for record in records]
        for record in records:
            told = dict(zip(head, rows[record.name], strict=True))
            assert told["Validation loss"] == number(record.metrics.validation_loss)
            assert told["Training accuracy"] == percent(record.metrics.train_accuracy, 2)
            rate = record.experiment.network.layers[1].rate
            assert told["What differs"] == f"dropout rate {rate:g}, seed {record.experiment.training.seed}"
        losses = [record.metrics.validation_loss for record in records]
        accuracies = [record.metrics.validation_accuracy for record in records]
        wanted = [number(min(losses)), *[percent(max(accuracies), 2)] * accuracies.count(max(accuracies))]
        assert sorted(found.marked) == sorted(wanted)

    def test_the_spread_over_seeds(self, page: Page, made: Made) -> None:
        _, found = page("seeds")
        _, records = made("seeds")
        rows = [row for row in found.rows["comparison"] if row[1] == "4"]
        assert len(rows) == 2
        for row, group in zip(rows, (records[:4], records[4:]), strict=True):
            values = [record.metrics.validation_loss for record in group]
            assert row[2:5] == [number(float(value)) for value in np.quantile(values, (0.5, 0.1, 0.9))]

    def test_what_is_held_equal_is_told(self, page: Page) -> None:
        text = " ".join(page("seeds")[1].sections["comparison"].split())
        assert "Differs: seed, dropout rate. Held equal: split of the data." in text
        assert "The two best by the validation loss. The difference lies within" in text

    def test_the_best_run_is_told_in_full_unless_one_is_named(self, made: Made) -> None:
        experiment, records = made("seeds")
        best = min(records, key=lambda record: record.metrics.validation_loss)
        told = report(experiment.name, records, None, load)
        assert f"run “{best.name}”" in told.below
        (short,) = (block for block in told.sections[0].blocks if isinstance(block, Items))
        second = sorted(records, key=lambda record: record.metrics.validation_loss)[1]
        assert f"; the next is “{second.name}” with {number(second.metrics.validation_loss)}." in short.items[-1]
        other = next(record for record in records if record is not best)
        found = report(experiment.name, records, other, load)
        assert f"run “{other.name}”" in found.below
        (short,) = (block for block in found.sections[0].blocks if isinstance(block, Items))
        assert f"is that of “{best.name}”" in short.items[-1]

    def test_losses_of_different_kinds_are_not_compared(self, made: Made) -> None:
        (one,), (other,) = made("binary")[1], made("five classes")[1]
        found = report("Both", (one, other), None, load)
        assert "run “Arms”" in found.below  # the last one
        (chapter,) = (section for section in found.sections if section.name == "comparison")
        assert any(isinstance(block, Text) and "do not compare" in block.text for block in chapter.blocks)
        assert (
            "best"
            not in html(found)
            .partition("</style>")[2]
            .partition('id="comparison"')[2]
            .partition("<table>")[2]
            .partition("</table>")[0]
        )

    def test_a_run_that_diverged_is_never_the_best(self, made: Made) -> None:
        (good,), (bad,) = made("regression")[1], made("diverged")[1]
        assert watched_loss(bad) == inf
        same = replace(bad, experiment=good.experiment)
        assert best_run([same, good]) is good


class TestWhatHappened:
    def test_changes_by_hand_are_told(self, page: Page, made: Made) -> None:
        _, found = page("interventions")
        first, second = (change.step + 1 for change in made("interventions")[1][0].interventions)
        assert [f"{first}", "learning rate", "0.01", "0.002"] in found.rows["course"]
        assert [f"{second}", "L2", "0", "0.125"] in found.rows["course"]
        assert "2 values were changed by hand on the way" in found.sections["card"]
        assert "what was changed by hand while it trained is not done again" in found.sections["again"]

    def test_a_divergence_is_told(self, page: Page, made: Made) -> None:
        _, found = page("diverged")
        (record,) = made("diverged")[1]
        assert record.outcome == "diverged"
        assert record.message in found.sections["question"]
        assert "The training diverged." in found.sections["card"]

    def test_a_run_that_is_not_over(self, page: Page, made: Made) -> None:
        _, found = page("not over")
        (record,) = made("not over")[1]
        assert record.outcome is None
        assert "It was not over when this report was written." in found.sections["course"]
        assert f"{record.epochs} of 6 epochs are done" in found.sections["card"]

    def test_start_weights_of_another_run(self, page: Page) -> None:
        _, found = page("from another run")
        assert "not drawn from the seed: those of epoch 6 of the run “the first”" in found.sections["course"]
        assert "start weights that came from another run are drawn from the seed instead" in found.sections["again"]
        assert "what that one had learnt" in found.sections["card"]

    @pytest.mark.parametrize(("case_", "sentence"), [
        ("binary", "No samples were kept aside for a test."),
        ("no validation", "No samples were kept aside: how it does on samples that it was not trained on"),
        ("seeds", "the comparison of 8 runs went by the validation samples"),
        ("images with dropout", "The validation loss is too good, for early stopping went by it"),
        ("binary", "It is one training from one seed, 0"),
        ("binary", "The samples are drawn by a formula"),
        ("five classes", "It has more parameters, "),
        ("five classes", "a single answer makes 5.0 points of accuracy"),
        ("regression", "does not tell how sure it is"),
    ])  # fmt: skip
    def test_limits_follow_from_facts(self, page: Page, case_: str, sentence: str) -> None:
        assert sentence in " ".join(page(case_)[1].sections["card"].split())

    def test_runs_of_one_seed_each_tell_little_of_luck(self, made: Made) -> None:
        experiment, records = made("seeds")
        several = [record for record in records if record.experiment.training.seed == 0]
        for some, told in ((several, True), (records, False)):
            (card,) = (one for one in report(experiment.name, some, None, load).sections if one.name == "card")
            (limits,) = (block for block in card.blocks if isinstance(block, Items))
            assert len(some) > 1
            assert told is any("Each run is one training from one seed" in limit for limit in limits.items)

    def test_ranges_are_those_of_the_training_samples(self, page: Page, made: Made) -> None:
        (record,) = made("regression")[1]
        raw = load(record.experiment.data).train.raw
        _, found = page("regression")
        row = next(row for row in found.rows["data"] if row[0] == "x₁")
        assert row[1:] == [number(float(value)) for value in (raw[:, 0].min(), raw[:, 0].mean(), raw[:, 0].max())]


class TestAgain:
    def test_the_experiment_in_it_trains_the_same_runs(self, page: Page, made: Made, case: str) -> None:
        text = page(case)[1].sections["again"]
        start = text.index("{")
        plain, _ = json.JSONDecoder().raw_decode(text[start:])
        runs = expand(read_experiment(plain))
        records = made(case)[1]
        assert len(runs) == len(records)
        for run, record in zip(runs, records, strict=True):
            own = record.experiment
            assert (run.experiment.data, run.experiment.training) == (own.data, own.training)
            assert run.experiment.network == own.network

    def test_it_says_what_loss_comes_of_it(self, page: Page, made: Made) -> None:
        (record,) = made("binary")[1]
        assert f"is then {number(record.metrics.validation_loss)}" in page("binary")[1].sections["again"]

    def test_the_script_in_it_is_python(self, page: Page, case: str) -> None:
        text = page(case)[1].sections["again"]
        script = text[text.index('"""') :]
        compile(script, "model.py", "exec")

    def test_an_experiment_of_many_points_is_not_printed(self) -> None:
        points = [[x / 100, -x / 50, x % 2] for x in range(3000)]
        plain = {"data": {"source": {"kind": "points", "points": points}}}
        assert len(json.dumps(shortened(read_experiment(plain)))) > 20_000

    def test_settings_that_are_as_always_are_left_out(self) -> None:
        experiment = read_experiment({"name": "A", "training": {"optimizer": "sgd", "early_stopping": {"patience": 7}}})
        training = {"optimizer": {"kind": "sgd"}, "early_stopping": {"patience": 7}}
        assert {**shortened(experiment), "network": None, "data": None} == {
            "name": "A", "training": training, "network": None, "data": None,
        }  # fmt: skip


def test_progress_is_told(made: Made) -> None:
    experiment, records = made("no validation")
    told: list[tuple[int, int]] = []
    report(experiment.name, records, None, load, lambda *one: told.append(one))
    assert told == [(done, told[0][1]) for done in range(1, told[0][1] + 1)]
    assert told[-1][0] == told[-1][1]
