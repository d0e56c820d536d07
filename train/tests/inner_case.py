"""Random arguments of crossmamba.scan.inner, and how far a fast form of it is from the plain loop."""

import torch

from crossmamba.scan import inner_reference

NAMES = ("xz", "C", "conv", "conv_bias", "x_proj", "dt_proj", "dt_bias", "A", "D")


def arguments(S, T, d_inner, d_state, dt_rank, scale=0.4):
    shapes = [(S, T, 2 * d_inner), (S, T, d_state), (4, d_inner), (d_inner,), (dt_rank + d_state, d_inner)]
    shapes += [(dt_rank, d_inner), (d_inner,), (d_state, d_inner), (d_inner,)]
    args = [torch.randn(s) * 0.4 for s in shapes]
    args[0] *= scale / 0.4
    args[7] = -args[7].abs() * 5
    return args


def errors(inner, args):
    """-> largest relative error of output, last state and each gradient, against the reference in f64."""
    fast = [a.clone().requires_grad_() for a in args]
    plain = [a.double().requires_grad_() for a in args]
    (y, h), (y64, h64) = inner(*fast), inner_reference(*plain)
    weight = torch.randn_like(y)
    (y * weight).sum().backward()
    (y64 * weight).sum().backward()
    found = {"output": (y, y64), "ssm_state": (h, h64)} | {f"d{n}": (a.grad, b.grad) for n, a, b in zip(NAMES, fast, plain)}
    return {k: ((a - b).abs().max() / b.abs().max().clamp(min=1e-3)).item() for k, (a, b) in found.items()}


if __name__ == "__main__":
    # Run by test_layer.py in a process of its own: Triton's interpreter must be chosen before its import.
    from crossmamba.kernels.cuda import inner

    torch.manual_seed(0)
    for sizes in ((2, 7, 48, 8, 2), (3, 5, 20, 4, 3)):
        found = errors(inner, arguments(*sizes))
        print(sizes, max(found, key=found.get), max(found.values()))
        assert max(found.values()) < 1e-4, found
