"""Builds clips of everyone beside everyone else, from a split of a data set: python -m crossmamba.everyone DATA --out DIR [--split test].

A few cases tell of a few people. Here everyone of a split is enrolled and heard with each of the others, alone in noise, and not at all; two who are
heard together come from the same recordings, so that nothing but their voices tells them apart. `npx crossmamba-web evaluate --cases DIR` reads the
folder; its intervals are over people (docs/evaluation.md)."""

import argparse
import os
import sys

import numpy as np

from crossmamba.corpus import NOISE_SHARES, RATE, DataError
from crossmamba.streams import (
    LEVEL_DBFS,
    SIR_DB,
    SNR_DB,
    Noises,
    as_enrollment,
    gain_of,
    heard,
    hiss,
    load_voices,
    refuse_work_tree,
    write_manifest,
    write_sound,
)

SAMPLES = 8 * RATE  # of a clip
KINDS = ("everyone-cross-sex", "everyone-same-sex", "everyone-noisy", "everyone-noise-only", "everyone-absent")
EACH = 4  # clips of a person alone in noise, and as many in which somebody else speaks instead


def source_of(voice):
    """What the recordings of two voices have in common: the first part of their names."""
    return voice.name.split("-")[0]


def plan(random, voices):
    """-> [(kind, enrolled, speaks [Voice, …], noise?)]: every ordered pair of one source, half of them in noise too, and EACH clips a person of one voice"""
    cross, same, noisy, noise_only, absent = KINDS
    clips, number = [], 0
    for wanted in voices:
        others = [v for v in voices if v is not wanted and source_of(v) == source_of(wanted)]
        for other in others:
            if wanted.sex and other.sex:
                clips.append((same if wanted.sex == other.sex else cross, wanted, [wanted, other], False))
            if (number := number + 1) % 2:
                clips.append((noisy, wanted, [wanted, other], True))
        clips += [(noise_only, wanted, [wanted], True)] * EACH
        clips += [(absent, wanted, [others[i]], False) for i in random.permutation(len(others))[:EACH]]
    return sorted(clips, key=lambda clip: KINDS.index(clip[0]))  # kind by kind, everyone in turn


def piece(random, voice):
    """-> f32 [SAMPLES] of unit level somewhere in what the voice says beside its enrollment"""
    at = int(random.integers(len(voice.reel)))
    return np.take(voice.reel, np.arange(at, at + SAMPLES), mode="wrap")


def build(random, wanted, speaks, noises):
    """`noises`: None where there is none -> {mixture, target, enrollment: f32 [samples]}, what the manifest says"""
    level, sir_db, snr_db = (random.uniform(*r) for r in (LEVEL_DBFS, SIR_DB, SNR_DB))
    target, rest, name = np.zeros(SAMPLES, np.float32), hiss(random, SAMPLES), ""
    others = [voice for voice in speaks if voice is not wanted]
    if wanted in speaks:
        target += gain_of(level) * piece(random, wanted)
    for other in others:
        rest += gain_of(level - sir_db) * piece(random, other)
    if noises:
        name, noise = noises.draw(random, SAMPLES)
        rest += gain_of(level - snr_db) * noise
    sounds = heard(target, rest) | {"enrollment": as_enrollment(wanted.enrollment)}
    facts = {"target": wanted.name, "interferer": others[0].name if others else "", "noise": name}
    return sounds, facts | {"sir_db": f"{sir_db:.2f}" if len(speaks) > 1 else "", "snr_db": f"{snr_db:.2f}" if noises else ""}


def write(data, out, split, seed=0):
    """Builds the clips into `out`. -> rows of the manifest. Raises DataError, DiskFullError."""
    refuse_work_tree(out)
    voices, noises = load_voices(data, split), Noises(data, split)
    rows = []
    for kind, wanted, speaks, noisy in plan(np.random.default_rng((seed, 0)), voices):
        sounds, facts = build(np.random.default_rng((seed, 1, len(rows))), wanted, speaks, noises if noisy else None)
        rows.append({"id": f"{len(rows):03}-{kind}", "kind": kind} | facts)
        for part, samples in sounds.items():
            write_sound(os.path.join(out, f"{rows[-1]['id']}.{part}.wav"), samples)
    write_manifest(out, rows)
    return rows


def main(arguments=None):
    parser = argparse.ArgumentParser(prog="crossmamba.everyone", description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("data", help="folder with speech/index.json and noise/index.json")
    parser.add_argument("--out", required=True, help="folder for the clips, outside of any git work tree")
    parser.add_argument("--split", default="test", choices=sorted(NOISE_SHARES))
    parser.add_argument("--seed", type=int, default=0, help="the same seed gives the same clips")
    args = parser.parse_args(arguments)
    rows = write(args.data, args.out, args.split, args.seed)
    for kind in dict.fromkeys(row["kind"] for row in rows):
        mine = [row["target"] for row in rows if row["kind"] == kind]
        print(f"{kind}: {len(mine)} clips of {len(set(mine))} people")


if __name__ == "__main__":
    try:
        main()
    except DataError as error:
        sys.exit(f"everyone: {error}")
