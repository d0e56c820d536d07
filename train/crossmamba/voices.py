"""Pieces of single voices for the clue encoder: pseudo-speakers by speed, and rooms, microphones, noise and levels laid over them."""

import numpy as np
import torch

from crossmamba import augment
from crossmamba.corpus import RATE, Noise, Speech

# Input samples consumed to output samples produced: what a voice's speed and pitch are multiplied by.
SPEEDS = ((4, 5), (17, 20), (9, 10), (19, 20), (1, 1), (1, 1), (21, 20), (11, 10), (23, 20), (6, 5), (5, 4))
LENGTHS_S = (1.6, 1.6, 1.6, 1.6, 2.4, 2.4, 4)  # the teacher listens in windows of 1.6 s, every 0.8 s


class Voices:
    def __init__(self, cache, split, device, seed=None):
        """Raises DataError for a cache that is missing or damaged."""
        speech, noise = Speech.load(cache, split), Noise.load(cache, split)
        self.device, self.random = device, np.random.default_rng(seed)
        self.audio, self.noise = torch.as_tensor(speech.audio), torch.as_tensor(noise.audio)
        self.lo, self.hi = speech.bounds()
        self.weight, self.names = speech.weights(), speech.speakers
        self.clips = noise.clips

    def gather(self, audio, starts, samples):
        """-> [B, samples] f32"""
        return torch.stack([audio[s : s + samples] for s in starts]).to(self.device).float() / 32768

    def batch(self, groups, each):
        """-> clean pieces [groups · each, n] of as many pseudo-speakers; a group shares its speed, the batch its length."""
        samples, pieces = int(self.random.choice(LENGTHS_S) * RATE), []
        for _ in range(groups):
            speed = SPEEDS[self.random.integers(len(SPEEDS))]
            span = augment.speed_span(samples, *speed)
            usable = self.weight * (self.hi - self.lo > span)
            who = self.random.choice(len(usable), each, p=usable / usable.sum())
            starts = self.lo[who] + (self.random.random(each) * (self.hi - self.lo - span)[who]).astype(np.int64)
            pieces.append(augment.change_speed(self.gather(self.audio, starts, span), samples, *speed))
        return torch.cat(pieces)

    def record(self, x):
        """One recording of each piece: x [B, n] -> [B, n] through a room and a microphone (most of them), with noise at 5 … 30 dB (two
        thirds), at −45 … −5 dBFS, cut off at full scale."""
        count, r = len(x), self.random

        def some(share, responses):
            keep = torch.as_tensor(r.random(count) < share)
            responses[~keep] = 0
            responses[~keep, 0] = 1
            return responses.to(x.device)

        x = augment.convolve(x, some(0.6, augment.rooms(count, r)), some(0.8, augment.microphones(count, r)))
        length = self.clips[:, 1] - self.clips[:, 0]
        clip = r.choice(np.flatnonzero(length >= x.shape[1]), count)
        starts = self.clips[clip, 0] + (r.random(count) * (length[clip] - x.shape[1])).astype(np.int64)
        noise = self.gather(self.noise, starts, x.shape[1])
        snr_db = np.where(r.random(count) < 0.67, r.uniform(5, 30, count), 90)
        x = unit(x) + unit(noise) * self.column(-snr_db)
        return (unit(x) * self.column(r.uniform(-45, -5, count))).clamp(-1, 1)

    def column(self, db):
        """decibels [B] -> factors [B, 1]"""
        return torch.as_tensor(10 ** (db / 20), dtype=torch.float32, device=self.device)[:, None]

    def test_pieces(self, seconds=4, most=20):
        """-> pieces [N, n] spread evenly over each speaker, who [N]"""
        samples, starts, who = seconds * RATE, [], []
        for s, (lo, hi) in enumerate(zip(self.lo, self.hi)):
            count = min(most, (hi - lo) // samples)
            starts += [int(a) for a in np.linspace(lo, hi - samples, count)]
            who += [s] * count
        return self.gather(self.audio, starts, samples), np.array(who)


def unit(x):
    """x [B, n] at unit power (what is silent stays so)"""
    return x / x.square().mean(-1, keepdim=True).sqrt().clamp(min=1e-4)
