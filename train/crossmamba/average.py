"""Weights between checkpoints: python -m crossmamba.average RUN_A RUN_B … [--shares 0.5 0.5] [--out mean.pt] [--cache CACHE --bank BANK].

Runs that come from the same weights often meet in a mean that is better than each of them on voices that none has heard (model soups,
arXiv 2203.05482). With --cache the mean is validated, on mixtures of a split as `crossmamba.train` does, only more and longer ones;
a single checkpoint is validated as it is. Clues are of the checkpoints' own encoder where they hold one, else of the bank."""

import argparse
import sys

import torch

from crossmamba.corpus import DataError
from crossmamba.train_validation import Validation, line
from crossmamba.weights import CheckpointError, build_clue_encoder, build_extractor, load_checkpoint, save_checkpoint


def average(checkpoints, shares):
    """-> a checkpoint whose weights are Σ share · weights; step, sizes of the first, no optimiser's state; a clue encoder where all have one.
    Raises CheckpointError."""
    first = checkpoints[0]
    parts = [part for part in ("net", "clue_encoder") if all(part in c for c in checkpoints)]
    if not parts:
        raise CheckpointError("these checkpoints hold nothing in common that could be averaged: expected 'net' or 'clue_encoder' in all of them")
    for part in parts:
        for other in checkpoints[1:]:
            if {k: v.shape for k, v in other[part].items()} != {k: v.shape for k, v in first[part].items()}:
                raise CheckpointError("checkpoints of networks of several sizes have no mean; expected the same tensors in all of them")

    def mean(part):
        return {k: sum(share * c[part][k].float() for share, c in zip(shares, checkpoints, strict=True)) for k in first[part]}

    return {part: mean(part) for part in parts} | {"step": first["step"], "args": first["args"]}


def parse(arguments=None):
    parser = argparse.ArgumentParser(prog="python -m crossmamba.average", description=__doc__)
    parser.add_argument("checkpoints", nargs="+")
    parser.add_argument("--shares", nargs="+", type=float, help="one a checkpoint, of sum 1 (default: equal)")
    parser.add_argument("--out")
    parser.add_argument("--cache", help="validate on a split of it")
    parser.add_argument("--split", choices=["val", "train"], default="val")
    parser.add_argument("--bank", help="clue bank of that split (default: clues-<split>.npz of the cache)")
    parser.add_argument("--pairs", type=int, default=32, help="mixtures a kind; each gives two examples")
    parser.add_argument("--seconds", type=float, default=6.0)
    parser.add_argument("--seed", type=int, default=11)
    args = parser.parse_args(arguments)
    args.shares = args.shares or [1 / len(args.checkpoints)] * len(args.checkpoints)
    if len(args.shares) != len(args.checkpoints) or abs(sum(args.shares) - 1) > 1e-3:
        parser.error(f"expected {len(args.checkpoints)} shares of sum 1, got {args.shares}")
    if not args.out and not args.cache:
        parser.error("nothing to do: give --out, --cache, or both")
    return args


def main(arguments=None):
    args = parse(arguments)
    checkpoints = [load_checkpoint(path) for path in args.checkpoints]
    mean = average(checkpoints, args.shares)
    if args.cache:
        validation = Validation(args.cache, torch.device("cpu"), args.bank, args.pairs, args.seconds, args.seed, args.split)
        encoder = build_clue_encoder(mean) if "clue_encoder" in mean else None
        print(line(validation(build_extractor(mean), encoder), args.split), flush=True)
    if left := sorted({part for one in checkpoints for part in ("net", "clue_encoder") if part in one} - set(mean)):
        print(f"left out what not all of them hold: {', '.join(left)}")
    if args.out:
        save_checkpoint(args.out, **mean)
    return 0


if __name__ == "__main__":
    try:
        sys.exit(main())
    except (CheckpointError, DataError, OSError) as error:
        sys.exit(f"average: {error}")
