"""Pieces of single voices for the clue encoder: pseudo-speakers by speed, and rooms, microphones, noise and levels laid over them."""

import numpy as np
import torch

from crossmamba import augment
from crossmamba.corpus import RATE, Noise, Speech
from crossmamba.recordings import NoiseClips, Recordings, gather
from crossmamba.transfer import on_device

# Input samples consumed to output samples produced: what a voice's speed and pitch are multiplied by.
SPEEDS = ((4, 5), (17, 20), (9, 10), (19, 20), (1, 1), (1, 1), (21, 20), (11, 10), (23, 20), (6, 5), (5, 4))
LENGTHS_S = (1.6, 1.6, 1.6, 1.6, 2.4, 2.4, 4)  # the teacher listens in windows of 1.6 s, every 0.8 s


class Voices:
    def __init__(self, cache, split, device, seed=None):
        """Raises DataError for a cache that is missing or damaged."""
        speech, noise = Speech.load(cache, split), Noise.load(cache, split)
        self.device, self.random = device, np.random.default_rng(seed)
        self.audio = torch.as_tensor(speech.audio)
        self.lo, self.hi = speech.bounds()
        self.weight, self.names = speech.weights(), speech.speakers
        self.alike = speech.alike()
        clips = NoiseClips.of(noise, device, max(LENGTHS_S) * RATE)
        self.recordings = Recordings.fresh(clips, device, self.random, noisy=0.67, noise_db=(5, 30), level_db=(-45, -5))

    def gather(self, starts, samples):
        """-> [B, samples] f32"""
        return on_device(gather(self.audio, starts, samples), self.device)

    def batch(self, groups, each):
        """-> clean pieces [groups · each, n] of as many pseudo-speakers; a group shares its speed, the batch its length."""
        samples, pieces = int(self.random.choice(LENGTHS_S) * RATE), []
        for _ in range(groups):
            speed = SPEEDS[self.random.integers(len(SPEEDS))]
            span = augment.speed_span(samples, *speed)
            usable = self.weight * (self.hi - self.lo > span)
            who = self.random.choice(len(usable), each, p=usable / usable.sum())
            starts = self.lo[who] + (self.random.random(each) * (self.hi - self.lo - span)[who]).astype(np.int64)
            pieces.append(augment.change_speed(self.gather(starts, span), samples, *speed))
        return torch.cat(pieces)

    def record(self, x):
        """x [B, n] -> [B, n]: a recording of each piece, cut off at full scale."""
        return self.recordings(x, self.random).clamp(-1, 1)

    def test_pieces(self, seconds=4, most=20):
        """-> pieces [N, n] spread evenly over each speaker, who [N]"""
        samples, starts, who = seconds * RATE, [], []
        for s, (lo, hi) in enumerate(zip(self.lo, self.hi)):
            count = min(most, (hi - lo) // samples)
            starts += [int(a) for a in np.linspace(lo, hi - samples, count)]
            who += [s] * count
        return self.gather(starts, samples), np.array(who)
