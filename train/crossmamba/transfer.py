"""What is drawn on the host, on its way to the device that trains."""

import torch


def on_device(values, device, dtype=None):
    """values: numpy array or tensor on the CPU -> tensor on the device. A GPU is not waited for: it takes the values from page-locked memory when it gets
    there, and PyTorch keeps that memory until then."""
    values = torch.as_tensor(values, dtype=dtype)
    if torch.device(device).type != "cuda":
        return values.to(device)
    return values.pin_memory().to(device, non_blocking=True)
