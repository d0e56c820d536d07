"""What the clue encoder hears while it is trained along with the extractor: the enrollment behind each row of the clue bank, as it is or as another
room, microphone and moment would have given it."""

import numpy as np
import torch

from crossmamba.clue_bank import SPAN
from crossmamba.corpus import RATE
from crossmamba.mixing import Change
from crossmamba.recordings import Recordings
from crossmamba.transfer import on_device

SHORTEST = int(2.4 * RATE)  # of SPAN, that an update hears
PLAIN_DB = -25  # level of an enrollment that nothing is done to, dBFS


class Enrollments:
    """Enrollments of a Mixer's clues. Like its batches they depend on (seed, stream, number) alone."""

    def __init__(self, mixer, recorded=0.5, shortest=SHORTEST, drift=0.0):
        """recorded: share heard through a room, a microphone and noise, each of its own. shortest: in samples. drift: how far formants may be from
        those of the voice asked for; the pitch is then drawn anew too, slower than the bank's row by up to `mix.slower`."""
        self.mixer, self.recorded, self.shortest, self.drift = mixer, recorded, shortest, drift
        self.record = Recordings(mixer.rooms, mixer.microphones, mixer.noise and mixer.noise.longer_than(SPAN))

    def plain(self, row, change):
        """[B] rows of the bank, the Change of their voices -> [B, SPAN] at PLAIN_DB."""
        return self.mixer.voices_at(self.mixer.bank.rows[row, 1], change, SPAN) * 10 ** (PLAIN_DB / 20)

    def batch(self, row, change, number):
        """[B] rows of the bank, the Change of their voices, number of the update -> [B, shortest … SPAN], all of one length."""
        mixer = self.mixer
        r = np.random.default_rng((mixer.seed, 3, mixer.stream, number))
        samples = int(r.integers(self.shortest, SPAN + 1))
        at = int(r.integers(SPAN - samples + 1))
        if self.drift:  # nobody speaks twice in quite the same voice
            change = Change(mixer.speeds_of(row, r), change.formants * r.uniform(1 - self.drift, 1 + self.drift, (len(row), 1)))
        x = self.plain(row, change)[:, at : at + samples]
        heard = on_device(r.random(len(row)) < self.recorded, x.device)[:, None]
        return torch.where(heard, self.record(x, r), x)
