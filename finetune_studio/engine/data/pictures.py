"""The one way a picture is opened: in the import report, training, prediction and proof alike.

Pictures come out upright, in 8-bit RGB, transparent parts on white, the first frame of a moving
one. Embedded colour profiles are not applied: the pretrained backbones never saw them applied.
"""

from __future__ import annotations

import struct
import warnings
import zlib
from typing import TYPE_CHECKING

import numpy as np
from PIL import Image, ImageOps, UnidentifiedImageError

from finetune_studio.engine.data.file_types import UNSUPPORTED, head_of, real_type
from finetune_studio.project.problems import Problem, ProblemError

if TYPE_CHECKING:
    from torch import Tensor

    from finetune_studio.engine.model.bundle import ImagePreprocessing

# An allow-list: Pillow goes by content, and a .png that holds PostScript would start Ghostscript.
FORMATS = ("JPEG", "PNG", "WEBP", "BMP", "DIB", "GIF", "TIFF", "AVIF", "PPM")
MOST_PIXELS = 89_478_485
LONGEST_SHAPE = 100
# Everything Pillow's own fuzzers allow a decoder to raise.
DECODE_ERRORS = (
    *(OSError, SyntaxError, ValueError, TypeError, KeyError, IndexError, EOFError),
    *(NotImplementedError, OverflowError, MemoryError, struct.error, zlib.error),
)
_BOMBS = (Image.DecompressionBombError, Image.DecompressionBombWarning)
_RESAMPLING = {"bilinear": Image.Resampling.BILINEAR, "bicubic": Image.Resampling.BICUBIC}
_TO_8_BIT = 257  # 65535 / 255

# Between 89 and 179 million pixels Pillow only warns, and then decodes.
warnings.filterwarnings("error", category=Image.DecompressionBombWarning)


def open_upright_rgb(path: str, at_least: int = 0) -> Image.Image:
    """Open and decode one picture.

    Args:
        path: of the file.
        at_least: shorter side in pixels that is enough; a large JPEG is then decoded at a
            fraction of its size, many times faster. 0 decodes in full.

    Raises:
        ProblemError: it cannot be opened, or must not.
    """
    image = open_header(path)
    try:
        if at_least and image.format == "JPEG":
            image.draft(None, (at_least, at_least))
        image.load()
        return _rgb(_upright(image))
    except DECODE_ERRORS as error:
        raise damaged(path, error) from error
    finally:
        image.close()


def open_header(path: str) -> Image.Image:
    """Open one picture without decoding it. The caller closes it.

    Raises:
        ProblemError: it is no picture, of no known type, or too large to be decoded.
    """
    try:
        image = Image.open(path, formats=FORMATS)
    except _BOMBS as error:
        raise _too_large(path, "more pixels than any camera takes") from error
    except UnidentifiedImageError as error:
        raise _not_identified(path) from error
    except DECODE_ERRORS as error:
        raise damaged(path, error) from error
    short, long = sorted(image.size)
    if short * long > MOST_PIXELS or long > LONGEST_SHAPE * max(1, short):
        image.close()
        raise _too_large(path, f"{image.width:,} x {image.height:,} pixels")
    return image


def load_pixels(path: str, preprocessing: ImagePreprocessing) -> np.ndarray:
    """Open one picture and bring it to the model's size: uint8 [3, h, w].

    Raises:
        ProblemError: it cannot be opened, or must not.
    """
    # Twice the size keeps what the antialiased resize would keep.
    enough = 2 * max(preprocessing.size, preprocessing.resize)
    return preprocess(open_upright_rgb(path, at_least=enough), preprocessing)


def preprocess(image: Image.Image, preprocessing: ImagePreprocessing) -> np.ndarray:
    """Resize and crop an RGB picture as the model was pretrained: uint8 [3, h, w]."""
    size = preprocessing.size
    box = None if preprocessing.crop == "squash" else _centre(image.size, preprocessing)
    resized = image.resize((size, size), _RESAMPLING[preprocessing.interpolation], box=box)
    return np.ascontiguousarray(np.asarray(resized, dtype=np.uint8).transpose(2, 0, 1))


def normalise(pixels: Tensor, preprocessing: ImagePreprocessing) -> Tensor:
    """Scale pixels as the model expects them.

    Args:
        pixels: uint8, or float already between 0 and 1; [batch, 3, h, w].
        preprocessing: the model's mean and deviation.

    Returns:
        float32 [batch, 3, h, w].
    """
    import torch

    scaled = pixels.float().div_(255) if pixels.dtype == torch.uint8 else pixels
    mean = scaled.new_tensor(preprocessing.mean).view(1, 3, 1, 1)
    deviation = scaled.new_tensor(preprocessing.std).view(1, 3, 1, 1)
    return (scaled - mean).div_(deviation)


def damaged(path: str, error: BaseException) -> ProblemError:
    """The problem of a picture whose content does not decode."""
    return ProblemError(
        Problem(
            what=f"The picture {path} cannot be opened.",
            why="Its content is cut short or damaged.",
            remedy="Replace the file, or leave it out.",
            where=path,
            code="picture_damaged",
            detail=_first_line(error),
        )
    )


def _centre(
    shape: tuple[int, int], preprocessing: ImagePreprocessing
) -> tuple[float, float, float, float]:
    """The part of the source that a resize and a centre crop would show.

    Cropping first gives the same pixels as torchvision's resize then crop, and a picture one pixel
    wide does not become millions of pixels high in between.
    """
    width, height = shape
    short, size = min(width, height), preprocessing.size
    resize = max(preprocessing.resize, size)
    resized = (int(resize * width / short), int(resize * height / short))
    left, top = (round((side - size) / 2) for side in resized)
    across, down = width / resized[0], height / resized[1]
    return (
        left * across,
        top * down,
        min((left + size) * across, width),
        min((top + size) * down, height),
    )


def _upright(image: Image.Image) -> Image.Image:
    try:
        return ImageOps.exif_transpose(image)
    except DECODE_ERRORS:
        return image  # broken EXIF says nothing about the pixels


def _rgb(image: Image.Image) -> Image.Image:
    if image.mode.startswith("I;16") or image.mode in ("I", "F"):
        return _from_deep(image)
    if image.mode in ("RGBA", "LA", "PA", "La", "RGBa") or "transparency" in image.info:
        solid = image.convert("RGBA")
        white = Image.new("RGBA", solid.size, "white")
        return Image.alpha_composite(white, solid).convert("RGB")
    return image if image.mode == "RGB" else image.convert("RGB")


def _from_deep(image: Image.Image) -> Image.Image:
    """16-bit grey is scaled, where Pillow's own conversion would clip nearly all of it to white."""
    values = np.nan_to_num(np.asarray(image, dtype=np.float64))
    if image.mode == "F" or values.max(initial=0) > 65535 or values.min(initial=0) < 0:
        low, high = values.min(), values.max()
        scaled = (values - low) * (255 / (high - low)) if high > low else np.zeros_like(values)
    else:
        scaled = values / _TO_8_BIT
    return Image.fromarray(np.rint(scaled).astype(np.uint8)).convert("RGB")


def _not_identified(path: str) -> ProblemError:
    head = head_of(path)
    kind = real_type(head)
    if not head:
        return damaged(path, ValueError("it is empty"))
    if kind in UNSUPPORTED:
        return ProblemError.of(
            f"The picture {path} cannot be read.",
            f"Its type is {kind}.",
            "Convert it to JPEG or PNG.",
            where=path,
            code="picture_unsupported",
        )
    if kind and kind.upper() in FORMATS:
        return damaged(path, ValueError(f"a broken {kind}"))
    return ProblemError.of(
        f"{path} is not a picture.",
        f"Its type is {kind}." if kind else "Its content is of no type known here.",
        "Choose a JPEG or PNG file.",
        where=path,
        code="picture_other_type",
    )


def _too_large(path: str, how: str) -> ProblemError:
    return ProblemError.of(
        f"The picture {path} is too large to be decoded safely.",
        f"It has {how}.",
        "Scale it down first.",
        where=path,
        code="picture_too_large",
    )


def _first_line(error: BaseException) -> str:
    lines = str(error).splitlines()
    return lines[0][:200] if lines else type(error).__name__
