"""How a number is written for a person, the same on the screen and in the report."""

import math

NOT_MEASURED = "n/m"
"""Stands where a measure is null; the reason is shown nearby."""


def number_text(value: float | None) -> str:
    """Write about four significant digits, thousands with commas, whole numbers whole."""
    if value is None or not math.isfinite(value):
        return NOT_MEASURED
    size = abs(value)
    if size >= 1000 or (isinstance(value, int) and not isinstance(value, bool)):
        return f"{value:,.0f}"
    if size >= 100:
        return f"{value:.1f}"
    if size >= 1:
        return f"{value:.2f}"
    if size >= 0.001 or size == 0:
        return f"{value:.3f}"
    return f"{value:.1e}"


def signed_text(value: float | None) -> str:
    """Write a difference with its sign; the minus is the true one."""
    if value is None or not math.isfinite(value):
        return NOT_MEASURED
    sign = "+" if value > 0 else "\N{MINUS SIGN}" if value < 0 else ""
    return sign + number_text(abs(value))


def seconds_text(seconds: float) -> str:
    """Write a duration: 0.42 s, 8.1 s, 95 s, 12 min 4 s, 3 h 5 min."""
    if seconds < 1:
        return f"{seconds:.2f} s"
    if seconds < 10:
        return f"{seconds:.1f} s"
    if seconds < 120:
        return f"{seconds:.0f} s"
    whole = round(seconds)
    if whole < 7200:
        return f"{whole // 60} min {whole % 60} s"
    return f"{whole // 3600} h {whole % 3600 // 60} min"
