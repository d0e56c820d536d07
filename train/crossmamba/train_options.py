"""The options of `python -m crossmamba.train`."""

import argparse

import torch

from crossmamba.corpus import RATE
from crossmamba.mix import Mix
from crossmamba.stft import HOP

SIZES = ("bands", "d_model", "layers", "width", "d_state")


def parse(arguments=None, description=None):
    """-> the options of a run (a namespace)"""
    parser = argparse.ArgumentParser(description=description, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("cache")
    parser.add_argument("--out", default="run.pt")
    parser.add_argument("--resume", help="a checkpoint; its sizes are taken, its optimiser's state too where it has one")
    parser.add_argument("--minutes", type=float, default=60)
    parser.add_argument("--updates", type=int, help="stop after so many as well")
    parser.add_argument("--device", default="cuda" if torch.cuda.is_available() else "cpu")
    parser.add_argument("--threads", type=int, default=2)
    parser.add_argument("--bank", help="clue bank of the train split (default: clues-train.npz of the cache)")
    parser.add_argument("--val-bank", help="clue bank of the val split (default: clues-val.npz of the cache)")
    parser.add_argument("--seed", type=int, default=0)
    size = parser.add_argument_group("sizes, for a run from nothing")
    for name, value in zip(SIZES, (24, 48, 4, 128, 8)):
        size.add_argument("--" + name.replace("_", "-"), type=int, default=value)
    step = parser.add_argument_group("updates")
    step.add_argument("--pairs", type=int, default=4, help="mixtures an update, on each device; each gives two examples")
    step.add_argument("--lr", type=float, default=2e-3)
    step.add_argument("--warmup", type=int, default=50, help="updates in which the rate rises, whenever training begins or resumes")
    step.add_argument("--schedule", choices=["constant", "linear", "cosine"], default="constant", help="how the rate falls, to zero")
    step.add_argument("--decay", type=float, default=0.3, help="share of the run, at its end, in which it falls")
    step.add_argument("--precision", choices=["auto", "f32", "bf16"], default="auto", help="auto: bf16 where the machine is fast at it")
    step.add_argument("--clip-norm", type=float, default=1.0)
    step.add_argument("--level-weight", type=float, default=1.5, help="of the loss's decibel terms")
    step.add_argument("--silence-weight", type=float, default=0.5, help="of those while the target is silent, against those while it speaks")
    step.add_argument("--spectrum-floor", type=float, default=0.3, help="magnitude under which the loss's compressed spectrum does not look")
    step.add_argument(
        "--speaker-weight", type=float, default=0.0, help="of 1 − cosine between the clue encoder's embeddings of estimate and target; needs --along --clue-rate 0"
    )
    step.add_argument("--starts", type=int, default=1, help="parts of one length in which a segment is heard, each from a fresh state")
    step.add_argument("--starts-share", type=float, default=0.5, help="share of updates in which it is; in the others it is heard in one go")
    step.add_argument("--most-skipped", type=int, default=50, help="updates in a row without a finite gradient before training gives up")
    clue = parser.add_argument_group("the clue encoder, trained along with the extractor")
    clue.add_argument("--along", action="store_true", help="clues come from the encoder, which learns with the extractor, instead of from the bank")
    clue.add_argument("--encoder", help="checkpoint or model folder to take it from (default: --resume)")
    clue.add_argument(
        "--clue-rate", type=float, default=0.5, help="its learning rate against the extractor's; 0: it stays as it is, and so do the clues that users have"
    )
    clue.add_argument("--clue-anchor", type=float, default=1.0, help="weight of 1 − cosine with the voice's mean clue in the bank")
    clue.add_argument("--clue-entropy", type=float, default=0.2, help="weight of telling the bank's voices apart by their clues")
    clue.add_argument("--clue-blur", type=float, default=0.0, help="up to this share of another voice's clue in each that the extractor follows")
    clue.add_argument(
        "--clue-scatter", type=float, default=0.0, help="up to this many times a take's distance from its voice's mean, of the bank, added to what the extractor follows"
    )
    clue.add_argument(
        "--clue-drift", type=float, default=0.0, help="how far an enrollment's formants may be from the target's (a share); its pitch then differs too, by up to --slower"
    )
    clue.add_argument("--clue-recorded", type=float, default=0.5, help="share of enrollments heard through a room, a microphone and noise")
    clue.add_argument("--clue-own", type=float, default=0.0, help="up to this much of what passes, as a stream hears it, added to each clue (crossmamba/adaptation.py)")
    clue.add_argument("--clue-negative", type=float, default=0.0, help="up to this much of what is taken away subtracted from it")
    clue.add_argument("--clue-adapted", type=float, default=0.65, help="share of examples in which there is anything of the two; needs --along --clue-rate 0")
    clue.add_argument(
        "--clue-wrong", type=float, default=0.0, help="share of these in which a stream has gone wrong: what passes is mostly another's, what is taken away the target's"
    )
    clue.add_argument(
        "--heard-seconds", type=float, default=9.0, help="of a segment at most, for --speaker-weight, --clue-own and --clue-negative: longer tells a voice no better"
    )
    watch = parser.add_argument_group("watching")
    watch.add_argument("--save-minutes", type=float, default=2.5)
    watch.add_argument("--report", type=int, default=100, help="updates between two lines of the log")
    watch.add_argument("--check", type=int, default=500, help="updates between two validations; 0: none")
    Mix.add_arguments(parser)
    args = parser.parse_args(arguments)
    try:
        Mix.of(args)
    except ValueError as error:
        parser.error(str(error))
    if args.clue_blur and args.pairs < 2:
        parser.error(f"--clue-blur takes the clue of another mixture's voice: expected --pairs of at least 2, got {args.pairs}")
    if (args.clue_own or args.clue_negative) and not (args.along and args.clue_rate == 0):
        parser.error("--clue-own and --clue-negative are heard by a clue encoder that does not learn: expected --along and --clue-rate 0")
    if args.clue_wrong and not (args.clue_own or args.clue_negative):
        parser.error(f"--clue-wrong is a share of what a stream adds to the clue: expected --clue-own or --clue-negative with it, got {args.clue_wrong:g} alone")
    if args.speaker_weight and not (args.along and args.clue_rate == 0):
        parser.error("--speaker-weight is judged by a clue encoder that does not learn: expected --along and --clue-rate 0")
    if args.starts < 1 or round(args.seconds * RATE) % (args.starts * HOP) and args.starts > 1:
        parser.error(f"--starts: expected a number of parts of whole hops of {HOP} samples in --seconds {args.seconds:g}, got {args.starts}")
    if not args.heard_seconds >= 1:
        parser.error(f"--heard-seconds is what a voice is told by: expected at least 1, got {args.heard_seconds:g}")
    return args
