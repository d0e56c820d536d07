"""Synthetic voices for the tests: a small cache of them, and a folder as --data takes it; no recordings, a second to make."""

import csv
import json
import os

import numpy as np
import soundfile
from crossmamba import augment
from crossmamba.corpus import RATE, save_arrays

SPEEDS = ((1, 1), (4, 5), (6, 5))


def voice(random, seconds, hz):
    """int16: harmonics of a pitch of its own under a slow envelope; the sample's place in the file can be told from it."""
    t = np.arange(int(seconds * RATE)) / RATE
    x = sum(random.uniform(0.2, 1) * np.sin(2 * np.pi * hz * k * t + random.uniform(0, 6)) for k in range(1, 12))
    envelope = 1 + 0.5 * np.sin(2 * np.pi * random.uniform(2, 5) * t)
    return (1000 * x * envelope + random.normal(0, 60, len(t))).clip(-32768, 32767).astype(np.int16)


def write_cache(folder, train=6, val=4, one_utterance=(1,)):
    """speech-{train,val}.npz, noise.npz, clues-{train,val}.npz (rows at three speeds, random embeddings). Speakers named in
    `one_utterance` have a single one, of 14 s; the others three of 6 s."""
    random = np.random.default_rng(0)
    for split, count in (("train", train), ("val", val)):
        audio, utterances, at = [], [], 0
        for s in range(count):
            for seconds in [14] if s in one_utterance else [6, 6, 6]:
                x = voice(random, seconds, 90 + 23 * s)
                audio.append(x)
                utterances.append((s, at, at + len(x)))
                at += len(x)
        utterances = np.array(utterances)
        sex = np.array(["F", "M"])[np.arange(count) % 2]
        names = np.array([f"{'ls' if s % 2 else 'so'}-{s}" for s in range(count)])
        save_arrays(f"{folder}/speech-{split}.npz", audio=np.concatenate(audio), utterances=utterances, speakers=names, sex=sex)
        write_bank(folder, split, utterances, names, random)
    noise = random.normal(0, 2000, 60 * RATE).astype(np.int16)
    save_arrays(f"{folder}/noise.npz", audio=noise, clips=np.array([[0, len(noise)]]))
    return str(folder)


def write_bank(folder, split, utterances, names, random):
    from crossmamba.clue_bank import SPAN, stretches

    rows, speed = [], []
    for s in range(len(names)):
        for number, ratio in enumerate(SPEEDS):
            found = stretches(utterances[utterances[:, 0] == s][:, 1:], augment.speed_span(SPAN, *ratio))
            rows += [(s, *f) for f in found]
            speed += [number] * len(found)
    rows, speed = np.array(rows), np.array(speed)
    centre = random.random((len(names) * len(SPEEDS), 256))
    embeddings = centre[rows[:, 0] * len(SPEEDS) + speed] + 0.05 * random.random((len(rows), 256))
    embeddings /= np.linalg.norm(embeddings, axis=1, keepdims=True)
    arrays = {"rows": rows, "speed": speed, "speeds": np.array(SPEEDS), "embeddings": embeddings.astype(np.float16), "speakers": names}
    save_arrays(f"{folder}/clues-{split}.npz", **arrays)


def write_data(root, women=2, men=2, seconds=30, sources=("ls",)):
    """A folder as --data takes it: test speakers of these sources in turn, with utterances of 3 s, and two noises."""
    random, entries = np.random.default_rng(0), []
    for n in range(women + men):
        name, path = f"{sources[n % len(sources)]}-{n}", f"speech/test/{n}.flac"
        os.makedirs(root / "speech/test", exist_ok=True)
        soundfile.write(root / path, voice(random, seconds, 90 + 23 * n), RATE)
        utterances = [[a * RATE, (a + 3) * RATE] for a in range(0, seconds - 2, 3)]
        entries.append({"speaker": name, "split": "test", "sex": "F" if n < women else "M", "file": path, "utterances": utterances})
    (root / "speech/index.json").write_text(json.dumps({"speakers": entries}))
    os.makedirs(root / "noise", exist_ok=True)
    for name in ("rain", "wind"):
        soundfile.write(root / f"noise/{name}.flac", (0.1 * random.standard_normal(60 * RATE)).clip(-1, 1), RATE)
    (root / "noise/index.json").write_text(json.dumps({"clips": [{"file": f"noise/{name}.flac"} for name in ("rain", "wind")]}))
    return root


def read_part(folder, name, part):
    """-> [samples] of a case's mixture, target or enrollment"""
    samples, rate = soundfile.read(folder / f"{name}.{part}.wav")
    assert rate == RATE and samples.ndim == 1
    return samples


def rows_of(folder):
    """-> [{column: text}] of manifest.csv"""
    with open(folder / "manifest.csv", newline="") as file:
        return list(csv.DictReader(file))


def rms_db(x):
    return 10 * np.log10(np.mean(np.square(x)) + 1e-12)
