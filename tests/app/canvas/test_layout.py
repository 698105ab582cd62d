"""Where everything lies: nothing overlaps, nothing leaves its card."""

from itertools import combinations, pairwise

import pytest

from app.canvas.layout import Layout, lay_out
from app.canvas.plan import plan_network
from core.choices.datasets import facts_of
from core.experiment.experiment import read_experiment
from core.experiment.problems import problems

SOURCES = {"spiral": "binary_cross_entropy", "rings": "cross_entropy", "plane": "mean_squared_error"}
SOURCES |= {"mnist": "cross_entropy", "digits": "cross_entropy"}


def _layout(source: str, loss: str, units: int) -> Layout:
    experiment = read_experiment(
        {
            "data": {"source": source},
            "training": {"loss": loss},
            "network": {
                "layers": [
                    {"kind": "dense", "id": "a", "units": units, "initializer": "zeros"},
                    {"kind": "dropout", "id": "p"},
                    {"kind": "dense", "id": "b", "units": 5},
                ]
            },
        }
    )
    plan = plan_network(experiment, facts_of(experiment.data.source), problems(experiment))
    return lay_out(plan, lambda text, width: 14.0 * (1 + len(text) // 28))


@pytest.mark.parametrize(("source", "loss"), SOURCES.items())
@pytest.mark.parametrize("units", [1, 8, 9, 16, 17, 64, 100, 4096])
def test_cards_hold_their_neurons(source: str, loss: str, units: int) -> None:
    layout = _layout(source, loss, units)
    for card in layout.cards:
        inside = card.rect.adjusted(-1, -1, 1, 1)
        parts = [*card.cells, card.pager, card.caption, card.problem, card.mend]
        assert all(inside.contains(part) for part in parts if not part.isEmpty())
        assert all(card.foot.top() >= part.bottom() for part in parts if not part.isEmpty())
        assert not any(one.intersects(other) for one, other in combinations(card.cells, 2))
        assert all(not cell.intersects(card.pager) for cell in card.cells)
        assert all(not cell.intersects(card.problem) for cell in card.cells)
        assert len(card.cells) == len(card.plan.shown)


@pytest.mark.parametrize(("source", "loss"), SOURCES.items())
def test_cards_stand_side_by_side_with_slots_between(source: str, loss: str) -> None:
    layout = _layout(source, loss, 8)
    assert len(layout.slots) == len(layout.cards) - 1
    for (left, right), slot in zip(pairwise(layout.cards), layout.slots, strict=True):
        assert left.rect.right() < slot.left() < slot.right() < right.rect.left()
        assert left.rect.height() == right.rect.height()


@pytest.mark.parametrize("units", [3, 8, 16])
def test_dropout_circles_are_level_with_their_neurons(units: int) -> None:
    layout = _layout("spiral", "binary_cross_entropy", units)
    levels = [[cell.center().y() for cell in card.cells] for card in layout.cards[1:3]]
    assert levels[0] == pytest.approx(levels[1])


def test_every_spot_is_found_where_it_is() -> None:
    layout = _layout("spiral", "binary_cross_entropy", 8)
    for card in layout.cards:
        for spot in card.spots:
            found = layout.at(spot.rect.center())
            assert found is not None
            assert found.layer == card.plan.id
            if spot.kind not in ("card", "units", "problem"):  # these have others on them
                assert found == spot
