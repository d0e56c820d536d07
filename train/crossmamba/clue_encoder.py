"""The clue encoder: a few seconds of one voice in, its embedding out. Made of the same CrossMamba layers, with the signal itself as the query."""

import torch
import torch.nn as nn

from crossmamba.layer import CrossMamba, linear
from crossmamba.stft import BINS, Stft, log_magnitude, running_level


class Layer(nn.Module):
    def __init__(self, d_model, d_state):
        super().__init__()
        self.norm, self.mamba = nn.LayerNorm(d_model), CrossMamba(d_model, d_state)

    def forward(self, x, states=None):
        """x [B, T, d] -> [B, T, d]"""
        h = self.norm(x)
        return x + self.mamba(h, h, states)


class ClueEncoder(nn.Module):
    def __init__(self, d_model=128, layers=3, d_state=8, embedding=256):
        super().__init__()
        self.d_model, self.d_state, self.embedding = d_model, d_state, embedding
        self.input, self.norm_in = linear(BINS, d_model), nn.LayerNorm(d_model)
        self.layers = nn.ModuleList([Layer(d_model, d_state) for _ in range(layers)])
        self.norm_out, self.attention = nn.LayerNorm(d_model), linear(d_model, 1)
        self.output = linear(2 * d_model, embedding)
        self.stft = Stft()

    @property
    def sizes(self):
        """What a checkpoint keeps under args["clue_encoder"]."""
        return {"d_model": self.d_model, "layers": len(self.layers), "d_state": self.d_state, "embedding": self.embedding}

    def features(self, X):
        """X [B, T, 257] complex -> [B, T, 257]"""
        return log_magnitude(X / running_level(X))

    def frames(self, X, states=None):
        """X [B, T, 257] complex -> [B, T, d]"""
        x = self.norm_in(self.input(self.features(X)))
        for layer in self.layers:
            x = layer(x, states)
        return self.norm_out(x)

    def pool(self, h):
        """h [B, T, d] -> embeddings [B, 256] of unit length"""
        h = h.float()
        w = torch.softmax(self.attention(h).float(), 1)  # [B, T, 1]
        mean = (w * h).sum(1)  # [B, d]
        deviation = ((w * h.square()).sum(1) - mean.square()).clamp(min=1e-6).sqrt()  # [B, d]
        clue = torch.relu(self.output(torch.cat([mean, deviation], -1)).float())  # [B, 256]
        return clue / (clue.norm(dim=-1, keepdim=True) + 1e-9)

    def forward(self, samples):
        """samples [B, n] at 16 kHz -> embeddings [B, 256] of unit length (all zero where no output unit is positive). Only whole hops count."""
        return self.pool(self.frames(self.stft(samples, flush=False)))
