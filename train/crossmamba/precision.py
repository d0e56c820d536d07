"""Where matrix products are in bf16."""

import torch


def is_bf16_fast(device):
    """device: its type, "cpu" or "cuda". GPUs and CPUs with AVX-512 BF16; elsewhere bf16 is far slower than f32."""
    return device == "cuda" or torch.cpu._is_avx512_bf16_supported()


def mixed_precision(device):
    """bf16 where it is fast, for a `with`."""
    return torch.autocast(device, torch.bfloat16, enabled=is_bf16_fast(device))
