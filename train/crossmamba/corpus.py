"""Decoded speech and noise on disk: one uncompressed .npz a split, its audio memory-mapped, and the errors that reading it can end in."""

import errno
import io
import os
import shutil
import struct
import zipfile
from contextlib import contextmanager
from dataclasses import dataclass

import numpy as np

RATE = 16000  # Hz, of everything that is decoded

# Speakers are drawn source by source: few readers with much audio must not drown many talkers with little.
SOURCE_WEIGHTS = {"ls": 0.55, "so": 0.35}
OTHER_WEIGHT = 0.10

DISK_FULL = (errno.ENOSPC, errno.EDQUOT, errno.EFBIG)  # no room on the disk, in the quota, in one file

# Noise is split within each clip, so that every kind of noise is in every split.
NOISE_SHARES = {"train": (0.0, 0.8), "val": (0.8, 0.9), "test": (0.9, 1.0)}


class DataError(Exception):
    """Data that cannot be used: says what, where, what was expected, what was found and what to do."""


class DiskFullError(DataError):
    """The disk had no room; nothing half-written is left behind."""


@contextmanager
def writing(path, keep=True):
    """Gives a temporary path beside `path` and moves it there in one step at the end (or drops it, where `keep` is false);
    after any error nothing is left of it.

    Raises DiskFullError when the disk is full."""
    folder, part = os.path.dirname(os.path.abspath(path)), f"{path}.part-{os.getpid()}"
    try:
        os.makedirs(folder, exist_ok=True)
        yield part
        if keep:
            os.replace(part, path)
    except OSError as error:
        if error.errno not in DISK_FULL:
            raise
        free = shutil.disk_usage(folder).free / 1e9
        raise DiskFullError(
            f"{path}: the disk is full ({free:.2f} GB free). Nothing was changed; make room, then run the same command again."
        ) from error
    finally:
        if os.path.exists(part):
            os.remove(part)


def save_arrays(path, raw_audio=None, **arrays):
    """Writes an uncompressed .npz. `raw_audio` is the path of a file of bare int16 samples, which becomes the array `audio`."""
    with writing(path) as part, zipfile.ZipFile(part, "w", zipfile.ZIP_STORED) as archive:
        if raw_audio is not None:
            header = io.BytesIO()
            shape = (os.path.getsize(raw_audio) // 2,)
            np.lib.format.write_array_header_1_0(header, {"descr": "<i2", "fortran_order": False, "shape": shape})
            with archive.open("audio.npy", "w", force_zip64=True) as entry, open(raw_audio, "rb") as samples:
                entry.write(header.getvalue())
                shutil.copyfileobj(samples, entry, 1 << 22)
        for name, array in arrays.items():
            with archive.open(f"{name}.npy", "w", force_zip64=True) as entry:
                np.lib.format.write_array(entry, np.asarray(array), allow_pickle=False)


def load_arrays(path, needed, optional=()):
    """Reads arrays of an .npz. The array `audio` is memory-mapped (copy on write), so that processes share it.

    -> {name: array}; what is `optional` and not there is left out. Raises DataError for a missing, damaged or incomplete file."""
    if not os.path.exists(path):
        raise DataError(
            f"{path}: no such file. Make it: speech and noise with `python -m crossmamba.prepare`, clues with `python -m crossmamba.clue_bank`."
        )
    try:
        with zipfile.ZipFile(path) as archive:
            found = {name.removesuffix(".npy") for name in archive.namelist()}
            if missing := sorted(set(needed) - found):
                raise DataError(f"{path}: expected the arrays {', '.join(needed)}, found no {', '.join(missing)}. Delete the file and make it again.")
            names = [*needed, *(name for name in optional if name in found)]
            return {name: (_map if name == "audio" else _read)(path, archive, name) for name in names}
    except (zipfile.BadZipFile, ValueError, EOFError, struct.error) as error:
        raise DataError(f"{path}: damaged or cut short ({error}). Delete the file and make it again.") from error


def _read(_path, archive, name):
    with archive.open(f"{name}.npy") as entry:
        return np.lib.format.read_array(entry, allow_pickle=False)


def _map(path, archive, name):
    """Memory-maps an array inside the archive: entries are stored, not compressed, so its samples lie there as they are."""
    info = archive.getinfo(f"{name}.npy")
    if info.compress_type != zipfile.ZIP_STORED:
        return _read(path, archive, name)
    with open(path, "rb") as file:
        file.seek(info.header_offset + 26)
        name_bytes, extra_bytes = struct.unpack("<HH", file.read(4))
        file.seek(info.header_offset + 30 + name_bytes + extra_bytes)
        version = np.lib.format.read_magic(file)
        read_header = np.lib.format.read_array_header_1_0 if version == (1, 0) else np.lib.format.read_array_header_2_0
        shape, _, dtype = read_header(file)
        return np.memmap(path, dtype, "c", file.tell(), shape)


@dataclass
class Speech:
    """A split's speech: all utterances, speaker after speaker."""

    audio: np.ndarray  # int16 [samples], 16 kHz
    utterances: np.ndarray  # [N, 3]: speaker, start, end (samples in audio)
    speakers: np.ndarray  # [S] names, `source-id`
    sex: np.ndarray  # [S] "F", "M" or ""

    @classmethod
    def load(cls, cache, split):
        path = os.path.join(cache, f"speech-{split}.npz")
        speech = cls(**load_arrays(path, ["audio", "utterances", "speakers", "sex"]))
        if len(speech.utterances) == 0 or speech.utterances[:, 2].max() > len(speech.audio):
            raise DataError(
                f"{path}: expected utterances within {len(speech.audio)} samples, found {len(speech.utterances)} utterances"
                f"{' that end past them' if len(speech.utterances) else ''}. Delete the file and make it again."
            )
        return speech

    def bounds(self):
        """-> lo [S], hi [S]: each speaker's first sample and the one after the last."""
        who, count = self.utterances[:, 0], len(self.speakers)
        lo, hi = np.full(count, len(self.audio)), np.zeros(count, np.int64)
        np.minimum.at(lo, who, self.utterances[:, 1])
        np.maximum.at(hi, who, self.utterances[:, 2])
        return np.minimum(lo, hi), hi

    def sources(self):
        """-> [S]: each speaker's source."""
        return np.array([name.split("-")[0] for name in self.speakers])

    def alike(self):
        """-> [S]: each speaker's source and sex; within one of these nothing but the voice tells two speakers apart."""
        return np.char.add(self.sources(), self.sex)

    def weights(self):
        """-> [S], sum 1: how often each speaker is drawn."""
        source = self.sources()
        group = np.where(np.isin(source, list(SOURCE_WEIGHTS)), source, "")
        weight = np.zeros(len(source))
        for name in np.unique(group):
            mine = group == name
            weight[mine] = SOURCE_WEIGHTS.get(name, OTHER_WEIGHT) / mine.sum()
        return weight / weight.sum()


@dataclass
class Noise:
    """Noise clips and the part of each that belongs to a split."""

    audio: np.ndarray  # int16 [samples], 16 kHz
    clips: np.ndarray  # [N, 2]: start, end of the split's share (samples in audio)

    @classmethod
    def load(cls, cache, split):
        arrays = load_arrays(os.path.join(cache, "noise.npz"), ["audio", "clips"])
        low, high = NOISE_SHARES[split]
        start, end = arrays["clips"].T
        length = end - start
        return cls(arrays["audio"], np.stack([start + (length * low).astype(int), start + (length * high).astype(int)], 1))
