"""Which labels come together on the same samples: a matrix one can click through."""

from __future__ import annotations

from finetune_studio.project import wording
from finetune_studio.ui.widgets.confusion_matrix import ConfusionMatrix
from finetune_studio.ui.widgets.table import Column, ColumnKind


class TogetherMatrix(ConfusionMatrix):
    """Counts of samples that have both of two labels, shaded by row.

    Signals:
        cell_selected: the user chose a cell; carries its two labels.
    """

    hint = "How many samples truly have both labels. Choose a cell to see its samples."
    name = "Labels that come together"
    columns = (
        Column("Label"),
        Column("With"),
        Column("Samples", ColumnKind.BAR),
        Column("Of the first", ColumnKind.SHARE),
    )

    def whole(self, row: int) -> int:
        return int(self._counts[row, row])

    def _sentence(self, true: int, predicted: int) -> str:
        count, total = int(self._counts[true, predicted]), self.whole(true)
        if true == predicted:
            return f"{wording.plural(total, 'sample')} of {self._labels[true]}."
        share = f" ({wording.share(count / total)})" if total else ""
        of_them = f"{wording.whole(count)} of {wording.plural(total, 'sample')}"
        return f"{of_them} of {self._labels[true]} are {self._labels[predicted]} too{share}."
