"""The loss orders estimates as an ear would, and no silence breaks it."""

import torch
from crossmamba.clue_encoder import ClueEncoder
from crossmamba.loss import ExtractionLoss, level_terms, si_sdr, speaker_distance

N = 24000


def signals():
    torch.manual_seed(0)
    target, other = torch.randn(2, N) * 0.1, torch.randn(2, N) * 0.1
    return target, other, target + other


def test_si_sdr_ignores_gain_and_knows_the_error():
    target, other, mixture = signals()
    torch.testing.assert_close(si_sdr(mixture, target), si_sdr(mixture * 7, target), atol=1e-3, rtol=0)
    noisy = target + other * 10 ** (-20 / 20)
    assert (si_sdr(noisy, target) - 20).abs().max() < 0.3


def test_better_estimates_cost_less():
    target, other, mixture = signals()
    loss = ExtractionLoss()
    costs = [loss(target + other * k, target, mixture)[0].item() for k in (0, 0.1, 0.5, 1.0)]
    print("perfect, −20 dB, −6 dB, the mixture:", [f"{c:.3f}" for c in costs])
    assert costs == sorted(costs) and costs[0] < costs[1] - 0.1


def test_snr_is_counted_where_the_target_speaks_and_level_where_it_does_not():
    target, other, _ = signals()
    target[:, 12000:] = 0
    mixture = target + other
    snr, residual, active = level_terms(target + 0.1 * other, target, mixture)
    print(f"SNR part {snr[0]:.2f} dB, residual {residual[0]:.2f} dB, active {active[0]:.2f}")
    torch.testing.assert_close(active, torch.tensor([0.5, 0.5]))
    assert (snr + 19.3).abs().max() < 0.5 and (residual + 16.9).abs().max() < 0.5
    # What happens while the target is silent does not touch the SNR part, and the other way round.
    louder = target + 0.1 * other
    louder[:, 12000:] = other[:, 12000:]
    snr_louder, residual_louder, _ = level_terms(louder, target, mixture)
    torch.testing.assert_close(snr_louder, snr)
    assert residual_louder.abs().max() < 0.1


def test_an_absent_target_rewards_silence_down_to_the_floor():
    _, other, _ = signals()
    zero = torch.zeros_like(other)
    levels = [level_terms(other * k, zero, other)[1][0].item() for k in (1.0, 0.1, 0.01, 0.0)]
    print("residual of the mixture, −20 dB, −40 dB, silence:", [f"{x:.2f}" for x in levels])
    assert abs(levels[0]) < 0.1 and abs(levels[1] + 17) < 0.5 and levels[2] > levels[3] > -20.1


def test_the_estimate_s_embedding_is_held_against_the_target_s_where_there_is_one():
    torch.manual_seed(1)
    encoder = ClueEncoder(d_model=8, layers=1)
    target, other, mixture = signals()
    dull = torch.nn.functional.avg_pool1d(target, 4, 1, 2)[:, :N]  # another voice, as an encoder hears it
    estimate = dull.clone().requires_grad_()
    distances = [speaker_distance(encoder, x, target, mixture) for x in (target, estimate)]
    distances[1].backward()
    print("the target itself, the target dulled:", [f"{d.item():.4f}" for d in distances])
    assert distances[0] < 1e-6 < 1e-4 < distances[1]
    assert estimate.grad.abs().amax(-1).min() > 0
    # The second row's target is 40 dB below the mixture: nobody could tell its voice, only the first row counts.
    faint = torch.stack([target[0], 0.01 * target[1]])
    first = speaker_distance(encoder, dull[:1], target[:1], mixture[:1])
    torch.testing.assert_close(speaker_distance(encoder, dull, faint, mixture), first)
    assert speaker_distance(encoder, other, torch.zeros_like(other), other) == 0


def test_gain_of_the_mixture_does_not_matter():
    target, other, mixture = signals()
    a, b = (ExtractionLoss()(k * (target + 0.3 * other), k * target, k * mixture)[0] for k in (1.0, 0.05))
    assert abs(a - b) < 0.01 * abs(a) + 0.02


def test_silence_of_all_kinds_has_finite_gradients():
    loss = ExtractionLoss()
    target, _, mixture = signals()
    half = mixture.clone()
    half[:, :12000] = 0
    zero = torch.zeros(2, N)
    for name, m, t in (("no target", mixture, zero), ("no sound", zero, zero), ("silence first", half, half), ("target alone", target, target)):
        for start in (m * 0.5, zero):
            estimate = start.clone().requires_grad_()
            value, figures = loss(estimate, t, m)
            value.backward()
            assert torch.isfinite(value) and torch.isfinite(estimate.grad).all(), name
            assert all(torch.isfinite(f) for f in figures.values()), name
