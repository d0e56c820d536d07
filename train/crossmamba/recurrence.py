"""The same network one hop at a time: the reference of every kernel. Nothing here is shared with the sequence form but the weights.

Sizes: S sequences, K bands, m = d_model, i = d_inner, n = d_state, r = dt_rank. One extractor step serves a batch of one.
"""

import torch
import torch.nn.functional as F

from crossmamba.layer import CrossMamba
from crossmamba.scan import D_CONV
from crossmamba.stft import BINS, FLOOR, FRAME, HOP, KEEP, SYNTHESIS, windows


class LayerState:
    """conv_state [S, i, d_conv − 1], the oldest tap first; ssm_state [S, i, n]. Both start at zero."""

    def __init__(self, mamba: CrossMamba, sequences, like):
        self.conv_state = like.new_zeros(sequences, mamba.d_inner, D_CONV - 1)
        self.ssm_state = like.new_zeros(sequences, mamba.d_inner, mamba.d_state)


def step(mamba: CrossMamba, query, x, state: LayerState):
    """One hop of CrossMamba. query, x [S, m], both normed -> [S, m]. Updates `state`."""
    u, z = (x @ mamba.in_proj.weight.t()).chunk(2, -1)  # [S, i] each
    taps = torch.cat([state.conv_state, u[..., None]], -1)  # [S, i, d_conv]
    state.conv_state = taps[..., 1:]
    u = F.silu((taps * mamba.conv.t()).sum(-1) + mamba.conv_bias)  # [S, i]
    low, B = (u @ mamba.x_proj.weight.t()).split((mamba.dt_rank, mamba.d_state), -1)  # [S, r], [S, n]
    delta = F.softplus(low @ mamba.dt_proj.weight.t() + mamba.dt_proj.bias)  # [S, i]
    C = query @ mamba.q_proj.weight.t()  # [S, n]
    A = -torch.exp(mamba.A_log).t()  # [i, n]
    decay = torch.exp(delta[..., None] * A)  # [S, i, n]
    state.ssm_state = decay * state.ssm_state + (delta * u)[..., None] * B[:, None]
    y = (state.ssm_state * C[:, None]).sum(-1) + mamba.D * u  # [S, i]
    return (y * F.silu(z)) @ mamba.out_proj.weight.t()


class Level:
    """Running level of the mixture: two numbers."""

    def __init__(self):
        self.total, self.weight = 0.0, 0.0

    def step(self, X):
        """X [257] complex -> level"""
        self.total = self.total * KEEP + (X.abs().square().mean() + FLOOR)
        self.weight = self.weight * KEEP + 1
        return (self.total / self.weight).sqrt()


class ExtractorRecurrence:
    """An Extractor hop by hop. `states` holds a LayerState for each CrossMamba: full band (S = 1), bands (S = K), block by block."""

    @torch.no_grad()
    def __init__(self, net, embedding):
        """embedding [256] of unit length"""
        self.net = net
        spread = (embedding - 0.04) * 22
        self.clue = net.clue_norm(net.clue_out(F.silu(net.clue_hidden(spread))).view(net.bands, net.d_model))  # [K, d]
        self.scale, self.shift = 1 + net.scale(self.clue), net.shift(self.clue)  # [K, d]
        self.queries = [(b.full_band.clue(self.clue.flatten()), b.clue(self.clue)) for b in net.blocks]  # [W], [K, d]
        self.reset()

    def reset(self):
        self.level = Level()
        self.states = []
        for block in self.net.blocks:
            self.states += [LayerState(block.full_band.mamba, 1, self.clue), LayerState(block.mamba, self.net.bands, self.clue)]

    @torch.no_grad()
    def step(self, X):
        """X [257] complex -> (mask [257] complex, level)"""
        net, level = self.net, self.level.step(X)
        X = X / level
        magnitude = X.abs() + 1e-3  # [257]
        squeezed = X * magnitude**-0.7
        parts = torch.stack([squeezed.real, squeezed.imag, 0.5 * magnitude.log() + 0.5], -1)  # [257, 3]
        x = torch.stack([layer(parts[a:b].flatten()) for layer, a, b in zip(net.split, net.edges, net.edges[1:])])  # [K, d]
        x = (net.norm_in(x) + net.band[:, 0]) * self.scale + self.shift
        for block, (wide_clue, band_clue), wide, bands in zip(net.blocks, self.queries, self.states[::2], self.states[1::2]):
            full = block.full_band
            g = full.down(full.norm(x).flatten())[None]  # [1, W]
            h = full.norm_wide(g)
            g = g + step(full.mamba, full.norm_query(h * wide_clue), h, wide)
            x = x + full.up(F.silu(full.norm_up(g))).view_as(x)
            h = block.norm(x)  # [K, d]
            x = x + step(block.mamba, block.norm_query(h * band_clue), h, bands)
        y = net.norm_out(x)  # [K, d]
        mask = torch.cat([layer(y[k]) for k, layer in enumerate(net.mask)]).view(BINS, 2)
        return torch.complex(mask[:, 0], mask[:, 1]), level


class ClueEncoderRecurrence:
    """A ClueEncoder hop by hop. The softmax over time is kept as running sums, relative to the largest score so far."""

    def __init__(self, net):
        self.net, self.level = net, Level()
        self.states = [LayerState(layer.mamba, 1, layer.norm.weight) for layer in net.layers]
        self.largest, self.weight = torch.tensor(-torch.inf), 0.0
        self.first, self.second = torch.zeros(net.d_model), torch.zeros(net.d_model)  # Σ w h, Σ w h²

    @torch.no_grad()
    def step(self, X):
        """X [257] complex -> h [d]; adds it to the statistics."""
        net = self.net
        features = 0.5 * torch.log((X / self.level.step(X)).abs() + 1e-3) + 0.5  # [257]
        x = net.norm_in(net.input(features))[None]  # [1, d]
        for layer, state in zip(net.layers, self.states):
            h = layer.norm(x)
            x = x + step(layer.mamba, h, h, state)
        h = net.norm_out(x)[0]  # [d]
        score = net.attention(h)[0]
        largest = torch.maximum(self.largest, score)
        fade, w = torch.exp(self.largest - largest), torch.exp(score - largest)
        self.largest, self.weight = largest, self.weight * fade + w
        self.first, self.second = self.first * fade + w * h, self.second * fade + w * h * h
        return h

    @torch.no_grad()
    def clue(self):
        """-> embedding [256] of unit length, of all hops so far"""
        mean = self.first / self.weight  # [d]
        deviation = (self.second / self.weight - mean.square()).clamp(min=1e-6).sqrt()
        clue = torch.relu(self.net.output(torch.cat([mean, deviation])))
        return clue / (clue.norm() + 1e-9)


def frames_of(samples):
    """Streaming analysis, hop by hop: samples [n] -> yields X [257] complex. Only whole hops."""
    analysis, _ = windows()
    frame = torch.zeros(FRAME)
    for at in range(0, len(samples) - HOP + 1, HOP):
        frame = torch.cat([frame[HOP:], samples[at : at + HOP]])
        yield torch.fft.rfft(frame * analysis)


class OverlapAdd:
    """Streaming synthesis: Y [257] -> the 128 samples that are complete after this hop (one hop behind the newest input)."""

    def __init__(self):
        self.synthesis, self.pending = windows()[1][-SYNTHESIS:], torch.zeros(HOP)

    def step(self, Y):
        newest = torch.fft.irfft(Y, n=FRAME)[-SYNTHESIS:] * self.synthesis  # [256]
        ready, self.pending = newest[:HOP] + self.pending, newest[HOP:]
        return ready
