"""Decodes speech and noise to 16 kHz into a cache: python -m crossmamba.prepare CACHE --data DIR [--data DIR …].

A DIR is a folder with `speech/index.json` and `noise/index.json` (or one of the two itself), a LibriSpeech folder
(speaker/chapter/*.flac, at any depth), a VCTK folder (wav48*/speaker/*) or, with --noise-data, any folder of noise."""

import argparse
import hashlib
import json
import os
import re
import sys
from dataclasses import dataclass, field
from glob import glob
from math import gcd

import numpy as np

from crossmamba.corpus import RATE, DataError, save_arrays, writing
from crossmamba.interrupt import end_at_sigterm

AUDIO = (".flac", ".wav", ".opus", ".ogg", ".mp3")


@dataclass
class Speaker:
    name: str  # source-id
    sex: str
    split: str
    files: list = field(default_factory=list)  # (path, [[start, end], …] in samples at 16 kHz, or None for the whole file)


def decode(path):
    """-> int16 [samples], mono, 16 kHz, from any rate and number of channels. Raises DataError."""
    import soundfile
    from scipy.signal import resample_poly

    if not os.path.exists(path):
        raise DataError(f"{path}: no such file, though the index or folder names it. Complete the data set, or take it out of the index.")
    try:
        samples, rate = soundfile.read(path, dtype="float32", always_2d=True)
    except (soundfile.LibsndfileError, RuntimeError) as error:
        raise DataError(f"{path}: cannot be decoded ({error}). Fetch the file again, or take it out of the data set.") from error
    samples = samples.mean(1)
    if not np.isfinite(samples).all():
        raise DataError(f"{path}: holds NaN or infinite samples. Fetch the file again, or take it out of the data set.")
    if rate != RATE:
        common = gcd(rate, RATE)
        samples = resample_poly(samples, RATE // common, rate // common)
    return np.round(samples * 32768).clip(-32768, 32767).astype(np.int16)


def from_index(folder):
    """Speakers of a folder with an index.json, whose splits are kept."""
    path = os.path.join(folder, "index.json")
    try:
        with open(path) as file:
            entries = json.load(file)["speakers"]
        return [Speaker(e["speaker"], e.get("sex", ""), e["split"], [(os.path.join(folder, "..", e["file"]), e["utterances"])]) for e in entries]
    except (ValueError, KeyError, TypeError) as error:
        raise DataError(f"{path}: expected {{'speakers': [{{speaker, sex, split, file, utterances}}, …]}}, found {error!r}.") from error


def held_out(name, share):
    """Whether a speaker is for validation: by its name, so that it stays so whatever else is added."""
    return int(hashlib.sha256(name.encode()).hexdigest()[:8], 16) / 2**32 < share


def from_librispeech(root, share):
    """speaker/chapter/speaker-chapter-*.flac at any depth; sex from SPEAKERS.TXT where there is one."""
    sexes = {}
    for table in glob(os.path.join(root, "**", "SPEAKERS.TXT"), recursive=True) + glob(os.path.join(root, "..", "SPEAKERS.TXT")):
        with open(table, encoding="utf-8", errors="replace") as lines:
            sexes |= {m[1]: m[2] for line in lines if (m := re.match(r"\s*(\d+)\s*\|\s*([FM])\s*\|", line))}
    speakers = {}
    for path in sorted(glob(os.path.join(root, "**", "*-*-*.flac"), recursive=True)):
        number = os.path.basename(os.path.dirname(os.path.dirname(path)))
        if os.path.basename(path).split("-")[0] == number:
            name = f"ls-{number}"
            split = "val" if held_out(name, share) else "train"
            speakers.setdefault(name, Speaker(name, sexes.get(number, ""), split)).files.append((path, None))
    return list(speakers.values())


def from_vctk(root, share):
    """wav48*/speaker/*; sex from speaker-info.txt; the second microphone of a sentence is left out."""
    sexes = {}
    for table in glob(os.path.join(root, "speaker-info.txt")):
        with open(table, encoding="utf-8", errors="replace") as lines:
            sexes = {m[1].removeprefix("p"): m[2] for line in lines if (m := re.match(r"\s*(\w+)\s+\d+\s+([FM])\b", line))}
    speakers = {}
    for path in sorted(glob(os.path.join(root, "wav48*", "*", "*"))):
        if path.endswith(AUDIO) and "_mic2" not in path:
            number = os.path.basename(os.path.dirname(path))
            name = f"vctk-{number}"
            split = "val" if held_out(name, share) else "train"
            speakers.setdefault(name, Speaker(name, sexes.get(number.removeprefix("p"), ""), split)).files.append((path, None))
    return list(speakers.values())


STRICTEST = ("train", "val", "test")


def find_speakers(folders, val_share):
    """All speakers of all folders; who comes twice is one speaker: in the split that an index names, else in that of the first folder, and a
    test speaker is in no other, in whatever order the folders come."""
    speakers, named = {}, set()
    for root in folders:
        if not os.path.isdir(root):
            raise DataError(f"{root}: no such folder. --data takes a folder with an index.json, a LibriSpeech or a VCTK folder.")
        indexed = [f for f in (root, os.path.join(root, "speech")) if os.path.exists(os.path.join(f, "index.json")) and _has_speakers(f)]
        if indexed:
            found = from_index(indexed[0])
        else:
            found = from_vctk(root, val_share) if glob(os.path.join(root, "wav48*")) else from_librispeech(root, val_share)
        if not found and not os.path.exists(os.path.join(root, "index.json")):
            raise DataError(f"{root}: no speech found. Expected speech/index.json, speaker/chapter/*.flac or wav48*/speaker/*.")
        for speaker in found:
            mine = speakers.setdefault(speaker.name, Speaker(speaker.name, speaker.sex, speaker.split))
            mine.files.extend(speaker.files)
            if indexed:
                known = mine.name in named
                mine.split = max(mine.split, speaker.split, key=STRICTEST.index) if known else speaker.split
                named.add(mine.name)
    return sorted(speakers.values(), key=lambda s: s.name)


def _has_speakers(folder):
    with open(os.path.join(folder, "index.json")) as file:
        return '"speakers"' in file.read(4096)


def decode_split(speakers, path, note):
    """Writes the speakers' utterances to `path`, one file at a time. -> hours written."""
    spans, at = [], 0
    with writing(f"{path}.samples", keep=False) as raw:
        with open(raw, "wb") as out:
            for number, speaker in enumerate(speakers):
                for file, utterances in speaker.files:
                    samples = decode(file)
                    for start, end in utterances or [[0, len(samples)]]:
                        if not 0 <= start < end <= len(samples):
                            raise DataError(
                                f"{file}: utterance [{start}, {end}) lies outside its {len(samples)} samples. Fetch the file or the index again."
                            )
                        out.write(samples[start:end].tobytes())
                        spans.append((number, at, at + end - start))
                        at += end - start
                if number % 50 == 49 or number + 1 == len(speakers):
                    print(f"{note}: {number + 1} of {len(speakers)} speakers, {at / RATE / 3600:.2f} h", flush=True)
        save_arrays(
            path,
            raw_audio=raw,
            utterances=np.array(spans, np.int64).reshape(-1, 3),
            speakers=np.array([s.name for s in speakers]),
            sex=np.array([s.sex for s in speakers]),
        )
    return at / RATE / 3600


def find_noise(folders, plain):
    """Noise files: those of an index.json, and every audio file below the plain folders."""
    files = []
    for root in folders:
        for folder in (root, os.path.join(root, "noise")):
            path = os.path.join(folder, "index.json")
            if os.path.exists(path) and not _has_speakers(folder):
                try:
                    with open(path) as file:
                        files += [os.path.join(folder, "..", clip["file"]) for clip in json.load(file)["clips"]]
                except (ValueError, KeyError, TypeError) as error:
                    raise DataError(f"{path}: expected {{\"clips\": [{{\"file\": …}}]}}, got: {error!r}. Fetch the index again.") from error
    for root in plain:
        found = sorted(p for p in glob(os.path.join(root, "**", "*"), recursive=True) if p.endswith(AUDIO))
        if not found:
            raise DataError(f"{root}: no noise found. --noise-data takes a folder with files that end in {', '.join(AUDIO)}.")
        files += found
    return files


def decode_noise(files, path):
    audio = [decode(file) for file in files]
    lengths = np.array([len(x) for x in audio], np.int64)
    ends = np.cumsum(lengths)
    save_arrays(path, audio=np.concatenate([np.zeros(0, np.int16), *audio]), clips=np.stack([ends - lengths, ends], 1))


def main(arguments=None):
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("cache")
    parser.add_argument("--data", action="append", default=[], required=True, help="may be given several times")
    parser.add_argument("--noise-data", action="append", default=[], help="a plain folder of noise; may be given several times")
    parser.add_argument("--val-share", type=float, default=0.04, help="share of the speakers held out where a folder names no splits")
    args = parser.parse_args(arguments)
    speakers = find_speakers(args.data, args.val_share)
    for split in ("train", "val"):
        mine = [s for s in speakers if s.split == split]
        if mine:
            decode_split(mine, os.path.join(args.cache, f"speech-{split}.npz"), split)
        else:
            print(f"{split}: no speakers; nothing written")
    files = find_noise(args.data, args.noise_data)
    decode_noise(files, os.path.join(args.cache, "noise.npz"))  # also where there is none: the others ask for it
    print(f"noise: {len(files)} clips")


if __name__ == "__main__":
    end_at_sigterm()
    try:
        main()
    except DataError as error:
        sys.exit(f"prepare: {error}")
