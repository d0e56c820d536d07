"""Ships weights: python -m crossmamba.ship CHECKPOINT --note "about 80 h: rows …" --cases DIR [--clue-encoder CLUE.pt --streams DIR --everyone DIR --log run.log …].

Exports to a scratch folder, runs the shipped engine (node dist/cli.js) over cases, streams and everyone beside everyone, says what changed, then
writes the model's folder with its quality, the figures of every case, the pictures and the card. Until all of that has worked, nothing that is there changes."""

import argparse
import json
import shutil
import subprocess
import sys
import tempfile
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from crossmamba import export
from crossmamba.corpus import DataError
from crossmamba.evaluation import number, read_evaluations, stream_of
from crossmamba.model_card import write_card
from crossmamba.plots import draw, read_log
from crossmamba.weights import CheckpointError, load_checkpoint

ROOT = Path(__file__).parents[2]
QUALITY = ("n", "si_sdr_mixture_db", "si_sdr_estimate_db", "si_sdri_db", "negative_share", "log_rms_ratio_db", "residual_db")
QUALITY += ("confused_share", "over_suppressed_share", "estoi_mixture", "estoi_estimate")


def run_engine(model, cases, backend, out, estimates=None):
    """`crossmamba-web evaluate --json` on one folder -> `out`. Raises DataError with what the command said."""
    command = ["node", str(ROOT / "dist/cli.js"), "evaluate", "--cases", str(cases), "--model", str(model), "--backend", backend, "--json"]
    if estimates:
        command += ["--out", str(estimates)]
    out.parent.mkdir(exist_ok=True)
    with open(out, "w") as file:
        done = subprocess.run(command, stdout=file, stderr=subprocess.PIPE, text=True)
    if done.returncode != 0:
        raise DataError(f"{' '.join(command)}: ended with {done.returncode}: {done.stderr.strip()}")


def rounded(value):
    return round(value, 3) if isinstance(value, float) else value


def quality_of(evaluation):
    """-> what config.json says of the model"""

    def told(clips, names):
        return {kind: {name: rounded(f.get(name)) for name in names} | {"si_sdri_interval_db": interval(f)} for kind, f in clips.items()}

    streams = {kind: {name: rounded(v) for name, v in f.items() if name != "intervals"} for kind, f in evaluation.kinds.items() if stream_of(kind)}
    what = "fixed test cases through the shipped engine; means, dB"
    more = {name: found for name, found in (("everyone", told(evaluation.everyone(), ("people", *QUALITY))), ("streams", streams)) if found}
    return {"what": what, "backend": evaluation.backend, "kinds": told(evaluation.clips(), QUALITY)} | more


def interval(figures):
    found = figures["intervals"].get("si_sdri_db")
    return found and [round(value, 3) for value in found]


def changes(before, after):
    """Old and new config.json's quality -> lines: SI-SDRi, or what is left where nobody speaks, kind by kind"""
    lines = []
    for kind, new in after["kinds"].items():
        figure = "residual_db" if new["si_sdri_db"] is None else "si_sdri_db"
        old = (before or {}).get("kinds", {}).get(kind, {}).get(figure)
        lines.append(f"{kind:12} {figure:12} {number(old):>6} → {number(new[figure]):>6}")
    return lines


def ship(args, say=print):
    """-> the evaluation. Raises DataError, CheckpointError."""
    folder, figures = Path(args.out), Path(args.figures)
    for log in args.log:
        read_log(log)  # what is wrong with it is said before minutes of measuring, not after
    if "clue_encoder" not in load_checkpoint(args.clue_encoder or args.checkpoint):
        raise DataError(f"{args.clue_encoder or args.checkpoint}: holds no clue encoder, without which nobody can be enrolled. Give one as --clue-encoder.")
    config = json.loads((folder / "config.json").read_text()) if (folder / "config.json").exists() else {}
    said = {"extractor": args.note, "clue_encoder": args.clue_note}
    training = config.get("training", {}) | {part: text for part, text in said.items() if text}
    with tempfile.TemporaryDirectory() as scratch:
        scratch = Path(scratch)
        (scratch / "training.json").write_text(json.dumps(training))
        options = [args.checkpoint, "--name", args.name, "--training", str(scratch / "training.json"), *([] if args.single else ["--half"])]
        if args.clue_encoder:
            options += ["--clue-encoder", args.clue_encoder]
        export.main([*options, "--out", str(scratch / "model")])
        folders = {name: cases for name, cases in (("cases", args.cases), ("streams", args.streams), ("everyone", args.everyone)) if cases}
        results = {name: scratch / "figures" / f"{name}.json" for name in folders}

        def evaluate(name):
            say(f"evaluating {folders[name]}", flush=True)
            run_engine(scratch / "model", folders[name], args.backend, results[name], scratch / "estimates" if name == "cases" else None)

        with ThreadPoolExecutor() as pool:  # each is one process of one thread
            list(pool.map(evaluate, folders))
        evaluation = read_evaluations([str(file) for file in results.values()])
        quality = quality_of(evaluation)
        say("\n".join(changes(config.get("quality"), quality)))
        draw(evaluation, str(scratch / "figures"), args.log, args.cases, str(scratch / "estimates"))
        (scratch / "quality.json").write_text(json.dumps(quality))
        export.main([*options, "--quality", str(scratch / "quality.json"), "--out", str(folder)])
        shutil.copytree(scratch / "figures", figures, dirs_exist_ok=True)
    say(f"{write_card(str(folder), evaluation, str(figures))}\n{figures}\nNow update the figures in README.md and add the run to train/EXPERIMENTS.md.")
    return evaluation


def main(arguments=None):
    parser = argparse.ArgumentParser(prog="crossmamba.ship", description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("checkpoint", help="of the extractor, or the folder of a shipped model")
    parser.add_argument("--clue-encoder", help="checkpoint of the clue encoder; CHECKPOINT holds it where this is not given")
    parser.add_argument("--note", help="what config.json says of the extractor's training (hours, rows of EXPERIMENTS.md); data and licences stay")
    parser.add_argument("--clue-note", help="the same of the clue encoder's training")
    parser.add_argument("--cases", required=True, help="folder of test cases")
    parser.add_argument("--streams", help="folder that crossmamba.streams built")
    parser.add_argument("--everyone", help="folder that crossmamba.everyone built")
    parser.add_argument("--log", nargs="*", default=[], help="training logs, one for each run, for the val curves")
    parser.add_argument("--out", default=str(ROOT / "public/models/speaker-base"))
    parser.add_argument("--figures", default=str(ROOT / "docs/evaluation"), help="folder for pictures and the figures of every case")
    parser.add_argument("--name", default="speaker-base")
    parser.add_argument("--backend", default="wasm", choices=["wasm", "webgpu", "reference"])
    parser.add_argument("--single", action="store_true", help="f32 instead of f16")
    ship(parser.parse_args(arguments))


if __name__ == "__main__":
    try:
        main()
    except (CheckpointError, DataError, FileNotFoundError) as error:
        sys.exit(f"ship: {error}")
