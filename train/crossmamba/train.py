"""Trains the extractor: python -m crossmamba.train CACHE --minutes 60 --out run.pt [--resume run.pt], or under torchrun on several devices.

CACHE comes from crossmamba.prepare, clues from crossmamba.clue_bank. An interrupt (SIGINT, SIGTERM) writes a checkpoint, then ends."""

import dataclasses
import math
import os
import sys
import time
from collections import defaultdict, deque

import numpy as np
import torch
import torch.distributed as dist
import torch.nn.functional as F
from torch.nn.parallel import DistributedDataParallel

from crossmamba.adaptation import ClueAdaptation
from crossmamba.corpus import RATE, DataError
from crossmamba.enrollments import Enrollments
from crossmamba.extractor import Extractor
from crossmamba.interrupt import Interrupt
from crossmamba.loss import ExtractionLoss, speaker_distance
from crossmamba.margin import VoiceMargin
from crossmamba.mix import Mix
from crossmamba.mixing import Mixer
from crossmamba.optimiser import Optimiser
from crossmamba.precision import is_bf16_fast
from crossmamba.recordings import column
from crossmamba.train_options import SIZES, parse
from crossmamba.train_validation import Validation, line
from crossmamba.transfer import on_device
from crossmamba.weights import CheckpointError, build_clue_encoder, keep_checkpoint, load_checkpoint, prove_writable


class TrainingError(Exception):
    """Training that cannot go on; the last checkpoint, where there was one, is on disk."""


class Workers:
    """This process among those of torchrun; alone without it."""

    def __init__(self, device):
        self.count, self.rank = int(os.environ.get("WORLD_SIZE", 1)), int(os.environ.get("RANK", 0))
        self.device = torch.device(device)
        if self.device.type == "cuda":
            self.device = torch.device("cuda", int(os.environ.get("LOCAL_RANK", self.device.index or 0)))
            torch.cuda.set_device(self.device)
        if self.count > 1:
            dist.init_process_group("nccl" if self.device.type == "cuda" else "gloo")

    def wrap(self, net):
        if self.count == 1:
            return net
        return DistributedDataParallel(net, device_ids=[self.device.index] if self.device.type == "cuda" else None)

    def meet(self):
        """Waits until all processes are here."""
        self.most(0.0)

    def most(self, *values):
        """-> the most that each value is in any process: all must take the same rate, and leave the loop at the same update."""
        if self.count == 1:
            return values
        together = torch.tensor(values, dtype=torch.float64, device=self.device)
        dist.all_reduce(together, dist.ReduceOp.MAX)
        return together.tolist()

    def close(self):
        if self.count > 1:
            dist.destroy_process_group()


def rate(args, update, done):
    """The learning rate at an update of this run, `done` (0 … 1) of it over."""
    value = args.lr * (min(1, (update + 1) / args.warmup) if args.warmup else 1)
    if args.schedule == "constant":
        return value
    left = min(1, (1 - done) / max(args.decay, 1e-6))
    return value * (left if args.schedule == "linear" else 0.5 - 0.5 * math.cos(math.pi * left)) + 1e-7


def excerpt(random, count, *signals):
    """signals [B, n] each -> [B, count at most] each, from the same place of all: a voice is told in seconds, and hearing more costs time."""
    n = signals[0].shape[-1]
    count = min(n, count)
    start = random.integers(n - count + 1)
    return [x[..., start : start + count] for x in signals]


def from_starts(net, mixture, clue, starts):
    """mixture [M, n], clue [B, 256] -> estimate [B, n], in so many parts of one length, each heard from a fresh state"""
    parts = net(mixture.reshape(len(mixture) * starts, -1), clue.repeat_interleave(starts, 0))
    return parts.reshape(len(clue), -1)


class Along(torch.nn.Module):
    """The extractor and the clue encoder as one network: mixtures [M, n] and enrollments [B, m], B a multiple of M as in Extractor.forward
    -> estimates [B, n], clues [B, 256].

    blur [B, 1]: share of the clue of the row before in what the extractor follows; added [B, 256]: scatter, and what a stream has heard (ClueAdaptation).
    The encoder knows the voices it learned from better than it will know others; an extractor that only ever followed such clues takes a stranger's for
    somebody else's."""

    def __init__(self, net, clue_encoder):
        super().__init__()
        self.net, self.clue_encoder = net, clue_encoder

    def forward(self, mixture, enrollment, blur, added, starts=1):
        clue = self.clue_encoder(enrollment)
        followed = (1 - blur) * clue + blur * clue.roll(1, 0).detach() + added
        return from_starts(self.net, mixture, F.normalize(followed.clamp(min=0), dim=-1), starts), clue


class Run:
    """A training run: the network, its optimiser, and where it stands."""

    def __init__(self, args, workers, say=print):
        self.args, self.workers, self.say = args, workers, say
        self.step = self.skipped = 0
        saved = load_checkpoint(args.resume) if args.resume else None
        if saved:
            vars(args).update({k: saved["args"][k] for k in SIZES if k in saved["args"]})
        torch.manual_seed(args.seed)
        self.net = Extractor(*(getattr(args, k) for k in SIZES)).to(workers.device)
        self.clue_encoder = self._clue_encoder(saved).to(workers.device).train() if args.along else None
        self.clue_learns = args.along and args.clue_rate > 0
        self.bf16 = is_bf16_fast(workers.device) if args.precision == "auto" else args.precision == "bf16"
        if self.clue_encoder:
            self.clue_encoder.requires_grad_(self.clue_learns)
        self.optimiser = Optimiser(
            self.net, args.lr, self.clue_encoder if self.clue_learns else None, args.clue_rate, torch.bfloat16 if self.bf16 else torch.float32
        )
        if saved:
            self._fill(saved)
        self.parallel = workers.wrap(Along(self.net, self.clue_encoder) if self.clue_encoder else self.net)
        self.loss = ExtractionLoss(args.level_weight, args.silence_weight, args.spectrum_floor).to(workers.device)
        mix = Mix.of(args)
        if not args.along:  # the bank's clues are of voices as its rows have them
            mix = dataclasses.replace(mix, slower=0, formants=0)
        self.mixer = Mixer(args.cache, "train", workers.device, mix, args.bank, args.seed, workers.rank)
        if self.clue_encoder:
            self.enrollments = Enrollments(self.mixer, args.clue_recorded, drift=args.clue_drift)
        adapts = args.clue_own or args.clue_negative
        self.adaptation = ClueAdaptation(self.clue_encoder, args.clue_own, args.clue_negative, args.clue_adapted, args.clue_wrong) if adapts else None
        if self.clue_learns:
            self.margin = VoiceMargin(self.mixer.choice.centres).to(workers.device).requires_grad_(False)
        check = args.check and workers.rank == 0 and os.path.exists(os.path.join(args.cache, "speech-val.npz"))
        self.validation = self._validation() if check else None
        if args.check and workers.rank == 0 and not check:
            say("no validation: the cache has no speech-val.npz")
        workers.meet()  # the first alone makes mixtures to validate on
        self.first, self.began = self.step, time.time()
        self.recent = defaultdict(lambda: deque(maxlen=args.report))

    def _fill(self, saved):
        if "net" not in saved:
            raise CheckpointError(f"{self.args.resume}: expected a checkpoint of the extractor ('net'), found {sorted(saved)}.")
        try:
            self.net.load_state_dict(saved["net"])
        except RuntimeError as error:
            raise CheckpointError(f"{self.args.resume}: its weights do not fit the sizes in its 'args' ({error}).") from error
        if "optimiser" in saved:
            self.optimiser.load_state_dict(saved["optimiser"])
        else:
            self.say(f"{self.args.resume}: holds no state of the optimiser, which begins from nothing")
        self.step, self.skipped = saved["step"], saved.get("skipped", 0)

    def _clue_encoder(self, saved):
        goes_on = self.args.resume == self.args.out and "clue_encoder" in (saved or {})  # the same command again
        if self.args.encoder and not goes_on:
            saved = load_checkpoint(self.args.encoder)
        if not saved or "clue_encoder" not in saved:
            raise CheckpointError(
                f"{self.args.encoder or self.args.resume or '--along'}: holds no clue encoder to train along. Give one that crossmamba.distill wrote as --encoder."
            )
        return build_clue_encoder(saved)

    def _validation(self):
        try:
            return Validation(self.args.cache, self.workers.device, self.args.val_bank, say=self.say)
        except DataError as error:
            raise DataError(f"{error} Or train without validation: --check 0.") from error

    def done(self):
        """0 … 1: how much of the run is over."""
        by_time = (time.time() - self.began) / (self.args.minutes * 60)
        return max(by_time, (self.step - self.first) / self.args.updates if self.args.updates else 0)

    def _autocast(self):
        return torch.autocast(self.workers.device.type, torch.bfloat16, enabled=self.bf16)

    def batch(self):
        """-> the next mixtures; where the encoder hears them, the enrollments of their clues, how much these are blurred and what is added, else None"""
        number = self.step + self.skipped
        batch = self.mixer.batch(self.args.pairs, number)
        if not self.clue_encoder:
            return batch, None
        random, count, device = np.random.default_rng((self.args.seed, 5, self.workers.rank, number)), len(batch.row), self.workers.device
        blur = column(random.uniform(0, self.args.clue_blur, count), device)
        added = column(random.uniform(0, self.args.clue_scatter, count), device) * self.mixer.choice.scatter(random, count)
        if self.adaptation:
            with self._autocast():
                added = added + self.adaptation(*self._excerpt(random, batch.mixture, batch.target), random)
        return batch, (self.enrollments.batch(batch.row, batch.change, number), blur, added)

    def _excerpt(self, random, *signals):
        return excerpt(random, round(self.args.heard_seconds * RATE), *signals)

    def forward(self, batch, heard):
        """-> loss, figures"""
        mixture = batch.mixture[: self.args.pairs]  # its second half is the first again, for the other voice
        random = np.random.default_rng((self.args.seed, 6, self.workers.rank, self.step + self.skipped))
        starts = self.args.starts if random.random() < self.args.starts_share else 1
        with self._autocast():
            if heard is None:
                estimate = from_starts(self.parallel, mixture, batch.clue, starts)
            else:
                estimate, clue = self.parallel(mixture, *heard, starts)
        estimate = estimate.float()
        value, figures = self.loss(estimate, batch.target, batch.mixture)
        if self.args.speaker_weight:
            with self._autocast():
                distance = speaker_distance(self.clue_encoder, *self._excerpt(random, estimate, batch.target, batch.mixture))
            value = value + self.args.speaker_weight * distance
            figures["speaker"] = distance.detach()
        known = np.flatnonzero(~batch.change.moved)  # voices that the bank knows
        if self.clue_learns and len(known):
            distance, entropy, right = self.margin(clue[on_device(known, clue.device)], self.mixer.choice.voice_of(batch.row[known]))
            value = value + self.args.clue_anchor * distance + self.args.clue_entropy * entropy
            figures |= {"distance": distance.detach(), "right": right}
        return value, figures

    def train(self, interrupt):
        """Until the time or the updates are over, or an interrupt. Raises TrainingError."""
        saved_at, in_a_row = time.time(), 0
        batch, heard = self.batch()
        while True:
            done, interrupted = self.workers.most(self.done(), interrupt.signal is not None)
            if done >= 1 or interrupted:
                break
            self.optimiser.set_rate(rate(self.args, self.step - self.first, done))
            value, figures = self.forward(batch, heard)
            self.optimiser.zero_grad()
            value.backward()
            norm = torch.nn.utils.clip_grad_norm_(self.optimiser.parameters, self.args.clip_norm)
            self.step += 1
            batch, heard = self.batch()  # before the GPU is waited for, so that it never idles
            if not torch.isfinite(norm):
                self.step, self.skipped, in_a_row = self.step - 1, self.skipped + 1, in_a_row + 1
                if in_a_row >= self.args.most_skipped:
                    good = f"{self.args.out} holds the last good state; resume from it" if os.path.exists(self.args.out) else "Nothing was saved yet; begin again"
                    raise TrainingError(
                        f"{in_a_row} updates in a row without a finite gradient, at update {self.step}. {good} with a lower --lr than {self.args.lr}."
                    )
                continue
            in_a_row = 0
            self.optimiser.step()
            for name, figure in figures.items():
                self.recent[name].append(figure)
            if self.workers.rank == 0:
                self._watch()
                if time.time() - saved_at > self.args.save_minutes * 60:
                    self.save()
                    saved_at = time.time()

    def _watch(self):
        args, took = self.args, time.time() - self.began
        if self.step % args.report == 0:
            seen_s = (self.step - self.first) * 2 * args.pairs * args.seconds * self.workers.count
            means = ", ".join(
                f"{name.replace('_db', '')} {torch.stack(list(h)).mean():.3f}{' dB' * name.endswith('_db')}" for name, h in self.recent.items()
            )
            self.say(
                f"{self.step}: {took:.0f} s, {seen_s / 3600:.2f} h seen, {seen_s / took:.1f} x real time, {means}, "
                f"rate {self.optimiser.param_groups[0]['lr']:.2e}, skipped {self.skipped}"
            )
        if self.validation and self.step % args.check == 0:
            self.say(f"{self.step}: {line(self.validate())}")

    def validate(self):
        return self.validation(self.net, self.clue_encoder)

    def save(self):
        """-> whether there was room for it"""
        content = {"net": self.net.state_dict(), "optimiser": self.optimiser.state_dict(), "args": vars(self.args), "skipped": self.skipped}
        if self.clue_encoder:
            content["clue_encoder"] = self.clue_encoder.state_dict()
            content["args"] = content["args"] | {"clue_encoder": self.clue_encoder.sizes}
        return keep_checkpoint(self.args.out, self.say, self.step, **content)


def main(arguments=None):
    args = parse(arguments, __doc__)
    torch.set_num_threads(args.threads)
    torch.set_float32_matmul_precision("high")
    workers = Workers(args.device)

    def say(text):
        if workers.rank == 0:
            print(text, flush=True)

    if workers.rank == 0:
        prove_writable(args.out)
    run = Run(args, workers, say)
    say(f"{vars(args)} {sum(p.numel() for p in run.net.parameters())} parameters, bf16 {run.bf16}, from update {run.step}")
    say(f"drawn from {run.mixer.choice.heard()}")
    interrupt = Interrupt()
    try:
        run.train(interrupt)
    finally:
        interrupt.restore()
    saved = workers.rank != 0 or run.save()
    if run.validation and interrupt.signal is None:
        say(f"{run.step}: {line(run.validate())}")
    say(f"{'interrupted' if interrupt.signal else 'end'} at update {run.step}, {args.out}")
    workers.close()
    return 0 if saved else 1


if __name__ == "__main__":
    try:
        sys.exit(main())
    except (CheckpointError, DataError, FileNotFoundError, TrainingError) as error:
        sys.exit(f"train: {error}")
