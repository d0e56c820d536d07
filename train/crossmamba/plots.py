"""Draws an evaluation: python -m crossmamba.plots EVAL.json … --out DIR [--log run.log …] [--cases DIR --estimates DIR].

EVAL.json is what `npx crossmamba-web evaluate --json` printed. A training log gives the val curves; cases with the estimates that `evaluate --out`
kept give spectrograms of a good and a bad case."""

import argparse
import os
import re
import sys
from pathlib import Path

from crossmamba.canvas import GREY, pyplot, save
from crossmamba.corpus import DataError
from crossmamba.evaluation import EVERYONE, TWO_VOICES, number, read_evaluations

STROKES = ("-", "--", ":", "-.")  # of the runs in a drawing of val
COLOURS = ("#2a6fbb", "#d1603d", "#3a8f5c", "#8a63b3", "#b8892b", "#56707d", "#c2528b", "#3fa7a3", "#7d4a35", "#9aad2f", "#23272e")
RATIOS = {"si_sdri_db": "SI-SDRi, dB", "log_rms_ratio_db": "level against the target, dB"}
VAL = re.compile(r"^(\d+): val dB: (.*)$")
VAL_PART = re.compile(r"^([a-z-]+?)(?: (-?[\d.]+) \(([\d.]+)\))?(?: left (-?[\d.]+))?$")


def by_kind(axes, evaluation, kinds, figure, label, names=str):
    """A column a kind: every case a dot, beside them the mean with its 95 % interval, the mean in figures below."""
    ticks = []
    axes.axhline(0, color=GREY, linewidth=1)
    for x, kind in enumerate(kinds):
        colour, values = COLOURS[x % len(COLOURS)], sorted(evaluation.of_kind(kind, figure))
        for n, value in enumerate(values):
            axes.plot(x - 0.28 + 0.24 * (n + 0.5) / len(values), value, "o", color=colour, alpha=0.45, markersize=5, markeredgewidth=0)
        mean, interval = evaluation.kinds[kind][figure], evaluation.kinds[kind]["intervals"].get(figure)
        if interval:
            axes.plot([x + 0.15, x + 0.15], interval, color=colour, linewidth=2)
        if mean is not None:
            axes.plot(x + 0.15, mean, "D", color=colour, markersize=7)
        ticks.append(f"{names(kind)}\n{number(mean)}\nn = {evaluation.kinds[kind]['n']}")
    axes.set_xticks(range(len(kinds)), ticks, fontsize=9)
    axes.set_xlim(-0.5, len(kinds) - 0.5)
    axes.grid(axis="x", visible=False)
    axes.set_ylabel(label)


def draw_kinds(evaluation, out):
    plt = pyplot()
    kinds = [kind for kind, figures in evaluation.clips().items() if figures["si_sdri_db"] is not None]
    written = []
    for figure, label in RATIOS.items():
        canvas, axes = plt.subplots(figsize=(1.5 * len(kinds) + 1.2, 3.8))
        by_kind(axes, evaluation, kinds, figure, label)
        axes.set_title("every case a dot; diamond: mean (in figures below), bar: its 95 % interval", fontsize=9, color="#555b63", loc="left")
        written.append(save(canvas, os.path.join(out, f"{figure.removesuffix('_db').replace('_', '-')}.svg")))
    return written


def draw_sir(evaluation, out):
    plt = pyplot()
    canvas, axes = plt.subplots(figsize=(7.2, 3.8))
    axes.axhline(0, color=GREY, linewidth=1)
    kinds = [kind for kind, figures in evaluation.clips().items() if figures["si_sdri_db"] is not None]
    for n, kind in enumerate(kinds):
        mine = [c for c in evaluation.cases if c["kind"] == kind and c["si_sdri_db"] is not None]
        axes.plot([c["sir_db"] for c in mine], [c["si_sdri_db"] for c in mine], "o", color=COLOURS[n % len(COLOURS)], alpha=0.75, label=kind)
    left, right = axes.get_xlim()
    for n, bucket in enumerate(evaluation.by_sir):
        ends = [left if bucket["from_db"] is None else bucket["from_db"], right if bucket["to_db"] is None else bucket["to_db"]]
        axes.plot(ends, [bucket["si_sdri_db"]] * 2, color="#30343a", linewidth=2, label=None if n else "mean of the range")
        if bucket["intervals"]["si_sdri_db"]:
            axes.fill_between(ends, *([v, v] for v in bucket["intervals"]["si_sdri_db"]), color="#30343a", alpha=0.08, linewidth=0)
    axes.set_xlim(left, right)
    axes.set_xlabel("target against the rest of the mixture, dB")
    axes.set_ylabel(RATIOS["si_sdri_db"])
    axes.legend(fontsize=9, loc="center left", bbox_to_anchor=(1, 0.5))
    return [save(canvas, os.path.join(out, "by-sir.svg"))]


def draw_people(evaluation, out):
    """A column a person, who gains least first: every clip with two voices a dot, the mean a diamond."""
    plt = pyplot()
    people, gains = list(evaluation.people().values()), evaluation.gains()
    canvas, axes = plt.subplots(figsize=(0.34 * len(people) + 2.2, 3.8))
    axes.axhline(0, color=GREY, linewidth=1)
    for n, kind in enumerate(TWO_VOICES):
        dots = [(x - 0.12 + 0.24 * n, gain) for x, person in enumerate(people) for gain in person[kind]]
        if dots:
            label = kind.removeprefix(EVERYONE)
            axes.plot(*zip(*dots), "o", color=COLOURS[n], alpha=0.6, markersize=5, markeredgewidth=0, label=label)
    axes.plot(range(len(people)), gains, "D", color="#30343a", markersize=6, label="mean")
    axes.set_xticks(range(len(people)), [number(gain) for gain in gains], fontsize=8)
    axes.grid(axis="x", visible=False)
    axes.set_xlim(-0.7, len(people) - 0.3)
    axes.set_xlabel(f"{len(people)} people, each enrolled once and heard beside every other of the same recordings")
    axes.set_ylabel(RATIOS["si_sdri_db"])
    axes.legend(fontsize=9, loc="center left", bbox_to_anchor=(1, 0.5))
    return [save(canvas, os.path.join(out, "people.svg"))]


TURNS = (  # figure, title, aims
    ("target_level_db", "target alone:\nlevel against the target, dB", (-1, 1)),
    ("target_si_sdr_db", "target alone:\nSI-SDR, dB", (15,)),
    ("other_residual_db", "others alone: left after\nhalf a second, dB", (-20,)),
    ("both_si_sdri_db", "both at once:\nSI-SDRi, dB", (8,)),
)


def draw_conversation(evaluation, out):
    plt = pyplot()
    kinds = list(evaluation.streams("conversation"))
    canvas, panels = plt.subplots(1, len(TURNS), figsize=(3.1 * len(TURNS), 3.6))
    for axes, (figure, label, aims) in zip(panels, TURNS):
        by_kind(axes, evaluation, kinds, figure, "", lambda kind: kind.removeprefix("conversation-"))
        axes.set_title(label, fontsize=10, loc="left")
        for aim in aims:
            axes.axhline(aim, color="#30343a", linewidth=1, linestyle=(0, (4, 3)))
    canvas.tight_layout()
    canvas.text(0.01, -0.02, "every stream a dot; diamond: mean (in figures below), bar: its 95 % interval; dashed: the aim", fontsize=9, color="#555b63")
    return [save(canvas, os.path.join(out, "conversation.svg"))]


def read_log(path):
    """-> {kind: {"gain" | "left": [(update, dB)]}} of the val lines of a training log. Raises DataError."""
    if not os.path.exists(path):
        raise DataError(f"{path}: no such file. --log takes what crossmamba.train printed.")
    curves = {}
    with open(path) as lines:
        for match in filter(None, map(VAL.match, lines)):
            for part in filter(None, map(VAL_PART.match, match[2].strip().split(", "))):
                kind = curves.setdefault(part[1], {"gain": [], "left": []})
                for name, value in (("gain", part[2]), ("left", part[4])):
                    if value is not None:
                        kind[name].append((int(match[1]), float(value)))
    if not curves:
        raise DataError(f"{path}: holds no line with 'val dB'. --log takes what crossmamba.train printed.")
    return curves


def draw_training(runs, out):
    """runs: [(name, what `read_log` found)]; several are told apart by their strokes"""
    plt, kinds = pyplot(), list(dict.fromkeys(kind for _, run in runs for kind in run))
    canvas, panels = plt.subplots(1, 2, figsize=(10.5, 3.6))
    for axes, name, title in zip(panels, ("gain", "left"), ("SI-SDRi, dB", "left while the target is silent, dB")):
        for n, kind in enumerate(kinds):
            curves = [(order, run[kind][name]) for order, (_, run) in enumerate(runs) if run.get(kind, {}).get(name)]
            for label, (order, curve) in zip([kind] + [None] * len(curves), curves):
                style = {"color": COLOURS[n % len(COLOURS)], "marker": ".", "linewidth": 1.5, "linestyle": STROKES[order % len(STROKES)]}
                axes.plot(*zip(*curve), label=label, **style)
        if len(runs) > 1:
            for order, (run, _) in enumerate(runs):
                axes.plot([], [], label=run, color=GREY, linewidth=1.5, linestyle=STROKES[order % len(STROKES)])
        axes.set_xlabel("update")
        axes.set_ylabel(title)
        axes.legend(fontsize=8, loc="center left", bbox_to_anchor=(1, 0.5))
    canvas.tight_layout()
    return [save(canvas, os.path.join(out, "training.svg"))]


def draw(evaluation, out, logs=(), cases=None, estimates=None):
    """Draws everything that there is something of. -> paths written. Raises DataError."""
    written = []
    if evaluation.clips():
        written += draw_kinds(evaluation, out)
    if evaluation.by_sir:
        written += draw_sir(evaluation, out)
    if evaluation.people():
        written += draw_people(evaluation, out)
    if evaluation.streams("conversation"):
        written += draw_conversation(evaluation, out)
    if logs:
        written += draw_training([(Path(log).stem, read_log(log)) for log in logs], out)
    if cases and estimates:
        # Reads sound with PyTorch, which nothing else here needs.
        from crossmamba.spectrograms import draw_extremes

        written += draw_extremes(evaluation, cases, estimates, out)
    return written


def main(arguments=None):
    parser = argparse.ArgumentParser(prog="crossmamba.plots", description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("evaluations", nargs="+", metavar="EVAL.json")
    parser.add_argument("--out", required=True, help="folder for the pictures")
    parser.add_argument("--log", nargs="*", default=[], help="training logs, one for each run, which the drawing calls by the file's name")
    parser.add_argument("--cases", help="the cases' folder, for spectrograms")
    parser.add_argument("--estimates", help="what `evaluate --out` kept of them")
    args = parser.parse_args(arguments)
    if (args.cases is None) != (args.estimates is None):
        parser.error("spectrograms need both --cases and --estimates")
    for path in draw(read_evaluations(args.evaluations), args.out, args.log, args.cases, args.estimates):
        print(path)


if __name__ == "__main__":
    try:
        main()
    except DataError as error:
        sys.exit(f"plots: {error}")
