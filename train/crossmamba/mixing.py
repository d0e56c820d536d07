"""Mixtures made on the fly, on the device that trains. Each mixture gives two examples, one for each voice with its own clue:
the contrast is what teaches the network to listen to the clue."""

import os
from dataclasses import dataclass, fields
from fractions import Fraction
from typing import NamedTuple

import numpy as np
import torch

from crossmamba import augment
from crossmamba.clue_bank import ClueBank
from crossmamba.corpus import RATE, DataError, Noise, Speech
from crossmamba.recordings import NoiseClips, Responses, column, gather, unit

FINE = 80  # speeds are multiples of 1 / FINE


@dataclass
class Mix:
    """What mixtures are made of; a share is of mixtures unless it says otherwise. 0 switches a thing off."""

    seconds: float = 1.5  # length of an example
    sir: float = 5.0  # the two voices' levels differ by up to this many dB
    ladder: int = 0  # updates in which that range grows from 1 dB to its full width
    cross: float = 0.2  # share that must be of two sexes
    same: float = 0.0  # share that must be of one sex
    hard: float = 0.3  # share whose second voice is one of those that sound most like the first, of the same sex
    one_source: float = 0.8  # share whose two voices are of one source, so that not even its recording tells them apart
    absent: float = 0.08  # share of examples whose clue is of somebody who does not speak
    alone: float = 0.1  # share in which the second voice is missing
    turns: float = 0.4  # share in which people take turns instead of talking all the time
    speed: float = 0.5  # share of voices whose speed and pitch are changed
    slower: float = 0.05  # how much a voice's speed and pitch may be below that of its row of the clue bank (with --along)
    formants: float = 0.3  # share of voices whose formants are moved (with --along)
    formant_range: float = 0.15  # by up to this share, up or down
    room: float = 0.4  # share of voices in a room
    microphone: float = 0.3  # share through a coloured microphone
    clip: float = 0.05  # share that is clipped
    noise: float = 0.4  # share with noise
    noise_db_low: float = -20.0  # its level against the first voice
    noise_db_high: float = 0.0
    floor: float = 0.5  # share with a microphone's own hiss, -75 … -45 dB
    level_db_low: float = -45.0  # the first voice's level, dBFS
    level_db_high: float = -10.0

    @classmethod
    def add_arguments(cls, parser):
        """One option a field, its default from here."""
        group = parser.add_argument_group("mixtures", "a share of 0 switches a thing off")
        for f in fields(cls):
            group.add_argument("--" + f.name.replace("_", "-"), type=f.type if callable(f.type) else float, default=f.default)

    @classmethod
    def of(cls, args):
        """From what `add_arguments` parsed (a namespace)."""
        return cls(**{f.name: getattr(args, f.name) for f in fields(cls)})


class Change(NamedTuple):
    """What makes other voices of the corpus's."""

    speed: np.ndarray  # [B, 2]: samples consumed, produced
    formants: np.ndarray  # [B]: factor; 1 where they are as they were

    def where(self, keep, other):
        """[B] bool -> these where `keep` says so, else the other's."""
        return Change(np.where(keep[:, None], self.speed, other.speed), np.where(keep, self.formants, other.formants))


class Batch(NamedTuple):
    """Rows 0 … P−1 ask for the first voice of each mixture, rows P … 2P−1 for the second."""

    mixture: torch.Tensor  # [2P, samples]
    target: torch.Tensor  # [2P, samples], sample by sample inside the mixture; zero where the wanted voice is absent
    clue: torch.Tensor  # [2P, 256]
    speaker: np.ndarray  # [2P] of the target's voice
    row: np.ndarray  # [2P] of the clue bank, of the clue given
    change: "Change"  # [2P] of the clue's voice against its row of the bank
    start: np.ndarray  # [2P] and
    span: np.ndarray  # [2P]: where the voice was taken from, in samples of the corpus


class Mixer:
    """Draws batches. A batch depends on (seed, stream, number) alone: resuming at an update goes on as if never stopped."""

    NEIGHBOURS = 24

    def __init__(self, cache, split, device, mix, bank=None, seed=0, stream=0):
        """bank: path of a clue bank (default: clues-<split>.npz of the cache). Raises DataError."""
        self.mix, self.device, self.seed, self.stream = mix, torch.device(device), seed, stream
        self.samples = int(mix.seconds * RATE)
        speech, noise = Speech.load(cache, split), Noise.load(cache, split) if mix.noise else None
        self.bank = ClueBank.load(bank or os.path.join(cache, f"clues-{split}.npz"), speech.speakers)
        self.audio = torch.from_numpy(speech.audio).to(self.device)
        self.lo, self.hi = speech.bounds()
        self.sex, self.source = speech.sex, speech.sources()
        self.embeddings = torch.tensor(self.bank.embeddings, device=self.device).float()
        self._choose_voices(speech)
        self.noise = None
        if noise is not None:
            self.noise = NoiseClips.of(noise, self.device, self.samples)
            if len(self.noise) == 0:
                raise DataError(
                    f"{cache}/noise.npz: no clip has {mix.seconds} s in split {split}. Give longer noise, shorter --seconds, or --noise 0."
                )
        random = np.random.default_rng((seed, 1))
        self.rooms = Responses(augment.rooms(512, random), self.device)
        self.microphones = Responses(augment.microphones(512, random), self.device)

    def _choose_voices(self, speech):
        """A voice is a (speaker, speed); usable where a clue leaves room for a target outside its own stretch."""
        bank, speeds = self.bank, self.bank.speeds
        spans = self._spans(self.samples)
        who, speed, a, b = bank.speaker, bank.speed, bank.rows[:, 2], bank.rows[:, 3]
        self.left = np.maximum(a - spans[speed] - self.lo[who] + 1, 0)  # [rows] places for a target before the clue's stretch
        self.places = self.left + np.maximum(self.hi[who] - spans[speed] - b + 1, 0)
        voice = who * len(speeds) + speed
        row = np.flatnonzero(self.places > 0)
        self.row = row[np.argsort(voice[row], kind="stable")]  # usable rows, voice after voice
        self.count = np.bincount(voice[row], minlength=len(speech.speakers) * len(speeds))
        self.first = np.cumsum(self.count) - self.count
        self.voices = np.flatnonzero(self.count)
        if len(np.unique(self.voices // len(speeds))) < 3:
            raise DataError(
                f"expected at least 3 speakers with a clue and {self.mix.seconds} s beside it, found "
                f"{len(np.unique(self.voices // len(speeds)))}. Prepare more speech, or give shorter --seconds."
            )
        plain = np.array([s[0] == s[1] for s in speeds])
        share = np.where(plain, (1 - self.mix.speed) / max(1, plain.sum()), self.mix.speed / max(1, (~plain).sum()))
        weight = speech.weights()[self.voices // len(speeds)] * share[self.voices % len(speeds)]
        if not weight.any():
            raise DataError("no clue has the speeds that are asked for. Make a clue bank with plain speed, or give --speed > 0.")
        self.cumulative = np.cumsum(weight / weight.sum())
        group = torch.tensor(np.repeat(np.arange(len(self.voices)), self.count[self.voices]))
        total = torch.zeros(len(self.voices), self.embeddings.shape[1]).index_add_(0, group, self.embeddings.cpu()[self.row])
        self.centres = torch.nn.functional.normalize(total).to(self.device)  # [voices, 256]: each voice's mean clue
        if self.mix.hard:
            self._find_neighbours(weight > 0)

    def voice_of(self, row):
        """[B] rows of the bank -> [B]: the numbers of their voices, rows of `centres`."""
        voice = self.bank.speaker[row] * len(self.bank.speeds) + self.bank.speed[row]
        return torch.as_tensor(np.searchsorted(self.voices, voice), device=self.device)

    def draw_rows(self, random, count):
        """-> [count] rows of the bank, voices drawn as for mixtures."""
        return self._clues(random, self._draw(random, count))

    def _find_neighbours(self, drawn):
        """[voices, NEIGHBOURS]: the voices of other speakers of the same sex whose embeddings are nearest, as numbers of voices; −1: none."""
        speaker = self.voices // len(self.bank.speeds)
        sex = self.sex[speaker]
        wrong = (speaker[:, None] == speaker) | (sex[:, None] != sex) | (sex == "") | ~drawn
        centres = self.centres.cpu()
        alike = (centres @ centres.T).masked_fill(torch.tensor(wrong), -1)
        best = alike.topk(min(self.NEIGHBOURS, len(self.voices)))
        self.neighbours = np.where(best.values.numpy() > -1, best.indices.numpy(), -1)

    def _draw(self, random, count):
        return np.minimum(np.searchsorted(self.cumulative, random.random(count), side="right"), len(self.voices) - 1)

    def _pairs(self, random, pairs):
        """-> first, second, somebody else: [pairs] numbers of voices of three different speakers."""
        speeds, mix = len(self.bank.speeds), self.mix
        a, b, other = (self._draw(random, pairs) for _ in range(3))
        kind, near = random.random(pairs), random.integers(0, self.NEIGHBOURS, pairs)
        close = random.random(pairs) < mix.one_source if mix.one_source else np.zeros(pairs, bool)
        cross, same = kind < mix.cross, (kind >= mix.cross) & (kind < mix.cross + mix.same)
        speaker = self.voices // speeds
        for attempt in range(60):
            sex_a, sex_b = self.sex[speaker[a]], self.sex[speaker[b]]
            known = (sex_a != "") & (sex_b != "")
            wrong = (speaker[a] == speaker[b]) | (cross & (~known | (sex_a == sex_b))) | (same & (~known | (sex_a != sex_b)))
            if attempt < 30:  # a source may have nobody of the sex asked for
                wrong |= close & (self.source[speaker[a]] != self.source[speaker[b]])
            if not wrong.any():
                break
            a = np.where(wrong & (sex_a == "") & (cross | same), self._draw(random, pairs), a)
            b = np.where(wrong, self._draw(random, pairs), b)
        if mix.hard:
            hard = (kind >= mix.cross + mix.same) & (kind < mix.cross + mix.same + mix.hard)
            neighbour = self.neighbours[a, near % self.neighbours.shape[1]]
            b = np.where(hard & (neighbour >= 0), neighbour, b)
        for _ in range(60):
            wrong = (speaker[other] == speaker[a]) | (speaker[other] == speaker[b])
            if not wrong.any():
                break
            other = np.where(wrong, self._draw(random, pairs), other)
        return a, b, other

    def _clues(self, random, voice):
        """[P] numbers of voices -> [P] rows of the bank."""
        v = self.voices[voice]
        return self.row[self.first[v] + (random.random(len(v)) * self.count[v]).astype(np.int64)]

    def _place(self, random, row):
        """Where the targets of these clues begin: anywhere of the speaker's but within reach of the clue's stretch."""
        draw = (random.random(len(row)) * self.places[row]).astype(np.int64)
        return np.where(draw < self.left[row], self.lo[self.bank.speaker[row]] + draw, self.bank.rows[row, 3] + draw - self.left[row])

    def _spans(self, samples, speeds=None):
        return np.array([augment.speed_span(samples, *s) for s in (self.bank.speeds if speeds is None else speeds)])

    def change_of(self, row, random=None):
        """[B] rows of the bank -> the Change that each stands for. With `random`, slower by up to `mix.slower` in steps of 1 / FINE (slower only,
        so that a voice still ends where the bank's row does), and with formants moved."""
        mix, speeds, formants = self.mix, [Fraction(*self.bank.speeds[s]) for s in self.bank.speed[row]], np.ones(len(row))
        if random is not None and mix.slower:
            share = random.random(len(row))
            speeds = [s - Fraction(int(k * (int(s * FINE * mix.slower) + 1)), FINE) for s, k in zip(speeds, share)]
        if random is not None and mix.formants:
            moved = random.random(len(row)) < mix.formants
            formants = np.where(moved, 1 + random.uniform(-mix.formant_range, mix.formant_range, len(row)), 1)
        return Change(np.array([s.as_integer_ratio() for s in speeds]), formants)

    def voices_at(self, start, change, samples):
        """[B] starts in the corpus, their Change -> [B, samples] at unit level."""
        x = torch.empty(len(start), samples, device=self.device)
        for s in np.unique(change.speed, axis=0):
            mine, s = np.flatnonzero((change.speed == s).all(1)), tuple(s.tolist())
            raw = gather(self.audio, start[mine], augment.speed_span(samples, *s))
            x[torch.as_tensor(mine, device=self.device)] = augment.change_speed(raw, samples, *s)
        moved = np.flatnonzero(change.formants != 1)
        if len(moved):
            at = torch.as_tensor(moved, device=self.device)
            x[at] = augment.move_formants(x[at], change.formants[moved])
        return unit(x, 0.01)

    def column(self, values):
        return column(values, self.device)

    def batch(self, pairs, number):
        """-> the Batch of update `number`: `pairs` mixtures, twice as many examples."""
        mix, n = self.mix, self.samples
        r = np.random.default_rng((self.seed, 2, self.stream, number))
        noise_of = torch.Generator(self.device).manual_seed(int(r.integers(2**62)))
        a, b, other = self._pairs(r, pairs)
        row_a, row_b, row_other = (self._clues(r, voice) for voice in (a, b, other))
        start = np.concatenate([self._place(r, row_a), self._place(r, row_b)])
        change = self.change_of(np.concatenate([row_a, row_b]), r)
        voices = self.voices_at(start, change, n)  # [2P, n]

        if mix.turns:
            edges, states = augment.turns(r, pairs, n)
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
            z = self.noise.draw(r, pairs, n)
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
        row = np.where(absent, np.concatenate([row_other, row_other]), np.concatenate([row_a, row_b]))
        target = voices * self.column(~absent)
        clue = self.embeddings[torch.as_tensor(row, device=self.device)]
        speaker = self.bank.speaker[np.concatenate([row_a, row_b])]
        clue_change = self.change_of(row).where(absent, change)
        return Batch(torch.cat([mixture, mixture]), target, clue, speaker, row, clue_change, start, self._spans(n, change.speed))
