"""Sections that are curves over generations: theory, tails, other measures, training, the auditor."""

from collections.abc import Sequence
from dataclasses import replace
from itertools import groupby

from tracking.number_text import number_text
from tracking.report.comparisons import Pair, Profile, head_tail_pairs, profiles
from tracking.report.context import Context, band_caption, change_reading, pair_reading
from tracking.report.curves import Curve, CurveBook
from tracking.report.data import BucketSize, Label
from tracking.report.labels import bucket_tick, part_title
from tracking.report.panels import PAIR_WIDTH, Limits, curve_panel, layout_of, profile_panel, shared_limits
from tracking.report.parts import Figure, Mark, Section, Table
from tracking.report.sections import decisions

_CLAIM_VIEWS = ("student", "sampled")
"""The views that describe a student itself; the others describe what trained it, and are in the tables."""


def theory(context: Context) -> Section | None:
    """Measurement as points, the law as a thin line over them."""
    laws = context.data.theory
    measured = [name for name in dict.fromkeys(law.measure for law in laws) if context.book.of(name)]
    layout, width = layout_of(len(measured))
    panels = []
    for name in measured:
        own = [law for law in laws if law.measure == name]
        label = context.label(name)
        panels.append(curve_panel(context.book.of(name), context.styles, label, own, width=width))
    if not panels:
        return None
    curves = [curve for name in measured for curve in context.book.of(name)]
    law_names = list(dict.fromkeys(law.label for law in laws if law.measure in measured))
    figure = Figure(
        "theory",
        "Points are measured, thin black lines are what theory expects",
        panels,
        [*context.legend(curves), Mark("theory", "#000000", "law")],
        [change_reading(context.book.of(name), context.label(name).title) for name in measured],
        f"Theory: {'; '.join(law_names)}. {band_caption(curves)}",
        layout,
    )
    return Section("theory", "Theory over measurement", figures=[figure])


def tails(context: Context) -> Section | None:
    """Head and tail beside each other on one scale, and what was lost by how often a word occurs."""
    pairs = [pair for pair in head_tail_pairs(context.book.names) if _is_claim(pair.head)]
    figures = [_pair_figure(context, context.book, pair) for pair in pairs]
    figures += [_profile_figure(context, profile) for profile in profiles(context.book)]
    if not figures:
        return None
    lead = (
        "The head is the most frequent quarter of human text, the tail the least frequent. A loop that "
        "forgets rare things first raises the loss of the tail before that of the head."
    )
    return Section("tails", "Head and tail", [lead], figures, _bucket_tables(context.data.buckets))


def headline(context: Context) -> Section | None:
    """The measures that the page is about, each over generations."""
    book = replace(context.book, prefix="headline/")
    names = [name for name in context.data.headline if book.of(name)]
    if not names:
        return None
    figure = _grid_figure(context, book, "headline", "By generation, one line per arm", names)
    readings = [change_reading(book.of(name), context.label(name).title) for name in names]
    return Section("headline", "The measures compared", figures=[replace(figure, readings=readings)])


def measures(context: Context) -> Section | None:
    """Every other measure of the student itself and of texts sampled from it."""
    elsewhere = {law.measure for law in context.data.theory}
    names = [name for name in context.book.names if _is_shown_alone(name, context.book) and name not in elsewhere]
    figures = []
    for view in _CLAIM_VIEWS:
        own = [name for name in names if name.startswith(f"{view}/")]
        if own:
            heading = _view_heading(view)
            figures.append(_grid_figure(context, context.book, f"measures_{view}", heading, own))
    others = [name for name in names if not _is_count(name) and name.split("/")[0] not in _OWN_SECTION]
    if others:
        figures.append(_grid_figure(context, context.book, "measures_other", "Other measures", others))
    return Section("measures", "Other measures, by generation", figures=figures) if figures else None


def training(context: Context) -> Section | None:
    """Counts that have no part: how much was drawn and kept, and what the corpus was made of."""
    names = [name for name in context.book.names if _is_count(name) and _says_what_trained(name)]
    if not names:
        return None
    figure = _grid_figure(context, context.book, "training", "Sizes and shares, by generation", names)
    lead = (
        "Row g describes what trained student g: texts drawn from student g-1, what the filters kept of them, "
        "and the corpus that was mixed. Generation 0 is trained on human text alone."
    )
    return Section("training", "What each student was trained on", [lead], [figure])


def auditor(context: Context) -> Section | None:
    """Measures on the split that no filter, controller or tracker was given."""
    book = context.auditor
    pairs = head_tail_pairs(book.names)
    paired = {name for pair in pairs for name in (pair.head, pair.tail)}
    names = [name for name in book.names if name not in paired and _is_shown_alone(name, book)]
    figures = [_pair_figure(context, book, pair) for pair in pairs]
    if names:
        figures.append(_grid_figure(context, book, "auditor", "Measured on the auditor split", names))
    if not figures:
        return None
    lead = (
        "Human text that nothing in the loop could read: no filter, mixer, controller or tracker was given "
        "it. A mitigation that only learned to please the reference split shows here."
    )
    return Section("auditor", "The auditor split", [lead], figures)


def _bucket_tables(buckets: Sequence[BucketSize]) -> list[Table]:
    """Say how much human text each bucket stands on: one table for all arms that share the text."""
    by_arms = [(arms, list(sizes)) for arms, sizes in groupby(buckets, lambda size: size.arms)]
    header = ["divided", "bucket"]
    header += [what for split in ("train", "reference") for what in (f"{split} types", "occurrences", "share")]
    caption = (
        "Train text makes the buckets, and losses are measured on reference text. A loss over few occurrences is "
        "uncertain, and one over few types is that of these words alone."
    )
    return [
        Table(
            "Human text in each bucket" + (f": {', '.join(arms)}" if len(by_arms) > 1 else ""),
            header,
            [row for _, division in groupby(sizes, lambda size: size.division) for row in _bucket_rows(list(division))],
            2,
            caption=caption,
        )
        for arms, sizes in by_arms
    ]


def _bucket_rows(division: Sequence[BucketSize]) -> list[list[str]]:
    n_train = sum(size.train_occurrences for size in division)
    n_reference = sum(size.reference_occurrences for size in division)
    return [
        [
            size.division,
            part_title(size.bucket),
            number_text(size.train_types),
            number_text(size.train_occurrences),
            f"{size.train_occurrences / n_train:.1%}",
            number_text(size.reference_types),
            number_text(size.reference_occurrences),
            f"{size.reference_occurrences / n_reference:.1%}",
        ]
        for size in division
    ]


_OWN_SECTION = (*_CLAIM_VIEWS, "drawn", "kept", "corpus", "pool", "human", decisions.VIEW)


def _pair_figure(context: Context, book: CurveBook, pair: Pair) -> Figure:
    heads, tails = book.of(pair.head), book.of(pair.tail)
    limits = shared_limits(heads + tails)
    panels = [
        curve_panel(curves, context.styles, context.label(name), limits=limits, width=PAIR_WIDTH, prefix=book.prefix)
        for name, curves in ((pair.head, heads), (pair.tail, tails))
    ]
    reading = pair_reading(heads, tails, context.label(pair.head).unit)
    return Figure(
        book.prefix + pair.stem,
        f"{context.label(pair.stem).title}: head and tail on one scale",
        panels,
        context.legend(heads + tails),
        [reading],
        band_caption(heads + tails),
        "pairs",
    )


def _profile_figure(context: Context, profile: Profile) -> Figure:
    label = context.label(f"{profile.stem}/{profile.parts[0]}")
    base = context.label(profile.stem)
    buckets = [bucket_tick(part) for part in profile.parts]
    worse = "; above zero the last student is worse" if label.unit.startswith("nats") else ""
    panel = profile_panel(
        f"{profile.stem}/profile",
        Label("Change since generation 0", f"change, {label.unit}"),
        buckets,
        profile.changes,
        context.styles,
    )
    return Figure(
        f"{profile.stem}/profile",
        f"{base.title}: what changed, from words never seen to the most frequent",
        [panel],
        context.arm_marks(profile.changes),
        caption=f"Last generation minus generation 0, mean over seeds{worse}.",
        layout="wide",
    )


def _grid_figure(context: Context, book: CurveBook, key: str, title: str, names: Sequence[str]) -> Figure:
    layout, width = layout_of(len(names))
    panels = []
    for name in names:
        limits = _from_zero(book.of(name)) if _is_count(name) else None
        label = context.label(name)
        panels.append(curve_panel(book.of(name), context.styles, label, limits=limits, width=width, prefix=book.prefix))
    curves = [curve for name in names for curve in book.of(name)]
    return Figure(key, title, panels, context.legend(curves), caption=band_caption(curves), layout=layout)


def _says_what_trained(name: str) -> bool:
    """Leave out of the figures what only repeats another size; the table of all values has it."""
    view, _, what = name.partition("/")
    is_repeated = what in ("rows", "short_share", "steps", "epochs", "mean_loss")
    return what == "length_limit_share" or (view not in ("sampled", decisions.VIEW) and not is_repeated)


def _from_zero(curves: Sequence[Curve]) -> Limits | None:
    """Show sizes and shares on a scale from zero, where a small change looks small."""
    limits = shared_limits(curves)
    return limits if limits is None else Limits(min(0.0, limits.low), limits.high)


def _is_count(name: str) -> bool:
    """Tell sizes and shares, named `view/what`, from measures, which have a part."""
    return name.count("/") == 1


def _is_claim(name: str) -> bool:
    return name.partition("/")[0] in _CLAIM_VIEWS


def _is_shown_alone(name: str, book: CurveBook) -> bool:
    """Leave out what the tails section shows, what only says the same in other units or under another name, and nulls.

    `<metric>/human` is null, with its reason, where human text could not be measured; the table of reasons has it.
    """
    stem, _, part = name.rpartition("/")
    is_quarter = part in ("head", "upper", "lower", "tail", "unseen") and f"{stem}/head" in book.names
    is_bucket = part.startswith("seen_")
    same = stem if part == "z" else f"{stem}/{part.removesuffix('_per_byte')}"
    is_other_unit = (part == "z" or part.endswith("_per_byte")) and same in book.names
    is_other_name = part == "eos" and stem.endswith("word_frequency_nll")  # the same tokens as token_frequency_nll's
    return "/" in stem and part != "human" and not (is_quarter or is_bucket or is_other_unit or is_other_name)


def _view_heading(view: str) -> str:
    return "The student itself" if view == "student" else "Texts sampled from the student"
