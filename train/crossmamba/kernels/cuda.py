"""The selective scan with a query from outside, forward and backward, in Triton. One program walks a slice of one sequence's channels through time.

The pointwise and matrix parts around it (convolution, projections, gate) are PyTorch's and follow autocast; the scan is f32. Without a GPU it
runs, slowly, in Triton's interpreter: TRITON_INTERPRET=1.
"""

import torch
import torch.nn.functional as F
import triton
import triton.language as tl

BLOCK = 32  # channels a program


@triton.jit
def _scan(u, delta, A, B, C, y, H, last, T, D: tl.constexpr, N: tl.constexpr, BLOCK: tl.constexpr, KEEP: tl.constexpr):
    """y [S, T, D] = C · h, and the last h [S, N, D]; with KEEP every h [S, T, N, D]."""
    s, d = tl.program_id(0).to(tl.int64), tl.program_id(1) * BLOCK + tl.arange(0, BLOCK)
    n, inside = tl.arange(0, N), d < D
    tile = n[:, None] * D + d[None, :]  # [N, BLOCK]
    a = tl.load(A + tile, mask=inside[None, :], other=0.0)
    h = tl.zeros([N, BLOCK], tl.float32)
    for t in range(T):
        row = s * T + t
        ut = tl.load(u + row * D + d, mask=inside, other=0.0)
        dt = tl.load(delta + row * D + d, mask=inside, other=0.0)
        b, c = tl.load(B + row * N + n), tl.load(C + row * N + n)
        h = tl.exp(dt[None, :] * a) * h + b[:, None] * (dt * ut)[None, :]
        if KEEP:
            tl.store(H + row * N * D + tile, h, mask=inside[None, :])
        tl.store(y + row * D + d, tl.sum(c[:, None] * h, 0), mask=inside)
    tl.store(last + s * N * D + tile, h, mask=inside[None, :])


@triton.jit
def _scan_gradient(
    u, delta, A, B, C, H, gy, gu, gdelta, gA, gB, gC, T, D: tl.constexpr, N: tl.constexpr, BLOCK: tl.constexpr, BLOCKS: tl.constexpr
):
    """Gradients; gA [S, N, D] is to be summed over sequences, gB and gC [S, T, BLOCKS, N] over blocks of channels."""
    s, j = tl.program_id(0).to(tl.int64), tl.program_id(1)
    d = j * BLOCK + tl.arange(0, BLOCK)
    n, inside = tl.arange(0, N), d < D
    tile = n[:, None] * D + d[None, :]  # [N, BLOCK]
    a = tl.load(A + tile, mask=inside[None, :], other=0.0)
    gh = tl.zeros([N, BLOCK], tl.float32)
    ga = tl.zeros([N, BLOCK], tl.float32)
    h = tl.load(H + (s * T + T - 1) * N * D + tile, mask=inside[None, :], other=0.0)
    for back in range(T):
        row = s * T + (T - 1 - back)
        ut = tl.load(u + row * D + d, mask=inside, other=0.0)
        dt = tl.load(delta + row * D + d, mask=inside, other=0.0)
        g = tl.load(gy + row * D + d, mask=inside, other=0.0)
        b, c = tl.load(B + row * N + n), tl.load(C + row * N + n)
        first = back == T - 1
        before = tl.load(H + (row - tl.where(first, 0, 1)) * N * D + tile, mask=inside[None, :], other=0.0)
        before = tl.where(first, 0.0, before)
        tl.store(gC + (row * BLOCKS + j) * N + n, tl.sum(h * g[None, :], 1))
        gh += c[:, None] * g[None, :]
        decay = tl.exp(dt[None, :] * a)
        exponent = gh * decay * before
        ga += exponent * dt[None, :]
        into = tl.sum(gh * b[:, None], 0)
        tl.store(gdelta + row * D + d, tl.sum(exponent * a, 0) + into * ut, mask=inside)
        tl.store(gu + row * D + d, into * dt, mask=inside)
        tl.store(gB + (row * BLOCKS + j) * N + n, tl.sum(gh * (dt * ut)[None, :], 1))
        gh = gh * decay
        h = before
    tl.store(gA + s * N * D + tile, ga, mask=inside[None, :])


class Scan(torch.autograd.Function):
    """u, delta [S, T, D], A [N, D] negative, B, C [S, T, N], all f32, N a power of two -> (C · h [S, T, D], last h [S, N, D] without gradient)"""

    @staticmethod
    def _forward(u, delta, A, B, C, H):
        (S, T, D), N = u.shape, A.shape[0]
        y, last = torch.empty_like(u), u.new_empty(S, N, D)
        grid = (S, triton.cdiv(D, BLOCK))
        _scan[grid](u, delta, A, B, C, y, y if H is None else H, last, T, D, N, BLOCK, H is not None, num_warps=1)
        return y, last

    @staticmethod
    def forward(ctx, *args):
        args = [a.contiguous() for a in args]
        ctx.save_for_backward(*args)
        y, last = Scan._forward(*args, None)
        ctx.mark_non_differentiable(last)
        return y, last

    @staticmethod
    def backward(ctx, gy, _):
        u, delta, A, B, C = ctx.saved_tensors
        (S, T, D), N, blocks = u.shape, A.shape[0], triton.cdiv(u.shape[2], BLOCK)
        H = u.new_empty(S, T, N, D)  # all states, for the length of this call only
        Scan._forward(u, delta, A, B, C, H)
        gu, gdelta, gA = torch.empty_like(u), torch.empty_like(u), u.new_empty(S, N, D)
        gB, gC = u.new_empty(S, T, blocks, N), u.new_empty(S, T, blocks, N)
        _scan_gradient[(S, blocks)](
            u, delta, A, B, C, H, gy.contiguous(), gu, gdelta, gA, gB, gC, T, D, N, BLOCK, blocks, num_warps=1
        )
        return gu, gdelta, gA.sum(0), gB.sum(2), gC.sum(2)


def inner(xz, C, conv, conv_bias, x_proj, dt_proj, dt_bias, A, D):
    """`crossmamba.scan.inner` around the Triton scan. Raises ValueError where d_state is not a power of two."""
    if A.shape[0] & (A.shape[0] - 1):
        raise ValueError(f"d_state: expected a power of two for the GPU's scan, got {A.shape[0]}")
    (x, z), T, (rank, d_inner) = xz.chunk(2, -1), xz.shape[1], dt_proj.shape
    taps, bias = conv.t()[:, None].to(x.dtype), conv_bias.to(x.dtype)  # [d_inner, 1, d_conv]
    conved = F.conv1d(x.transpose(1, 2), taps, bias, padding=len(conv) - 1, groups=d_inner)[..., :T]
    u = F.silu(conved.transpose(1, 2))  # [S, T, d_inner]
    low, B = F.linear(u, x_proj).split((rank, A.shape[0]), -1)  # [S, T, dt_rank], [S, T, d_state]
    delta = F.softplus(F.linear(low, dt_proj.t()).float() + dt_bias)  # [S, T, d_inner]
    with torch.autocast(xz.device.type, enabled=False):
        u = u.float()
        y, h = Scan.apply(u, delta, A.float(), B.float(), C.float())
        return ((y + D * u) * F.silu(z.float())).to(xz.dtype), h
