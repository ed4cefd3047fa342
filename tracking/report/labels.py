"""How measures are called in figures: a title and a unit for each name that a history may hold."""

from collections.abc import Mapping

from tracking.report.data import Label

_METRICS = {
    "token_frequency_nll": Label("Token loss", "nats per token"),
    "word_frequency_nll": Label("Word loss", "nats per word"),
    "perplexity": Label("Perplexity", "perplexity per token"),
    "missing_mass": Label("Human n-grams missing", "share of occurrences"),
    "distinct_n": Label("Distinct n-grams", "distinct n-grams per n-gram"),
    "compression": Label("Compression", "original bytes per compressed byte"),
    "vendi": Label("Vendi score", "effective texts"),
    "prdc": Label("Neighbourhoods shared with human text", "share"),
    "frechet": Label("Frechet distance to human text", "squared distance"),
    "mmd": Label("Mean discrepancy from human text", "squared MMD"),
    "covariance": Label("Spread of embeddings", "value"),
    "pairwise_cosine": Label("Likeness of two texts", "mean cosine"),
    "mauve": Label("MAUVE", "area under the frontier"),
}
_MEASURES = {
    "perplexity/nll": Label("Loss", "nats per token"),
    "perplexity/bits_per_byte": Label("Loss per byte", "bits per byte"),
    "known_truth/types": Label("Types that are left", "types"),
    "known_truth/missing_mass": Label("True mass that is lost", "probability"),
    "known_truth/heterozygosity": Label("Heterozygosity", "1 - sum of squared probabilities"),
    "known_truth/total_variation": Label("Distance from the truth", "total variation"),
    "distinct_n/1": Label("Distinct words", "distinct words per word"),
    "distinct_n/2": Label("Distinct bigrams", "distinct bigrams per bigram"),
    "distinct_n/3": Label("Distinct trigrams", "distinct trigrams per trigram"),
    "missing_mass/1": Label("Human words missing", "share of occurrences"),
    "missing_mass/2": Label("Human bigrams missing", "share of occurrences"),
    "missing_mass/3": Label("Human trigrams missing", "share of occurrences"),
    "vendi/q1": Label("Vendi score", "effective texts"),
    "vendi/q2": Label("Vendi score of order 2", "effective texts"),
    "vendi/qinf": Label("Vendi score of order infinity", "effective texts"),
    "prdc/precision": Label("Texts near human ones (precision)", "share of texts"),
    "prdc/recall": Label("Human texts recalled (recall)", "share of human texts"),
    "prdc/density": Label("Crowding around human texts (density)", "human balls per text and neighbour"),
    "prdc/coverage": Label("Human neighbourhoods reached (coverage)", "share of human texts"),
    "frechet/infinity": Label("Extrapolated Frechet distance", "squared distance"),
    "mmd/polynomial": Label("Mean discrepancy, polynomial kernel", "squared MMD"),
    "mmd/rbf": Label("Mean discrepancy, RBF kernel", "squared MMD"),
    "covariance/trace": Label("Variance of embeddings", "squared distance"),
    "covariance/effective_rank": Label("Effective rank of embeddings", "directions"),
    "covariance/log_determinant": Label("Volume of embeddings", "log-determinant in nats"),
    "mauve/star": Label("Smoothed MAUVE", "area under the frontier"),
}
_COUNTS = {
    "tokens": Label("Tokens", "tokens"),
    "texts": Label("Texts", "texts"),
    "rows": Label("Rows", "rows"),
    "loss_tokens": Label("Loss tokens", "tokens that the loss counts"),
    "loss": Label("Last training loss", "nats per token"),
    "human_share": Label("Human share", "share of tokens"),
    "length_limit_share": Label("Ended at the length limit", "share of texts"),
}
_VIEWS = {
    "student": "on human text",
    "sampled": "in sampled texts",
    "drawn": "in drawn texts",
    "kept": "in kept texts",
    "corpus": "in the corpus",
    "pool": "in the pool",
    "training": "in training",
}
_PARTS = {
    "head": "head quarter",
    "upper": "second quarter",
    "lower": "third quarter",
    "tail": "tail quarter",
    "eos": "end of text",
    "unseen": "never seen in training",
}
_N_GRAMS = {"1": "words", "2": "bigrams", "3": "trigrams"}


def label_of(measure: str, labels: Mapping[str, Label]) -> Label:
    """Name a measure for a reader: from `labels`, else as we know it, else by its own name."""
    if measure in labels:
        return labels[measure]
    view, _, rest = measure.partition("/")
    metric, _, part = rest.partition("/")
    # In a world with known truth the student itself is measured, with no text between.
    where = "" if metric == "known_truth" else f" {view_title(view)}"
    if rest in _MEASURES:
        return Label(_MEASURES[rest].title + where, _MEASURES[rest].unit)
    known = labels.get(f"{view}/{metric}") or _METRICS.get(metric) or _COUNTS.get(metric)
    base = known or Label(_plain(metric).capitalize(), "value")
    is_per_byte = part.endswith("_per_byte")
    named = part_title(part.removesuffix("_per_byte")) if part not in ("", "value", "ratio") else ""
    title = f"{base.title}{where}, {named}" if named else base.title + where
    return Label(title, "nats per byte" if is_per_byte else base.unit)


def part_title(part: str) -> str:
    """Name a part: head quarter, bigrams, seen 4 to 10 times."""
    named = [_PARTS.get(piece) or _N_GRAMS.get(piece) or _seen(piece) for piece in part.split("/")]
    return ", ".join(named)


def view_title(view: str) -> str:
    """Name a view as the end of a heading: "in sampled texts"."""
    return _VIEWS.get(view, f"in {_plain(view)}")


def bucket_tick(part: str) -> str:
    """Name a bucket of frequencies in a few characters: 4-10, 101-1k, with a dash between."""
    bounds = [_short(int(bound)) for bound in part.removeprefix("seen_").split("_")]
    named = {"0": "never seen", "1": "once"}
    return named.get(bounds[0], bounds[0]) if len(bounds) == 1 else "\N{EN DASH}".join(bounds)


def _short(number: int) -> str:
    return f"{number // 1000}k" if number >= 1000 else str(number)


def _seen(piece: str) -> str:
    bounds = piece.removeprefix("seen_").split("_")
    if not piece.startswith("seen_") or not all(bound.isdigit() for bound in bounds):
        return _plain(piece)
    if bounds == ["0"]:
        return "never seen"
    times = "once" if bounds == ["1"] else f"{' to '.join(f'{int(bound):,}' for bound in bounds)} times"
    return f"seen {times}"


def _plain(name: str) -> str:
    return name.replace("_", " ")
