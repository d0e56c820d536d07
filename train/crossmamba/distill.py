"""Teaches the clue encoder what the teacher hears: `python -m crossmamba.distill CACHE --minutes M --out clue.pt [--resume clue.pt]`.

The teacher hears the clean piece; the student hears it too at first, and then more and more recordings of it (rooms, microphones, noise).
SIGINT and SIGTERM end the run with a checkpoint.
"""

import argparse
import os
import sys
import time
from functools import partial

import numpy as np
import torch
import torch.nn.functional as F

from crossmamba.clue_encoder import ClueEncoder
from crossmamba.clue_pieces import Pieces, embeddings
from crossmamba.corpus import RATE, DataError
from crossmamba.interrupt import Interrupt
from crossmamba.precision import mixed_precision
from crossmamba.teacher import Teacher, TeacherMissingError
from crossmamba.voices import Voices
from crossmamba.weights import CheckpointError, build_clue_encoder, keep_checkpoint, load_checkpoint, prove_writable

REPORT = 100  # updates between lines of the log
MOST_SKIPPED = 50  # updates in a row without a finite gradient before the run gives up
SHARE_OF_CENTRED, SHARE_OF_RELATIONS = 1.0, 1.0  # relations weighing more spread the voices at random before anything is known of them
CLEAN_UNTIL, MOST_RECORDED = 0.12, 0.7  # share of the run in which all is clean; share of pieces that are recordings from its middle on


def loss(student, teacher, centre):
    """student, teacher [B, 256], centre [256] (the mean voice) -> scalar.

    The cosine, the cosine of what differs from the mean voice, and the squared error of the batch's similarity matrix.
    """
    plain = 1 - (student * teacher).sum(-1).mean()
    centred = 1 - F.cosine_similarity(student - centre, teacher - centre, dim=-1).mean()
    relations = (student @ student.t() - teacher @ teacher.t()).square().mean()
    return plain + SHARE_OF_CENTRED * centred + SHARE_OF_RELATIONS * relations


class Validation(Pieces):
    """Pieces with the teacher's embeddings of them."""

    def __init__(self, cache, teacher, device):
        super().__init__(cache, device)
        self.teacher, self.teacher_recorded = self.embeddings(teacher)

    def report(self, net):
        net.eval()
        clean, recorded = self.embeddings(net)
        net.train()
        cosine = [(e * self.teacher).sum(-1).mean().item() for e in (clean, recorded, self.teacher_recorded)]
        rates, teacher_rates = self.error_rates(clean, recorded), self.error_rates(self.teacher, self.teacher_recorded)
        return (
            f"val cosine clean {cosine[0]:.3f}, recorded {cosine[1]:.3f} (teacher's own {cosine[2]:.3f}); "
            f"equal error rate clean {rates[0]:.1f} % (teacher {teacher_rates[0]:.1f}), clean to recorded {rates[1]:.1f} % (teacher {teacher_rates[1]:.1f}), "
            f"within source and sex {rates[2]:.1f} and {rates[3]:.1f} % (teacher {teacher_rates[2]:.1f} and {teacher_rates[3]:.1f})"
        )


def mean_voice(teacher, voices, device):
    """-> [256]: the mean of the teacher's embeddings of some voices."""
    return torch.cat([embeddings(teacher, voices.batch(4, 8), device) for _ in range(4)]).mean(0).to(device)


def start_at(net, centre):
    """Starts the output at the mean voice [256], so that no unit is dead and the first thing learned is what differs."""
    with torch.no_grad():
        net.output.bias.copy_(centre * 16 + 0.1)
        net.output.weight.mul_(0.5)


def main(arguments=None):
    parser = argparse.ArgumentParser(prog="crossmamba.distill", description=__doc__)
    parser.add_argument("cache")
    parser.add_argument("--minutes", type=float, default=35)
    parser.add_argument("--updates", type=int, help="end after so many, if the minutes have not passed")
    parser.add_argument("--out", required=True)
    parser.add_argument("--resume")
    parser.add_argument("--device", default="cuda" if torch.cuda.is_available() else "cpu")
    parser.add_argument("--threads", type=int, default=2)
    parser.add_argument("--groups", type=int, default=4, help="speeds in a batch")
    parser.add_argument("--each", type=int, default=8, help="pieces of each speed")
    parser.add_argument("--lr", type=float, default=2e-3)
    parser.add_argument("--warmup", type=int, default=50)
    parser.add_argument("--decay", type=float, default=0.6, help="share of the run at the end in which the rate falls to zero")
    parser.add_argument("--check-minutes", type=float, default=2, help="between checkpoints")
    parser.add_argument("--seed", type=int)
    parser.add_argument("--d-model", type=int, default=128)
    parser.add_argument("--layers", type=int, default=3)
    args = parser.parse_args(arguments)
    prove_writable(args.out)
    torch.set_num_threads(args.threads)
    torch.manual_seed(args.seed or 0)
    saved = load_checkpoint(args.resume) if args.resume else None
    if saved and "clue_encoder" not in saved:
        raise CheckpointError(f"{args.resume}: holds no clue encoder. Give a checkpoint of crossmamba.distill, or a shipped model.")
    sizes = build_clue_encoder(saved).sizes if saved else {"d_model": args.d_model, "layers": args.layers}
    net, teacher = ClueEncoder(**sizes).to(args.device), Teacher().to(args.device)
    voices = Voices(args.cache, "train", args.device, args.seed)
    validation = Validation(args.cache, teacher, args.device)
    adam = torch.optim.AdamW(net.parameters(), args.lr, betas=(0.9, 0.98), weight_decay=1e-3, fused=True)
    step, seconds_seen = 0, 0.0
    if saved:
        net.load_state_dict(saved["clue_encoder"])
        if "adam" in saved:  # a shipped model has none
            adam.load_state_dict({"state": saved["adam"]["state"], "param_groups": adam.state_dict()["param_groups"]})
        step, seconds_seen = saved["step"], saved.get("seconds_seen", 0.0)
        centre = saved["centre"].to(args.device) if "centre" in saved else mean_voice(teacher, voices, args.device)
    else:
        centre = mean_voice(teacher, voices, args.device)
        start_at(net, centre)

    def save():
        kept = {"clue_encoder": sizes} | {k: v for k, v in vars(args).items() if k not in ("cache", "out", "resume")}
        content = {"clue_encoder": net.state_dict(), "adam": adam.state_dict(), "centre": centre, "seconds_seen": seconds_seen}
        return keep_checkpoint(args.out, partial(print, flush=True), step, **content, args=kept)

    interrupt = Interrupt()
    print(vars(args), sum(p.numel() for p in net.parameters()), "parameters", flush=True)
    began = checked = time.monotonic()
    first, seen_before, history, skipped, in_a_row = step, seconds_seen, [], 0, 0
    while interrupt.signal is None and step - first != args.updates and (done := (time.monotonic() - began) / (args.minutes * 60)) < 1:
        rate = args.lr * min(1, (step - first + 1) / max(1, args.warmup)) * min(1, (1 - done) / max(args.decay, 1e-9))
        for group in adam.param_groups:
            group["lr"] = rate
        clean = voices.batch(args.groups, args.each)
        recordings = torch.rand(len(clean), 1, device=clean.device) < min(MOST_RECORDED, max(0.0, 1.6 * (done - CLEAN_UNTIL)))
        recorded = torch.where(recordings, voices.record(clean), clean)
        with mixed_precision(args.device):
            target, student = teacher(clean).float(), net(recorded)
        value = loss(student, target, centre)
        net.zero_grad()
        value.backward()
        norm = torch.nn.utils.clip_grad_norm_(net.parameters(), 1.0)
        if not torch.isfinite(norm):
            skipped, in_a_row = skipped + 1, in_a_row + 1
            if in_a_row == MOST_SKIPPED:
                save()
                raise SystemExit(f"{in_a_row} updates in a row without a finite gradient, the last at {step}: lower --lr, resume from {args.out}")
            continue
        in_a_row = 0
        adam.step()
        step += 1
        seconds_seen += clean.numel() / RATE
        history.append((value.item(), (student.detach() * target).sum(-1).mean().item()))
        if step % REPORT == 0:
            now = time.monotonic()
            means = np.mean(history[-REPORT:], 0)
            speed = (seconds_seen - seen_before) / (now - began)
            note = ""
            if now - checked > args.check_minutes * 60:
                save()
                note, checked = validation.report(net), time.monotonic()
            print(
                f"{step} {now - began:.0f} s, {seconds_seen / 3600:.2f} h seen, {speed:.0f} x real time, loss {means[0]:.4f}, cosine {means[1]:.4f}, "
                f"rate {rate:.5f}, skipped {skipped} {note}",
                flush=True,
            )
    interrupt.restore()
    saved = save()
    print("end", step, validation.report(net), f"written to {os.path.abspath(args.out)}" if saved else "not written", flush=True)
    return 0 if saved else 1


if __name__ == "__main__":
    try:
        sys.exit(main())
    except (CheckpointError, DataError, FileNotFoundError, TeacherMissingError) as error:
        sys.exit(f"distill: {error}")
