"""What keeps clues of one voice together and those of different voices apart."""

import torch
import torch.nn as nn
import torch.nn.functional as F

SCALE, MARGIN = 16.0, 0.15


class VoiceMargin(nn.Module):
    """Additive-margin softmax (arXiv 1801.05599) over the voices of a clue bank: every clue must be nearer to its own voice than to any other by a margin.
    Cosines are of what differs from the mean voice. The classes start at the voices' mean clues, so that the embedding's space stays what it was."""

    def __init__(self, centres):
        """centres: [V, 256], the voices' mean clues, of unit length"""
        super().__init__()
        self.register_buffer("centres", centres, persistent=False)
        self.register_buffer("mean", centres.mean(0), persistent=False)
        self.classes = nn.Parameter(F.normalize(centres - self.mean, dim=-1))

    def forward(self, clue, voice):
        """clue [B, 256] of unit length, voice [B] numbers of voices -> distance (mean of 1 − cosine with the voice's mean clue), cross-entropy, share told right"""
        distance = 1 - (clue * self.centres[voice]).sum(-1).mean()
        cosine = F.normalize(clue - self.mean, dim=-1) @ F.normalize(self.classes, dim=-1).t()  # [B, V]
        entropy = F.cross_entropy(SCALE * (cosine - MARGIN * F.one_hot(voice, len(self.classes))), voice)
        return distance, entropy, (cosine.detach().argmax(-1) == voice).float().mean()


def contrast(clue, mean, another):
    """The margin without classes, for voices that no bank knows: NT-Xent (arXiv 2002.05709) with a margin, over a batch that hears every voice twice.

    clue [2V, 256] of unit length, row i and row V + i of one voice; mean [256], the mean voice; another [V, V] bool: whether two voices are different
    (the diagonal does not count) -> cross-entropy, share of rows whose own voice is the nearest."""
    count = len(another)
    differs = F.normalize(clue - mean, dim=-1)
    self_or_unclear = ~another.repeat(2, 2).to(clue.device)  # [2V, 2V]
    own = (torch.arange(2 * count, device=clue.device) + count) % (2 * count)  # [2V]: where each row's voice is heard again
    partner = F.one_hot(own, 2 * count).bool()
    cosine = (differs @ differs.t()).masked_fill(self_or_unclear & ~partner, -1e4)
    nearest = (cosine.detach().argmax(-1) == own).float().mean()
    return F.cross_entropy(SCALE * (cosine - MARGIN * partner), own), nearest
