"""Checkpoints: written whole or not at all, read from this package and from the prototype."""

import errno
import io
import os
import pickle

import torch

from crossmamba import model_folder
from crossmamba.clue_encoder import ClueEncoder
from crossmamba.corpus import DISK_FULL
from crossmamba.extractor import Extractor

OPTIONS = ("bands", "d_model", "layers", "width", "d_state", "embedding")
ENCODER_OPTIONS = ("d_model", "layers", "d_state", "embedding")
WINDOWS = ("analysis", "synthesis")  # the prototype kept them with the weights


class CheckpointError(ValueError):
    """A file that is not a checkpoint, is cut short, or does not fit the network."""


def save_checkpoint(path, **content):
    """Writes {"net", "clue_encoder"?, "optimiser"?, "step", "args"} in one move: a reader sees the old file or the new one.

    Raises OSError where it cannot be written; nothing half-written is left."""
    scratch = f"{path}.{os.getpid()}.tmp"
    # By way of memory: what torch.save makes of a full disk is a RuntimeError that says nothing of disks.
    whole = io.BytesIO()
    torch.save(content, whole)
    try:
        with open(scratch, "wb") as file:
            file.write(whole.getbuffer())
            file.flush()
            os.fsync(file.fileno())
        os.replace(scratch, path)
    except BaseException:
        if os.path.exists(scratch):
            os.unlink(scratch)
        raise


def prove_writable(path):
    """Before a run begins, which would end without its checkpoint. Raises CheckpointError."""
    scratch = f"{path}.{os.getpid()}.tmp"
    try:
        if os.path.isdir(path):
            raise IsADirectoryError(errno.EISDIR, "is a folder")
        with open(scratch, "wb"):
            pass
        os.unlink(scratch)
    except OSError as error:
        raise CheckpointError(
            f"{path}: expected a path that a checkpoint can be written to, got: {error.strerror}. Make its folder, or give another --out."
        ) from error


def keep_checkpoint(path, say, step, **content):
    """save_checkpoint, for a run that goes on: a full disk costs this checkpoint, which is said, not the run. -> whether it was written
    Raises CheckpointError where the next one would not be written either."""
    try:
        save_checkpoint(path, step=step, **content)
        return True
    except OSError as error:
        if error.errno not in DISK_FULL:
            raise CheckpointError(f"{path}: checkpoint of update {step} not written: {error.strerror}. Give an --out that stays writable.") from error
        before = " The one before is still there." if os.path.exists(path) else ""
        say(f"{path}: checkpoint of update {step} not written ({error}); make room.{before}")
        return False


def load_checkpoint(path):
    """-> {"net", "clue_encoder"?, "optimiser"?, "step", "args"}, on the CPU; weights in f32, without the prototype's window buffers. The folder of a
    shipped model is a checkpoint too, of step 0 and without an optimiser's state. Checkpoints of the extractor that have "adam" (the prototype's,
    and ours up to S12) go on without that state.
    Raises FileNotFoundError, CheckpointError."""
    if os.path.isdir(path):
        return _shipped(path)
    if not os.path.exists(path):
        raise FileNotFoundError(f"{path}: no such checkpoint, expected a file that save_checkpoint wrote")
    try:
        saved = torch.load(path, map_location="cpu", weights_only=True)
    except (RuntimeError, pickle.UnpicklingError, EOFError, ValueError) as problem:
        raise CheckpointError(f"{path}: not a whole checkpoint ({problem}). Take the run's previous one") from problem
    if not isinstance(saved, dict) or not {"net", "clue_encoder"} & saved.keys():
        raise CheckpointError(f"{path}: expected a dict with 'net' or 'clue_encoder', got {sorted(saved) if isinstance(saved, dict) else type(saved)}")
    for name in ("net", "clue_encoder"):
        if name in saved:
            saved[name] = {key: value.float() for key, value in saved[name].items() if key not in WINDOWS}
    saved.setdefault("step", 0)
    saved.setdefault("args", {})
    return saved


def _shipped(folder):
    try:
        extractor, encoder, _ = model_folder.load(folder)
    except (OSError, ValueError, KeyError, RuntimeError) as problem:
        raise CheckpointError(f"{folder}: not a whole model folder ({problem})") from problem
    return {
        "net": extractor.state_dict(),
        "clue_encoder": encoder.state_dict(),
        "step": 0,
        "args": {k: getattr(extractor, k) for k in OPTIONS} | {"clue_encoder": encoder.sizes},
    }


def build_extractor(saved):
    """The Extractor of a checkpoint, with its weights, for evaluation. Raises CheckpointError."""
    return _filled(Extractor(**{k: saved["args"][k] for k in OPTIONS if k in saved["args"]}), saved, "net").eval()


def build_clue_encoder(saved):
    """The ClueEncoder of a checkpoint, with its weights, for evaluation. Its sizes lie under args["clue_encoder"]. Raises CheckpointError."""
    options = saved["args"].get("clue_encoder", {})
    return _filled(ClueEncoder(**{k: options[k] for k in ENCODER_OPTIONS if k in options}), saved, "clue_encoder").eval()


def _filled(module, saved, name):
    if name not in saved:
        raise CheckpointError(f"the checkpoint holds no '{name}', only {sorted(saved)}")
    try:
        module.load_state_dict(saved[name])
    except RuntimeError as problem:
        raise CheckpointError(f"the checkpoint's '{name}' does not fit the sizes in its 'args': {problem}") from problem
    return module
