"""The card at the lower left that writes the chain rule of the selected weight: a row of factors, and their product."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from PySide6.QtCore import QSize, Qt
from PySide6.QtWidgets import QFrame, QGridLayout, QLabel, QWidget

from app.canvas.words import precise
from app.shell.selection import Weight
from app.shell.style import set_class
from app.shell.theme import Theme
from app.shell.widgets.labels import ElidedLabel
from core.probes.pictures import Chain, Factor, Role

_SIDE, _GAP, _EDGES = 12, 5, 5
_USUAL = "−0.0123"


@dataclass(frozen=True, eq=False)
class ChainAccount:
    """The chain of a weight and what is said of it. sample: the one whose numbers are written; of: whose batch it is,
    as "step 12"."""

    chain: Chain
    sample: int
    of: str

    @property
    def weight(self) -> Weight:
        """The weight that it is the chain of."""
        return Weight(self.chain.layer, self.chain.unit, self.chain.source)

    @property
    def samples(self) -> int:
        """The number of samples in the batch."""
        return len(self.chain.products)


@dataclass(frozen=True)
class Term:
    """A factor as it is written: its symbol, its number for the sample, and what it is, in words."""

    symbol: str
    value: float
    words: str


class ChainCard(QFrame):
    """Shows a chain. Where there is no room for all factors, the first of them are written as their product, which is
    a derivative itself: ∂J/∂ŷ · ∂ŷ/∂z = ∂J/∂z."""

    def __init__(self, parent: QWidget, theme: Theme) -> None:
        super().__init__(parent)
        self._theme = theme
        self._account: ChainAccount | None = None
        self._room = 0
        self.terms: tuple[Term, ...] = ()
        set_class(self, "card")
        self.setAccessibleName(self.tr("Chain rule of the selected weight"))
        self._grid = QGridLayout(self)
        self._grid.setContentsMargins(_SIDE, _EDGES, _SIDE, _EDGES)
        self._grid.setHorizontalSpacing(_GAP)
        self._grid.setVerticalSpacing(1)
        self.symbols: list[QLabel] = []
        self.numbers: list[QLabel] = []
        self._signs: list[QLabel] = []
        self.mean = ElidedLabel("", self)
        set_class(self.mean, "axis")
        self.mean.ensurePolished()
        theme.changed.connect(self._rewrite)
        self.setVisible(False)

    # -- what is written ---------------------------------------------------------------------------------------------

    def tell(self, account: ChainAccount | None) -> None:
        """Show the chain of a weight, or hide."""
        self._account = account
        self.setVisible(account is not None)
        self._rewrite()

    def fit(self, room: int) -> None:
        """Write as many factors as fit into so many pixels."""
        self._room = room
        self._rewrite()

    def _rewrite(self) -> None:
        account = self._account
        if account is None:
            return
        factors = account.chain.factors
        for merged in range(1, len(factors) + 1):
            self._write(account, self._terms(account, factors, merged))
            if self._grid.sizeHint().width() <= self._room or not self._room:
                break
        self._write_mean(account)

    def _terms(self, account: ChainAccount, factors: Sequence[Factor], merged: int) -> tuple[Term, ...]:
        """Return the factors for the sample, the first ``merged`` of them as one."""
        head, rest = factors[:merged], factors[merged:]
        value = float(np.prod([factor.values[account.sample] for factor in head]))
        first = Term(head[0].symbol, value, self._words(head[0]))
        if merged > 1:
            # Each symbol ends where the next begins: what is left of the first ones is ∂J over the last of them.
            symbol = "∂J/" + head[-1].symbol.split("/")[1]
            first = Term(symbol, value, " · ".join(factor.symbol for factor in head))
        return (
            first,
            *(Term(factor.symbol, float(factor.values[account.sample]), self._words(factor)) for factor in rest),
        )

    def _words(self, factor: Factor) -> str:
        words: dict[Role, str] = {
            "loss": self.tr("how the loss J of the sample changes with the prediction ŷ"),
            "paths": self.tr("how the loss J of the sample changes with it: the sum over all {count} ways to the loss"),
            "activation": self.tr("the slope of the activation, g′(z)"),
            "weight": self.tr("the next weight on the way to the loss"),
            "mask": self.tr("dropout: 0 for a dropped neuron, 1 / (share kept) for one that is kept"),
            "input": self.tr("what the weight is multiplied by"),
        }
        return words[factor.role].format(count=factor.paths)

    def _write(self, account: ChainAccount, terms: tuple[Term, ...]) -> None:
        self.terms = terms
        product = float(account.chain.products[account.sample])
        whole = Term(account.chain.symbol, product, self.tr("the gradient of the loss of this sample: the product"))
        written = (whole, *terms)
        self._make(len(written))
        for place, term in enumerate(written):
            for label, text in ((self.symbols[place], term.symbol), (self.numbers[place], precise(term.value))):
                label.setText(text)
                label.setToolTip(term.words)
                # As wide as most numbers are, so that the row does not dance.
                metrics = label.fontMetrics()
                label.setMinimumWidth(2 + max(map(metrics.horizontalAdvance, (text, _USUAL))))
        spoken = " · ".join(f"{term.symbol} = {precise(term.value)}" for term in terms)
        self.setAccessibleDescription(f"{whole.symbol} = {spoken} = {precise(product)}")

    def _make(self, count: int) -> None:
        """Have so many columns of a symbol over its number, with signs between them."""
        if count == len(self.symbols):
            return
        self._grid.removeWidget(self.mean)
        for label in (*self.symbols, *self.numbers, *self._signs):
            self._grid.removeWidget(label)
            label.setParent(None)
            label.deleteLater()
        self.symbols, self.numbers, self._signs = [], [], []
        for place in range(count):
            if place:
                for row in (0, 1):
                    self._signs.append(self._label("caption", row, 2 * place - 1))
                    self._signs[-1].setText("=" if place == 1 else "·")
            self.symbols.append(self._label("caption", 0, 2 * place))
            self.numbers.append(self._label("value", 1, 2 * place))
        self._grid.addWidget(self.mean, 2, 0, 1, 2 * count - 1)
        self.mean.setVisible(True)  # at once, or it would not count yet

    def _label(self, kind: str, row: int, column: int) -> QLabel:
        label = QLabel(self)
        set_class(label, kind)
        label.setAlignment(Qt.AlignmentFlag.AlignCenter)
        self._grid.addWidget(label, row, column)
        label.setVisible(True)
        label.ensurePolished()  # its font is in the style sheet
        return label

    # -- the mean ----------------------------------------------------------------------------------------------------

    def _write_mean(self, account: ChainAccount) -> None:
        metrics = self.mean.fontMetrics()
        texts = self._means(account)
        room = (self._room or 10_000) - 2 * (_SIDE + 1) - 2
        fitting = [text for text in texts if metrics.horizontalAdvance(text) <= room]
        text = fitting[0] if fitting else texts[-1]
        self.mean.setText(text)
        self.mean.setMinimumWidth(min(metrics.horizontalAdvance(text) + 2, room))
        if text != texts[0]:
            self.mean.setToolTip(texts[0])

    def _means(self, account: ChainAccount) -> tuple[str, ...]:
        """Return what is said of the mean over the batch, at different lengths, the longest first."""
        chain, count = account.chain, account.samples
        gradient = precise(chain.gradient)
        short = self.tr("mean over the batch = gradient {value}").format(value=gradient)
        least = self.tr("batch mean {value}").format(value=gradient)
        if chain.l1 or chain.l2:
            parts = ((chain.l1, "λ·sign(w)", chain.l1_term), (chain.l2, "2λw", chain.l2_term))
            terms = "".join(f" + {name} {precise(term)}" for strength, name, term in parts if strength)
            penalty = self.tr("penalty") + terms[2:]
            short = self.tr("mean {value} + {penalty} = gradient {total}").format(
                value=gradient, penalty=penalty, total=precise(chain.total)
            )
            least = self.tr("mean {value} + penalty {term}").format(
                value=gradient, term=precise(chain.l1_term + chain.l2_term)
            )
        where = self.tr("sample {place} of {count}").format(place=account.sample + 1, count=count)
        return (f"{where}, {account.of} · {short}", f"{where} · {short}", short, least)

    def sizeHint(self) -> QSize:
        """Return the room of what is written."""
        self._grid.activate()
        # Of a text across columns the hint of a grid knows nothing.
        return self._grid.sizeHint().expandedTo(self._grid.minimumSize())
