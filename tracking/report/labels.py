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
    "expectation_adjusted_distinct": Label("Distinct n-grams over the expected", "distinct n-grams per expected one"),
    "hill": Label("N-gram diversity", "effective n-grams"),
    "mtld": Label("Lexical diversity (MTLD)", "words per factor"),
    "mattr": Label("Lexical diversity (MATTR)", "distinct words per word in a window"),
    "hd_d": Label("Lexical diversity (HD-D)", "distinct words per word drawn"),
    "self_bleu": Label("Self-BLEU", "mean BLEU against the other texts"),
    "self_repetition": Label("N-grams shared with other texts", "ln(1 + texts)"),
    "zipf_exponent": Label("Zipf exponent", "exponent"),
    "repeated_sequences": Label("Repetition word for word", "share"),
    "tail_gap": Label("Tail gap", "nats per word"),
    "perplexity_square": Label("Perplexity at equal length", "perplexity per token"),
    "typicality": Label("Perplexity of a text under student 0", "perplexity per token"),
    "confidence_gap": Label("Confidence beyond that on human text", "probability"),
    "richness": Label("Richness", "types"),
    "false_mass": Label("N-grams absent from human text", "share of occurrences"),
    "support_coverage": Label("Support coverage", "share of the types expected"),
    "exact_support_coverage": Label("Support coverage", "share of the types expected"),
    "rank_tail_mass": Label("Words of high rank", "share of occurrences"),
    "vendi": Label("Vendi score", "effective texts"),
    "prdc": Label("Neighbourhoods shared with human text", "share"),
    "frechet": Label("Frechet distance to human text", "squared distance"),
    "mmd": Label("Mean discrepancy from human text", "squared MMD"),
    "covariance": Label("Spread of embeddings", "value"),
    "pairwise_cosine": Label("Likeness of two texts", "mean cosine"),
    "mauve": Label("MAUVE", "area under the frontier"),
    "known_policy": Label("Policy", "share of prompts"),
    "answered": Label("Draws that give an answer", "mean share over prompts"),
    "pass_at_k": Label("Prompts solved", "share of prompts"),
    "distinct_correct": Label("Different correct answers", "answers to a prompt"),
    "kept_by_difficulty": Label("Draws kept", "draws of a prompt"),
    "fact_recall": Label("Facts recalled", "share of facts"),
}
_MEASURES = {
    "perplexity/nll": Label("Loss", "nats per token"),
    "perplexity/bits_per_byte": Label("Loss per byte", "bits per byte"),
    "word_frequency_nll/information_gain": Label("Information gain over unigrams", "nats per word"),
    "density_nll/value": Label("Loss", "nats per row"),
    "density_nll/information_gain": Label("Information gain over one Gaussian", "nats per row"),
    "mode_separation/value": Label("Separation of the true modes", "depth of the valley between them"),
    "gaussian_moments/mean_error": Label("Squared error of the mean", "squared units"),
    "gaussian_moments/variance": Label("Variance", "share of the true one"),
    "gaussian_moments/log_variance": Label("Log variance", "nats a dimension"),
    "excess_risk/value": Label("Excess risk", "squared error beyond the noise"),
    "known_truth/types": Label("Types that are left", "types"),
    "known_truth/missing_mass": Label("True mass that is lost", "probability"),
    "known_truth/entropy": Label("Entropy", "nats"),
    "known_truth/heterozygosity": Label("Heterozygosity", "1 - sum of squared probabilities"),
    "known_truth/total_variation": Label("Distance from the truth", "total variation"),
    "distinct_n/1": Label("Distinct words", "distinct words per word"),
    "distinct_n/2": Label("Distinct bigrams", "distinct bigrams per bigram"),
    "distinct_n/3": Label("Distinct trigrams", "distinct trigrams per trigram"),
    "missing_mass/1": Label("Human words missing", "share of occurrences"),
    "missing_mass/2": Label("Human bigrams missing", "share of occurrences"),
    "missing_mass/3": Label("Human trigrams missing", "share of occurrences"),
    "expectation_adjusted_distinct/1": Label("Distinct words over the expected", "distinct words per expected one"),
    "hill/1/entropy": Label("Word entropy", "nats"),
    "hill/1/q0": Label("Different words", "words"),
    "hill/1/q1": Label("Effective words, from entropy", "words"),
    "hill/1/q2": Label("Effective common words", "words"),
    "hill/2/entropy": Label("Bigram entropy", "nats"),
    "hill/2/q0": Label("Different bigrams", "bigrams"),
    "hill/2/q1": Label("Effective bigrams, from entropy", "bigrams"),
    "hill/2/q2": Label("Effective common bigrams", "bigrams"),
    "self_bleu/4": Label("Self-BLEU-4", "mean BLEU against the other texts"),
    "self_bleu/4/no_brevity_penalty": Label("Self-BLEU-4 without brevity penalty", "mean BLEU against the other texts"),
    "self_repetition/4": Label("4-grams shared with other texts", "ln(1 + texts)"),
    "zipf_exponent/1": Label("Zipf exponent of words", "exponent"),
    "repeated_sequences/words": Label("Words in repeated sequences", "share of words"),
    "repeated_sequences/texts": Label("Texts with an equal one", "share of texts"),
    "false_mass/1": Label("Words absent from human text", "share of occurrences"),
    "false_mass/2": Label("Bigrams absent from human text", "share of occurrences"),
    "false_mass/3": Label("Trigrams absent from human text", "share of occurrences"),
    "richness/good_turing/1": Label("Unseen words by Good-Turing", "probability"),
    "richness/good_turing/2": Label("Unseen bigrams by Good-Turing", "probability"),
    "richness/good_turing/3": Label("Unseen trigrams by Good-Turing", "probability"),
    "tail_gap/tail": Label("Tail loss since student 0", "nats per word"),
    "tail_gap/head": Label("Head loss since student 0", "nats per word"),
    "typicality/w1": Label("Distance from human perplexity", "nats per token"),
    "typicality/below": Label("More typical than 99% of human texts", "share of texts"),
    "typicality/above": Label("Less typical than 99% of human texts", "share of texts"),
    "calibration/ece": Label("Calibration error", "probability"),
    "calibration/brier": Label("Brier score of the top token", "squared error"),
    "calibration/confidence": Label("Confidence", "probability of the top token"),
    "calibration/accuracy": Label("Accuracy", "share of tokens"),
    "divergence/kl": Label("KL from the truth", "nats"),
    "divergence/kl/head": Label("KL from the truth, head quarter", "nats"),
    "divergence/kl/upper": Label("KL from the truth, second quarter", "nats"),
    "divergence/kl/lower": Label("KL from the truth, third quarter", "nats"),
    "divergence/kl/tail": Label("KL from the truth, tail quarter", "nats"),
    "exact_support_coverage/false_mass": Label("Mass on what a human sample lacks", "probability"),
    "divergence/information_gain": Label("Information gain over the uniform", "nats"),
    "divergence/reverse_kl": Label("Reverse KL from the truth", "nats"),
    "divergence/js": Label("Jensen-Shannon divergence", "nats"),
    "divergence/chi_squared": Label("Chi-squared from the truth", "sum of squares over probabilities"),
    "divergence/false_mass": Label("Mass on false types", "probability"),
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
    "known_policy/unreachable": Label("Prompts out of reach", "share of prompts"),
    "support_retention/retention": Label("Student 0's correct answers retained", "share of its correct answers"),
    "support_retention/discovery": Label("Correct answers new since student 0", "share of correct answers"),
    "never_solved/share": Label("Prompts not solved", "share of prompts"),
    "never_solved/lost": Label("Prompts lost since student 0", "share of prompts"),
    "never_solved/gained": Label("Prompts gained since student 0", "share of prompts"),
    "verification_gap/generated": Label("Correct draws", "mean share over prompts"),
    "verification_gap/verified": Label("Correct draws as the filters weight them", "mean share over prompts"),
    "verification_gap/gap": Label("Generation-verification gap", "difference of shares"),
    "verification_gap/relative": Label("Relative generation-verification gap", "share of what is left to gain"),
    "verifier_rates/true_positive": Label("Correct draws that are kept", "share of correct draws"),
    "verifier_rates/false_positive": Label("Wrong draws that are kept", "share of wrong draws"),
    "verifier_rates/threshold": Label("Share of wrong draws that the filters can stand", "share of draws"),
    "kept_by_difficulty/nothing_kept": Label("Prompts of which nothing is kept", "share of prompts"),
}
_OF_WORLDS = (
    "known_truth",
    "known_policy",
    "divergence",
    "exact_support_coverage",
    "gaussian_moments",
    "excess_risk",
    "fact_recall",
    "mode_separation",
)
"""In a world with known truth the student itself is measured, with no text between."""
_COUNTS = {
    "tokens": Label("Tokens", "tokens"),
    "texts": Label("Texts", "texts"),
    "rows": Label("Rows", "rows"),
    "loss_tokens": Label("Loss tokens", "tokens that the loss counts"),
    "loss": Label("Last training loss", "nats per token"),
    "human_share": Label("Human share", "share of tokens"),
    "tokens_read": Label("Tokens read so far", "distinct tokens"),
    "followed_share": Label("True to their condition", "share of texts"),
    "changed_share": Label("Changed", "share of tokens, texts or weights"),
    "length_limit_share": Label("Ended at the length limit", "share of texts"),
}
_VIEWS = {
    "student": "on human text",
    "sampled": "in sampled texts",
    "drawn": "in drawn texts",
    "kept": "in kept texts",
    "corpus": "in the corpus",
    "pool": "in the pool",
    "human": "of human text",
    "controller": "as decided",
    "training": "in training",
}
_PARTS = {
    "head": "head quarter",
    "upper": "second quarter",
    "lower": "third quarter",
    "tail": "tail quarter",
    "eos": "end of text",
    "unseen": "never seen in training",
    "own": "under the student",
    "student_0": "under student 0",
    "q01": "1% quantile",
    "q05": "5% quantile",
    "q50": "median",
    "q95": "95% quantile",
    "q99": "99% quantile",
    "beyond_50": "beyond half of human mass",
    "beyond_90": "beyond 90% of human mass",
    "beyond_99": "beyond 99% of human mass",
    "chao1": "Chao1",
    "ace": "ACE",
    "z": "distance from 1",
    "all": "all types",
}
_OF_MITIGATIONS = {
    "changed_share": Label("What {name} changed", "share of tokens, texts or weights"),
    "auroc": Label("How well {name} tells drawn from human text", "area under the ROC curve"),
    "shortfall": Label("What {name} could not reach", "share of words"),
}
_IN_DRAWS = ("pass_at_k", "distinct_correct")
"""Their parts are numbers of draws."""
_N_GRAMS = {"1": "words", "2": "bigrams", "3": "trigrams"}


def label_of(measure: str, labels: Mapping[str, Label]) -> Label:
    """Name a measure for a reader: from `labels`, else as we know it, else by its own name."""
    if measure in labels:
        return labels[measure]
    view, _, rest = measure.partition("/")
    metric, _, part = rest.partition("/")
    if view == "mitigation" and part in _OF_MITIGATIONS:
        said = _OF_MITIGATIONS[part]
        return Label(said.title.format(name=_plain(metric)), said.unit)
    where = "" if metric in _OF_WORLDS else f" {view_title(view)}"
    if rest in _MEASURES:
        return Label(_MEASURES[rest].title + where, _MEASURES[rest].unit)
    known = labels.get(f"{view}/{metric}") or _METRICS.get(metric) or _COUNTS.get(metric)
    base = known or Label(_plain(metric).capitalize(), "value")
    units = {"_per_byte": "nats per byte", "/z": "standard deviations"}
    unit = next((unit for end, unit in units.items() if part.endswith(end)), base.unit)
    named = part_title(part.removesuffix("_per_byte")) if part not in ("", "value", "ratio") else ""
    named = f"k = {part}" if metric in _IN_DRAWS else named
    title = f"{base.title}{where}, {named}" if named else base.title + where
    return Label(title, unit)


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
