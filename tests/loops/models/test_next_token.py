from __future__ import annotations

from typing import Any

import numpy as np
import pytest
import torch

from loops.key import Key
from loops.model import Sampling
from loops.models.next_token import inverse_cdf, next_token, probabilities, too_early


def sampling(**settings: Any) -> Sampling:
    own = {"min_new_tokens": 0, "temperature": 1.0, "top_k": 0, "top_p": 1.0, "repetition_penalty": 1.0}
    return Sampling(**{"max_new_tokens": 8, "decoder": "generate", "batch_size": 4, **own, **settings})


def logits(*shares: float) -> torch.Tensor:
    return torch.tensor([shares]).log()


def test_tokens_of_2e_8_that_hold_a_250th_together_are_drawn_a_250th_of_the_time() -> None:
    n_rare, n_draws = 200_000, 1_000_000
    shares = torch.cat([torch.full((996,), 1e-3), torch.full((n_rare,), 2e-8)])
    drawn_from = probabilities(shares.float().log()[None], sampling())
    uniform = torch.from_numpy(Key.root(0).rng().random((1, n_draws)))
    tokens = inverse_cdf(drawn_from, uniform)[0]
    rare = int((tokens >= 996).sum())
    # Expected 4,000 with standard deviation sqrt(4000 * .996) = 63; four of them are allowed.
    assert abs(rare - 4000) < 252
    # 4,000 draws from 200,000 equal tokens meet about 40 tokens twice.
    assert len(tokens[tokens >= 996].unique()) > 3850


def test_neighbouring_rare_tokens_are_told_apart() -> None:
    shares = torch.cat([torch.full((1,), 0.5), torch.full((200_000,), 2e-8), torch.full((1,), 0.496)]).double()
    uniform = 0.5 + 2e-8 * (torch.arange(0, 200_000, 997) + 0.5).double()
    tokens = inverse_cdf(shares[None], uniform[None])[0]
    assert tokens.tolist() == list(range(1, 200_001, 997))


def test_token_frequencies_are_those_of_the_distribution() -> None:
    shares = np.array([0.5, 0.25, 0.125, 0.1, 0.025])
    uniform = torch.from_numpy(Key.root(1).rng().random((1, 200_000)))
    tokens = inverse_cdf(probabilities(logits(*shares), sampling()), uniform)[0].numpy()
    counts = np.bincount(tokens, minlength=5)
    chi_square = ((counts - 200_000 * shares) ** 2 / (200_000 * shares)).sum()
    assert chi_square < 18.5  # the 0.999 quantile at 4 degrees of freedom


@pytest.mark.parametrize("uniform", [0.0, 0.3, 1 - 2**-53])
def test_a_token_without_mass_is_never_drawn(uniform: float) -> None:
    drawn_from = torch.tensor([[0.0, 0.6, 0.0, 0.4, 0.0, 0.0]]).double()
    assert inverse_cdf(drawn_from, torch.tensor([[uniform]]).double()).item() in (1, 3)


def test_temperature_sharpens() -> None:
    # 0.2 and 0.8 at T = 1/2 become their squares, .04 and .64, over .68.
    assert probabilities(logits(0.2, 0.8), sampling(temperature=0.5))[0].tolist() == pytest.approx(
        [0.04 / 0.68, 0.64 / 0.68]
    )


def test_top_k_keeps_the_k_most_probable() -> None:
    kept = probabilities(logits(0.4, 0.3, 0.2, 0.1), sampling(top_k=2))[0]
    assert kept.tolist() == pytest.approx([4 / 7, 3 / 7, 0, 0])


def test_top_p_keeps_the_smallest_set_with_the_mass() -> None:
    # .4 + .3 = .7 is the first sum to reach .5.
    kept = probabilities(logits(0.1, 0.4, 0.2, 0.3), sampling(top_p=0.5))[0]
    assert kept.tolist() == pytest.approx([0, 4 / 7, 0, 3 / 7])


def test_repetition_penalty_lowers_written_tokens_whatever_their_sign() -> None:
    raw = torch.tensor([[2.0, -2.0, 1.0]])
    written = torch.tensor([[True, True, False]])
    expected = torch.tensor([[1.0, -4.0, 1.0]]).double().softmax(-1)
    assert torch.allclose(probabilities(raw, sampling(repetition_penalty=2.0), written), expected)


def test_a_text_cannot_end_before_it_holds_min_new_tokens() -> None:
    # Completions of 0, 1 and 2 tokens so far, at least 2 wanted: token 1, the end, is barred from the first two.
    at_least_2 = sampling(min_new_tokens=2)
    barred = too_early(torch.tensor([0, 1, 2]), at_least_2, eos_id=1, vocab_size=3)
    assert barred is not None
    assert barred.tolist() == [[False, True, False], [False, True, False], [False, False, False]]
    assert too_early(torch.tensor([0]), sampling(), 1, 3) is None
    raw, uniform = logits(0.2, 0.7, 0.1).repeat(3, 1), torch.full((3,), 0.5).double()
    drawn = next_token(raw, uniform, at_least_2, barred=barred)
    # Without the end, token 0 has .2 / .3 = .67 of the mass; its nats stay those of the model, ln .2.
    assert drawn.token.tolist() == [0, 0, 1]
    assert drawn.nats.tolist() == pytest.approx([np.log(0.2), np.log(0.2), np.log(0.7)])


def test_top_k_1_is_greedy_whatever_the_uniform() -> None:
    uniform = torch.tensor([0.0, 0.5, 1 - 2**-53]).double()
    assert next_token(logits(0.3, 0.4, 0.3).repeat(3, 1), uniform, sampling(top_k=1)).token.tolist() == [1, 1, 1]


def test_log_probability_is_that_of_the_untempered_model() -> None:
    drawn = next_token(logits(0.2, 0.8), torch.tensor([0.99]).double(), sampling(temperature=0.5, top_k=1))
    assert drawn.token.item() == 1
    assert drawn.nats.item() == pytest.approx(np.log(0.8))


def test_settings_out_of_range_are_refused() -> None:
    with pytest.raises(ValueError, match="temperature > 0"):
        sampling(temperature=0.0)
    with pytest.raises(ValueError, match="min_new_tokens: got 9, want 0 to max_new_tokens=8"):
        sampling(min_new_tokens=9)
