"""Norm, query and C fused on the CPU: against plain PyTorch, output and every gradient."""

import copy

import pytest
import torch
import torch.nn as nn

from crossmamba.kernels import cpu
from crossmamba.query import norm_and_query


@pytest.fixture(autouse=True)
def kernel():
    if cpu.library() is None:
        pytest.skip("no C++ compiler: the fused norm was not tested")


def case(groups, rows, d, d_state):
    """-> x, clue, two norms and a projection, nothing at its initial value"""
    torch.manual_seed(0)
    norms = nn.LayerNorm(d), nn.LayerNorm(d)
    for parameter in (p for norm in norms for p in norm.parameters()):
        nn.init.normal_(parameter, 0.5)
    return torch.randn(*groups, rows, d) + 3, torch.randn(*groups, d), *norms, nn.Linear(d, d_state, bias=False)


def results(x, clue, *modules):
    """-> h, C and the gradients of all inputs and weights, of a fixed weighting of both"""
    inputs = [x.clone().requires_grad_(), clue.clone().requires_grad_()]
    h, C = norm_and_query(*inputs, *modules)
    generator = torch.Generator().manual_seed(1)
    weighting = [torch.randn(t.shape, generator=generator).to(t.dtype) for t in (h, C)]
    sum((t * w).sum() for t, w in zip((h, C), weighting)).backward()
    return [h, C, *(t.grad for t in (*inputs, *(p for m in modules for p in m.parameters())))]


# whole vectors and remainders of both d_model and d_state, one dimension of groups and two
@pytest.mark.parametrize("sizes", [((3,), 7, 48, 8), ((2, 3), 5, 128, 8), ((2,), 9, 25, 20), ((1, 2), 1, 8, 3)])
def test_is_plain_pytorch(sizes):
    x, clue, *modules = case(*sizes)
    found = results(x, clue, *modules)
    expected = results(x.double(), clue.double(), *(copy.deepcopy(m).double() for m in modules))
    error = [((a - b).abs().max() / b.abs().max()).item() for a, b in zip(found, expected)]
    print(sizes, [f"{e:.1e}" for e in error])
    assert max(error) < 1e-5


def test_in_bf16():
    """Under autocast: h is the f32 one rounded, C stays f32."""
    x, clue, *modules = case((3,), 20, 48, 8)
    h, C = norm_and_query(x, clue, *modules)
    with torch.autocast("cpu", torch.bfloat16):
        half, same = norm_and_query(x, clue, *modules)
    assert torch.equal(half, h.bfloat16()) and torch.equal(same, C)


def test_nan_stays_in_its_row():
    x, clue, *modules = case((2,), 6, 48, 8)
    x[1, 2, 5] = torch.nan
    h, C = norm_and_query(x, clue, *modules)
    assert torch.isnan(h[1, 2]).all() and torch.isnan(C[1, 2]).all()
    assert torch.isnan(h).sum() == h.shape[-1] and torch.isnan(C).sum() == C.shape[-1]
