"""Runs a checkpoint over a folder of test cases: python -m crossmamba.evaluate CHECKPOINT CASES [--clue teacher|student] [--out FOLDER] [--json].

A figure of the training framework, to follow a run by; what is claimed comes from the shipped engine (`npx crossmamba-web evaluate`)."""

import argparse
import csv
import json
import os
import re
import sys

import numpy as np
import torch

from crossmamba.corpus import RATE, DataError
from crossmamba.loss import si_sdr
from crossmamba.teacher import Teacher, TeacherMissingError
from crossmamba.weights import CheckpointError, build_clue_encoder, build_extractor, load_checkpoint

SPAN = 4 * RATE  # samples of one of the teacher's enrollments
PARTS = ("mixture", "target", "enrollment")
ABSENT = re.compile(r"(^|-)absent$")  # kinds whose target never speaks, as in cli/evaluate-clip.ts
FIGURES = ("si_sdr_mixture_db", "si_sdr_estimate_db", "si_sdri_db", "log_rms_ratio_db", "residual_db")


def read_cases(folder, columns=("id", "kind")):
    """-> [{id, kind, …}] of the folder's manifest.csv, which must have these columns. Raises DataError."""
    path = os.path.join(folder, "manifest.csv")
    if not os.path.exists(path):
        raise DataError(
            f"{path}: no such file. CASES is a folder with manifest.csv (id, kind, …) and <id>.mixture.wav, .target.wav, .enrollment.wav."
        )
    with open(path, newline="") as file:
        cases = list(csv.DictReader(file))
    if not cases or not set(columns) <= cases[0].keys():
        raise DataError(f"{path}: expected rows with the columns {' and '.join(columns)}, found {len(cases)} rows with {sorted(cases[0]) if cases else 'none'}.")
    return cases


def read_wav(path):
    """-> f32 [samples] at 16 kHz. Raises DataError."""
    import soundfile

    if not os.path.exists(path):
        raise DataError(f"{path}: no such file, though the manifest names its case.")
    try:
        samples, rate = soundfile.read(path, dtype="float32")
    except soundfile.LibsndfileError as error:
        raise DataError(f"{path}: cannot be decoded ({error}).") from error
    if rate != RATE or samples.ndim != 1:
        raise DataError(f"{path}: expected mono at {RATE} Hz, found {samples.ndim} channels at {rate} Hz.")
    return torch.from_numpy(samples)


def teacher_clue(enrollment, teacher):
    """[samples] -> [1, 256]: mean over pieces of 4 s, a second apart; a shorter enrollment is repeated."""
    if len(enrollment) < SPAN:
        enrollment = enrollment.repeat(-(-SPAN // len(enrollment)))
    clue = teacher(enrollment.unfold(0, SPAN, RATE)).mean(0, keepdim=True)
    return clue / clue.norm()


def clue_maker(kind, encoder):
    """kind `teacher`, or `student`: `encoder` is the checkpoint that holds a clue encoder -> [samples] -> [1, 256]"""
    if kind == "teacher":
        teacher = Teacher().eval()
        return lambda enrollment: teacher_clue(enrollment, teacher)
    student = build_clue_encoder(load_checkpoint(encoder))
    return lambda enrollment: student(enrollment[None])


def figures(mixture, target, estimate, absent):
    """Three signals [samples] -> {name: dB or None}"""

    def rms_db(a, b):
        return 10 * float(torch.log10((a.square().mean() + 1e-12) / (b.square().mean() + 1e-12)))

    before, after = (None, None) if absent else (float(si_sdr(x[None], target[None])) for x in (mixture, estimate))
    return {
        "si_sdr_mixture_db": before,
        "si_sdr_estimate_db": after,
        "si_sdri_db": None if absent else after - before,
        "log_rms_ratio_db": None if absent else rms_db(estimate, target),
        "residual_db": rms_db(estimate, mixture),
    }


def summary(cases):
    """-> {kind: {n, each figure's mean, negative_share}}"""
    kinds = {}
    for kind in dict.fromkeys(c["kind"] for c in cases):
        mine = [c for c in cases if c["kind"] == kind]
        values = {name: [c[name] for c in mine if c[name] is not None] for name in FIGURES}
        kinds[kind] = {"n": len(mine)} | {name: float(np.mean(v)) if v else None for name, v in values.items()}
        gains = values["si_sdri_db"]
        kinds[kind]["negative_share"] = float(np.mean(np.array(gains) < 0)) if gains else None
    return kinds


@torch.no_grad()
def evaluate(net, clue_of, folder, out=None):
    """-> {kinds, cases}; estimates are written to `out` as <id>.estimate.wav (f32)."""
    cases = []
    for case in read_cases(folder):
        mixture, target, enrollment = (read_wav(os.path.join(folder, f"{case['id']}.{part}.wav")) for part in PARTS)
        estimate = net(mixture[None], clue_of(enrollment))[0]
        cases.append({"id": case["id"], "kind": case["kind"]} | figures(mixture, target, estimate, bool(ABSENT.search(case["kind"]))))
        if out:
            import soundfile

            os.makedirs(out, exist_ok=True)
            soundfile.write(os.path.join(out, f"{case['id']}.estimate.wav"), estimate.numpy(), RATE, "FLOAT")
    return {"kinds": summary(cases), "cases": cases}


def main(arguments=None):
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("checkpoint")
    parser.add_argument("cases")
    parser.add_argument("--clue", choices=["teacher", "student"], default="teacher")
    parser.add_argument("--clue-encoder", help="checkpoint that holds the student (default: CHECKPOINT)")
    parser.add_argument("--out")
    parser.add_argument("--json", action="store_true")
    parser.add_argument("--threads", type=int, default=2)
    args = parser.parse_args(arguments)
    torch.set_num_threads(args.threads)
    net = build_extractor(load_checkpoint(args.checkpoint))
    result = evaluate(net, clue_maker(args.clue, args.clue_encoder or args.checkpoint), args.cases, args.out)
    if args.json:
        print(json.dumps(result))
        return
    for kind, f in result["kinds"].items():
        gain = (
            ""
            if f["si_sdri_db"] is None
            else f"SI-SDRi {f['si_sdri_db']:6.2f} dB, negative {f['negative_share']:.2f}, rms ratio {f['log_rms_ratio_db']:6.2f} dB, "
        )
        print(f"{kind:11} n {f['n']:2} {gain}level against mixture {f['residual_db']:6.2f} dB")


if __name__ == "__main__":
    try:
        main()
    except (CheckpointError, DataError, FileNotFoundError, TeacherMissingError) as error:
        sys.exit(f"evaluate: {error}")
