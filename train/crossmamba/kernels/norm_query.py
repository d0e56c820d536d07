"""Calls norm_query.h: norm, query and C fused on the CPU. `crossmamba.query` tells what it computes."""

import ctypes

import torch

from crossmamba.kernels.cpu import library

WEIGHTS = ("gain", "bias", "clue", "query_gain", "query_bias", "q_proj")


class _Dims(ctypes.Structure):
    _fields_ = [(name, ctypes.c_int) for name in ("groups", "rows", "D", "N", "threads", "bf16")] + [("epsilon", ctypes.c_float)]


class _Pointers(ctypes.Structure):
    _fields_ = [(name, ctypes.c_void_p) for name in WEIGHTS]


def _pointers(tensors):
    return ctypes.byref(_Pointers(*(t.data_ptr() for t in tensors)))


def _dims(x, weights, dtype, epsilon):
    clue, q_proj = weights[2], weights[5]
    groups, d = clue.numel() // clue.shape[-1], clue.shape[-1]
    return ctypes.byref(_Dims(groups, x.numel() // (groups * d), d, q_proj.shape[0], torch.get_num_threads(), dtype == torch.bfloat16, epsilon))


class NormQuery(torch.autograd.Function):
    """x [..., T, d], clue [..., d] and the rest in f32 -> h [..., T, d] in `dtype` (f32 or bf16), C [..., T, d_state] in f32"""

    @staticmethod
    def forward(ctx, dtype, epsilon, x, *weights):
        x, weights = x.contiguous(), [w.contiguous() for w in weights]
        h, C = torch.empty_like(x, dtype=dtype), x.new_empty(*x.shape[:-1], weights[5].shape[0])
        library().norm_query_forward(_dims(x, weights, dtype, epsilon), _pointers(weights), *(ctypes.c_void_p(t.data_ptr()) for t in (x, h, C)))
        ctx.save_for_backward(x, *weights)
        ctx.dtype, ctx.epsilon = dtype, epsilon
        return h, C

    @staticmethod
    def backward(ctx, gh, gC):
        x, *weights = ctx.saved_tensors
        gx, gradients = torch.empty_like(x), [torch.zeros_like(w) for w in weights]
        buffers = (gh.contiguous(), gC.contiguous(), x, gx)
        library().norm_query_backward(
            _dims(x, weights, ctx.dtype, ctx.epsilon), _pointers(weights), *(ctypes.c_void_p(t.data_ptr()) for t in buffers), _pointers(gradients)
        )
        return None, None, gx, *gradients
