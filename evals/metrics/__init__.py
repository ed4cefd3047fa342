"""The metrics, one family per file: pure functions with the mathematics, then a component with its settings.

A component declares what the engine must know before it calls:
    kinds     payloads that it can read: "text", "array"
    views     who can be measured: "student" (passes on human text), "sampled", "drawn", "kept", "corpus"
    needs     what it reads from `given` (`evals.given`): "reference", "log_probs", "buckets", "truth",
              "probabilities"
    interval  how its interval is made, and with it the method that is called
        "jackknife"  measure(documents, given) -> {part: figure}; documents are word sequences of one budget
        "bootstrap"  terms(given) -> {part: Terms}; the figure is Terms.value()
        "exact"      exact(given) -> {part: one figure per replica}
    better    for each part, or "*" for all, where a better student lies: "lower", "higher", or "human" when
              the only good value is that of human text at the same budget

A part that has nothing to count in the texts given is left out of `terms`; `measure` and `exact` raise.
"""
