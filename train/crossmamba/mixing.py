"""Mixtures made on the fly, on the device that trains. Each mixture gives two examples, one for each voice with its own clue:
the contrast is what teaches the network to listen to the clue."""

import os
from fractions import Fraction
from typing import NamedTuple

import numpy as np
import torch

from crossmamba import augment
from crossmamba.clue_bank import ClueBank
from crossmamba.corpus import RATE, DataError, Noise, Speech
from crossmamba.mix import LEAST_TURN_S
from crossmamba.recordings import NOISE_SPEEDS, NoiseClips, Responses, at_speeds, column, unit
from crossmamba.transfer import on_device
from crossmamba.voice_choice import VoiceChoice

FINE = 80  # speeds are multiples of 1 / FINE


class Change(NamedTuple):
    """What makes other voices of the corpus's."""

    speed: np.ndarray  # [B, 2]: samples consumed, produced
    formants: np.ndarray  # [B, 3]: factors of those at augment.FORMANT_HZ; 1 where they are as they were

    @property
    def moved(self):
        """-> [B] bool: whose formants are not as they were."""
        return (self.formants != 1).any(1)

    def where(self, keep, other):
        """[B] bool -> these where `keep` says so, else the other's."""
        return Change(*(np.where(keep[:, None], mine, others) for mine, others in zip(self, other)))


def unmoved(count):
    """-> [count, 3]: formants as they are."""
    return np.ones((count, len(augment.FORMANT_HZ)))


class Batch(NamedTuple):
    """Rows 0 … P−1 ask for the first voice of each mixture, rows P … 2P−1 for the second."""

    mixture: torch.Tensor  # [2P, samples]
    target: torch.Tensor  # [2P, samples], sample by sample inside the mixture; zero where the wanted voice is absent
    clue: torch.Tensor  # [2P, 256]
    speaker: np.ndarray  # [2P] of the target's voice
    row: np.ndarray  # [2P] of the clue bank, of the clue given
    change: Change  # [2P] of the clue's voice against its row of the bank
    start: np.ndarray  # [2P] and
    span: np.ndarray  # [2P]: where the voice was taken from, in samples of the corpus, or of the clue's loop (VoiceChoice.loops)


class Mixer:
    """Draws batches. A batch depends on (seed, stream, number) alone: resuming at an update goes on as if never stopped."""

    def __init__(self, cache, split, device, mix, bank=None, seed=0, stream=0):
        """bank: path of a clue bank (default: clues-<split>.npz of the cache). Raises DataError."""
        self.mix, self.device, self.seed, self.stream = mix, torch.device(device), seed, stream
        self.samples = round(mix.seconds * RATE)
        speech, noise = Speech.load(cache, split), Noise.load(cache, split) if mix.noise else None
        self.bank = ClueBank.load(bank or os.path.join(cache, f"clues-{split}.npz"), speech.speakers)
        self.audio = torch.from_numpy(speech.audio).to(self.device)
        self.choice = VoiceChoice(speech, self.bank, mix, self.samples, self.device)
        self.embeddings = torch.tensor(self.bank.embeddings, device=self.device).float()
        self.noise = None
        if noise is not None:
            longest = augment.speed_spans(self.samples, NOISE_SPEEDS).max() if mix.noise_varied else self.samples
            if mix.least_seconds:
                longest = min(longest, int(mix.least_seconds * RATE))
            self.noise = NoiseClips.of(noise, self.device, longest, looped=mix.least_seconds > 0)
            if len(self.noise) == 0:
                raise DataError(
                    f"{cache}/noise.npz: no clip has {longest / RATE:.1f} s in split {split}. Give longer noise, shorter --seconds, --least-seconds, "
                    + ("--noise-varied 0, which needs less, " if mix.noise_varied else "")
                    + "or --noise 0."
                )
        random = np.random.default_rng((seed, 1))
        self.rooms = Responses(augment.rooms(512, random), self.device)
        self.microphones = Responses(augment.microphones(512, random), self.device)

    def speeds_of(self, row, random=None):
        """[B] rows of the bank -> [B, 2] the speed that each stands for. With `random`, slower by up to `mix.slower` in steps of 1 / FINE (slower
        only, so that a voice still ends where the bank's row does)."""
        speeds, slower = [Fraction(*self.bank.speeds[s]) for s in self.bank.speed[row]], self.mix.slower
        if random is not None and slower:
            speeds = [s - Fraction(int(k * (int(s * FINE * slower) + 1)), FINE) for s, k in zip(speeds, random.random(len(row)))]
        return np.array([s.as_integer_ratio() for s in speeds])

    def change_of(self, row, random):
        """[B] rows of the bank -> the Change to somebody like each: slower, with other formants"""
        mix, speed, formants = self.mix, self.speeds_of(row, random), unmoved(len(row))
        if mix.formants:
            moved = random.random(len(row)) < mix.formants
            together = random.uniform(-mix.formant_range, mix.formant_range, (len(row), 1))
            apart = random.uniform(-mix.formant_spread, mix.formant_spread, formants.shape)
            formants = np.where(moved[:, None], formants + together + apart, formants)
        return Change(speed, formants)

    def voices_at(self, start, change, samples, loops=None):
        """[B] starts in the corpus, or in loops of it (recordings.gather), their Change -> [B, samples] at unit level."""
        x = at_speeds(self.audio, start, change.speed, samples, loops)
        moved = np.flatnonzero(change.moved)
        if len(moved):
            at = on_device(moved, self.device)
            x[at] = augment.move_formants(x[at], change.formants[moved])
        return unit(x, 0.01)

    def noises(self, random, count):
        """-> [count, samples] at unit power"""
        z = self.noise.draw(random, count, self.samples)
        if self.mix.noise_varied:
            varied = augment.convolve(self.noise.varied(random, count, self.samples), self.microphones.draw(random, 1.0, count))
            chosen = on_device(random.random(count) < self.mix.noise_varied, self.device)
            z = torch.where(chosen[:, None], unit(varied, 1e-3), z)
        return z

    def turn_means(self, random, pairs):
        """-> mean length of a turn in seconds: of each mixture [pairs, 1], as many in an octave as in any other; or the one of all"""
        longest = self.mix.turn_seconds
        return LEAST_TURN_S * (longest / LEAST_TURN_S) ** random.random((pairs, 1)) if longest > LEAST_TURN_S else LEAST_TURN_S

    def column(self, values):
        return column(values, self.device)

    def batch(self, pairs, number):
        """-> the Batch of update `number`: `pairs` mixtures, twice as many examples."""
        mix, n = self.mix, self.samples
        r = np.random.default_rng((self.seed, 2, self.stream, number))
        noise_of = torch.Generator(self.device).manual_seed(int(r.integers(2**62)))
        row_a, row_b, row_other = (self.choice.clues(r, voice) for voice in self.choice.pairs(r, pairs))
        asked = np.concatenate([row_a, row_b])
        start, loops = np.concatenate([self.choice.place(r, row_a), self.choice.place(r, row_b)]), self.choice.loops_of(asked)
        change = self.change_of(asked, r)
        voices = self.voices_at(start, change, n, loops)  # [2P, n]

        if mix.turns:
            edges, states = augment.turns(r, pairs, n, mean_s=self.turn_means(r, pairs))
            states[r.random(pairs) >= mix.turns] = 0
            voices = voices * torch.cat(augment.gates(edges, states, n, self.device))
        microphone = self.microphones.draw(r, mix.microphone, pairs) if mix.microphone else None
        filters = [self.rooms.draw(r, mix.room, 2 * pairs)] if mix.room else []
        if microphone is not None:
            filters.append(torch.cat([microphone, microphone]))
        if filters:
            voices = augment.convolve(voices, *filters)

        sir = min(mix.sir, 1 + (mix.sir - 1) * number / mix.ladder) if mix.ladder else mix.sir
        gain_b = 10 ** (r.uniform(-sir, sir, pairs) / 20) * (r.random(pairs) >= mix.alone)
        gain = 10 ** (r.uniform(mix.level_db_low, mix.level_db_high, pairs) / 20)
        voices = voices * self.column(np.concatenate([gain, gain * gain_b]))
        mixture = voices[:pairs] + voices[pairs:]
        if mix.noise:
            z = self.noises(r, pairs)
            if microphone is not None:
                z = augment.convolve(z, microphone)
            z_gain = 10 ** (r.uniform(mix.noise_db_low, mix.noise_db_high, pairs) / 20) * (r.random(pairs) < mix.noise)
            mixture = mixture + z * self.column(gain * z_gain)
        if mix.floor:
            hiss = torch.randn(pairs, n, device=self.device, generator=noise_of)
            mixture = mixture + hiss * self.column(gain * 10 ** (r.uniform(-75, -45, pairs) / 20) * (r.random(pairs) < mix.floor))
        if mix.clip:
            mixture = augment.clip(mixture, self.column(np.where(r.random(pairs) < mix.clip, r.uniform(0.3, 0.8, pairs), 1)))

        absent = r.random(2 * pairs) < mix.absent
        row = np.where(absent, np.concatenate([row_other, row_other]), asked)
        target = voices * self.column(~absent)
        clue = self.embeddings[on_device(row, self.device)]
        speaker = self.bank.speaker[asked]
        clue_change = Change(self.speeds_of(row), unmoved(2 * pairs)).where(absent, change)
        span = augment.speed_spans(n, change.speed)
        return Batch(torch.cat([mixture, mixture]), target, clue, speaker, row, clue_change, start, span)
