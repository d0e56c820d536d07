"""What keeps clues of one voice together and those of different voices apart."""

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
