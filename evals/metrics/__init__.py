"""The metrics, one family per file: pure functions with the mathematics, then a component with its settings.

A component declares what the engine must know before it calls:
    kinds     payloads that it can read: "text", "array", "vector"
    views     who can be measured: "student" (passes on human text), "sampled", "drawn", "kept", "corpus"
    reads     what it is handed of a view; each text counts as one document
        "words"         word sequences of one budget: N words in all, each text cut at L; rows of a world as they are
        "ngrams"        {n: evals.ngram_counts.Counts} of the same documents, for each n of its setting `n`
        "embeddings"    one row per text, (n_texts, dimensions), of n_texts texts cut at L words
        "token_scores"  one evals.token_scores.TokenScores per text of the same texts
        "graded"        one evals.graded.Graded per prompt
        "log_probs"     nothing: passes in `given` are all it reads
        "probes"        nothing: the answers to what the source asks (evals.probe.Probe) are in `given.probes`
        "parameters"    nothing: a closed-form student's own parameters in `given`
    needs     what it reads from `given` (`evals.given`), and what must be made for that
    interval  how its interval is made, and with it the method that is called
        "jackknife"   measure(documents, given) -> {part: figure}; called again without each group of documents
        "subsamples"  the same, called again for halves and quarters of the documents: for figures that jump with any
                      change of documents, or extrapolate, which a jackknife finds much noisier than they are
        "bootstrap"   terms(documents, given) -> {part: Terms, Contrast, Quantile or Share}; the figure is .value();
                      terms(given) for "log_probs"
        "exact"       exact(given) -> {part: one figure per replica}
    better    for each part, or "*" for all, where a better student lies: "lower", "higher", or "human" when
              the only good value is that of human text at the same budget

A part that has nothing to count in the texts given is left out of `terms`; `measure` and `exact` raise.
"""
