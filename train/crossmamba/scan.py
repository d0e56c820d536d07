"""The inner part of CrossMamba behind one function: fused C++ on a CPU, Triton on a GPU, and the plain loop that both are held against.

    u     = silu(conv ⊛ x + conv_bias)              causal, depthwise, 4 taps
    δ, B  = split(W_x u)                            key side: from the mixture
    Δ     = softplus(W_dt δ + b_dt)
    h_t   = exp(Δ_t A) h_{t−1} + (Δ_t u_t) B_t      ssm_state
    y_t   = (C_t · h_t + D u_t) silu(z_t)           C: query side, from the clue

Shapes: xz [S, T, 2·d_inner] (x, then z), C [S, T, d_state], conv [d_conv, d_inner] (the newest tap last), conv_bias [d_inner],
x_proj [dt_rank + d_state, d_inner], dt_proj [dt_rank, d_inner], dt_bias [d_inner], A [d_state, d_inner] (negative), D [d_inner].
"""

import torch
import torch.nn.functional as F

from crossmamba.kernels import cpu

D_CONV = 4


def inner(xz, C, conv, conv_bias, x_proj, dt_proj, dt_bias, A, D):
    """Returns (y [S, T, d_inner], ssm_state after the last hop [S, d_state, d_inner], without gradient). In f32 whatever autocast says
    (on a GPU the matrix products around the scan follow autocast); y comes as xz does, rounded to bf16 where that is bf16."""
    weights = (conv, conv_bias, x_proj, dt_proj, dt_bias, A, D)
    if xz.is_cuda:
        from crossmamba.kernels.cuda import inner as inner_cuda

        return inner_cuda(xz, C, *weights)
    args = [a.float() for a in (C, *weights)]
    with torch.autocast("cpu", enabled=False):
        if cpu.library() is None:
            y, h = inner_reference(xz.float(), *args)
        else:
            y, h = cpu.Inner.apply(xz if xz.dtype == torch.bfloat16 else xz.float(), *args)
    return y.to(xz.dtype), h


def causal_conv(x, conv, conv_bias):
    """Depthwise causal convolution. x [S, T, d_inner] -> [S, T, d_inner]"""
    T, padded = x.shape[1], F.pad(x, (0, 0, len(conv) - 1, 0))  # [S, d_conv − 1 + T, d_inner]
    return sum(padded[:, k : k + T] * conv[k] for k in range(len(conv))) + conv_bias


def inner_reference(xz, C, conv, conv_bias, x_proj, dt_proj, dt_bias, A, D):
    """The same as `inner`, hop by hop in plain PyTorch, differentiable on any device and in any floating type."""
    (S, T, _), rank = xz.shape, dt_proj.shape[0]
    x, z = xz.chunk(2, -1)  # [S, T, d_inner] each
    u = F.silu(causal_conv(x, conv, conv_bias))  # [S, T, d_inner]
    low, B = (u @ x_proj.t()).split((rank, A.shape[0]), -1)  # [S, T, dt_rank], [S, T, d_state]
    delta = F.softplus(low @ dt_proj + dt_bias)  # [S, T, d_inner]
    h, ys = xz.new_zeros(S, *A.shape), []  # [S, d_state, d_inner]
    for t in range(T):
        decay = torch.exp(delta[:, t, None] * A)  # [S, d_state, d_inner]
        h = decay * h + (delta[:, t] * u[:, t])[:, None] * B[:, t, :, None]
        ys.append((h * C[:, t, :, None]).sum(1) + D * u[:, t])  # [S, d_inner]
    return torch.stack(ys, 1) * F.silu(z), h.detach()
