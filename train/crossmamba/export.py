"""Writes a model folder as docs/model-format.md tells: `python -m crossmamba.export CHECKPOINT --out DIR --name NAME [--half]`."""

import argparse
import hashlib
import json
import os
import sys
from pathlib import Path

import torch
from safetensors.torch import save

from crossmamba.clue_encoder import ClueEncoder
from crossmamba.corpus import RATE
from crossmamba.extractor import CLUE_HIDDEN, Extractor
from crossmamba.layer import dt_rank_of
from crossmamba.scan import D_CONV
from crossmamba.stft import FRAME, HOP, SYNTHESIS
from crossmamba.weights import build_clue_encoder, build_extractor, load_checkpoint

FORMAT_VERSION = 1
FILE = "model.safetensors"


def config_of(extractor: Extractor, encoder: ClueEncoder, name):
    """config.json without `tensors`."""
    mamba, wide = extractor.blocks[0].mamba, extractor.blocks[0].full_band.mamba
    return {
        "format": "crossmamba-web",
        "format_version": FORMAT_VERSION,
        "name": name,
        "clue": "speaker",
        "sample_rate": RATE,
        "frame": FRAME,
        "hop": HOP,
        "synthesis": SYNTHESIS,
        "band_edges": extractor.edges,
        "extractor": {
            "d_model": extractor.d_model,
            "width": extractor.width,
            "layers": extractor.layers,
            "d_state": extractor.d_state,
            "d_conv": D_CONV,
            "expand": mamba.expand,
            "dt_rank": mamba.dt_rank,
            "dt_rank_wide": wide.dt_rank,
            "embedding": extractor.embedding,
            "clue_hidden": CLUE_HIDDEN,
        },
        "clue_encoder": {
            "d_model": encoder.d_model,
            "layers": len(encoder.layers),
            "d_state": encoder.d_state,
            "d_conv": D_CONV,
            "expand": encoder.layers[0].mamba.expand,
            "dt_rank": dt_rank_of(encoder.d_model),
            "embedding": encoder.embedding,
        },
    }


def tensors_of(extractor, encoder, half=False):
    """All tensors by their names in the format. Raises ValueError where one is not finite, or does not fit f16."""
    dtype, tensors = torch.float16 if half else torch.float32, {}
    for prefix, module in (("extractor", extractor), ("clue_encoder", encoder)):
        for name, tensor in module.state_dict().items():
            tensors[f"{prefix}.{name}"] = converted = tensor.detach().cpu().to(dtype).contiguous()
            if not torch.isfinite(converted).all():
                largest = tensor.abs().max().item()
                raise ValueError(f"{prefix}.{name}: expected finite values within {dtype}, got a largest magnitude of {largest}. Take an earlier checkpoint")
    return tensors


def export(extractor, encoder, folder, name, half=False, training=None, quality=None):
    """Writes `folder`/config.json and model.safetensors, tensors first, each in one move. Returns the config."""
    folder = Path(folder)
    folder.mkdir(parents=True, exist_ok=True)
    content = save(tensors_of(extractor, encoder, half))
    config = config_of(extractor, encoder, name)
    config["tensors"] = {"file": FILE, "bytes": len(content), "sha256": hashlib.sha256(content).hexdigest()}
    if training is not None:
        config["training"] = training
    if quality is not None:
        config["quality"] = quality
    _write(folder / FILE, content)
    _write(folder / "config.json", (json.dumps(config, indent=2, ensure_ascii=False) + "\n").encode())
    return config


def _write(path, content):
    scratch = path.with_name(f"{path.name}.{os.getpid()}.tmp")
    try:
        scratch.write_bytes(content)
        os.replace(scratch, path)
    finally:
        scratch.unlink(missing_ok=True)


def main(arguments=None):
    parser = argparse.ArgumentParser(prog="crossmamba.export", description=__doc__)
    parser.add_argument("checkpoint", help="of the extractor (and of the clue encoder, where one file holds both)")
    parser.add_argument("--clue-encoder", help="checkpoint of the clue encoder; without one anywhere, random weights are written and said to be random")
    parser.add_argument("--out", required=True, help="folder of the model")
    parser.add_argument("--name", help="the model's name; the folder's by default")
    parser.add_argument("--half", action="store_true", help="store F16 instead of F32")
    parser.add_argument("--training", help="JSON file with the field `training`: data sets, licences, hours of audio, recipe")
    parser.add_argument("--quality", help="JSON file with the field `quality`: SI-SDRi per kind of test case")
    args = parser.parse_args(arguments)
    saved = load_checkpoint(args.checkpoint)
    training = json.loads(Path(args.training).read_text()) if args.training else {"extractor_updates": saved["step"]}
    extractor = build_extractor(saved)
    of_encoder = load_checkpoint(args.clue_encoder) if args.clue_encoder else saved
    if "clue_encoder" in of_encoder:
        encoder = build_clue_encoder(of_encoder)
    else:
        torch.manual_seed(0)
        encoder, training["clue_encoder"] = ClueEncoder().eval(), "random weights, not trained: enrollments made with it mean nothing"
    quality = json.loads(Path(args.quality).read_text()) if args.quality else {"measured": False}
    config = export(extractor, encoder, args.out, args.name or Path(args.out).name, args.half, training, quality)
    print(f"{args.out}: {config['tensors']['bytes']} bytes, sha256 {config['tensors']['sha256']}")


if __name__ == "__main__":
    try:
        main()
    except (ValueError, OSError) as error:  # CheckpointError is a ValueError
        sys.exit(f"export: {error}")
