"""How well an encoder tells val's speakers apart: fixed pieces, clean and recorded, and equal error rates."""

import numpy as np
import torch

from crossmamba.precision import mixed_precision
from crossmamba.voices import Voices


def equal_error_rate(a, b, who, group=None):
    """Cosine scores between rows of a and b [N, 256], both of the voices `who` [N] (the diagonal left out; with `group` [N] only those of one group)
    -> share of errors where misses equal false alarms."""
    scores, same = (a @ b.t()).numpy(), who[:, None] == who
    counted = ~np.eye(*scores.shape, dtype=bool)
    if group is not None:
        counted &= group[:, None] == group
    same, scores = same[counted], scores[counted]
    order = np.argsort(scores)
    miss = np.cumsum(same[order]) / same.sum()
    false_alarm = 1 - np.cumsum(~same[order]) / (~same).sum()
    at = np.argmin(np.abs(miss - false_alarm))
    return float((miss[at] + false_alarm[at]) / 2)


def embeddings(encoder, x, device):
    """x [N, n] -> [N, 256] f32 on the CPU, 32 pieces at a time"""
    with torch.no_grad(), mixed_precision(device):
        return torch.cat([encoder(piece).float().cpu() for piece in x.split(32)])


class Pieces:
    """Fixed pieces of val's speakers, clean and recorded."""

    def __init__(self, cache, device):
        voices = Voices(cache, "val", device, seed=7)
        self.clean, self.who = voices.test_pieces(most=12)
        self.alike = voices.alike[self.who]
        self.recorded = torch.cat([voices.record(x) for x in self.clean.split(32)])
        self.device = device

    def embeddings(self, encoder):
        """-> of the clean pieces, of the recorded ones: [N, 256] each"""
        return [embeddings(encoder, pieces, self.device) for pieces in (self.clean, self.recorded)]

    def error_rates(self, clean, recorded):
        """What `embeddings` gave -> equal error rates in percent, clean against clean and clean against recorded; then the same of voices of one
        source and sex, which nothing but the voice tells apart"""
        return [100 * equal_error_rate(clean, other, self.who, group) for group in (None, self.alike) for other in (clean, recorded)]
