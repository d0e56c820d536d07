"""CrossMamba as a sequence: what training runs. The same as a recurrence is in recurrence.py."""

import math

import torch
import torch.nn as nn

from crossmamba.scan import D_CONV, inner


def linear(inputs, outputs, bias=True, gain=1.0):
    """A Linear that starts variance-preserving. With PyTorch's default a branch of a small Mamba starts at about 1 % of its residual, and
    learning stalls."""
    layer = nn.Linear(inputs, outputs, bias)
    nn.init.normal_(layer.weight, 0, gain / math.sqrt(inputs))
    if bias:
        nn.init.zeros_(layer.bias)
    return layer


def dt_rank_of(d_model):
    return max(2, math.ceil(d_model / 16))


class CrossMamba(nn.Module):
    """A selective state space whose output matrix C comes from a query: hidden attention with x as key and value.

    Published form: C = W_q · (W_inq · query), two projections without activation between them; here they are folded into `q_proj`.
    Norms of both inputs and the residual belong to the caller.
    """

    def __init__(self, d_model, d_state=8, expand=2):
        super().__init__()
        d_inner, dt_rank = d_model * expand, dt_rank_of(d_model)
        self.d_model, self.d_state, self.d_inner, self.dt_rank, self.expand = d_model, d_state, d_inner, dt_rank, expand
        self.in_proj = linear(d_model, 2 * d_inner, bias=False)
        conv = torch.randn(D_CONV, d_inner) * 0.2
        conv[-1] += 0.8
        self.conv, self.conv_bias = nn.Parameter(conv), nn.Parameter(torch.zeros(d_inner))
        self.x_proj = linear(d_inner, dt_rank + d_state, bias=False, gain=1.6)
        self.q_proj = linear(d_model, d_state, bias=False)
        self.dt_proj = linear(dt_rank, d_inner, gain=0.5)
        dt = torch.exp(torch.empty(d_inner).uniform_(math.log(0.003), math.log(0.3)))
        with torch.no_grad():
            self.dt_proj.bias.copy_(dt + torch.log(-torch.expm1(-dt)))  # softplus of it is dt
        # A = −n^0.7: time constants of 3 to 300 hops, spread over the states
        self.A_log = nn.Parameter(0.7 * torch.log(torch.arange(1, d_state + 1).float())[:, None].repeat(1, d_inner))
        self.D = nn.Parameter(torch.ones(d_inner))
        self.out_proj = linear(d_inner, d_model, bias=False)

    def forward(self, query, x, states=None):
        """query, x [S, T, d_model], both normed -> [S, T, d_model].

        Where `states` is a list, (conv_state [S, d_inner, d_conv − 1] oldest first, ssm_state [S, d_inner, d_state]) after the last hop is
        appended to it.
        """
        return self.with_matrix(self.q_proj(query), x, states)

    def with_matrix(self, C, x, states=None):
        """`forward` where C [S, T, d_state] is there already."""
        xz = self.in_proj(x)  # [S, T, 2·d_inner]
        y, h = inner(
            xz,
            C,
            self.conv,
            self.conv_bias,
            self.x_proj.weight,
            self.dt_proj.weight.t(),
            self.dt_proj.bias,
            -torch.exp(self.A_log),
            self.D,
        )
        if states is not None:
            recent = nn.functional.pad(xz[..., : self.d_inner].detach(), (0, 0, D_CONV - 1, 0))[:, -(D_CONV - 1) :]
            states.append((recent.transpose(1, 2), h.transpose(1, 2)))
        return self.out_proj(y)
