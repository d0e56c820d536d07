"""Voices and noises of a split as WAV files, as bench:enrollment reads them: python -m crossmamba.voice_folder CACHE --out DIR [--split val].

DIR/voices: <voice>.wav, a speaker's utterances one after the other, and voices.csv (voice, group: its source, sex). DIR/noises: every clip's share of the split."""

import argparse
import csv
import os
import sys

import soundfile

from crossmamba.corpus import RATE, DataError, Noise, Speech, writing
from crossmamba.streams import refuse_work_tree

LEAST_S = 20  # of a voice: takes of 9 s from its first half and a reference from its second


def _write(path, samples):
    with writing(path) as unfinished:
        soundfile.write(unfinished, samples, RATE, "PCM_16", format="WAV")


def write(cache, out, split):
    """-> how many voices, how many noises. Raises DataError; files written before stay."""
    refuse_work_tree(out)
    speech, noise = Speech.load(cache, split), Noise.load(cache, split)
    rows = []
    for name, sex, source, lo, hi in zip(speech.speakers, speech.sex, speech.sources(), *speech.bounds()):
        if hi - lo < LEAST_S * RATE:
            print(f"{name}: {(hi - lo) / RATE:.0f} s, left out: expected at least {LEAST_S} s", flush=True)
            continue
        _write(os.path.join(out, "voices", f"{name}.wav"), speech.audio[lo:hi])
        rows.append((name, source, sex))
    if not rows:
        raise DataError(f"{cache}: split {split} has no voice of {LEAST_S} s. Prepare more speech.")
    with writing(os.path.join(out, "voices", "voices.csv")) as unfinished, open(unfinished, "w", newline="") as file:
        csv.writer(file, lineterminator="\n").writerows([("voice", "group", "sex"), *rows])
    for number, (start, end) in enumerate(noise.clips):
        _write(os.path.join(out, "noises", f"{number:03}.wav"), noise.audio[start:end])
    return len(rows), len(noise.clips)


def main(arguments=None):
    parser = argparse.ArgumentParser(prog="crossmamba.voice_folder", description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("cache")
    parser.add_argument("--out", required=True, help="folder, outside of any git work tree")
    parser.add_argument("--split", default="val", choices=["train", "val"])
    args = parser.parse_args(arguments)
    voices, noises = write(args.cache, args.out, args.split)
    print(f"{args.out}: {voices} voices, {noises} noises")


if __name__ == "__main__":
    try:
        main()
    except DataError as error:
        sys.exit(f"voice_folder: {error}")
