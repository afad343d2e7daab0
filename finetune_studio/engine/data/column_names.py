"""The names people give to the columns of labelled data."""

from __future__ import annotations

import re
from enum import Enum


class Role(Enum):
    """What a column is for."""

    TEXT = "text"
    IMAGE = "image"
    LABEL = "label"
    SPLIT = "split"


_WORDS = {
    Role.LABEL: (
        "label labels class category target sentiment y topic species tag type intent emotion "
        "genre rating stars outcome polarity breed diagnosis kategorie klasse etiqueta "
        "tags genres topics categories classes emotions"
    ),
    Role.TEXT: (
        "text texts review sentence comment content message body description tweet utterance "
        "document question headline abstract summary title post query statement snippet texto"
    ),
    Role.IMAGE: (
        "image images imagepath imagefile img path file filename filepath picture photo photos "
        "imageid imagename bild"
    ),
    Role.SPLIT: "split set subset partition fold usage phase",
}
_KNOWN = {role: frozenset(words.split()) for role, words in _WORDS.items()}
_ALSO_HEADERS = frozenset({"id", "index", "name", "date", "user", "score", "idx", "no", "nr"})


def name_score(name: str, role: Role) -> float:
    """How well a column's name fits a role: 1 exactly, 0.5 in part, 0 not at all."""
    words = _words(name)
    if "".join(words) in _KNOWN[role]:
        return 1.0
    return 0.5 if any(word in _KNOWN[role] for word in words) else 0.0


def is_known_name(name: str) -> bool:
    """Whether people name columns so."""
    joined = "".join(_words(name))
    return joined in _ALSO_HEADERS or any(joined in words for words in _KNOWN.values())


def _words(name: str) -> list[str]:
    spaced = re.sub(r"([a-z])([A-Z])", r"\1 \2", name)
    return re.findall(r"[^\W_]+", spaced.casefold())
