"""Adds further enrollments to a folder of cases: python -m crossmamba.takes CASES DATA --out DIR [--takes 3].

Writes <id>.enrollment-2.wav, -3.wav … of other recordings of the same speaker: nothing that the case's target or enrollment holds, told by
correlation. `npx crossmamba-web evaluate --cases DIR --takes 1|2|…` then measures what more takes are worth (docs/enrollment.md)."""

import argparse
import json
import os
import shutil
import sys

import numpy as np
from scipy.signal import fftconvolve

from crossmamba.corpus import RATE, DataError, writing
from crossmamba.evaluate import PARTS, read_cases, read_wav
from crossmamba.streams import ENROLLMENT, as_enrollment, load_speakers, refuse_work_tree, utterances_of, write_manifest, write_segments, write_sound

PROBE = RATE  # samples of an utterance that are searched for
SAME = 0.6  # normalised correlation: of other words it stays below 0.45, of the same ones it is above 0.85


def loudest(samples, length=PROBE):
    """f32 [n] -> f32 [length], its loudest piece."""
    power = np.cumsum(np.concatenate([[0], np.square(samples, dtype=np.float64)]))
    start = int(np.argmax(power[length:] - power[:-length]))
    return samples[start : start + length]


def likeness(probe, sound):
    """f32 [p], f32 [n] -> the highest normalised correlation over all places, 0 … 1."""
    if len(sound) < len(probe):
        return 0.0
    found = fftconvolve(sound, probe[::-1], mode="valid")
    power = np.cumsum(np.concatenate([[0], np.square(sound, dtype=np.float64)]))
    norms = np.sqrt(np.maximum(power[len(probe) :] - power[: -len(probe)], 1e-9))
    return float(np.max(np.abs(found) / norms) / (np.linalg.norm(probe) + 1e-9))


def choose(random, utterances, heard, takes):
    """[f32 [n]] utterances of the speaker, [f32 [m]] what the case holds -> `takes` enrollments f32 [ENROLLMENT] from all over the recordings; None where there are too few."""
    new = [u for u in utterances if max(likeness(loudest(u), sound) for sound in heard) < SAME]
    runs, run = [], []
    for utterance in new:
        run.append(utterance)
        if sum(map(len, run)) >= ENROLLMENT:
            runs.append(as_enrollment(np.concatenate(run)[:ENROLLMENT]))
            run = []
    if len(runs) < takes:
        return None
    return [runs[i] for i in random.permutation(len(runs))[:takes]]


def speakers(data, wanted):
    """-> {name: [f32 [n]] utterances long enough}. Raises DataError where one is not there."""
    known = {s.name: s for s in load_speakers(data)}
    missing = sorted(wanted - known.keys())
    if missing:
        raise DataError(f"{data}: no speaker {', '.join(missing)}. Name the data that the cases were made of.")
    return {name: utterances_of(known[name]) for name in wanted}


def write(cases, data, out, takes, seed=0):
    """-> rows of the manifest: the cases whose speaker has enough to say. Raises DataError, DiskFullError."""
    refuse_work_tree(out)
    rows = read_cases(cases, ("id", "target"))
    voices = speakers(data, {row["target"] for row in rows})
    kept = []
    for number, row in enumerate(rows):
        paths = {part: os.path.join(cases, f"{row['id']}.{part}.wav") for part in PARTS}
        sounds = {part: read_wav(path).numpy() for part, path in paths.items()}
        heard = sounds["target"], sounds["enrollment"]
        more = choose(np.random.default_rng((seed, number)), voices[row["target"]], heard, takes - 1)
        print(f"{row['id']}: {row['target']} {'too little to say' if more is None else f'{takes} takes'}", flush=True)
        if more is None:
            continue
        kept.append(row)
        for part, path in paths.items():
            with writing(os.path.join(out, f"{row['id']}.{part}.wav")) as unfinished:
                shutil.copyfile(path, unfinished)
        for n, samples in enumerate(more):
            write_sound(os.path.join(out, f"{row['id']}.enrollment-{n + 2}.wav"), samples)
    if not kept:
        raise DataError(f"{cases}: expected a speaker with {takes - 1} more enrollments of {ENROLLMENT // RATE} s, found none. Ask for fewer --takes.")
    segments = os.path.join(cases, "segments.json")
    if os.path.exists(segments):
        with open(segments) as file:
            streams, ids = json.load(file)["streams"], {row["id"] for row in kept}
        write_segments(out, {name: stream for name, stream in streams.items() if name in ids})
    write_manifest(out, kept)
    return kept


def main(arguments=None):
    parser = argparse.ArgumentParser(prog="crossmamba.takes", description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("cases", help="folder with manifest.csv and <id>.{mixture,target,enrollment}.wav")
    parser.add_argument("data", help="folder with speech/index.json that the cases were made of")
    parser.add_argument("--out", required=True, help="folder for the cases with more takes, outside of any git work tree")
    parser.add_argument("--takes", type=int, default=3, help="enrollments a case, the one that it has among them")
    parser.add_argument("--seed", type=int, default=0, help="the same seed gives the same takes")
    args = parser.parse_args(arguments)
    if args.takes < 2:
        parser.error(f"--takes: expected 2 or more, got {args.takes}")
    write(args.cases, args.data, args.out, args.takes, args.seed)


if __name__ == "__main__":
    try:
        main()
    except DataError as error:
        sys.exit(f"takes: {error}")
