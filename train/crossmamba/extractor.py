"""The extractor: a mixture and a speaker's embedding in, that speaker's voice out. Causal, 16 ms algorithmic latency, everything a
recurrence over hops. docs/model-format.md tells it hop by hop."""

import torch
import torch.nn as nn
import torch.nn.functional as F

from crossmamba.layer import CrossMamba, linear
from crossmamba.query import norm_and_query
from crossmamba.stft import BINS, Stft, band_edges, compressed, running_level

CLUE_HIDDEN = 128


class FullBand(nn.Module):
    """All bands squeezed into one vector that runs through a CrossMamba of its own: what tells voices apart spans the spectrum."""

    def __init__(self, bands, d_model, d_state, width):
        super().__init__()
        self.norm, self.down = nn.LayerNorm(d_model), linear(bands * d_model, width)
        self.norm_wide, self.norm_query = nn.LayerNorm(width), nn.LayerNorm(width)
        self.clue, self.mamba = linear(bands * d_model, width), CrossMamba(width, d_state)
        self.norm_up, self.up = nn.LayerNorm(width), linear(width, bands * d_model, gain=0.5)

    def forward(self, x, clue, states=None):
        """x [B, K, T, d], clue [B, K, d] -> [B, K, T, d]"""
        B, K, T, d = x.shape
        g = self.down(self.norm(x).transpose(1, 2).reshape(B, T, K * d))  # [B, T, W]
        h, C = norm_and_query(g, self.clue(clue.flatten(1)), self.norm_wide, self.norm_query, self.mamba.q_proj)
        g = g + self.mamba.with_matrix(C, h, states)
        return x + self.up(F.silu(self.norm_up(g))).view(B, T, K, d).transpose(1, 2)


class Block(nn.Module):
    """The full band, then every band as a sequence of its own; the bands share their weights."""

    def __init__(self, bands, d_model, d_state, width):
        super().__init__()
        self.full_band = FullBand(bands, d_model, d_state, width)
        self.norm, self.norm_query = nn.LayerNorm(d_model), nn.LayerNorm(d_model)
        self.clue, self.mamba = linear(d_model, d_model), CrossMamba(d_model, d_state)

    def forward(self, x, clue, states=None):
        """x [B, K, T, d], clue [B, K, d] -> [B, K, T, d]"""
        B, K, T, d = x.shape
        x = self.full_band(x, clue, states)
        h, C = norm_and_query(x, self.clue(clue), self.norm, self.norm_query, self.mamba.q_proj)
        return x + self.mamba.with_matrix(C.reshape(B * K, T, -1), h.reshape(B * K, T, d), states).view(B, K, T, d)


class Extractor(nn.Module):
    def __init__(self, bands=24, d_model=48, layers=4, width=128, d_state=8, embedding=256):
        super().__init__()
        self.bands, self.d_model, self.layers, self.width, self.d_state, self.embedding = bands, d_model, layers, width, d_state, embedding
        self.edges = band_edges(bands)
        widths = [high - low for low, high in zip(self.edges, self.edges[1:])]
        # The order of registration is the order of the optimiser's state in a checkpoint.
        self.split = nn.ModuleList([linear(3 * w, d_model) for w in widths])
        self.norm_in, self.band = nn.LayerNorm(d_model), nn.Parameter(torch.randn(bands, 1, d_model) * 0.3)
        self.clue_hidden, self.clue_out = linear(embedding, CLUE_HIDDEN), linear(CLUE_HIDDEN, bands * d_model)
        self.clue_norm = nn.LayerNorm(d_model)
        self.scale, self.shift = linear(d_model, d_model, gain=0.5), linear(d_model, d_model, gain=0.5)
        self.blocks = nn.ModuleList([Block(bands, d_model, d_state, width) for _ in range(layers)])
        self.norm_out = nn.LayerNorm(d_model)
        self.mask = nn.ModuleList([linear(d_model, 2 * w, gain=0.3) for w in widths])
        with torch.no_grad():
            for layer, w in zip(self.mask, widths):
                layer.bias.view(w, 2)[:, 0] = 0.5
        self.stft = Stft()

    def clue(self, embedding):
        """All that depends on the clue alone. embedding [B, 256] of unit length -> [B, K, d]"""
        spread = (embedding - 0.04) * 22  # zero mean and unit variance, roughly
        return self.clue_norm(self.clue_out(F.silu(self.clue_hidden(spread))).view(-1, self.bands, self.d_model))

    def features(self, X):
        """X [B, T, 257] complex -> [B, K, T, d]"""
        parts = compressed(X / running_level(X))  # [B, T, 257, 3]
        bands = [layer(parts[:, :, low:high].flatten(2)) for layer, low, high in zip(self.split, self.edges, self.edges[1:])]
        return self.norm_in(torch.stack(bands, 1)) + self.band

    def mask_of(self, X, clue, states=None):
        """X [M, T, 257] complex, clue [B, K, d], B a multiple of M (mixture m goes with the clues m, m + M, …) -> complex mask [B, T, 257].
        Where `states` is a list, each CrossMamba appends its state after the last hop: full band, bands, block by block."""
        x = self.features(X).repeat(len(clue) // len(X), 1, 1, 1) * (1 + self.scale(clue)[:, :, None]) + self.shift(clue)[:, :, None]  # [B, K, T, d]
        for block in self.blocks:
            x = block(x, clue, states)
        bands = self.norm_out(x).unbind(1)  # K of [B, T, d]; y[:, k] would each have a gradient as large as y
        mask = torch.cat([layer(band) for layer, band in zip(self.mask, bands)], -1)  # [B, T, 2·257]
        return torch.view_as_complex(mask.float().view(*mask.shape[:2], BINS, 2).contiguous())

    def forward(self, mixture, embedding):
        """mixture [M, samples] at 16 kHz, embedding [B, 256] of unit length, B a multiple of M (mixture m goes with the embeddings m, m + M, …)
        -> estimate [B, samples], aligned with the mixture."""
        X = self.stft(mixture)  # [M, T, 257]
        mask = self.mask_of(X, self.clue(embedding))  # [B, T, 257]
        return self.stft.inverse(X.repeat(len(mask) // len(X), 1, 1) * mask, mixture.shape[-1])
