"""Clues computed ahead, so that training sees varied clues of a voice at no cost:
python -m crossmamba.clue_bank CACHE --encoder teacher|clue.pt --out CACHE/bank-train.npz [--split train].

A row is one enrollment of 4 s: the speaker, where it lies, the stretch that its target must not come from, the speed (with it the
voice is another speaker's), the draw of room, microphone and noise it was heard through (draw 0: none), and its embedding."""

import argparse
import os
import sys
import time
from dataclasses import dataclass
from functools import partial

import numpy as np
import torch

from crossmamba import augment
from crossmamba.corpus import RATE, DataError, Noise, Speech, load_arrays, save_arrays
from crossmamba.precision import mixed_precision
from crossmamba.recordings import NoiseClips, Recordings, at_speeds, unit
from crossmamba.teacher import Teacher, TeacherMissingError
from crossmamba.weights import CheckpointError, build_clue_encoder, load_checkpoint, prove_writable

SPAN = 4 * RATE  # samples of one enrollment
STRIDE = 3 * RATE  # between enrollments of one utterance


@dataclass
class ClueBank:
    rows: np.ndarray  # [N, 4]: speaker, start of the enrollment, stretch that is not for targets (start, end)
    embeddings: np.ndarray  # f16 [N, 256], unit length
    speed: np.ndarray  # [N] number of the speed
    speeds: list  # of (consumed, produced) samples

    @property
    def speaker(self):
        return self.rows[:, 0]

    @classmethod
    def load(cls, path, speakers):
        """speakers: names of the corpus's, which the bank must have been made from. A bank without speeds is all of plain speed. Raises DataError."""
        a = load_arrays(path, ["rows", "embeddings"], ["speed", "speeds", "speakers"])
        if "speakers" in a and list(a["speakers"]) != list(speakers):
            raise DataError(
                f"{path}: made from other speech ({len(a['speakers'])} speakers, the cache has {len(speakers)}, or others). Make the bank again."
            )
        if len(a["rows"]) == 0 or a["rows"][:, 0].max() >= len(speakers) or len(a["rows"]) != len(a["embeddings"]):
            raise DataError(
                f"{path}: expected a row an embedding, of {len(speakers)} speakers; found {len(a['rows'])} rows, {len(a['embeddings'])} embeddings. Make the bank again."
            )
        if not np.isfinite(a["embeddings"]).all():
            raise DataError(f"{path}: holds embeddings that are not finite. Make the bank again, with another encoder.")
        speeds = [(int(p), int(q)) for p, q in a.get("speeds", [(1, 1)])]
        return cls(a["rows"], a["embeddings"], a.get("speed", np.zeros(len(a["rows"]), np.int64)), speeds)


def stretches(utterances, span):
    """One speaker's utterances [N, 2] -> [(start, a, b)]: enrollments of `span` samples and the stretch [a, b) closed to their targets.

    Who has one utterance gives enrollment and target from different parts of it."""
    end = utterances[-1, 1]
    found = []
    for i, (a, b) in enumerate(utterances):
        if len(utterances) == 1:
            starts = [*range(a, b - span, STRIDE), b - span] if b - a >= span else []
            found += [(s, s, s + span) for s in starts]
        elif b - a >= span:
            found += [(s, a, b) for s in range(a, b - span + 1, STRIDE)]
        elif i % 4 == 0 and a + span <= end:
            found.append((a, a, a + span))
    return found


def plan(speech, speeds, most, draws, random):
    """-> rows [N, 4], speed [N], draw [N]: at most `most` stretches a voice, `draws` rows each."""
    rows, speed, draw = [], [], []
    for speaker in range(len(speech.speakers)):
        mine = speech.utterances[speech.utterances[:, 0] == speaker][:, 1:]
        for number, (consumed, produced) in enumerate(speeds):
            found = stretches(mine, augment.speed_span(SPAN, consumed, produced)) if len(mine) else []
            if len(found) > most:
                found = [found[i] for i in np.sort(random.choice(len(found), most, replace=False))]
            for d in range(draws):
                rows += [(speaker, *f) for f in found]
                speed += [number] * len(found)
                draw += [d] * len(found)
    return np.array(rows, np.int64).reshape(-1, 4), np.array(speed, np.int64), np.array(draw, np.int64)


def embed(encoder, speech, record, rows, speed, draw, speeds, batch=32, tell=print):
    """record: [B, SPAN] -> [B, SPAN], other recordings of them. -> f16 [N, 256], one embedding a row."""
    out, began = np.empty((len(rows), 256), np.float16), time.time()
    order = np.argsort(speed, kind="stable")
    audio, ratio = torch.from_numpy(speech.audio), np.array(speeds)
    for at in range(0, len(order), batch):
        mine = order[at : at + batch]
        x = unit(at_speeds(audio, rows[mine, 1], ratio[speed[mine]], SPAN), 1e-3)
        heard = torch.where(torch.tensor(draw[mine] > 0)[:, None], record(x), x * 10 ** (-25 / 20))
        with torch.no_grad(), mixed_precision("cpu"):
            out[mine] = encoder(heard).float().numpy()
        if at // batch % 50 == 49:
            tell(f"{at + len(mine)} of {len(rows)} embeddings, {time.time() - began:.0f} s", flush=True)
    return out


def load_encoder(name):
    """`teacher`, or the checkpoint of a distilled clue encoder -> [B, samples] -> [B, 256]"""
    if name == "teacher":
        return Teacher().eval()
    return build_clue_encoder(load_checkpoint(name))


def main(arguments=None):
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("cache")
    parser.add_argument("--encoder", default="teacher", help="teacher, or a clue encoder's checkpoint")
    parser.add_argument("--out", required=True)
    parser.add_argument("--split", default="train", choices=["train", "val"])
    parser.add_argument("--stretches", type=int, default=12, help="at most, of a speaker at one speed")
    parser.add_argument("--draws", type=int, default=2, help="rows a stretch: the first clean, the others through a room and a microphone")
    parser.add_argument("--plain", action="store_true", help="no change of speed")
    parser.add_argument("--threads", type=int, default=2)
    parser.add_argument("--seed", type=int, default=0)
    args = parser.parse_args(arguments)
    torch.set_num_threads(args.threads)
    prove_writable(args.out)
    encoder = load_encoder(args.encoder)
    speech, random = Speech.load(args.cache, args.split), np.random.default_rng(args.seed)
    speeds = augment.SPEEDS[:1] if args.plain else augment.SPEEDS
    rows, speed, draw = plan(speech, speeds, args.stretches, args.draws, random)
    if len(rows) == 0:
        raise DataError(
            f"{args.cache}: no speaker of split {args.split} has the {SPAN / RATE:.0f} s that an enrollment takes. Prepare longer speech."
        )
    print(f"{len(rows)} rows: {len(speech.speakers)} speakers, {len(speeds)} speeds, {args.draws} draws", flush=True)
    noise = NoiseClips.of(Noise.load(args.cache, args.split), "cpu", SPAN)
    record = partial(Recordings.fresh(noise, "cpu", random, microphone=1.0), random=random)
    embeddings = embed(encoder, speech, record, rows, speed, draw, speeds)
    if not np.isfinite(embeddings).all():
        raise DataError(f"{args.encoder}: gave embeddings that are not finite. Distil the encoder again.")
    save_arrays(
        args.out,
        rows=rows,
        speed=speed,
        draw=draw,
        speeds=np.array(speeds),
        embeddings=embeddings,
        speakers=speech.speakers,
        encoder=np.array(args.encoder),
    )
    print(f"{args.out}: {os.path.getsize(args.out) / 1e6:.1f} MB")


if __name__ == "__main__":
    try:
        main()
    except (CheckpointError, DataError, FileNotFoundError, TeacherMissingError) as error:
        sys.exit(f"clue_bank: {error}")
