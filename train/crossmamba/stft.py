"""Low-latency analysis and synthesis: 32 ms frames every 8 ms, a 16 ms synthesis window at the newest end, and the running level."""

import math

import torch
import torch.nn as nn
import torch.nn.functional as F

from crossmamba.corpus import RATE

FRAME, HOP, SYNTHESIS = 512, 128, 256
BINS = FRAME // 2 + 1
KEEP = 1 - HOP / RATE  # of the running level, a hop: 1 s
FLOOR = 1e-6  # power that the level never falls below


def windows():
    """Analysis window (long rise, short fall) and synthesis window (zero but for the newest 256 samples), [512] each. Their product
    overlap-adds to one."""
    n = torch.arange(FRAME) + 0.5
    analysis = torch.where(n < 384, torch.sin(math.pi * n / 768), torch.sin(math.pi * (n - 256) / 256))
    newest = torch.sin(math.pi * (torch.arange(SYNTHESIS) + 0.5) / SYNTHESIS) ** 2 / analysis[-SYNTHESIS:]
    return analysis, torch.cat([torch.zeros(FRAME - SYNTHESIS), newest])


class Stft(nn.Module):
    """The transform and its inverse. Holds no parameters; the windows follow the module's device."""

    def __init__(self):
        super().__init__()
        analysis, synthesis = windows()
        self.register_buffer("analysis", analysis, persistent=False)
        self.register_buffer("synthesis", synthesis, persistent=False)

    def forward(self, x, flush=True):
        """x [B, samples] -> [B, T, 257] complex; frame t holds samples 128 t − 384 … 128 t + 127 (zeros outside). With `flush`, enough frames
        follow that `inverse` gives every sample back; without, only frames that hold no sample from beyond the end."""
        frames = F.pad(x, (FRAME - HOP, SYNTHESIS if flush else 0)).unfold(-1, FRAME, HOP)  # [B, T, 512]
        return torch.fft.rfft(frames * self.analysis)

    def inverse(self, X, samples):
        """X [B, T, 257] complex -> [B, samples], aligned with what `forward` was given."""
        newest = (torch.fft.irfft(X, n=FRAME) * self.synthesis)[..., -SYNTHESIS:]  # [B, T, 256]
        return (newest[:, 1:, :HOP] + newest[:, :-1, HOP:]).reshape(len(X), -1)[:, :samples]


def running_level(X):
    """Running level of a spectrum, [B, T, 257] -> [B, T, 1]: root of a one-pole average of the power, 1 s long, unbiased from the first hop.

    As a convolution, so that training has no loop over time: Σ keepⁿ·power / Σ keepⁿ. In f64: what is loud rounds away what is silent
    otherwise, and silence would get a level of its own in training.
    """
    power = X.abs().pow(2).mean(-1).double() + FLOOR  # [B, T]
    T = power.shape[1]
    kernel = KEEP ** torch.arange(T, device=X.device, dtype=torch.float64)  # [T]
    total = torch.fft.irfft(torch.fft.rfft(power, 2 * T) * torch.fft.rfft(kernel, 2 * T), 2 * T)[:, :T]
    return (total / torch.cumsum(kernel, 0)).sqrt().to(X.real.dtype)[..., None]


def log_magnitude(X):
    """0.5 · ln(|X| + 1e-3) + 0.5 of a levelled spectrum: zero mean and unit variance, roughly."""
    return 0.5 * torch.log(X.abs() + 1e-3) + 0.5


def compressed(X):
    """[..., bins] complex, levelled -> [..., bins, 3]: real and imaginary of X · (|X| + 1e-3)^−0.7, and the log magnitude."""
    parts = torch.view_as_real(X * (X.abs() + 1e-3).pow(-0.7))
    return torch.cat([parts, log_magnitude(X)[..., None]], -1)


def band_edges(count):
    """Edges [count + 1] in bins of ERB-spaced bands, each at least two bins wide."""

    def erb(hz):
        return 21.4 * math.log10(1 + 0.00437 * hz)

    edges = [0]
    for k in range(1, count + 1):
        hz = (10 ** (erb(RATE / 2) * k / count / 21.4) - 1) / 0.00437
        edges.append(max(round(hz / (RATE / FRAME)), edges[-1] + 2))
    edges[-1] = BINS
    for k in range(count - 1, 0, -1):
        edges[k] = min(edges[k], edges[k + 1] - 2)
    return edges
