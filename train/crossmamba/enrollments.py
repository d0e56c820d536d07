"""What the clue encoder hears while it is trained along with the extractor: the enrollment behind each row of the clue bank, as it is or as another
room, microphone and moment would have given it."""

import numpy as np
import torch

from crossmamba import augment
from crossmamba.clue_bank import SPAN
from crossmamba.corpus import RATE

SHORTEST = int(2.4 * RATE)  # of SPAN, that an update hears
PLAIN_DB = -25  # level of an enrollment that nothing is done to, dBFS


class Enrollments:
    """Enrollments of a Mixer's clues. Like its batches they depend on (seed, stream, number) alone."""

    def __init__(self, mixer, recorded=0.5, shortest=SHORTEST):
        """recorded: share heard through a room, a microphone and noise, each of its own. shortest: in samples."""
        self.mixer, self.recorded, self.shortest = mixer, recorded, shortest
        self.clips = mixer.noise_clips[mixer.noise_clips[:, 1] - mixer.noise_clips[:, 0] > SPAN] if mixer.mix.noise else ()

    def plain(self, row):
        """[B] rows of the bank -> [B, SPAN] at PLAIN_DB."""
        bank = self.mixer.bank
        return self.mixer.voices_at(bank.rows[row, 1], bank.speed[row], SPAN) * 10 ** (PLAIN_DB / 20)

    def batch(self, row, number):
        """[B] rows of the bank, number of the update -> [B, shortest … SPAN], all of one length."""
        mixer = self.mixer
        r = np.random.default_rng((mixer.seed, 3, mixer.stream, number))
        samples = int(r.integers(self.shortest, SPAN + 1))
        at = int(r.integers(SPAN - samples + 1))
        x = self.plain(row)[:, at : at + samples]
        heard = torch.as_tensor(r.random(len(row)) < self.recorded, device=x.device)[:, None]
        return torch.where(heard, self._record(x, r), x)

    def _record(self, x, r):
        mixer, count = self.mixer, len(x)
        x = augment.convolve(x, mixer.filters(r, mixer.rooms, 0.6, count), mixer.filters(r, mixer.microphones, 0.8, count))
        x = x / x.pow(2).mean(1, keepdim=True).sqrt().clamp(min=1e-4)
        if len(self.clips):
            clip = self.clips[r.integers(0, len(self.clips), count)]
            starts = clip[:, 0] + (r.random(count) * (clip[:, 1] - clip[:, 0] - x.shape[1])).astype(np.int64)
            z = mixer.gather(mixer.noises, starts, x.shape[1])
            z = z / z.pow(2).mean(1, keepdim=True).sqrt().clamp(min=1e-3)
            x = x + z * mixer.column(10 ** (-r.uniform(8, 30, count) / 20) * (r.random(count) < 0.5))
        return x * mixer.column(10 ** (r.uniform(-45, -10, count) / 20))
