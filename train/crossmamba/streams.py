"""Builds streams in which people take turns, from a split of a data set: python -m crossmamba.streams DATA --out DIR [--split test] [--kind conversation …].

What `npx crossmamba-web evaluate --cases DIR` reads: WAV files, manifest.csv, and segments.json, which says who speaks when (docs/evaluation.md)."""

import argparse
import csv
import json
import os
import sys
from dataclasses import dataclass

import numpy as np

from crossmamba.corpus import NOISE_SHARES, RATE, DataError, writing
from crossmamba.prepare import decode, find_noise, from_index

ENROLLMENT = 6 * RATE
SHORTEST = int(1.5 * RATE)  # of an utterance: single words make no conversation
REEL = 20 * RATE  # speech that a speaker must have beside the enrollment
FADE = int(0.01 * RATE)
TURN_S = (2.0, 4.0)
PAUSE_S = (0.8, 1.5)
STATES = (("target",), ("other",), ("target", "other"), ())
LEVEL_DBFS = (-30.0, -22.0)  # of the target while it speaks
SIR_DB = (-5.0, 5.0)
SNR_DB = (5.0, 15.0)
HISS_DBFS = (-75.0, -65.0)  # a microphone is never without
LEAD_S = 8.0
COMPANY_S = 16.0  # four turns and more
ENROLLMENT_DBFS = -26


@dataclass(frozen=True)
class Plan:
    """A kind of stream."""

    kind: str
    seconds: float
    count: int  # without --count
    sexes: str = ""  # "cross", "same"; any where it is empty
    noise: bool = False
    enrolled: bool = True  # False: two others speak, and what is built is a clip: there are no turns of the enrolled voice to be scored
    lead_s: float = 0.0  # before the turns that are scored
    lead: str = "noise"  # what that holds: nobody; nothing at all, zeros ("silence"); the enrolled voice with somebody who then leaves ("company")
    repeats: int = 1  # the same sound so many times over: minutes that can be compared


PLANS = {
    "conversation": (
        Plan("conversation-cross-sex", 30, 8, "cross"),
        Plan("conversation-same-sex", 30, 8, "same"),
        Plan("conversation-noisy", 30, 8, noise=True),
    ),
    "endurance": (Plan("endurance", 60, 1, "cross", repeats=10), Plan("endurance-noisy", 60, 1, noise=True, repeats=10)),
    "start": (
        Plan("start-silence", 12, 6, "cross", lead_s=LEAD_S, lead="silence"),
        Plan("start-noise", 12, 6, "cross", noise=True, lead_s=LEAD_S),
    ),
    "gain": (Plan("gain-cross-sex", 16, 6, "cross"), Plan("gain-noisy", 16, 6, noise=True)),
    "listening": (Plan("listening-absent", 30, 24, enrolled=False),),
    "company": (Plan("start-company", 12, 24, lead_s=COMPANY_S, lead="company"),),
}


@dataclass
class Voice:
    name: str
    sex: str
    enrollment: np.ndarray  # f32 [samples]
    reel: np.ndarray  # f32 [samples]: all its other utterances, end to end, unit level


def load_speakers(data):
    """-> the data's speakers. Raises DataError."""
    folder = os.path.join(data, "speech")
    if not os.path.exists(os.path.join(folder, "index.json")):
        raise DataError(f"{folder}/index.json: no such file. DATA is a folder with speech/index.json (docs/evaluation.md).")
    return from_index(folder)


def utterances_of(speaker):
    """-> [f32 [samples]]: those that are no single words."""
    pieces = []
    for path, utterances in speaker.files:
        samples = decode(path).astype(np.float32) / 32768
        pieces += [samples[a:b] for a, b in utterances if b - a >= SHORTEST]
    return pieces


def load_voices(data, split):
    """-> the split's voices that have enough to say. Raises DataError."""
    voices = []
    for speaker in load_speakers(data):
        if speaker.split == split:
            voice = make_voice(speaker.name, speaker.sex, utterances_of(speaker))
            if voice is not None:
                voices.append(voice)
    sexes = [v.sex for v in voices]
    if min(sexes.count("F"), sexes.count("M")) < 2:
        need = f"utterances of at least {SHORTEST / RATE} s that make {(ENROLLMENT + REEL) // RATE} s"
        raise DataError(
            f"{data}: expected at least 2 women and 2 men in split {split} with {need}, found {sexes.count('F')} and {sexes.count('M')}. "
            "Name another --split or a larger data set."
        )
    return voices


def make_voice(name, sex, pieces):
    """[samples] utterances -> Voice, its first utterances the enrollment; None where they are too few."""
    enrollment, length = [], 0
    while pieces and length < ENROLLMENT:
        piece, *pieces = pieces
        enrollment.append(piece)
        length += len(piece)
    reel = np.concatenate(pieces) if pieces else np.zeros(0, np.float32)
    if length < ENROLLMENT or len(reel) < REEL:
        return None
    return Voice(name, sex, np.concatenate(enrollment)[:ENROLLMENT], reel / rms(reel))


class Noises:
    """The split's share of every clip that has at least five seconds of it."""

    def __init__(self, data, split):
        self.clips = []
        low, high = NOISE_SHARES[split]
        for path in find_noise([data], []):
            samples = decode(path).astype(np.float32) / 32768
            piece = samples[int(len(samples) * low) : int(len(samples) * high)]
            if len(piece) >= 5 * RATE and rms(piece) > 1e-4:
                self.clips.append((os.path.splitext(os.path.basename(path))[0], piece / rms(piece)))
        if not self.clips:
            raise DataError(f"{data}: no noise clip has 5 s in split {split}. Give longer noise, or another --split.")

    def draw(self, random, samples):
        """-> name, f32 [samples] of unit level; a short clip goes forth and back, so that no seam is heard."""
        name, piece = self.clips[random.integers(len(self.clips))]
        there_and_back = np.concatenate([piece, piece[::-1]])
        return name, np.tile(there_and_back, -(-samples // len(there_and_back)))[:samples]


def rms(x):
    return float(np.sqrt(np.mean(np.square(x, dtype=np.float64)) + 1e-20))


def gain_of(db):
    return 10 ** (db / 20)


def as_enrollment(samples):
    """f32 [samples] -> the same at the level of an enrollment"""
    return gain_of(ENROLLMENT_DBFS) / rms(samples) * samples


def hiss(random, samples):
    """-> f32 [samples]: a microphone's own"""
    return gain_of(random.uniform(*HISS_DBFS)) * random.standard_normal(samples).astype(np.float32)


def heard(target, rest):
    """f32 [samples] both -> {mixture, target}, quieter together where the mixture would clip"""
    mixture = target + rest
    scale = min(1.0, 0.99 / float(np.abs(mixture).max()))
    return {"mixture": scale * mixture, "target": scale * target}


def turns(random, samples, begin=0):
    """-> [(from, to, who)] that fill begin … samples: all four states in a new order again and again, no state twice in a row; target first after a lead."""
    segments, at, before = [], begin, None
    while at < samples:
        order = list(random.permutation(len(STATES)))
        if before is None and begin:
            order.remove(0)
            order.insert(0, 0)
        if order[0] == before:
            order.reverse()
        for state in order:
            low, high = TURN_S if STATES[state] else PAUSE_S
            end = at + int(random.uniform(low, high) * RATE)
            if samples - end < PAUSE_S[0] * RATE:
                end = samples
            segments.append((at, end, STATES[state]))
            at, before = end, state
            if at >= samples:
                break
    return segments


def perform(random, voice, who, segments, samples):
    """-> f32 [samples]: the voice where the segments let `who` speak, faded in and out; its reel goes on from turn to turn."""
    out, at = np.zeros(samples, np.float32), int(random.integers(len(voice.reel)))
    joined = []
    for start, end, speakers in segments:  # two segments in a row with the same speaker are one turn
        if who in speakers:
            if joined and joined[-1][1] == start:
                joined[-1][1] = end
            else:
                joined.append([start, end])
    ramp = np.hanning(2 * FADE + 2)[1 : FADE + 1].astype(np.float32)
    for start, end in joined:
        piece = np.take(voice.reel, np.arange(at, at + end - start), mode="wrap").copy()
        piece[:FADE] *= ramp
        piece[-FADE:] *= ramp[::-1]
        out[start:end] = piece
        at += end - start
    return out


def pair(random, voices, sexes):
    """-> target, interferer"""
    while True:
        a, b = (voices[i] for i in random.choice(len(voices), 2, replace=False))
        if not sexes or (a.sex and b.sex and (a.sex == b.sex) == (sexes == "same")):
            return a, b


def bystander(random, voices, *speaking):
    """-> a voice that is none of `speaking`"""
    others = [v for v in voices if v.name not in {s.name for s in speaking}]
    return others[random.integers(len(others))]


def build(plan, random, voices, noises):
    """-> {mixture, target, enrollment: f32 [samples]}, segments [(from, to, who)], what the manifest says"""
    lead, samples = int(plan.lead_s * RATE), int((plan.lead_s + plan.seconds) * RATE)
    wanted, other = pair(random, voices, plan.sexes)
    segments = turns(random, samples, lead)
    before = turns(random, lead) if plan.lead == "company" else []
    level, sir_db, snr_db = (random.uniform(*r) for r in (LEVEL_DBFS, SIR_DB, SNR_DB))
    target = gain_of(level) * perform(random, wanted, "target", before + segments, samples)
    rest = gain_of(level - sir_db) * perform(random, other, "other", segments, samples)
    enrolled, interferer = wanted, other.name
    if before:
        gone = bystander(random, voices, wanted, other)
        rest += gain_of(level - sir_db) * perform(random, gone, "other", before, samples)
        interferer = f"{gone.name} and {other.name}"
    if lead:
        segments.insert(0, (0, lead, STATES[2] if before else STATES[3]))
    floor = hiss(random, samples)
    if plan.lead == "silence":
        floor[:lead] = 0
    rest += floor
    name = ""
    if plan.noise:
        name, noise = noises.draw(random, samples)
        rest += gain_of(level - snr_db) * noise
    if not plan.enrolled:
        enrolled, interferer = bystander(random, voices, wanted, other), f"{wanted.name} and {other.name}"
        target, rest = np.zeros_like(target), target + rest
        segments = []
    sounds = {part: np.tile(x, plan.repeats) for part, x in heard(target, rest).items()} | {"enrollment": as_enrollment(enrolled.enrollment)}
    segments = [(a + n * samples, b + n * samples, who) for n in range(plan.repeats) for a, b, who in segments]
    facts = {"target": enrolled.name, "interferer": interferer, "noise": name, "sir_db": f"{sir_db:.2f}", "snr_db": f"{snr_db:.2f}" if plan.noise else ""}
    return sounds, segments, facts


def write(data, out, split, kinds, count=None, seed=0):
    """Builds the streams of these kinds into `out`. -> rows of the manifest. Raises DataError, DiskFullError."""
    refuse_work_tree(out)
    voices, noises = load_voices(data, split), Noises(data, split)
    rows, streams = [], {}
    for number, plan in ((n, plan) for n, plan in enumerate(p for all_of in PLANS.values() for p in all_of)):
        if not any(plan in PLANS[kind] for kind in kinds):
            continue
        for n in range(count or plan.count):
            sounds, segments, facts = build(plan, np.random.default_rng((seed, number, n)), voices, noises)
            name = f"{len(rows):03}-{plan.kind}"
            for part, samples in sounds.items():
                write_sound(os.path.join(out, f"{name}.{part}.wav"), samples)
            if segments:
                streams[name] = [{"from_s": a / RATE, "to_s": b / RATE, "who": list(who)} for a, b, who in segments]
            rows.append({"id": name, "kind": plan.kind} | facts)
            print(f"{name}: {len(sounds['mixture']) / RATE:.0f} s, {facts['target']} and {facts['interferer']} {facts['noise']}", flush=True)
    if streams:
        write_segments(out, streams)
    write_manifest(out, rows)
    return rows


def write_sound(path, samples):
    """Raises DiskFullError."""
    import soundfile

    with writing(path) as unfinished:
        soundfile.write(unfinished, samples, RATE, "PCM_16", format="WAV")


def write_segments(out, streams):
    """streams: {id: its segments as the file has them}. Raises DiskFullError."""
    with writing(os.path.join(out, "segments.json")) as unfinished, open(unfinished, "w") as file:
        json.dump({"format_version": 1, "streams": streams}, file, indent=1)


def write_manifest(out, rows):
    """rows: [{column: value}], at least one. Raises DiskFullError."""
    with writing(os.path.join(out, "manifest.csv")) as unfinished, open(unfinished, "w", newline="") as file:
        table = csv.DictWriter(file, rows[0].keys())
        table.writeheader()
        table.writerows(rows)


def refuse_work_tree(out):
    """Other people's recordings must not be committed by accident. Raises DataError."""
    folder = os.path.abspath(out)
    while folder != os.path.dirname(folder):
        if os.path.exists(os.path.join(folder, ".git")):
            raise DataError(f"{out}: lies in the git work tree {folder}. The streams hold other people's recordings: name a folder outside of it.")
        folder = os.path.dirname(folder)


def main(arguments=None):
    parser = argparse.ArgumentParser(prog="crossmamba.streams", description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("data", help="folder with speech/index.json and noise/index.json")
    parser.add_argument("--out", required=True, help="folder for the streams, outside of any git work tree")
    parser.add_argument("--split", default="test", choices=sorted(NOISE_SHARES))
    parser.add_argument("--kind", action="append", choices=sorted(PLANS), help="may be given several times; all without it")
    parser.add_argument("--count", type=int, help="streams of every sort; their usual number without it")
    parser.add_argument("--seed", type=int, default=0, help="the same seed gives the same streams")
    args = parser.parse_args(arguments)
    write(args.data, args.out, args.split, args.kind or sorted(PLANS), args.count, args.seed)


if __name__ == "__main__":
    try:
        main()
    except DataError as error:
        sys.exit(f"streams: {error}")
