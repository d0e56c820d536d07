"""Teaches a distilled clue encoder to tell voices apart: python -m crossmamba.distinguish CACHE --bank CACHE/bank-train.npz --encoder clue.pt --out clue.pt.

The encoder hears enrollments of the bank, in fresh recordings, two of every voice. Their clues are drawn to the mean clue of their voice in the bank
(make it with the teacher: a mean over recordings knows a voice better than the teacher's ear for one of them) and away from those of all other voices.
Voices whose formants are moved, which no bank knows, are told apart within the batch.
SIGINT and SIGTERM end the run with a checkpoint."""

import argparse
import sys
import time
from collections import defaultdict, deque
from functools import partial

import numpy as np
import torch

from crossmamba.clue_pieces import Pieces
from crossmamba.corpus import DataError
from crossmamba.enrollments import Enrollments
from crossmamba.interrupt import Interrupt
from crossmamba.margin import VoiceMargin, contrast
from crossmamba.mix import Mix
from crossmamba.mixing import Change, Mixer
from crossmamba.precision import mixed_precision
from crossmamba.transfer import on_device
from crossmamba.weights import CheckpointError, build_clue_encoder, keep_checkpoint, load_checkpoint, prove_writable

REPORT = 100  # updates between lines of the log
SHORTEST = 25600  # samples of an enrollment, 1.6 s
MOST_SKIPPED = 50  # updates in a row without a finite gradient before the run gives up
AUDIBLE = 0.06  # difference of two factors of a formant from which on they make two voices


def others(row, change, mixer):
    """[V] rows of the bank, the Change of their voices -> [V, V] bool: whether two voices are different to the ear. A speaker's voice at another
    speed, or with other formants, is another voice."""
    voice, formants = mixer.choice.voice_of(row).cpu(), torch.as_tensor(change.formants)
    return (voice[:, None] != voice) | ((formants[:, None] - formants).abs() > AUDIBLE).any(2)


def parse(arguments=None):
    parser = argparse.ArgumentParser(prog="crossmamba.distinguish", description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("cache")
    parser.add_argument("--bank", required=True, help="clue bank of the train split, from the teacher")
    parser.add_argument("--encoder", required=True, help="checkpoint or model folder that holds a clue encoder")
    parser.add_argument("--out", required=True)
    parser.add_argument("--minutes", type=float, default=15)
    parser.add_argument("--updates", type=int, help="end after so many, if the minutes have not passed")
    parser.add_argument("--device", default="cuda" if torch.cuda.is_available() else "cpu")
    parser.add_argument("--threads", type=int, default=2)
    parser.add_argument("--voices", type=int, default=16, help="of an update, each heard twice")
    parser.add_argument("--lr", type=float, default=1e-3)
    parser.add_argument("--warmup", type=int, default=50)
    parser.add_argument("--decay", type=float, default=0.8, help="share of the run at the end in which the rate falls to zero")
    parser.add_argument("--entropy-weight", type=float, default=0.5, help="of telling voices apart against staying near the voice's mean clue")
    parser.add_argument("--contrast-weight", type=float, default=0.5, help="of telling apart the voices of a batch")
    parser.add_argument("--alike", type=float, default=0.5, help="share of batches of one source and sex")
    parser.add_argument("--formants", type=float, default=0.5, help="share of voices whose formants are moved")
    parser.add_argument("--recorded", type=float, default=0.5, help="share of enrollments heard through a room, a microphone and noise")
    parser.add_argument("--speed", type=float, default=0.6, help="share of voices whose speed and pitch are changed")
    parser.add_argument("--slower", type=float, default=0.05, help="how much a voice's speed and pitch may be below that of its row of the bank")
    parser.add_argument("--check-minutes", type=float, default=4, help="between checkpoints")
    parser.add_argument("--seed", type=int, default=0)
    return parser.parse_args(arguments)


def main(arguments=None, say=print):
    args = parse(arguments)
    prove_writable(args.out)
    torch.set_num_threads(args.threads)
    saved = load_checkpoint(args.encoder)
    encoder = build_clue_encoder(saved).to(args.device).train()
    mixer = Mixer(args.cache, "train", args.device, Mix(speed=args.speed, slower=args.slower, hard=0, formants=args.formants), args.bank, args.seed)
    heard, margin = Enrollments(mixer, args.recorded, SHORTEST), VoiceMargin(mixer.choice.centres).to(args.device)
    pieces = Pieces(args.cache, args.device)
    # The classes are thrown away in the end; they may follow their voices at half the rate.
    groups = [{"params": list(encoder.parameters()), "share": 1.0}, {"params": [margin.classes], "share": 0.5}]
    adam = torch.optim.AdamW(groups, betas=(0.9, 0.98), weight_decay=1e-3, fused=True)
    say(f"{vars(args)} {len(mixer.choice.voices)} voices", flush=True)
    interrupt, began = Interrupt(), time.monotonic()
    checked, step, recent = began, 0, defaultdict(lambda: deque(maxlen=REPORT))

    def report(note=""):
        clean, recorded, clean_alike, recorded_alike = pieces.error_rates(*pieces.embeddings(encoder))
        say(
            f"{step}: val equal error rate clean {clean:.1f} %, clean to recorded {recorded:.1f} %; "
            f"within source and sex {clean_alike:.1f} %, {recorded_alike:.1f} %{note}",
            flush=True,
        )

    def save():
        return keep_checkpoint(
            args.out, partial(say, flush=True), step, clue_encoder=encoder.state_dict(), args=vars(args) | {"clue_encoder": encoder.sizes}
        )

    in_a_row = 0
    report(" at the start")
    while interrupt.signal is None and step != args.updates and (done := (time.monotonic() - began) / (args.minutes * 60)) < 1:
        rate = args.lr * min(1, (step + 1) / max(1, args.warmup)) * min(1, (1 - done) / max(args.decay, 1e-9))
        for group in adam.param_groups:
            group["lr"] = group["share"] * rate
        random = np.random.default_rng((args.seed, 4, step))
        row = mixer.choice.rows_twice(random, args.voices, random.random() < args.alike)
        change = mixer.change_of(row[: args.voices], random)
        enrollment = heard.batch(row, Change(*(np.concatenate([part, part]) for part in change)), step)
        with mixed_precision(args.device):
            clue = encoder(enrollment).float()
        apart, nearest = contrast(clue, margin.mean, others(row[: args.voices], change, mixer))
        value, figures = args.contrast_weight * apart, {"contrast": apart, "nearest": nearest}
        known = np.flatnonzero(np.tile(~change.moved, 2))  # voices that the bank knows
        if len(known):
            distance, entropy, right = margin(clue[on_device(known, clue.device)], mixer.choice.voice_of(row[known]))
            value = value + distance + args.entropy_weight * entropy
            figures |= {"distance": distance, "entropy": entropy, "right": right}
        adam.zero_grad()
        value.backward()
        norm = torch.nn.utils.clip_grad_norm_([*encoder.parameters(), margin.classes], 1.0)
        step += 1  # also where it is skipped: the same voices would spoil it again
        if not torch.isfinite(norm):
            in_a_row += 1
            if in_a_row == MOST_SKIPPED:
                save()
                raise SystemExit(f"distinguish: {in_a_row} updates in a row without a finite gradient, the last at {step}: go on from {args.out} with a lower --lr")
            continue
        in_a_row = 0
        adam.step()
        for name, figure in figures.items():
            recent[name].append(figure.item())
        if step % REPORT == 0:
            means = ", ".join(f"{name} {np.mean(values):.3f}" for name, values in recent.items())
            say(f"{step}: {time.monotonic() - began:.0f} s, {means}, rate {rate:.2e}", flush=True)
        if time.monotonic() - checked > args.check_minutes * 60:
            save()
            report()
            checked = time.monotonic()
    interrupt.restore()
    written = save()
    report(f", written to {args.out}" if written else ", not written")
    return 0 if written else 1


if __name__ == "__main__":
    try:
        sys.exit(main())
    except (CheckpointError, DataError, FileNotFoundError) as error:
        sys.exit(f"distinguish: {error}")
