"""CrossMamba: fast kernels against the plain loop, and the published semantics."""

import importlib.util
import os
import subprocess
import sys
from pathlib import Path

import pytest
import torch
import torch.nn.functional as F
from inner_case import arguments, errors

from crossmamba import layer as layer_module
from crossmamba.kernels import cpu
from crossmamba.layer import CrossMamba, dt_rank_of
from crossmamba.scan import inner, inner_reference


@pytest.fixture
def kernel():
    if cpu.library() is None:
        pytest.skip("no C++ compiler: the fused CPU kernel was not tested")


# (S, T, d_inner, d_state, dt_rank): one chunk and several, whole vectors and remainders, each specialised d_state and the general one
@pytest.mark.parametrize("sizes", [(3, 9, 16, 4, 2), (2, 40, 96, 8, 3), (2, 33, 40, 16, 2), (2, 33, 25, 20, 9), (1, 1, 8, 3, 2)])
def test_cpu_kernel_is_the_plain_loop(kernel, sizes):
    torch.manual_seed(0)
    found = errors(inner, arguments(*sizes))
    print(sizes, {k: f"{v:.1e}" for k, v in found.items()})
    assert max(found.values()) < 1e-5


def test_cpu_kernel_in_bf16(kernel):
    """As autocast hands it over: the same as in f32, but for the rounding of output and gradient."""
    torch.manual_seed(0)
    args = arguments(3, 37, 40, 8, 3)
    xz, gy = args[0].bfloat16(), torch.randn(3, 37, 40).bfloat16()
    half = [a.clone().requires_grad_() for a in (xz, *args[1:])]
    full = [a.clone().requires_grad_() for a in (xz.float(), *args[1:])]
    (y, h), (y32, h32) = inner(*half), inner(*full)
    y.backward(gy)
    y32.backward(gy.float())
    assert y.dtype == half[0].grad.dtype == torch.bfloat16
    assert torch.equal(y, y32.bfloat16()) and torch.equal(h, h32) and torch.equal(half[0].grad, full[0].grad.bfloat16())
    # the threads' sums over sequences may come in another order
    assert all(torch.allclose(a.grad, b.grad, rtol=1e-5, atol=1e-5) for a, b in zip(half[1:], full[1:]))


def test_cpu_kernel_does_not_overflow(kernel):
    torch.manual_seed(0)
    args = arguments(2, 20, 32, 8, 2, scale=300.0)
    args[7] = -torch.full_like(args[7], 300.0)  # decays underflow to zero
    found = errors(inner, args)
    print({k: f"{v:.1e}" for k, v in found.items()})
    assert max(found.values()) < 1e-4


def test_cpu_kernel_keeps_nan_visible(kernel):
    args = arguments(2, 20, 32, 8, 2)
    args[0][1, 5, 3] = torch.nan
    y, h = inner(*args)
    assert torch.isfinite(y[0]).all() and torch.isnan(y[1, 5:]).any() and torch.isnan(h[1]).any()


def test_without_a_compiler_the_loop_serves(monkeypatch):
    monkeypatch.setattr(cpu, "library", lambda: None)
    args = arguments(1, 5, 8, 4, 2)
    assert torch.equal(inner(*args)[0], inner_reference(*args)[0])


def test_gpu_kernel_in_the_interpreter():
    if importlib.util.find_spec("triton") is None:
        pytest.skip("Triton is not installed: the GPU's scan was not tested")
    here = Path(__file__).parent
    environment = os.environ | {"TRITON_INTERPRET": "1", "PYTHONPATH": os.pathsep.join([str(here), str(here.parent)])}
    done = subprocess.run([sys.executable, here / "inner_case.py"], env=environment, capture_output=True, text=True)
    print(done.stdout)
    assert done.returncode == 0, done.stderr


@pytest.mark.skipif(not torch.cuda.is_available(), reason="no CUDA device: the GPU's scan ran in the interpreter only")
def test_gpu_kernel_on_a_gpu():
    torch.manual_seed(0)
    found = errors(inner, [a.cuda() for a in arguments(4, 200, 96, 8, 3)])
    assert max(found.values()) < 1e-3


@pytest.fixture
def mamba():
    torch.manual_seed(1)
    return CrossMamba(16, 4)


def normed(*shape):
    return F.layer_norm(torch.randn(*shape), shape[-1:])


def captured(mamba, query, x, monkeypatch):
    """What the layer hands to the inner part."""
    seen = []
    monkeypatch.setattr(layer_module, "inner", lambda *args: seen.append(args) or inner(*args))
    mamba(query, x)
    return seen[0]


def test_c_is_the_published_two_projections_folded(mamba):
    """Published: C = W_q (W_inq q), without an activation between. Folded: one matrix, same output."""
    W_inq, W_q = torch.randn(mamba.d_inner, 16) / 4, torch.randn(4, mamba.d_inner) / 6
    query, x = normed(2, 30, 16), normed(2, 30, 16)
    with torch.no_grad():
        weights = (mamba.conv, mamba.conv_bias, mamba.x_proj.weight, mamba.dt_proj.weight.t(), mamba.dt_proj.bias, -mamba.A_log.exp(), mamba.D)
        two = mamba.out_proj(inner_reference(mamba.in_proj(x), (query @ W_inq.t()) @ W_q.t(), *weights)[0])
        activated = mamba.out_proj(inner_reference(mamba.in_proj(x), F.silu(query @ W_inq.t()) @ W_q.t(), *weights)[0])
        mamba.q_proj.weight.copy_(W_q @ W_inq)
        folded = mamba(query, x)
    error, other = (folded - two).abs().max().item(), (folded - activated).abs().max().item()
    print(f"folded against two projections {error:.1e}; an activation between would make {other:.2f}")
    assert error < 1e-5 < 1e-2 < other


def test_only_c_comes_from_the_query(mamba, monkeypatch):
    query, x = normed(2, 12, 16).requires_grad_(), normed(2, 12, 16).requires_grad_()
    xz, C, *weights = captured(mamba, query, x, monkeypatch)

    def gradient(of, to):
        return torch.autograd.grad(of.sum(), to, allow_unused=True, retain_graph=True)[0]

    # x and z, and from x the convolution, Δ and B: none knows the query. C knows nothing else.
    assert gradient(xz, query) is None and gradient(xz, x) is not None
    assert gradient(C, x) is None and gradient(C, query) is not None
    assert all(gradient(w, query) is None for w in weights if w.requires_grad)
    direct = (F.linear(query, mamba.q_proj.weight) - C).abs().max()
    assert direct == 0


def test_states_do_not_depend_on_the_query(mamba):
    x, states = normed(2, 50, 16), []
    outputs = [mamba(normed(2, 50, 16), x, states) for _ in range(2)]
    assert not torch.allclose(*outputs)
    assert torch.equal(states[0][0], states[1][0]) and torch.equal(states[0][1], states[1][1])


def test_output_is_affine_in_the_query(mamba):
    """Through C and nothing else, and C without activation: f(a + b) + f(0) = f(a) + f(b)."""
    a, b, x = normed(1, 40, 16), normed(1, 40, 16), normed(1, 40, 16)
    with torch.no_grad():
        both, none, one, two = (mamba(q, x) for q in (a + b, torch.zeros_like(a), a, b))
    assert (both + none - one - two).abs().max() < 1e-5
    assert (one - none).abs().max() > 1e-2


def test_causal(mamba):
    query, x = normed(1, 60, 16), normed(1, 60, 16)
    with torch.no_grad():
        before = mamba(query, x)
        query[:, 40:], x[:, 40:] = normed(1, 20, 16), normed(1, 20, 16)
        after = mamba(query, x)
    assert torch.equal(before[:, :40], after[:, :40]) and not torch.allclose(before[:, 40], after[:, 40])


def test_starts_variance_preserving():
    """The branch must not start at a hundredth of its residual: learning stalls there."""
    torch.manual_seed(0)
    for d_model in (48, 128):
        scale = CrossMamba(d_model)(normed(4, 100, d_model), normed(4, 100, d_model)).std().item()
        print(f"d_model {d_model}: the branch starts at {scale:.2f} of its residual")
        assert 0.2 < scale < 5


def test_dt_rank():
    assert [dt_rank_of(d) for d in (8, 16, 48, 128, 130)] == [2, 2, 3, 8, 9]
