"""Muon and AdamW together."""

import math

import pytest
import torch
from torch.utils._python_dispatch import TorchDispatchMode

from crossmamba.extractor import Extractor
from crossmamba.optimiser import ADAM_RMS, NEWTON_SCHULZ, NEWTON_SCHULZ_STEPS, Muon, Optimiser, orthogonal


@pytest.mark.parametrize("dtype", [torch.float32, torch.bfloat16])
@pytest.mark.parametrize("shape", [(40, 300), (300, 40), (64, 64)])
def test_all_directions_become_equally_long(shape, dtype):
    torch.manual_seed(0)
    matrices = torch.randn(3, *shape) * torch.tensor([1e-4, 1, 1e4])[:, None, None]
    made = orthogonal(matrices, dtype)
    lengths = torch.linalg.svdvals(made)
    print(f"singular values {lengths.min():.2f} … {lengths.max():.2f}")
    if shape != (64, 64):  # a square one has some near zero, which five steps do not lift
        assert 0.6 < lengths.min() and lengths.max() < 1.3
    # And they stay the directions that they were.
    left, _, right = torch.linalg.svd(matrices.double(), full_matrices=False)
    off = torch.linalg.matrix_norm(left @ right - made) / torch.linalg.matrix_norm(left @ right)  # 1 for nothing at all
    print(f"off by {off.max():.2f}")
    assert off.max() < 0.35 and made.dtype == torch.float32


def test_muon_moves_a_matrix_as_far_as_adamw_would():
    torch.manual_seed(0)
    for shape in ((128, 1152), (512, 128), (48, 48)):
        weight = torch.nn.Parameter(torch.randn(shape))
        before = weight.detach().clone()
        muon = Muon([weight], 1e-3, weight_decay=0)
        weight.grad = 100 * torch.randn(shape)
        muon.step()
        move = (weight.detach() - before).square().mean().sqrt().item()
        print(f"{shape}: {move:.1e}")
        assert 0.15e-3 < move < 0.25e-3


@pytest.mark.skipif(not hasattr(torch.optim, "Muon"), reason=f"PyTorch {torch.__version__} has no Muon to compare with")
def test_it_is_the_library_s_muon():
    torch.manual_seed(0)
    ours, theirs = (torch.nn.Parameter(w.clone()) for w in [torch.randn(96, 40)] * 2)
    before = ours.detach().clone()
    mine = Muon([ours], 1e-2, weight_decay=0.1)
    other = torch.optim.Muon([theirs], 1e-2, weight_decay=0.1, momentum=0.95, adjust_lr_fn="match_rms_adamw")
    for _ in range(4):
        ours.grad = torch.randn(96, 40)
        theirs.grad = ours.grad.clone()
        mine.step()
        other.step()
    apart = ((ours - theirs).norm() / (ours - before).norm()).item()
    print(f"{apart:.1e} of the way apart: theirs is in bf16")
    assert apart < 0.05
    mine.load_state_dict(other.state_dict())


def one_by_one(weight, gradient, buffer, lr, weight_decay, momentum=0.95):
    """Muon's formula for one matrix."""
    a, b, c = NEWTON_SCHULZ
    buffer.lerp_(gradient, 1 - momentum)
    x = gradient.lerp(buffer, momentum)
    x = x / x.norm()
    x = x.mT if x.shape[0] > x.shape[1] else x
    for _ in range(NEWTON_SCHULZ_STEPS):
        gram = x @ x.mT
        x = a * x + (b * gram + c * gram @ gram) @ x
    weight.mul_(1 - lr * weight_decay).sub_(x if x.shape == weight.shape else x.mT, alpha=lr * ADAM_RMS * math.sqrt(max(weight.shape)))


def test_all_at_once_moves_as_one_by_one():
    torch.manual_seed(0)
    weights = [torch.nn.Parameter(torch.randn(shape)) for shape in ((40, 96), (96, 40), (40, 96), (48, 48), (32, 64))]
    plain, buffers = [w.detach().clone() for w in weights], [torch.zeros_like(w) for w in weights]
    before = [w.detach().clone() for w in weights]
    muon = Muon(weights, 1e-2, weight_decay=0.1)
    for number in range(4):
        for w, p, buffer in zip(weights[: -1 if number == 1 else None], plain, buffers):  # once, the last is not learned from
            w.grad = torch.randn_like(w)
            one_by_one(p, w.grad, buffer, 1e-2, 0.1)
        muon.step()
        muon.zero_grad()
    apart = max(((w - p).norm() / (w - b).norm()).item() for w, p, b in zip(weights, plain, before))
    print(f"{apart:.1e} of the way apart")
    assert apart < 1e-4


class Calls(TorchDispatchMode):
    """Counts what a GPU would have to be told to do."""

    def __init__(self):
        super().__init__()
        self.count = 0

    def __torch_dispatch__(self, func, types, args=(), kwargs=None):
        self.count += not func.is_view and func is not torch.ops.aten._unsafe_view.default
        return func(*args, **(kwargs or {}))


def test_a_step_is_few_calls():
    optimiser, calls = Optimiser(Extractor(), 1e-3), Calls()
    for p in optimiser.parameters:
        p.grad = torch.randn_like(p)
    optimiser.step()
    with calls:
        optimiser.muon.step()
    print(f"{calls.count} calls for {len(optimiser.muon.param_groups[0]['params'])} matrices")
    assert calls.count < 160


def test_every_weight_has_one_optimiser():
    net = Extractor()
    optimiser = Optimiser(net, 1e-3)
    assert len(optimiser.parameters) == len(set(optimiser.parameters)) == len(list(net.parameters()))
    names = {p: name for name, p in net.named_parameters()}
    large = {names[p] for group in optimiser.muon.param_groups for p in group["params"]}
    assert "blocks.0.full_band.down.weight" in large and "clue_out.weight" in large
    assert not any(name.startswith(("split", "mask")) or name.endswith(("bias", "conv", "A_log", "x_proj.weight")) for name in large)


def test_it_goes_on_from_its_state():
    torch.manual_seed(0)
    nets = [Extractor(bands=6, d_model=32, width=32, layers=1) for _ in range(2)]
    nets[1].load_state_dict(nets[0].state_dict())
    gradients = [[torch.randn_like(p) for p in nets[0].parameters()] for _ in range(3)]

    def move(net, optimiser, of):
        for p, g in zip(net.parameters(), of):
            p.grad = g.clone()
        optimiser.step()

    throughout, first, second = (Optimiser(net, 1e-2) for net in (nets[0], nets[1], nets[1]))
    for of in gradients:
        move(nets[0], throughout, of)
    for of in gradients[:2]:
        move(nets[1], first, of)
    second.load_state_dict(first.state_dict())
    second.set_rate(1e-2)
    move(nets[1], second, gradients[2])
    assert all(torch.equal(a, b) for a, b in zip(nets[0].parameters(), nets[1].parameters()))
