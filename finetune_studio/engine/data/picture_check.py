"""Looking pictures over without decoding them: header, ending, and what will be converted.

Where the ending is not as its type demands, the picture is decoded in full to be sure. Damage in
the middle of a file shows only when the pixels are decoded for the cache, and is reported then.
"""

from __future__ import annotations

import os
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np
from PIL import Image

from finetune_studio.engine.data.file_types import real_type, suffix_of
from finetune_studio.engine.data.findings import Findings
from finetune_studio.engine.data.picture_memory import LookedOver
from finetune_studio.engine.data.pictures import (
    DECODE_ERRORS,
    damaged,
    open_header,
    open_upright_rgb,
)
from finetune_studio.engine.data.threads import in_threads
from finetune_studio.engine.progress import Emit, Meter
from finetune_studio.engine.stopping import StopRequested
from finetune_studio.project.problems import ProblemError

_ORIENTATION = 0x0112
_TINY = 16
_TOGETHER = 8  # pictures
_TAIL_BYTES = 32
_PRINT_MODES = frozenset({"CMYK", "LAB"})
# What a whole file of a type ends with, give or take a few bytes of padding.
_ENDINGS = {"JPEG": b"\xff\xd9", "PNG": b"IEND", "GIF": b"\x3b"}
_NAMES = {
    "JPEG": frozenset({".jpg", ".jpeg", ".jpe", ".jfif", ".mpo", ""}),
    "MPO": frozenset({".jpg", ".jpeg", ".jpe", ".jfif", ".mpo", ""}),
    "PNG": frozenset({".png", ".apng", ""}),
    "GIF": frozenset({".gif", ""}),
    "WEBP": frozenset({".webp", ""}),
    "BMP": frozenset({".bmp", ".dib", ""}),
    "TIFF": frozenset({".tif", ".tiff", ""}),
    "AVIF": frozenset({".avif", ""}),
}


@dataclass(frozen=True, slots=True)
class Verdict:
    """What a look at one picture gave.

    Attributes:
        usable: whether it opens.
        findings: (code, note) of each thing worth telling.
    """

    usable: bool
    findings: tuple[tuple[str, str], ...] = ()


def check_picture(path: str) -> Verdict:
    """Look one picture over. Never raises for a bad file."""
    try:
        image = open_header(path)
        try:
            findings = tuple(_conversions(path, image))
            whole = _ends_well(path, image.format or "")
        finally:
            image.close()
        if not whole:
            open_upright_rgb(path)
    except ProblemError as error:
        return Verdict(usable=False, findings=((error.problem.code, _reason(error)),))
    return Verdict(usable=True, findings=findings)


def check_pictures(
    paths: Sequence[str],
    places: Sequence[str],
    findings: Findings,
    emit: Emit,
    stop_requested: StopRequested,
    found: LookedOver | None = None,
) -> list[bool]:
    """Look many pictures over in threads, and tell what was found.

    Args:
        paths: of the files.
        places: what each is called in a finding, in the same order.
        findings: gets what was found.
        emit: hears of the progress.
        stop_requested: asked between pictures.
        found: what is known already; the rest is added.

    Returns:
        Whether each can be used.
    """
    found = LookedOver.nothing(len(paths)) if found is None else found
    _look_over_the_rest(paths, found, emit, stop_requested)
    usable: list[bool] = found.usable.tolist()
    for place in sorted(found.told):
        for code, note in found.told[place]:
            findings.add(code, places[place], note)
            if code == "picture_tiny" and findings.leaves_out(code):
                usable[place] = False
    return usable


def _look_over_the_rest(
    paths: Sequence[str], found: LookedOver, emit: Emit, stop_requested: StopRequested
) -> None:
    rest = np.flatnonzero(~found.known).tolist()
    if not rest:
        return
    meter = Meter(emit, "Checking pictures", len(rest), "pictures")
    waiting = [paths[place] for place in rest]
    verdicts = in_threads(check_picture, waiting, stop_requested, together=_TOGETHER)
    for place, verdict in zip(rest, verdicts, strict=True):
        found.known[place], found.usable[place] = True, verdict.usable
        if verdict.findings:
            found.told[place] = verdict.findings
        meter.advance()
    meter.done()


def _conversions(path: str, image: Image.Image) -> Iterator[tuple[str, str]]:
    kind = image.format or ""
    if suffix_of(path) not in _NAMES.get(kind, {suffix_of(path)}):
        yield "picture_name_lies", f"its type is {real_type(_start(path)) or kind}"
    if _orientation(image) not in (0, 1):
        yield "picture_turned", ""
    if image.mode in ("RGBA", "LA", "PA") or "transparency" in image.info:
        yield "picture_transparent", ""
    if image.mode.startswith("I") or image.mode == "F":
        yield "picture_deep", ""
    if image.mode in _PRINT_MODES:
        yield "picture_print", ""
    if getattr(image, "is_animated", False):
        yield "picture_moving", ""
    if min(image.size) < _TINY:
        yield "picture_tiny", f"{image.width} x {image.height}"


def _orientation(image: Image.Image) -> int:
    # Asking a PNG for EXIF that its header does not hold would decode it in full.
    if image.format == "PNG" and "exif" not in image.info:
        return 1
    try:
        return int(image.getexif().get(_ORIENTATION, 1))
    except DECODE_ERRORS:
        return 1


def _ends_well(path: str, kind: str) -> bool:
    ending = _ENDINGS.get(kind)
    try:
        with open(path, "rb") as file:  # noqa: PTH123 - called for every file of a large folder
            size = file.seek(0, os.SEEK_END)
            if kind == "WEBP":
                file.seek(4)
                return int.from_bytes(file.read(4), "little") + 8 <= size
            if ending is None:
                return False
            file.seek(max(0, size - _TAIL_BYTES))
            return ending in file.read()
    except OSError as error:
        raise damaged(path, error) from error


def _start(path: str) -> bytes:
    with open(path, "rb") as file:  # noqa: PTH123 - as above
        return file.read(64)


def _reason(error: ProblemError) -> str:
    why = (error.problem.detail or error.problem.why).strip().rstrip(".")
    return why[:1].lower() + why[1:]
