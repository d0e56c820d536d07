"""What comes before a CrossMamba behind one function: the norm of its input, and C from its query. Fused on a CPU, plain PyTorch elsewhere."""

import torch

from crossmamba.kernels import cpu
from crossmamba.kernels.norm_query import NormQuery


def norm_and_query(x, clue, norm, norm_query, q_proj):
    """x [..., T, d], clue [..., d], two LayerNorms, a Linear without bias -> (h = norm(x) [..., T, d],
    C = q_proj(norm_query(h · clue)) [..., T, d_state]). On a CPU h is in what autocast gives matrix products, all else in f32."""
    if x.is_cuda or x.dtype == torch.float64 or norm.eps != norm_query.eps or cpu.library() is None:
        h = norm(x)
        return h, q_proj(norm_query(h * clue[..., None, :]))
    dtype = torch.bfloat16 if torch.is_autocast_enabled("cpu") and torch.get_autocast_dtype("cpu") == torch.bfloat16 else torch.float32
    weights = (norm.weight, norm.bias, clue, norm_query.weight, norm_query.bias, q_proj.weight)
    with torch.autocast("cpu", enabled=False):
        return NormQuery.apply(dtype, norm.eps, x.float(), *(w.float() for w in weights))
