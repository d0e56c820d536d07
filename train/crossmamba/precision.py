"""Where matrix products are in bf16."""

import torch


def is_bf16_fast(device):
    """GPUs and CPUs with AVX-512 BF16; elsewhere bf16 is far slower than f32."""
    if torch.device(device).type == "cuda":
        return torch.cuda.is_bf16_supported(including_emulation=False)
    supported = getattr(torch.cpu, "_is_avx512_bf16_supported", None)  # not in every version
    return supported is not None and supported()


def mixed_precision(device):
    """bf16 where it is fast, for a `with`."""
    return torch.autocast(torch.device(device).type, torch.bfloat16, enabled=is_bf16_fast(device))
