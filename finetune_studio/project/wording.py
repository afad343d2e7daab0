"""Numbers as people say them. Pure functions from a value to the words shown for it."""

from __future__ import annotations

import math

NO_VALUE = "–"

_SCALES = ((1e12, "T"), (1e9, "B"), (1e6, "M"), (1e3, "k"))
_BYTES = ((1e12, "TB"), (1e9, "GB"), (1e6, "MB"), (1e3, "kB"))
_MINUTE, _HOUR, _DAY = 60.0, 3600.0, 86400.0


def whole(number: float) -> str:
    """An exact number with its thousands set apart: ``10,072``."""
    return f"{number:,.0f}" if math.isfinite(number) else NO_VALUE


def count(number: float) -> str:
    """A number rounded to what matters: ``980``, ``1.3 M``, ``25.6 M``."""
    return _scaled(number, _SCALES, "")


def size(byte_count: float) -> str:
    """A file or memory size in decimal units: ``98 MB``, ``1.4 GB``."""
    return _scaled(byte_count, _BYTES, "bytes")


def share(fraction: float, digits: int = 1) -> str:
    """A fraction of one in percent: ``84.2 %``."""
    return f"{fraction * 100:.{digits}f} %" if math.isfinite(fraction) else NO_VALUE


def seconds(duration: float) -> str:
    """A duration, in seconds: ``12 ms``, ``3.4 s``, ``34 s``, ``2 min 5 s``, ``3 h 20 min``."""
    if not math.isfinite(duration):
        return NO_VALUE
    if duration < 0.9995:
        return _milliseconds(duration * 1000)
    if round(duration) < _MINUTE:
        return f"{duration:.{1 if duration < 9.95 else 0}f} s"
    if round(duration) < _HOUR:
        return _two_units(duration, _MINUTE, "min", 1.0, "s")
    if round(duration) < _DAY:
        return _two_units(duration, _HOUR, "h", _MINUTE, "min")
    return _two_units(duration, _DAY, "d", _HOUR, "h")


def eta(duration: float) -> str:
    """The time left, in seconds, no more exactly than it can be known: ``about 2 min left``."""
    if not math.isfinite(duration):
        return "time left unknown"
    if duration < 5:
        return "a few seconds left"
    if duration < _MINUTE - 2.5:
        return f"about {5 * round(duration / 5)} s left"
    if duration < _HOUR - 30:
        return f"about {max(1, round(duration / _MINUTE))} min left"
    return f"about {_two_units(duration, _HOUR, 'h', 10 * _MINUTE, 'min', 10)} left"


def figure(number: float, digits: int = 3) -> str:
    """A measured value with ``digits`` significant figures: ``0.0342``, ``1.23``, ``2.1e-07``."""
    if not math.isfinite(number):
        return NO_VALUE
    if number and not 1e-4 <= abs(number) < 1e6:
        return rate(number)
    magnitude = 0 if number == 0 else math.floor(math.log10(abs(number)))
    return f"{number:,.{max(0, digits - 1 - magnitude)}f}"


def rate(number: float) -> str:
    """A learning rate or another number best read as a power of ten: ``1e-3``, ``0.3``."""
    if number == 0 or not math.isfinite(number):
        return "0" if number == 0 else NO_VALUE
    if 0.1 <= abs(number) < 1000:
        return f"{number:.3g}"
    mantissa, exponent = f"{number:.2e}".split("e")
    return f"{mantissa.rstrip('0').rstrip('.')}e{int(exponent)}"


def times(ratio: float) -> str:
    """How many times as much: ``9 times``, ``1.4 times``."""
    if not math.isfinite(ratio):
        return NO_VALUE
    return f"{ratio:.0f} times" if ratio >= 9.5 or ratio == round(ratio) else f"{ratio:.1f} times"


def plural(number: int, noun: str, nouns: str = "") -> str:
    """A count with its noun: ``1 label``, ``7 labels``; ``nouns`` where adding an s is wrong."""
    return f"{whole(number)} {noun if number == 1 else nouns or noun + 's'}"


def _milliseconds(duration: float) -> str:
    if 0 < duration < 0.1:
        return "< 0.1 ms"
    return f"{duration:.1f} ms".replace(".0 ", " ") if duration < 9.95 else f"{duration:.0f} ms"


def _scaled(number: float, scales: tuple[tuple[float, str], ...], unit: str) -> str:
    if not math.isfinite(number):
        return NO_VALUE
    for scale, name in scales:
        if abs(number) >= scale * 0.9995:
            scaled = number / scale
            return f"{scaled:.{0 if abs(scaled) >= 99.95 else 1}f}".removesuffix(".0") + f" {name}"
    return f"{number:.0f} {unit}".rstrip()


def _two_units(
    duration: float, large: float, large_name: str, small: float, small_name: str, step: int = 1
) -> str:
    total = round(duration / small)
    whole_part, rest = divmod(total, round(large / small))
    small_text = f" {rest * step} {small_name}" if rest else ""
    return f"{whole_part} {large_name}{small_text}"
