"""Builds and calls cross_mamba.cpp: the fused inner part of CrossMamba on the CPU. Needs a C++20 compiler, nothing else."""

import ctypes
import functools
import hashlib
import os
import platform
import shutil
import subprocess
import tempfile
import warnings
from pathlib import Path

import torch

SOURCE = Path(__file__).with_name("cross_mamba.cpp")
HEADERS = [SOURCE.with_name(name) for name in ("vectors.h", "chunk.h", "gradient.h", "norm_query.h")]
FLAGS = ["-O3", "-march=native", "-std=c++20", "-fno-math-errno", "-fno-trapping-math", "-ffp-contract=fast", "-fopenmp", "-shared", "-fPIC"]
WEIGHTS = ("conv", "conv_bias", "x_proj", "dt_proj", "dt_bias", "A", "D")


class _Dims(ctypes.Structure):
    _fields_ = [(name, ctypes.c_int) for name in ("S", "T", "D", "N", "R", "threads", "bf16")]


class _Weights(ctypes.Structure):
    _fields_ = [(name, ctypes.c_void_p) for name in WEIGHTS]


class _Gradients(ctypes.Structure):
    _fields_ = [(name, ctypes.c_void_p) for name in WEIGHTS]


def _processor():
    """What -march=native depends on."""
    try:
        lines = Path("/proc/cpuinfo").read_text().splitlines()
        return next(line for line in lines if line.startswith(("flags", "Features")))
    except (OSError, StopIteration):
        return platform.machine() + platform.processor()


@functools.cache
def library():
    """The compiled kernel, or None where there is no compiler (a warning says so, once). Kept in the user's cache folder."""
    compiler = next((c for c in (os.environ.get("CXX"), "g++", "c++", "clang++") if c and shutil.which(c)), None)
    if compiler is None:
        warnings.warn("no C++ compiler found (g++, clang++ or $CXX): CrossMamba runs as a slow loop on this CPU", stacklevel=2)
        return None
    sources = [file.read_bytes() for file in (SOURCE, *HEADERS)]
    key = hashlib.sha256(b"\0".join([*sources, " ".join([compiler, *FLAGS]).encode(), _processor().encode()])).hexdigest()[:16]
    folder = Path(os.environ.get("XDG_CACHE_HOME", Path.home() / ".cache")) / "crossmamba"
    built = folder / f"cross_mamba-{key}.so"
    if not built.exists():
        folder.mkdir(parents=True, exist_ok=True)
        with tempfile.NamedTemporaryFile(dir=folder, suffix=".so", delete=False) as scratch:
            pass
        done = subprocess.run([compiler, *FLAGS, str(SOURCE), "-o", scratch.name], capture_output=True, text=True)
        if done.returncode:
            os.unlink(scratch.name)
            warnings.warn(f"{compiler} could not compile {SOURCE.name}: CrossMamba runs as a slow loop on this CPU\n{done.stderr}", stacklevel=2)
            return None
        os.replace(scratch.name, built)
    # PyTorch's own OpenMP runtime is loaded by now; the kernel joins it.
    return ctypes.CDLL(str(built))


def _dims(xz, C, dt_proj):
    S, T, twice = xz.shape
    return _Dims(S, T, twice // 2, C.shape[2], dt_proj.shape[0], torch.get_num_threads(), xz.dtype == torch.bfloat16)


def _chunks(T):
    chunk = library().cross_mamba_chunk()
    return (T + chunk - 1) // chunk


def _pointers(*tensors):
    return (ctypes.c_void_p(None if x is None else x.data_ptr()) for x in tensors)


def _run(args, keep_starts):
    xz, C, *weights = args
    (S, T, twice), N = xz.shape, C.shape[2]
    y, last = xz.new_empty(S, T, twice // 2), C.new_empty(S, N, twice // 2)
    starts = C.new_empty(S, _chunks(T), N, twice // 2) if keep_starts else None
    library().cross_mamba_forward(
        ctypes.byref(_dims(xz, C, weights[3])), ctypes.byref(_Weights(*(w.data_ptr() for w in weights))), *_pointers(xz, C, y, starts, last)
    )
    return y, starts, last


class Inner(torch.autograd.Function):
    """`crossmamba.scan.inner` on tensors of the CPU: xz in f32 or bf16, y and their gradients in the same, all else in f32. Returns
    (y, last ssm_state [S, d_state, d_inner]); the state carries no gradient."""

    @staticmethod
    def forward(ctx, *args):
        args = [a.contiguous() for a in args]
        y, starts, last = _run(args, keep_starts=any(ctx.needs_input_grad))
        ctx.save_for_backward(*args, *([] if starts is None else [starts]))
        ctx.mark_non_differentiable(last)
        return y, last

    @staticmethod
    def backward(ctx, gy, _):
        *args, starts = ctx.saved_tensors
        xz, C, *weights = args
        gxz, gC, gradients = torch.empty_like(xz), torch.empty_like(C), [torch.zeros_like(w) for w in weights]
        gy = gy.contiguous()
        library().cross_mamba_backward(
            ctypes.byref(_dims(xz, C, weights[3])),
            ctypes.byref(_Weights(*(w.data_ptr() for w in weights))),
            *_pointers(gy, xz, C, starts, gxz, gC),
            ctypes.byref(_Gradients(*(g.data_ptr() for g in gradients))),
        )
        return gxz, gC, *gradients
