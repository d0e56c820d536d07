"""Reads a model folder back; export.py writes it."""

import hashlib
import json
from pathlib import Path

from safetensors.torch import load_file

from crossmamba.clue_encoder import ClueEncoder
from crossmamba.extractor import Extractor


def load(folder):
    """A model folder back as (Extractor, ClueEncoder, config), in f32. Raises ValueError where the digest is wrong."""
    folder = Path(folder)
    config = json.loads((folder / "config.json").read_text())
    path = folder / config["tensors"]["file"]
    digest = hashlib.sha256(path.read_bytes()).hexdigest()
    if digest != config["tensors"]["sha256"]:
        raise ValueError(f"{path}: expected sha256 {config['tensors']['sha256']}, got {digest}. Export the model again")
    e, c = config["extractor"], config["clue_encoder"]
    bands = len(config["band_edges"]) - 1
    extractor = Extractor(bands, e["d_model"], e["layers"], e["width"], e["d_state"], e["embedding"])
    encoder = ClueEncoder(c["d_model"], c["layers"], c["d_state"], c["embedding"])
    tensors = load_file(path)
    for prefix, module in (("extractor.", extractor), ("clue_encoder.", encoder)):
        module.load_state_dict({k[len(prefix) :]: v.float() for k, v in tensors.items() if k.startswith(prefix)})
    return extractor.eval(), encoder.eval(), config
