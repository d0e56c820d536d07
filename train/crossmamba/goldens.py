"""Golden tensors for the engine's tests, from the step-by-step recurrence: `python -m crossmamba.goldens [FOLDER]`, test/golden by default.

Random weights in which every norm and bias is off its neutral value, so that a mistake anywhere shows; synthetic signals only.
"""

import argparse
import math
from pathlib import Path

import torch
from safetensors.torch import save

from crossmamba.clue_encoder import ClueEncoder
from crossmamba.corpus import RATE
from crossmamba.export import export
from crossmamba.extractor import Extractor
from crossmamba.recurrence import ClueEncoderRecurrence, ExtractorRecurrence, OverlapAdd, frames_of
from crossmamba.stft import HOP

SIZES = {
    "tiny": {
        "extractor": {"bands": 6, "d_model": 8, "width": 16, "layers": 2, "d_state": 4},
        "encoder": {"d_model": 8, "layers": 2, "d_state": 4},
        "hops": 250,
    },
    "small": {
        "extractor": {"bands": 24, "d_model": 16, "width": 32, "layers": 2, "d_state": 8},
        "encoder": {"d_model": 16, "layers": 2, "d_state": 8},
        "hops": 250,
    },
}


def perturb(module):
    """Moves every norm, bias, skip and time constant off its start."""
    with torch.no_grad():
        for name, p in module.named_parameters():
            if p.dim() == 1 or name.endswith("A_log"):
                p.add_(torch.randn_like(p) * 0.2)


def voice(samples, pitch, phase):
    """A buzz with gliding pitch, formants that move, syllables and pauses: [samples], about 0.1 rms."""
    t = torch.arange(samples) / RATE
    glide = torch.cumsum(pitch * (1 + 0.15 * torch.sin(2 * math.pi * 0.7 * t + phase)), 0) / RATE
    x = torch.zeros(samples)
    for k in range(1, int(7000 / pitch)):
        near = torch.exp(-((k * pitch - 900 - 500 * torch.sin(2 * math.pi * 1.3 * t + phase)) / 700) ** 2)
        x += (near + 0.05) * torch.sin(2 * math.pi * k * glide + phase * k * k)
    syllables = torch.sin(2 * math.pi * 2.1 * t + phase).clamp(min=0) ** 0.5
    return 0.1 * x * syllables / x.square().mean().sqrt()


def golden(extractor, encoder, hops):
    """The tensors of golden.safetensors, f32. The mixture is one hop shorter than `hops`: the last hop is of zeros and completes the estimate."""
    samples = HOP * (hops - 1)
    noise = 0.003 * torch.randn(samples)
    mixture = voice(samples, 110.0, 0.3) + 0.8 * voice(samples, 190.0, 1.9) + noise
    mixture[: HOP * 6] = 0  # digital silence first: the level starts at its floor
    enrollment = 0.4 * voice(RATE, 112.0, 2.2) + 0.001 * torch.randn(RATE)
    encode = ClueEncoderRecurrence(encoder)
    for X in frames_of(enrollment):
        encode.step(X)
    clue = encode.clue()
    embedding = torch.rand(256) * (torch.rand(256) < 0.6)  # as a teacher's: not negative, many zeros
    embedding = embedding / embedding.norm()
    recurrence, add, out, rows = ExtractorRecurrence(extractor, embedding), OverlapAdd(), {}, []
    for t, X in enumerate(frames_of(torch.cat([mixture, torch.zeros(HOP)]))):
        mask, level = recurrence.step(X)
        rows.append((X, level, mask, add.step(X * mask)))
        when = {hops // 2: "half", hops: "end"}.get(t + 1)
        for k, state in enumerate(recurrence.states if when else []):
            where = f"{when}.{k // 2}.{('full_band', 'bands')[k % 2]}"
            out[f"conv_state.{where}"] = state.conv_state.contiguous()
            out[f"ssm_state.{where}"] = state.ssm_state.contiguous()
    spectrum, level, mask, estimate = zip(*rows)
    return out | {
        "mixture": mixture,
        "enrollment": enrollment,
        "embedding": embedding,
        "clue": clue,
        "spectrum": torch.view_as_real(torch.stack(spectrum)).contiguous(),
        "level": torch.stack(level),
        "mask": torch.view_as_real(torch.stack(mask)).contiguous(),
        "estimate": torch.cat(estimate)[HOP:],  # aligned: what is ready after frame t is one hop old
    }


def make(size, folder):
    """Writes one golden folder. The same numbers on every run of one machine and PyTorch version."""
    torch.manual_seed(20)
    spec = SIZES[size]
    extractor, encoder = Extractor(**spec["extractor"]).eval(), ClueEncoder(**spec["encoder"]).eval()
    perturb(extractor)
    perturb(encoder)
    folder = Path(folder) / size
    export(extractor, encoder, folder, size, training={"weights": "random, for tests"})
    (folder / "golden.safetensors").write_bytes(save(golden(extractor, encoder, spec["hops"])))
    return folder


def main(arguments=None):
    parser = argparse.ArgumentParser(prog="crossmamba.goldens", description=__doc__)
    parser.add_argument("folder", nargs="?", default=Path(__file__).parents[2] / "test" / "golden")
    args = parser.parse_args(arguments)
    for size in SIZES:
        folder = make(size, args.folder)
        print(folder, sum(f.stat().st_size for f in folder.iterdir()), "bytes")


if __name__ == "__main__":
    main()
