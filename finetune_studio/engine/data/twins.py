"""Who is equal to whom among samples: those that contradict, repeat or give away each other."""

from __future__ import annotations

import numpy as np

from finetune_studio.engine.data.sample_sequence import SPLITS
from finetune_studio.project.choices import Split

_TRAIN, _VALIDATION, _TEST = map(SPLITS.index, (Split.TRAIN, Split.VALIDATION, Split.TEST))


def come_again(identities: np.ndarray, parts: np.ndarray) -> np.ndarray:
    """Who comes again in a later part, training being the first and test the last: bool [samples].

    Args:
        identities: equal for equal content, uint64 [samples].
        parts: places in ``SPLITS``, int8 [samples].
    """
    in_test = np.isin(identities, identities[parts == _TEST])
    later = np.isin(identities, identities[parts == _VALIDATION]) | in_test
    found: np.ndarray = (parts == _TRAIN) & later | (parts == _VALIDATION) & in_test
    return found


def contradict(identities: np.ndarray, codes: np.ndarray) -> np.ndarray:
    """Whose equals are called otherwise: bool [samples].

    Args:
        identities: equal for equal content, uint64 [samples].
        codes: equal for equal labels, int32 [samples].
    """
    order = np.lexsort((codes, identities))
    ordered, labels = identities[order], codes[order]
    differs = (ordered[1:] == ordered[:-1]) & (labels[1:] != labels[:-1])
    found: np.ndarray = np.isin(identities, ordered[1:][differs])
    return found


def repeat(*columns: np.ndarray) -> np.ndarray:
    """Who is equal in every column to one before: bool [samples]."""
    order = np.lexsort(columns)  # stable: the first of equal ones stays first
    same = np.ones(max(0, len(order) - 1), np.bool_)
    for column in columns:
        same &= column[order][1:] == column[order][:-1]
    found = np.zeros(len(order), np.bool_)
    found[order[1:][same]] = True
    return found
