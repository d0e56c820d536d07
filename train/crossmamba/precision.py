"""Where matrix products are in bf16."""

import torch


def is_bf16_fast(device):
    """GPUs and CPUs with AVX-512 BF16; elsewhere bf16 is far slower than f32."""
    return torch.device(device).type == "cuda" or torch.cpu._is_avx512_bf16_supported()


def mixed_precision(device):
    """bf16 where it is fast, for a `with`."""
    return torch.autocast(torch.device(device).type, torch.bfloat16, enabled=is_bf16_fast(device))
