"""Each augmentation does what it says, in numbers."""

import math

import numpy as np
import pytest
import torch
from crossmamba import augment
from crossmamba.augment import RATE

SAMPLES = 16000


def tone(hz, samples):
    return torch.sin(2 * torch.pi * hz * torch.arange(samples, dtype=torch.float64) / RATE).float()


def peak_hz(x):
    return torch.fft.rfft(x * torch.hann_window(len(x))).abs().argmax().item() * RATE / len(x)


@pytest.mark.parametrize("consumed, produced", [s for s in augment.SPEEDS if s[0] != s[1]])
def test_speed_moves_the_pitch_and_nothing_else(consumed, produced):
    ratio = consumed / produced
    span = augment.speed_span(SAMPLES, consumed, produced)
    x = torch.stack([tone(1000, span), tone(2500, span)])
    y = augment.change_speed(x, SAMPLES, consumed, produced)
    assert y.shape == (2, SAMPLES) and abs(span - SAMPLES * ratio) < 64
    _, half = augment._speed_filter(consumed, produced)
    for row, hz in zip(y, (1000, 2500)):
        at = half + torch.arange(SAMPLES, dtype=torch.float64) * ratio
        expected = torch.sin(2 * torch.pi * hz * at / RATE).float()
        error_db = 10 * torch.log10((row - expected).square().mean() / expected.square().mean()).item()
        print(f"speed {consumed}/{produced}: {hz} Hz -> {peak_hz(row):.0f} Hz, error {error_db:.1f} dB")
        assert abs(peak_hz(row) - hz * ratio) < 2 and error_db < -50


def test_a_quicker_voice_does_not_alias():
    y = augment.change_speed(tone(7600, augment.speed_span(SAMPLES, 6, 5))[None], SAMPLES, 6, 5)
    level_db = 10 * torch.log10(y.square().mean() / 0.5).item()
    print(f"7.6 kHz, which would alias: {level_db:.1f} dB left")
    assert level_db < -40


def test_plain_speed_changes_nothing():
    x = torch.randn(2, SAMPLES)
    assert augment.speed_span(SAMPLES, 1, 1) == SAMPLES
    assert torch.equal(augment.change_speed(x, SAMPLES, 1, 1), x)


PITCH = 125  # Hz


def buzz(*formants, width=250):
    """-> [SAMPLES]: partials of PITCH, strongest at the formants (Hz)."""
    return sum(tone(PITCH * k, SAMPLES) * sum(1 / (1 + ((PITCH * k - f) / width) ** 2) for f in formants) for k in range(1, 50))


def formant_hz(y, low=600, high=3000):
    """-> Hz where the partials of PITCH are strongest: the centre of their power between `low` and `high`; their share of all power."""
    power = torch.fft.rfft(y * torch.hann_window(SAMPLES)).abs().square()
    number = torch.arange(math.ceil(low / PITCH), high // PITCH + 1)
    partials = torch.stack([power[PITCH * k - 4 : PITCH * k + 5].sum() for k in number])
    return (partials * number * PITCH).sum() / partials.sum(), partials.sum() / power.sum()


def test_formants_move_and_the_pitch_stays():
    voice = buzz(1500)
    factors = np.array([0.87, 0.95, 1.0, 1.05, 1.13])
    moved = augment.move_formants(voice.expand(len(factors), -1), factors[:, None].repeat(3, 1))
    for y, factor in zip(moved, factors):
        (hz, on_partials), (before, _) = formant_hz(y), formant_hz(voice)
        level_db = 20 * torch.log10(y.norm() / voice.norm())
        print(f"factor {factor}: formant {before:.0f} -> {hz:.0f} Hz, {on_partials:.3f} of the power on partials of {PITCH} Hz, level {level_db:+.1f} dB")
        assert abs(hz / before - factor) < 0.05 and on_partials > 0.9 and abs(level_db) < 3
    torch.testing.assert_close(moved[2], voice, atol=1e-3, rtol=0)


def test_formants_move_apart():
    voice, bands = buzz(1500, 3000), ((800, 2200), (2300, 3800))
    factors = np.array([[1, 1.12, 0.9], [1, 0.9, 1.12], [1.12, 1, 1]])
    before = [formant_hz(voice, *band)[0] for band in bands]
    for y, (_, second, third) in zip(augment.move_formants(voice.expand(3, -1), factors), factors):
        now = [formant_hz(y, *band)[0] for band in bands]
        print(f"{before[0]:.0f} -> {now[0]:.0f} Hz (factor {second}), {before[1]:.0f} -> {now[1]:.0f} Hz (factor {third})")
        for hz, was, factor in ((now[0], before[0], second), (now[1], before[1], third)):  # the ends of a band pull its centre back
            assert 0.3 < (hz / was - 1) / (factor - 1) < 1.1 if factor != 1 else abs(hz / was - 1) < 0.02


def test_rooms_start_with_the_direct_sound_and_decay():
    h = augment.rooms(64, np.random.default_rng(0))
    energy = h.square()
    torch.testing.assert_close(energy.sum(1), torch.ones(64))
    assert (h[:, 0] > 0).all() and (h[:, 1:12] == 0).all()
    direct_db = 10 * torch.log10(energy[:, 0] / energy[:, 1:].sum(1))
    early, late = energy[:, 80:1600].sum(1), energy[:, 3200:].sum(1)
    print(
        f"direct to reverberant {direct_db.min():.1f} … {direct_db.max():.1f} dB, last 0.1 s {10 * torch.log10((late / early).mean()):.1f} dB below"
    )
    assert direct_db.min() > -2.1 and direct_db.max() < 14.1 and direct_db.max() - direct_db.min() > 10
    assert (late < early).all()


def test_microphones_colour_without_delay():
    h = augment.microphones(64, np.random.default_rng(0))
    torch.testing.assert_close(h.square().sum(1), torch.ones(64))
    centre = (h.square() * torch.arange(h.shape[1])).sum(1)
    db = 20 * torch.log10(torch.fft.rfft(h)[:, 8:120].abs())  # 250 Hz … 3.75 kHz
    spread = db.max(1).values - db.min(1).values
    print(f"energy lies {centre.mean():.1f} samples late, response varies by {spread.min():.1f} … {spread.max():.1f} dB")
    assert centre.mean() < 12 and spread.mean() > 3


def test_convolution_is_causal_and_that_of_the_textbook():
    x, h, g = torch.randn(2, 300), torch.randn(2, 20), torch.randn(2, 7)
    y = augment.convolve(x, h, g)
    for i in range(2):
        expected = np.convolve(np.convolve(x[i], h[i]), g[i])[:300]
        np.testing.assert_allclose(y[i], expected, atol=1e-4)


def test_turns_have_all_four_states_in_their_shares():
    edges, states = augment.turns(np.random.default_rng(0), 400, 4 * RATE, shares=(0.4, 0.3, 0.2, 0.1))
    first, second = augment.gates(edges, states, 4 * RATE, "cpu")
    assert first.shape == (400, 4 * RATE) and first.min() == 0 and first.max() <= 1.0001
    a, b = first > 0.5, second > 0.5
    shares = [(a & b).float().mean(), (a & ~b).float().mean(), (~a & b).float().mean(), (~a & ~b).float().mean()]
    print("both, first alone, second alone, nobody:", [f"{s:.3f}" for s in shares])
    np.testing.assert_allclose(shares, (0.4, 0.3, 0.2, 0.1), atol=0.05)


def test_turns_are_as_long_as_their_mixture_asks():
    edges, _ = augment.turns(np.random.default_rng(0), 400, 60 * RATE, mean_s=np.repeat([[0.9], [4.0]], 200, axis=0))
    means = [np.diff(e, axis=1).mean() / RATE for e in (edges[:200], edges[200:])]
    print("mean turn:", [f"{m:.2f} s" for m in means])
    np.testing.assert_allclose(means, (0.9, 4.0), rtol=0.02)


def test_turns_fade_over_ten_milliseconds():
    edges, states = np.array([[4000, 99999]]), np.array([[1, 2]])
    first, second = augment.gates(edges, states, 8000, "cpu")
    steps = torch.cat([first, second]).diff().abs()
    assert (first[0, :3900] == 1).all() and (first[0, 4100:] == 0).all() and (second[0, :3900] == 0).all()
    torch.testing.assert_close(second[0, 4100:], torch.ones(3900))
    print(f"largest step of a gate {steps.max():.4f}")
    assert steps.max() < 0.0063 and (steps > 0).sum(1).max() == 160


def test_clipping_cuts_at_its_share_of_the_peak():
    x = torch.randn(3, 1000)
    y = augment.clip(x, torch.tensor([[1.0], [0.5], [0.3]]))
    assert torch.equal(y[0], x[0])
    torch.testing.assert_close(y.abs().amax(1) / x.abs().amax(1), torch.tensor([1.0, 0.5, 0.3]))
    inside = x[1].abs() < 0.5 * x[1].abs().max()
    assert torch.equal(y[1][inside], x[1][inside])


@pytest.mark.parametrize("samples", [600, 5000, SAMPLES])
def test_frames_come_together_as_torch_has_them(samples):
    window = torch.hann_window(augment.FORMANT_FRAME)
    X = torch.stft(torch.randn(2, samples), augment.FORMANT_FRAME, augment.FORMANT_HOP, window=window, return_complex=True) * torch.rand(2, 257, 1)
    theirs = torch.istft(X, augment.FORMANT_FRAME, augment.FORMANT_HOP, window=window, length=samples)
    assert torch.allclose(augment._overlapped(X, window, samples), theirs, rtol=0, atol=1e-6)
