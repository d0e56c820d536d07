"""What moves the weights: Muon the large matrices of the extractor, AdamW all else."""

import math
from collections import defaultdict

import torch

MATRIX_SIDE = 32  # rows and columns from which on a matrix is Muon's
NEWTON_SCHULZ = (3.4445, -4.7750, 2.0315)
NEWTON_SCHULZ_STEPS = 5
ADAM_RMS = 0.2  # of AdamW's moves, in units of the rate


def orthogonal(matrices, dtype=torch.float32):
    """matrices [n, rows, columns] -> the same with all singular values near 1 (0.7 … 1.2), by five Newton-Schulz steps in `dtype`."""
    a, b, c = NEWTON_SCHULZ
    tall = matrices.shape[1] > matrices.shape[2]
    x = (matrices.mT if tall else matrices).to(dtype)
    x = x / x.norm(dim=(1, 2), keepdim=True).clamp(min=1e-7)
    for _ in range(NEWTON_SCHULZ_STEPS):
        gram = x @ x.mT
        x = torch.baddbmm(x, torch.baddbmm(gram, gram, gram, beta=b, alpha=c), x, beta=a)  # a x + (b gram + c gram²) x
    return (x.mT if tall else x).float()


class Muon(torch.optim.Optimizer):
    """Momentum made orthogonal: a matrix moves equally far in all its directions (K. Jordan, "Muon", 2024), and as far as AdamW would move it
    (arXiv 2502.16982, section 2.2), so that both take one rate. As torch.optim.Muon, whose state fits, but all matrices at once as far as can be, since a
    GPU has them done before the next call has come, and not only in bf16, which many processors are slow at.

    parameters: matrices."""

    def __init__(self, parameters, lr, weight_decay=1e-3, momentum=0.95, dtype=torch.float32):
        super().__init__(parameters, {"lr": lr, "weight_decay": weight_decay, "momentum": momentum})
        self.dtype = dtype

    @torch.no_grad()
    def step(self):
        for group in self.param_groups:
            matrices = [p for p in group["params"] if p.grad is not None]
            if not matrices:
                continue
            of_one_shape = defaultdict(list)
            for p, ahead in zip(matrices, self._momenta(matrices, group["momentum"])):
                of_one_shape[p.shape].append((p, ahead))
            torch._foreach_mul_(matrices, 1 - group["lr"] * group["weight_decay"])
            for shape, pairs in of_one_shape.items():
                mine, momenta = zip(*pairs)
                moves = orthogonal(torch.stack(momenta), self.dtype)
                torch._foreach_add_(mine, moves.unbind(), alpha=-group["lr"] * ADAM_RMS * math.sqrt(max(shape)))

    def _momenta(self, matrices, share):
        """Nesterov's: one step ahead."""
        for p in matrices:
            if p not in self.state:
                self.state[p]["momentum_buffer"] = torch.zeros_like(p)
        gradients, buffers = [p.grad for p in matrices], [self.state[p]["momentum_buffer"] for p in matrices]
        torch._foreach_lerp_(buffers, gradients, 1 - share)
        return torch._foreach_lerp(gradients, buffers, share)


class Optimiser:
    """Muon and AdamW as one. `encoder`: of clues, where it learns along, at `encoder_share` of the rate; all of it is AdamW's."""

    def __init__(self, net, lr, encoder=None, encoder_share=1.0, dtype=torch.float32):
        edges = {layer.weight for layer in [*net.split, *net.mask]}  # from bins and to them, not from feature to feature
        large = [p for p in net.parameters() if p.ndim == 2 and min(p.shape) >= MATRIX_SIDE and p not in edges]
        taken = set(large)
        groups = [{"params": [p for p in net.parameters() if p not in taken], "share": 1.0}]
        if encoder is not None:
            groups.append({"params": list(encoder.parameters()), "share": encoder_share})
        self.muon = Muon([{"params": large, "share": 1.0}], lr, dtype=dtype)
        self.adamw = torch.optim.AdamW(groups, lr, betas=(0.9, 0.98), weight_decay=1e-3, fused=True)

    @property
    def param_groups(self):
        return [*self.muon.param_groups, *self.adamw.param_groups]

    @property
    def parameters(self):
        return [p for group in self.param_groups for p in group["params"]]

    def set_rate(self, rate):
        for group in self.param_groups:
            group["lr"] = group["share"] * rate

    def zero_grad(self):
        self.muon.zero_grad()
        self.adamw.zero_grad()

    def step(self):
        self.muon.step()
        self.adamw.step()

    def state_dict(self):
        return {"muon": self.muon.state_dict(), "adamw": self.adamw.state_dict()}

    def load_state_dict(self, saved):
        """Of a run with or without the clue encoder; the encoder's own begins from nothing where it was not trained along."""
        for optimiser, state in ((self.muon, saved["muon"]), (self.adamw, saved["adamw"])):
            mine, known = optimiser.state_dict()["param_groups"], state["param_groups"]
            kept = {i for group in known[: len(mine)] for i in group["params"]}
            optimiser.load_state_dict({"state": {i: s for i, s in state["state"].items() if i in kept}, "param_groups": mine})
