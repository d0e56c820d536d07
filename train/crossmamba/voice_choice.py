"""Who is heard with whom, and which row of the clue bank asks for them; numbers only, no sound."""

import numpy as np
import torch
import torch.nn.functional as F

from crossmamba import augment
from crossmamba.corpus import RATE, DataError
from crossmamba.transfer import on_device

LEAST_TAKES = 3  # of a voice, for its mean to be one


class VoiceChoice:
    """Draws voices as `Mix` says. A voice is a (speaker, speed) of the bank, usable where a clue leaves room for a target outside its own stretch."""

    NEIGHBOURS = 24

    def __init__(self, speech, bank, mix, samples, device):
        """samples: of a target. Raises DataError."""
        self.bank, self.mix, self.device = bank, mix, device
        self.sex, self.source, self.alike = speech.sex, speech.sources(), speech.alike()
        self.lo, self.hi = speech.bounds()
        self._find_places(samples, int(mix.least_seconds * RATE))
        voice, speeds = bank.speaker * len(bank.speeds) + bank.speed, len(bank.speeds)
        row = np.flatnonzero(self.places > 0)
        self.row = row[np.argsort(voice[row], kind="stable")]  # usable rows, voice after voice
        self.count = np.bincount(voice[row], minlength=len(speech.speakers) * speeds)
        self.first = np.cumsum(self.count) - self.count
        self.voices = np.flatnonzero(self.count)
        self.speaker = self.voices // speeds  # [voices]
        if len(np.unique(self.speaker)) < 3:
            raise DataError(
                f"expected at least 3 speakers with a clue and {mix.seconds} s beside it, found "
                f"{len(np.unique(self.speaker))}. Prepare more speech, or give shorter --seconds."
            )
        plain = np.array([s[0] == s[1] for s in bank.speeds])
        share = np.where(plain, (1 - mix.speed) / max(1, plain.sum()), mix.speed / max(1, (~plain).sum()))
        weight = speech.weights()[self.speaker] * share[self.voices % speeds]
        if not weight.any():
            raise DataError("no clue has the speeds that are asked for. Make a clue bank with plain speed, or give --speed > 0.")
        self.cumulative = np.cumsum(weight / weight.sum())
        embeddings = torch.tensor(bank.embeddings[self.row]).float()
        group = torch.tensor(np.repeat(np.arange(len(self.voices)), self.count[self.voices]))
        total = torch.zeros(len(self.voices), embeddings.shape[1]).index_add_(0, group, embeddings)
        self.centres = F.normalize(total).to(device)  # [voices, 256]: each voice's mean clue
        count = torch.tensor(self.count[self.voices]).float()[:, None]
        off = (embeddings - (total / count)[group]) * (count / (count - 1).clamp(min=1)).sqrt()[group]
        self.off = off[(count[group] >= LEAST_TAKES)[:, 0]].to(device)  # [rows, 256]: how far a take lies from its voice's mean
        if mix.hard:
            self._find_neighbours(weight > 0)

    def _find_places(self, samples, least):
        """least: of what a speaker says outside the clue's stretch, in samples, to be heard over and over; 0: all of a target from one place"""
        bank, (a, b) = self.bank, self.bank.rows[:, 2:4].T
        spans, lo, hi = augment.speed_spans(samples, bank.speeds)[bank.speed], self.lo[bank.speaker], self.hi[bank.speaker]
        if least:
            self.loops = np.stack([lo, a, b, hi], 1)  # [rows, 4] for `recordings.gather`
            beside = (a - lo) + (hi - b)
            self.places = np.where(beside >= np.minimum(least, spans), beside, 0)  # [rows] where a target may begin
            return
        self.loops = None
        self.left = np.maximum(a - spans - lo + 1, 0)  # [rows] places for a target before the clue's stretch
        self.places = self.left + np.maximum(hi - spans - b + 1, 0)

    def _find_neighbours(self, drawn):
        """[voices, NEIGHBOURS]: the voices of other speakers of the same sex whose embeddings are nearest, as numbers of voices; −1: none."""
        speaker, sex = self.speaker, self.sex[self.speaker]
        wrong = (speaker[:, None] == speaker) | (sex[:, None] != sex) | (sex == "") | ~drawn
        centres = self.centres.cpu()
        alike = (centres @ centres.T).masked_fill(torch.tensor(wrong), -1)
        best = alike.topk(min(self.NEIGHBOURS, len(self.voices)))
        self.neighbours = np.where(best.values.numpy() > -1, best.indices.numpy(), -1)

    def heard(self):
        """Who is drawn at all, for people: long examples leave out whoever says less."""
        source = self.source[np.unique(self.speaker)]
        of_source = ", ".join(f"{name} {(source == name).sum()} of {(self.source == name).sum()}" for name in np.unique(self.source))
        return f"{len(source)} of {len(self.source)} speakers ({of_source})"

    def scatter(self, random, count):
        """-> [count, 256]: how far takes drawn anew lie from the mean of their voice; zeros where no voice has takes enough to say."""
        if len(self.off) == 0:
            return self.off.new_zeros(count, self.centres.shape[1])
        return self.off[on_device(random.integers(0, len(self.off), count), self.device)]

    def voice_of(self, row):
        """[B] rows of the bank -> [B]: the numbers of their voices, rows of `centres`."""
        voice = self.bank.speaker[row] * len(self.bank.speeds) + self.bank.speed[row]
        return on_device(np.searchsorted(self.voices, voice), self.device)

    def _draw(self, random, count):
        return np.minimum(np.searchsorted(self.cumulative, random.random(count), side="right"), len(self.voices) - 1)

    def pairs(self, random, pairs):
        """-> first, second, somebody else: [pairs] numbers of voices of three different speakers."""
        mix, speaker = self.mix, self.speaker
        a, b, other = (self._draw(random, pairs) for _ in range(3))
        kind, near = random.random(pairs), random.integers(0, self.NEIGHBOURS, pairs)
        close = random.random(pairs) < mix.one_source if mix.one_source else np.zeros(pairs, bool)
        cross, same = kind < mix.cross, (kind >= mix.cross) & (kind < mix.cross + mix.same)
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
        for _ in range(60):  # where nobody of the sex asked for is known, at least two speakers
            wrong = speaker[a] == speaker[b]
            if not wrong.any():
                break
            b = np.where(wrong, self._draw(random, pairs), b)
        if mix.hard:
            hard = (kind >= mix.cross + mix.same) & (kind < mix.cross + mix.same + mix.hard)
            neighbour = self.neighbours[a, near % self.neighbours.shape[1]]
            b = np.where(hard & (neighbour >= 0), neighbour, b)
        like, near = np.zeros(pairs, bool), a
        if mix.absent_alike:
            like, near = random.random(pairs) < mix.absent_alike, np.where(random.random(pairs) < 0.5, a, b)
        for attempt in range(60):
            wrong = (speaker[other] == speaker[a]) | (speaker[other] == speaker[b])
            if attempt < 30:  # a source may have nobody else of that sex
                wrong |= like & (self.alike[speaker[other]] != self.alike[speaker[near]])
            if not wrong.any():
                break
            other = np.where(wrong, self._draw(random, pairs), other)
        return a, b, other

    def rows_twice(self, random, count, alike=False):
        """-> [2 · count] rows of the bank: voices drawn as for mixtures, each of them twice, row i and row count + i. alike: of one source and sex."""
        voice = self._draw(random, count)
        if alike:
            more = self._draw(random, 20 * count)
            more = more[self.alike[self.speaker[more]] == self.alike[self.speaker[voice[0]]]]
            voice[1 : 1 + len(more)] = more[: count - 1]
        return self.clues(random, np.concatenate([voice, voice]))

    def clues(self, random, voice):
        """[P] numbers of voices -> [P] rows of the bank."""
        v = self.voices[voice]
        return self.row[self.first[v] + (random.random(len(v)) * self.count[v]).astype(np.int64)]

    def loops_of(self, row):
        """[B] rows of the bank -> [B, 4] the loops that `place` tells of; None where there are none"""
        return None if self.loops is None else self.loops[row]

    def place(self, random, row):
        """Where the targets of these clues begin: anywhere of the speaker's but within reach of the clue's stretch; where there are loops, in these."""
        draw = (random.random(len(row)) * self.places[row]).astype(np.int64)
        if self.loops is not None:
            return draw
        return np.where(draw < self.left[row], self.lo[self.bank.speaker[row]] + draw, self.bank.rows[row, 3] + draw - self.left[row])
