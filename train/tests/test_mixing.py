"""Mixtures hold their target sample by sample, ask for the right voice, and never show a target its own enrollment."""

import dataclasses
from functools import partial

import numpy as np
import pytest
import torch
from crossmamba.augment import speed_span
from crossmamba.clue_bank import SPAN, ClueBank, embed, plan, stretches
from crossmamba.corpus import DataError, Noise, Speech, save_arrays
from crossmamba.enrollments import Enrollments
from crossmamba.mix import Mix
from crossmamba.mixing import Change, Mixer, unmoved
from crossmamba.recordings import NOISE_SPEEDS, NoiseClips, Recordings
from crossmamba.train_validation import PLAIN
from crossmamba.voice_choice import VoiceChoice
from synthetic import write_cache

PAIRS = 24
BARE = dataclasses.replace(PLAIN, seconds=1.5, sir=0.0, level_db_low=-20.0, level_db_high=-20.0)


@pytest.fixture(scope="module")
def cache(tmp_path_factory):
    return write_cache(tmp_path_factory.mktemp("cache"))


def mixer(cache, **changes):
    return Mixer(cache, "train", "cpu", dataclasses.replace(BARE, **changes))


def rms_db(x):
    return 10 * torch.log10(x.square().mean(-1) + 1e-12)


def test_a_mixture_is_the_sum_of_its_two_targets(cache):
    for changes in ({}, {"speed": 0.7, "room": 0.5, "microphone": 0.5, "turns": 1.0, "sir": 5.0, "level_db_low": -45.0}):
        b = mixer(cache, **changes).batch(PAIRS, 0)
        assert b.mixture.shape == b.target.shape == (2 * PAIRS, 24000) and b.clue.shape == (2 * PAIRS, 256)
        assert torch.equal(b.mixture[:PAIRS], b.mixture[PAIRS:])
        torch.testing.assert_close(b.mixture[:PAIRS], b.target[:PAIRS] + b.target[PAIRS:], atol=1e-6, rtol=0)


def test_a_bare_target_is_the_corpus_sample_by_sample(cache):
    b, audio = mixer(cache).batch(PAIRS, 0), Speech.load(cache, "train").audio
    for target, start, span in zip(b.target, b.start, b.span):
        source = torch.tensor(audio[start : start + span].astype(np.float32))
        assert span == 24000
        torch.testing.assert_close(target, source * (target.norm() / source.norm()), atol=1e-5, rtol=0)


def test_no_target_overlaps_its_enrollment_at_any_speed(cache):
    m = mixer(cache, speed=0.7)
    rows, lo, hi = m.bank.rows, m.choice.lo, m.choice.hi
    for number in range(40):
        b = m.batch(PAIRS, number)
        speaker, enrollment, a, end = rows[b.row].T
        assert (speaker == b.speaker).all()
        assert ((b.start + b.span <= a) | (b.start >= end)).all()
        assert (a <= enrollment).all() and (b.start >= lo[speaker]).all() and (b.start + b.span <= hi[speaker]).all()


def test_a_voice_shorter_than_an_example_is_heard_over_and_over(cache):
    """… around its enrollment, which is never in it; without repetition nobody here says so much."""
    seconds = 20.0
    with pytest.raises(DataError, match="expected at least 3 speakers with a clue and 20.0 s beside it, found 0"):
        mixer(cache, seconds=seconds)
    m, audio = mixer(cache, seconds=seconds, least_seconds=4.0), Speech.load(cache, "train").audio
    assert m.choice.heard() == "6 of 6 speakers (ls 3 of 3, so 3 of 3)"
    b = m.batch(PAIRS, 0)
    for target, start, (speaker, _, a, end) in zip(b.target, b.start, m.bank.rows[b.row]):
        lo, hi = m.choice.lo[speaker], m.choice.hi[speaker]
        beside = np.concatenate([audio[lo:a], audio[end:hi]])
        assert 0 <= start < len(beside) < len(target)
        source = torch.tensor(np.resize(np.roll(beside, -start), len(target)).astype(np.float32))
        torch.testing.assert_close(target, source * (target.norm() / source.norm()), atol=1e-5, rtol=0)
    with pytest.raises(DataError, match="found 0"):
        mixer(cache, seconds=seconds, least_seconds=15.0)
    with pytest.raises(ValueError, match="--least-seconds 0.5: expected at least 1, or 0"):
        Mix(least_seconds=0.5)


def test_a_noise_shorter_than_an_example_is_heard_over_and_over(cache):
    noise = Noise.load(cache, "train")
    clips = NoiseClips(torch.from_numpy(noise.audio), np.array([[100, 400]]), looped=True)
    for drawn in clips.draw(np.random.default_rng(1), 8, 1000):
        torch.testing.assert_close(drawn[300:], drawn[:-300])
        of_corpus = torch.from_numpy(noise.audio[100:400].astype(np.float32))
        torch.testing.assert_close(drawn[:300].sort().values, (of_corpus / of_corpus.norm() * drawn[:300].norm()).sort().values)
    assert len(mixer(cache, noise=1.0, seconds=70.0, least_seconds=4.0).noise) == 1


def test_a_speaker_with_one_utterance_gives_both_ends(cache):
    m, sides = mixer(cache), set()
    for number in range(60):
        b = m.batch(PAIRS, number)
        for i in np.flatnonzero(b.speaker == 1):
            sides.add(bool(b.start[i] >= m.bank.rows[b.row[i], 3]))
    assert sides == {True, False}
    one = stretches(np.array([[1000, 1000 + 14 * 16000]]), SPAN)
    assert len(one) > 2 and all(b - a == SPAN and s == a for s, a, b in one)
    assert one[0][1] == 1000 and one[-1][2] == 1000 + 14 * 16000
    assert stretches(np.array([[0, SPAN - 1]]), SPAN) == []


def test_a_clue_is_of_the_same_pseudo_speaker(cache):
    m = mixer(cache, speed=1.0)
    b = m.batch(PAIRS, 3)
    assert (m.bank.speed[b.row] > 0).all()
    np.testing.assert_array_equal(b.change.speed, np.array(m.bank.speeds)[m.bank.speed[b.row]])
    np.testing.assert_array_equal(b.span, [speed_span(24000, *s) for s in b.change.speed])
    pitch = torch.fft.rfft(b.target).abs()[:, 60:3000].argmax(1) + 60
    expected = (90 + 23 * b.speaker) * np.array([p / q for p, q in m.bank.speeds])[m.bank.speed[b.row]] * 1.5
    harmonic = pitch.numpy() / expected
    print("strongest partial over the fundamental:", np.round(harmonic[:6], 3))
    assert np.abs(harmonic - np.round(harmonic)).max() < 0.06


def test_voices_are_slower_than_their_row_of_the_bank_by_little_and_their_enrollments_are_too(cache):
    m = mixer(cache, speed=0.7, slower=0.05, absent=0.3)
    b = m.batch(200, 0)
    rows = np.array([p / q for p, q in m.bank.speeds])[m.bank.speed[b.row]]
    slower = 1 - b.change.speed[:, 0] / b.change.speed[:, 1] / rows
    print(f"speeds {len(np.unique(b.change.speed, axis=0))}, slower by {slower.min():.3f} … {slower.max():.3f}")
    assert slower.min() == 0 and 0.03 < slower.max() <= 0.05 + 1e-9 and len(np.unique(b.change.speed, axis=0)) > 8
    (voice,) = np.flatnonzero((b.change.speed[:, 0] / b.change.speed[:, 1] < 0.97) & (b.target.abs().amax(1) > 0).numpy())[:1]
    heard = Enrollments(m).plain(b.row[[voice]], Change(b.change.speed[[voice]], unmoved(1)))
    pitch = torch.fft.rfft(torch.cat([heard[:, :24000], b.target[[voice]]])).abs()[:, 60:3000].argmax(1) + 60
    expected = (90 + 23 * b.speaker[voice]) * b.change.speed[voice, 0] / b.change.speed[voice, 1] * 1.5
    harmonic = pitch.numpy() / expected
    assert np.abs(harmonic - np.round(harmonic)).max() < 0.02, harmonic


def test_formants_are_moved_together_and_apart(cache):
    m = mixer(cache, formants=0.5, formant_range=0.1, formant_spread=0.05)
    change = m.change_of(m.choice.rows_twice(np.random.default_rng(0), 200), np.random.default_rng(1))
    moved, apart = change.formants[change.moved], np.ptp(change.formants[change.moved], axis=1)
    print(f"{change.moved.mean():.2f} moved, {moved.min():.3f} … {moved.max():.3f}, apart by up to {apart.max():.3f}")
    assert 0.4 < change.moved.mean() < 0.6 and (change.formants[~change.moved] == 1).all()
    assert 0.86 < moved.mean(1).min() < 0.92 and 1.08 < moved.mean(1).max() < 1.14 and 0.08 < apart.max() <= 0.1


def test_who_is_absent_can_be_like_who_is_there(cache):
    """Of the source and sex of one of the two, where there is somebody else of these."""
    alike = []
    for share in (0.0, 0.5, 1.0):
        choice = mixer(cache, absent_alike=share).choice
        first, second, other = (choice.speaker[voice] for voice in choice.pairs(np.random.default_rng(5), 2000))
        assert (other != first).all() and (other != second).all()
        kind = choice.alike
        alike.append(((kind[other] == kind[first]) | (kind[other] == kind[second])).mean())
    print("alike, at shares of 0, 0.5 and 1:", alike)
    assert alike[0] < 0.8 and alike[2] > 0.97 and abs(alike[1] - (alike[0] + alike[2]) / 2) < 0.04


def test_absent_examples_have_a_stranger_s_clue_and_no_target(cache):
    m = mixer(cache, absent=0.5)
    b = m.batch(200, 0)
    absent = b.target.abs().amax(1).numpy() == 0
    clue_of = m.bank.speaker[b.row]
    pair = np.concatenate([np.arange(200)] * 2)
    in_mixture = np.stack([b.speaker[:200][pair], b.speaker[200:][pair]])
    print(f"absent {absent.mean():.2f} of the examples for a share of 0.5")
    assert 0.4 < absent.mean() < 0.6
    assert (clue_of[absent] != in_mixture[:, absent]).all() and (clue_of[~absent] == b.speaker[~absent]).all()
    assert (rms_db(b.mixture) > -40).all()


def test_pairs_are_of_the_kinds_asked_for(cache):
    m = mixer(cache)
    for changes, check in (
        ({"cross": 1.0}, lambda a, b: m.choice.sex[a] != m.choice.sex[b]),
        ({"same": 1.0}, lambda a, b: (m.choice.sex[a] == m.choice.sex[b]) & (a != b)),
        ({}, lambda a, b: a != b),
        ({"one_source": 1.0}, lambda a, b: (m.choice.source[a] == m.choice.source[b]) & (a != b)),
        ({"one_source": 1.0, "cross": 1.0}, lambda a, b: m.choice.sex[a] != m.choice.sex[b]),  # each source has one sex only: sex counts
    ):
        b = mixer(cache, **changes).batch(200, 0)
        assert check(b.speaker[:200], b.speaker[200:]).all(), changes


def test_hard_pairs_sound_more_alike(cache, monkeypatch):
    monkeypatch.setattr(VoiceChoice, "NEIGHBOURS", 2)

    def alike(**changes):
        m = mixer(cache, speed=0.7, **changes)
        b = m.batch(300, 0)
        first, second = b.speaker[:300], b.speaker[300:]
        assert (first != second).all()
        return (b.clue[:300] * b.clue[300:]).sum(1).mean().item(), (m.choice.sex[first] == m.choice.sex[second]).mean()

    (hard, same), (same_sex, _) = alike(hard=1.0), alike(same=1.0)
    print(f"mean cosine of a pair's clues: hard {hard:.4f}, same sex {same_sex:.4f}")
    assert same == 1 and hard > same_sex + 0.002


def test_levels_are_those_asked_for(cache):
    b = mixer(cache, sir=5.0, level_db_low=-45.0, level_db_high=-10.0).batch(300, 0)
    first, second = rms_db(b.target[:300]), rms_db(b.target[300:])
    sir = first - second
    print(f"level {first.min():.1f} … {first.max():.1f} dBFS, SIR {sir.min():.1f} … {sir.max():.1f} dB")
    assert -45.1 < first.min() < -43 and -12 < first.max() < -9.9
    assert -5.1 < sir.min() < -4.5 and 4.5 < sir.max() < 5.1


def test_the_ladder_widens_the_range_of_levels(cache):
    m = mixer(cache, sir=10.0, ladder=1000)
    spread = [(rms_db(b.target[:100]) - rms_db(b.target[100:])).abs().max().item() for b in (m.batch(100, n) for n in (0, 500, 5000))]
    print("widest difference at the start, half way, at the end:", [f"{s:.1f}" for s in spread])
    assert 0.8 < spread[0] < 1.1 and 5 < spread[1] < 5.6 and 9 < spread[2] < 10.1


def test_turn_taking_leaves_each_voice_silent_at_times(cache):
    b = mixer(cache, turns=1.0, seconds=3.0).batch(60, 0)
    on = b.target.unfold(1, 160, 160).square().mean(-1) > 1e-12
    first, second = on[:60], on[60:]
    shares = {"both": first & second, "first alone": first & ~second, "second alone": ~first & second, "nobody": ~first & ~second}
    print({k: round(v.float().mean().item(), 3) for k, v in shares.items()})
    assert all(v.float().mean() > 0.08 for v in shares.values())
    assert (~on[:, 0]).any()  # some begin in silence
    bare = mixer(cache, turns=0.0, seconds=3.0).batch(60, 0)
    assert (bare.target.unfold(1, 160, 160).square().mean(-1) > 1e-9).all()


def test_turns_grow_longer_where_that_is_asked_for(cache):
    def changes_a_second(**changes):
        b = mixer(cache, turns=1.0, seconds=6.0, **changes).batch(60, 0)
        on = b.target.unfold(1, 160, 160).square().mean(-1) > 1e-12
        return on.int().diff().abs().sum(1) / 6

    short, long = changes_a_second(), changes_a_second(turn_seconds=4.0)
    print(f"changes a second: {short.mean():.2f}, with turns of up to 4 s on average {long.mean():.2f}")
    assert long.mean() < 0.7 * short.mean() and long.std() > 0  # a third where all had 4 s


def test_a_voice_alone_has_the_mixture_to_itself(cache):
    b = mixer(cache, alone=1.0).batch(PAIRS, 0)
    torch.testing.assert_close(b.mixture[:PAIRS], b.target[:PAIRS])
    assert (b.target[PAIRS:] == 0).all()


def test_noise_has_its_share_and_its_level(cache):
    b = mixer(cache, noise=0.5, noise_db_low=-10.0, noise_db_high=-10.0).batch(200, 0)
    noise = b.mixture[:200] - b.target[:200] - b.target[200:]
    has = noise.abs().amax(1) > 1e-6
    level = rms_db(noise[has]) - rms_db(b.target[:200][has])
    print(f"noise in {has.float().mean():.2f} of the mixtures for a share of 0.5, at {level.mean():.2f} dB for −10")
    assert 0.4 < has.float().mean() < 0.6 and (level + 10).abs().max() < 0.1


def test_varied_noises_are_two_recorded_ones_at_other_speeds():
    t = np.arange(20 * 16000) / 16000
    tones = [(8000 * np.sin(2 * np.pi * hz * t)).astype(np.int16) for hz in (500, 1700)]
    clips = NoiseClips(torch.from_numpy(np.concatenate(tones)), np.array([[0, len(t)], [len(t), 2 * len(t)]]))
    z = clips.varied(np.random.default_rng(0), 200, 16000)
    torch.testing.assert_close(z.square().mean(1), torch.ones(200))
    spectrum = torch.fft.rfft(z).abs() / 8000  # bins of 1 Hz; a sine of unit power has sqrt(2)
    found = [set(np.flatnonzero(row > 0.2).tolist()) for row in spectrum.numpy()]
    heard = {round(hz * p / q) for hz in (500, 1700) for p, q in NOISE_SPEEDS}
    print(sorted(set().union(*found)))
    assert set().union(*found) == heard
    assert {len(f) for f in found} == {1, 2}  # one where both are the same clip at the same speed
    both = np.array([sorted(spectrum[i, sorted(f)].tolist()) for i, f in enumerate(found) if len(f) == 2])
    apart = 20 * np.log10(both[:, 1] / both[:, 0])
    assert 0 <= apart.min() < 1.5 and 10.5 < apart.max() <= 12.1


def test_a_share_of_the_noises_is_varied(cache):
    white, varied, half = (mixer(cache, noise=1.0, noise_varied=share).noises(np.random.default_rng(3), 100) for share in (0, 1, 0.5))
    same, other = (half == white).all(1), (half == varied).all(1)
    flatness = torch.fft.rfft(torch.stack([white, varied])).abs().square()
    flatness = flatness.log().mean(-1).exp() / flatness.mean(-1)
    print(f"varied {other.float().mean():.2f}; flatness {flatness[0].mean():.2f}, varied {flatness[1].mean():.2f}")
    assert (same ^ other).all() and 0.35 < other.float().mean() < 0.65
    assert flatness[0].min() > 0.5 and flatness[1].mean() < flatness[0].mean() - 0.1
    torch.testing.assert_close(half.square().mean(1), torch.ones(100))


def test_hiss_and_clipping_can_be_switched_on(cache):
    b = mixer(cache, floor=1.0).batch(PAIRS, 0)
    hiss = rms_db(b.mixture[:PAIRS] - b.target[:PAIRS] - b.target[PAIRS:]) - rms_db(b.target[:PAIRS])
    assert hiss.min() > -75.2 and hiss.max() < -44.8
    clipped = mixer(cache, clip=1.0).batch(PAIRS, 0).mixture[:PAIRS]
    at_peak = (clipped.abs() >= clipped.abs().amax(1, keepdim=True) * 0.9999).float().mean(1)
    assert (at_peak > 1e-3).all()


def test_rooms_and_microphones_change_the_sound_but_not_the_target_s_place(cache):
    bare, heard = mixer(cache).batch(PAIRS, 5), mixer(cache, room=1.0).batch(PAIRS, 5)
    assert (bare.start == heard.start).all()
    cosine = torch.nn.functional.cosine_similarity(bare.target, heard.target)
    correlation = torch.fft.irfft(torch.fft.rfft(heard.target, 65536) * torch.fft.rfft(bare.target, 65536).conj())
    print(f"cosine with the dry voice {cosine.min():.2f} … {cosine.max():.2f}")
    assert cosine.max() < 0.999 and correlation[:, 0].min() > 0


def flat(batch):
    return [*batch._replace(change=batch.change.speed), batch.change.formants]


def test_a_batch_depends_on_its_number_alone(cache):
    settings = dataclasses.replace(Mix(), seconds=1.5)
    a, b = Mixer(cache, "train", "cpu", settings), Mixer(cache, "train", "cpu", settings)
    b.batch(4, 11)
    for x, y in zip(flat(a.batch(4, 12)), flat(b.batch(4, 12)), strict=True):
        assert np.array_equal(np.asarray(x), np.asarray(y))
    assert not torch.equal(a.batch(4, 12).mixture, a.batch(4, 13).mixture)
    assert not torch.equal(a.batch(4, 12).mixture, Mixer(cache, "train", "cpu", settings, stream=1).batch(4, 12).mixture)
    assert all(torch.isfinite(t).all() for t in a.batch(64, 0)[:3])


def test_what_cannot_be_mixed_is_said(cache, tmp_path):
    with pytest.raises(DataError, match="at least 3 speakers"):
        mixer(cache, seconds=16.0)
    with pytest.raises(DataError, match="no clip has"):
        Mixer(cache, "val", "cpu", dataclasses.replace(BARE, noise=1.0, seconds=6.5))
    with pytest.raises(DataError, match=r"no clip has 6\.\d s .* --noise-varied 0, which needs less"):
        Mixer(cache, "val", "cpu", dataclasses.replace(BARE, noise=1.0, noise_varied=0.5, seconds=5.0))
    with pytest.raises(DataError, match="made from other speech"):
        Mixer(cache, "train", "cpu", BARE, bank=f"{cache}/clues-val.npz")
    rows = np.array([[0, 0, 0, 64000]])
    save_arrays(str(tmp_path / "bank.npz"), rows=rows, embeddings=np.full((1, 256), np.nan, np.float16))
    with pytest.raises(DataError, match="not finite"):
        Mixer(cache, "train", "cpu", BARE, bank=str(tmp_path / "bank.npz"))


def test_the_clue_bank_hears_the_pseudo_speaker_through_other_rooms(cache):
    speech, random = Speech.load(cache, "train"), np.random.default_rng(0)
    speeds = ((1, 1), (4, 5))
    rows, speed, draw = plan(speech, speeds, most=2, draws=2, random=random)
    assert set(draw) == {0, 1} and np.bincount(rows[:, 0] * 2 + speed).max() == 4
    heard = []

    def encoder(x):
        heard.append(x)
        return torch.nn.functional.normalize(torch.rand(len(x), 256), dim=1)

    record = partial(Recordings.fresh(NoiseClips.of(Noise.load(cache, "train"), "cpu", SPAN), "cpu", random), random=random)
    embeddings = embed(encoder, speech, record, rows, speed, draw, speeds, batch=8)
    assert embeddings.shape == (len(rows), 256) and np.isfinite(embeddings).all()
    order = np.argsort(speed, kind="stable")
    heard, draw, rows, speed = torch.cat(heard), draw[order], rows[order], speed[order]
    clean, dirty = rms_db(heard[draw == 0]), rms_db(heard[draw == 1])
    print(f"level: clean {clean.min():.1f} … {clean.max():.1f}, heard {dirty.min():.1f} … {dirty.max():.1f} dBFS")
    assert (clean + 25).abs().max() < 0.01 and dirty.max() - dirty.min() > 10
    first = np.flatnonzero((draw == 0) & (speed == 0))[0]
    source = speech.audio[rows[first, 1] :][:SPAN].astype(np.float32)
    np.testing.assert_allclose(heard[first] / heard[first].norm(), source / np.linalg.norm(source), atol=1e-6)


def test_the_clue_bank_is_read_as_it_was_written(cache):
    names = Speech.load(cache, "train").speakers
    bank = ClueBank.load(f"{cache}/clues-train.npz", names)
    assert bank.speeds == [(1, 1), (4, 5), (6, 5)] and len(bank.rows) == len(bank.speed) == len(bank.embeddings)
    plain = f"{cache}/plain.npz"
    save_arrays(plain, rows=bank.rows, embeddings=bank.embeddings)
    assert ClueBank.load(plain, names).speeds == [(1, 1)]  # one without speeds is all of plain speed
