"""Texts of the same prompt and draw, beside each other by generation."""

from collections.abc import Sequence

from tracking.report.context import Context
from tracking.report.parts import Section, TextCell, TextGrid

_SIGNS = {code: 0x2400 + code for code in range(0x20) if chr(code) not in "\t\n"}
"""Control characters and their pictures in Unicode; HTML allows none of them but tab and newline."""


def texts(context: Context) -> Section | None:
    """One grid per prompt and draw: a column per generation, a row per arm."""
    by_generation = context.data.texts
    generations = sorted(by_generation)
    named = {arm for generation in generations for arm in by_generation[generation]}
    arms = [arm for arm in context.styles if arm in named] + sorted(named - set(context.styles))
    n_texts = max((len(own) for texts in by_generation.values() for own in texts.values()), default=0)
    if not n_texts:
        return None
    titles = context.data.text_titles
    grids = [
        TextGrid(titles[place] if place < len(titles) else f"Text {place + 1}", generations, rows)
        for place in range(n_texts)
        if (rows := _rows(context, arms, generations, place))
    ]
    return Section("texts", "Texts, generation by generation", [context.data.texts_lead], texts=grids)


def _rows(context: Context, arms: Sequence[str], generations: Sequence[int], place: int) -> list[list[TextCell | None]]:
    columns = []
    for generation in generations:
        own = context.data.texts[generation]
        columns.append([_text(own.get(arm, ()), place) for arm in arms])
    cells = [_column(arms, column) for column in columns]
    return [[column[row] for column in cells] for row in range(len(arms))]


def _column(arms: Sequence[str], column: Sequence[str | None]) -> list[TextCell | None]:
    """Let a text that all arms share stand in one cell that reaches over all rows."""
    if len(arms) > 1 and column[0] is not None and len(set(column)) == 1:
        return [TextCell(arms, column[0], len(arms)), *([None] * (len(arms) - 1))]
    return [TextCell([arm], text or "") for arm, text in zip(arms, column, strict=True)]


def _text(own: Sequence[str], place: int) -> str | None:
    return _visible(own[place]) if place < len(own) else None


def _visible(text: str) -> str:
    """Show control characters as the signs that stand for them, and half characters as escapes."""
    return text.translate(_SIGNS).encode("utf-8", "backslashreplace").decode()
