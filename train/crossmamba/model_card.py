"""Writes the card of a model folder: python -m crossmamba.model_card MODEL --evaluation EVAL.json … [--pictures DIR].

What it says comes from config.json and from what `npx crossmamba-web evaluate --json` printed; nothing in it is written by hand."""

import argparse
import json
import os
import statistics
import struct
import sys

from crossmamba.corpus import DataError, writing
from crossmamba.evaluation import EVERYONE, LISTENING, number, read_evaluations

AIMS = {"cross-sex": 10, "same-sex": 8, "noisy": 8, "noise-only": 5, "ood": 6}  # SI-SDRi, dB
LEFT_AIM = -20  # of others who speak alone, dB of the mixture
WHAT = {
    "cross-sex": "two readers of two sexes",
    "same-sex": "two readers of one sex",
    "noisy": "two readers and a noise",
    "noise-only": "one reader and a noise",
    "absent": "the enrolled person never speaks",
    "ood": "children, accents, phones",
    "everyone-cross-sex": "two voices of two sexes",
    "everyone-same-sex": "two voices of one sex",
    "everyone-noisy": "two voices and a noise",
    "everyone-noise-only": "one voice and a noise",
    "everyone-absent": "somebody else speaks alone",
    "listening-absent": "two others take turns",
    "conversation-cross-sex": "two sexes take turns",
    "conversation-same-sex": "one sex takes turns",
    "conversation-noisy": "turns, and a noise",
}
LEADS = {"start-silence": "silence", "start-noise": "noise", "start-company": "talk with somebody who then leaves"}
PICTURES = {
    "si-sdri.svg": "SI-SDRi of every case, means and 95 % intervals",
    "log-rms-ratio.svg": "Level of the estimate against the target",
    "by-sir.svg": "SI-SDRi by how loud the target is against the rest",
    "people.svg": "SI-SDRi beside another voice, person by person",
    "conversation.svg": "Streams in which people take turns",
    "training.svg": "Val figures along the training",
}
CASES = {"good-case.png": "A good case", "bad-case.png": "A bad case"}


def share(value):
    return "–" if value is None else f"{100 * value:.0f} %"


def spread(figures, name, digits=1):
    """Mean and its interval."""
    interval = figures["intervals"].get(name)
    return number(figures[name], digits) + (f" [{', '.join(number(v, digits) for v in interval)}]" if interval else "")


def titled(kind):
    return f"{kind.removeprefix(EVERYONE)}: {WHAT[kind]}" if kind in WHAT else kind


def left(figures):
    """Level against the mixture; with its interval where it is all that there is to say."""
    return spread(figures, "residual_db") if figures["si_sdri_db"] is None else number(figures["residual_db"])


def table(header, rows):
    return "\n".join(["| " + " | ".join(cells) + " |" for cells in (header, ["---"] * len(header), *rows)])


def count_values(path):
    """-> {extractor, clue_encoder: number of values} from the header of a safetensors file"""
    with open(path, "rb") as file:
        (length,) = struct.unpack("<Q", file.read(8))
        tensors = json.loads(file.read(length))
    counts = {"extractor": 0, "clue_encoder": 0}
    for name, tensor in tensors.items():
        if name != "__metadata__":
            values = 1
            for size in tensor["shape"]:
                values *= size
            counts[name.split(".")[0]] += values
    return counts


def intended(config, folder):
    counts, e = count_values(os.path.join(folder, config["tensors"]["file"])), config["extractor"]
    hop_ms = 1000 * config["hop"] / config["sample_rate"]
    window_ms = 1000 * config["synthesis"] / config["sample_rate"]
    return f"""# {config["name"]}

Keeps only the voice of one enrolled person of what a microphone hears, live: a few seconds of that voice in, an embedding; from then on a hop of {hop_ms:g} ms in, a hop of the
estimate out. Causal, mono, {config["sample_rate"] // 1000} kHz, {window_ms:g} ms of algorithmic delay.

| | |
| --- | --- |
| extractor | {counts["extractor"] / 1e6:.2f} M values; {len(config["band_edges"]) - 1} bands × {e["d_model"]}, {e["layers"]} layers, full band {e["width"]} |
| clue encoder | {counts["clue_encoder"] / 1e6:.2f} M values |
| file | {config["tensors"]["bytes"] / 1e6:.1f} MB, sha256 `{config["tensors"]["sha256"][:16]}…` |
| licence | MIT; the recordings it learned from: see below |

**For** calls and recordings in which the person has agreed to be enrolled. **Not for** telling who speaks, for evidence, for listening to someone who does not know of it,
or where a word that is missing does harm: it can drop words and can let others through, as the figures below say.
"""


def clips_section(evaluation):
    rows = []
    for kind, f in evaluation.clips().items():
        if kind.startswith(LISTENING):
            continue
        aim = f"≥ {AIMS[kind]}" if kind in AIMS else "level ≤ −20" if kind == "absent" else ""
        esto = "–" if f["estoi_estimate"] is None else f"{f['estoi_mixture']:.2f} → {f['estoi_estimate']:.2f}"
        rows.append(
            [
                titled(kind),
                str(f["n"]),
                spread(f, "si_sdri_db"),
                aim,
                share(f["negative_share"]),
                share(f["confused_share"]),
                esto,
                share(f["over_suppressed_share"]),
                number(f["log_rms_ratio_db"]),
                left(f),
            ]
        )
    head = ["case", "n", "SI-SDRi, dB [95 %]", "aim", "worse than the mixture", "confused", "ESTOI", "over-suppressed"]
    return "### Fixed cases of 8 s\n\n" + table([*head, "level / target, dB", "level / mixture, dB"], rows) + "\n"


def sir_section(evaluation):
    def name(bucket):
        low, high = bucket["from_db"], bucket["to_db"]
        return f"below {number(high)}" if low is None else f"{number(low)} and more" if high is None else f"{number(low)} … {number(high)}"

    rows = [[name(b), str(b["n"]), spread(b, "si_sdri_db"), share(b["negative_share"]), share(b["confused_share"])] for b in evaluation.by_sir]
    head = ["target against the rest, dB", "n", "SI-SDRi, dB [95 %]", "worse than the mixture", "confused"]
    return "### By how loud the target is\n\n" + table(head, rows) + "\n"


SERVED, UNSERVED = 6, 3  # dB that a person gains beside another voice: plainly heard, hardly heard


def everyone_section(evaluation):
    rows, people = [], evaluation.gains()
    for kind, f in evaluation.everyone().items():
        rows.append(
            [
                titled(kind),
                str(f["n"]),
                number(f["people"], 0),
                spread(f, "si_sdri_db"),
                *(share(f[name]) for name in ("negative_share", "confused_share", "over_suppressed_share")),
                number(f["log_rms_ratio_db"]),
                left(f),
            ]
        )
    head = ["clip", "n", "people", "SI-SDRi, dB [95 %]", "worse than the mixture", "confused", "over-suppressed"]
    parts = [
        "### Everyone beside everyone\n",
        "Everyone of the test split who has 26 s to say, enrolled once (6 s) and heard for 8 s with each of the others of the same recordings, alone in noise, "
        "and not at all.\n",
        table([*head, "level / target, dB", "level / mixture, dB"], rows) + "\n",
    ]
    if people:
        served, unserved = sum(gain >= SERVED for gain in people), sum(gain < UNSERVED for gain in people)
        gains = f"{number(statistics.median(people))} dB; {served} gain {SERVED} dB and more, {unserved or 'none'} less than {UNSERVED}"
        parts.append(f"Beside another voice the median person of {len(people)} gains {gains}.\n")
    return "\n".join(parts)


def listening(evaluation):
    """-> [figures] of the streams in which the enrolled person only listens"""
    return [f for kind, f in evaluation.clips().items() if kind.startswith(LISTENING)]


def both_aim(kind):
    """`conversation-noisy` -> what a clip of such voices is to gain; None where none is set."""
    return AIMS.get(kind.removeprefix("conversation-"))


def streams_section(evaluation):
    parts = []
    if conversations := evaluation.streams("conversation"):
        rows = [
            [
                titled(kind),
                str(f["n"]),
                *(spread(f, name) for name in ("target_level_db", "target_si_sdr_db", "other_residual_db", "both_si_sdri_db", "pause_residual_db")),
            ]
            for kind, f in conversations.items()
        ]
        both = ", ".join(str(aim) for kind in conversations if (aim := both_aim(kind)))
        rows.append(["aim", "", "within 1", "≥ 15", "≤ −20", f"≥ {both}" if both else "", ""])
        head = ["streams of 30 s", "n", "target alone: level, dB", "target alone: SI-SDR, dB", "others alone, after 0.5 s: left, dB"]
        parts.append("### Conversation\n\n" + table([*head, "both: SI-SDRi, dB", "pause: left, dB"], rows) + "\n")
    for f in listening(evaluation):
        parts.append(f"The enrolled person only listens while {WHAT[LISTENING + 'absent']}, {f['n']} streams: {left(f)} dB of the mixture is left (aim: ≤ −20).\n")
    rows = []
    for kind, f in evaluation.streams("endurance").items():
        rows.append([f"{kind}: {f['minutes']:.0f} minutes in one go, last minute against the first", str(f["n"]), spread(f, "drift_db", 2), "within 0.3"])
    for kind, f in evaluation.streams("start").items():
        rows.append([f"{kind}: cost of {f['lead_s']:.0f} s of {LEADS.get(kind, 'something else')} before", str(f["n"]), spread(f, "cost_db", 2), "≤ 0"])
    for kind, f in evaluation.streams("gain").items():
        rows.append([f"{kind}: worst cost of an input level from −45 to −5 dBFS", str(f["n"]), spread(f, "worst_cost_db", 2), "≤ 0.5"])
    if rows:
        head = ["stream", "n", "SI-SDRi, dB [95 %]", "aim"]
        parts.append("### Endurance, start, input level\n\n" + table(head, rows) + "\n\nA cost below 0 is a gain: what was heard before helps.\n")
    return "\n".join(parts)


def missed_in_conversation(kind, f):
    """-> phrases"""
    level, clean, left, both, aim = (f["target_level_db"], f["target_si_sdr_db"], f["other_residual_db"], f["both_si_sdri_db"], both_aim(kind))
    missed = []
    if level is not None and abs(level) > 1:
        missed.append(f"the target alone is {number(level)} dB off its level (aim: within 1)")
    if clean is not None and clean < 15:
        missed.append(f"the target alone has {number(clean)} dB of SI-SDR (aim: 15)")
    if left is not None and left > LEFT_AIM:
        missed.append(f"{number(left)} dB of the others are left when they speak alone (aim: −20)")
    if None not in (both, aim) and both < aim:
        missed.append(f"{number(both)} dB of SI-SDRi while both speak (aim: {aim})")
    return missed


def missed_over_time(evaluation):
    """-> sentences: of endurance, starts and input levels"""
    said = []
    for kind, f in evaluation.streams("endurance").items():
        if abs(f["drift_db"]) > 0.3:
            said.append(f"**{kind}**: the last minute is {number(f['drift_db'], 2)} dB off the first (aim: within 0.3; above 0 it is better).")
    for kind, f in evaluation.streams("start").items():
        if f["cost_db"] > 0:
            said.append(f"**{kind}**: what is heard before costs {spread(f, 'cost_db', 2)} dB (aim: nothing).")
    for kind, f in evaluation.streams("gain").items():
        if f["worst_cost_db"] > 0.5:
            said.append(f"**{kind}**: the worst input level costs {number(f['worst_cost_db'], 2)} dB (aim: at most 0.5).")
    return said


def failures(evaluation):
    """-> sentences: every figure that misses its aim, worst first within its group"""
    clips, said = evaluation.clips(), []
    for kind, f in sorted(clips.items(), key=lambda item: item[1]["si_sdri_db"] or 0):
        if f["si_sdri_db"] is None:
            continue
        if f["si_sdri_db"] < AIMS.get(kind, 0):
            worse = f"; {share(f['negative_share'])} of the cases came out worse than the mixture" if f["negative_share"] else ""
            said.append(f"**{kind}**: {number(f['si_sdri_db'])} dB of SI-SDRi{f' where at least {AIMS[kind]} are aimed at' if kind in AIMS else ''}{worse}.")
    if voices := [(k, f) for k, f in clips.items() if f["confused_share"]]:
        shares = ", ".join(f"{share(f['confused_share'])} of {k}" for k, f in voices)
        said.append(f"**The wrong voice** is nearer to the estimate than the enrolled one in {shares}.")
    if quiet := [(k, f) for k, f in clips.items() if (f["log_rms_ratio_db"] or 0) < -1]:
        levels = ", ".join(f"{k} {number(f['log_rms_ratio_db'])} dB" for k, f in quiet)
        said.append(f"**It holds back** where it is unsure: {levels} against the target's level.")
    people = evaluation.gains()
    if unserved := sum(gain < UNSERVED for gain in people):
        said.append(f"**Not for everyone**: {unserved} of {len(people)} people gain less than {UNSERVED} dB beside another voice.")
    if "absent" in clips and clips["absent"]["residual_db"] > LEFT_AIM:
        said.append(f"**Nobody there**: while the enrolled person is absent, {number(clips['absent']['residual_db'])} dB of the others are left (aim: −20).")
    for f in listening(evaluation):
        if f["residual_db"] > LEFT_AIM:
            said.append(f"**Who only listens**: {number(f['residual_db'])} dB of the others are left (aim: −20).")
    for kind, f in evaluation.streams("conversation").items():
        if missed := missed_in_conversation(kind, f):
            said.append(f"**{kind}**: " + "; ".join(missed) + ".")
    said += missed_over_time(evaluation)
    said.append("**Untried**: more than two people at once, singing, whispering, other languages than English, voices from loudspeakers, rooms that echo.")
    return "## What it fails at\n\n" + "\n".join(f"- {sentence}" for sentence in said) + "\n"


def training_section(config):
    training = config.get("training", {})
    data = training.get("data", [])
    labels = {"extractor": "Extractor", "clue_encoder": "Clue encoder", "teacher": "Teacher"}
    facts = [f"- {label}: {training[key]}" for key, label in labels.items() if key in training]
    recipe = "[train/README.md](../../../train/README.md); every run with its figures: [train/EXPERIMENTS.md](../../../train/EXPERIMENTS.md)"
    rows = [[d["name"], d["licence"]] for d in data]
    return f"""## How it was made

{chr(10).join(facts)}
- Recipe: {recipe}
{chr(10).join(f"- {remark}" for remark in training.get("remarks", []))}

## Data and licences

{table(["recordings", "licence"], rows) if rows else "config.json names no data."}

No recording is part of the model or of this repository.
"""


def pictures_section(folder, pictures, names):
    found = [(name, text) for name, text in names.items() if os.path.exists(os.path.join(pictures, name))]
    return "\n\n".join(f"![{text}]({os.path.relpath(os.path.join(pictures, name), folder)})" for name, text in found)


FOLLOWS = ", the clue [following the stream](../../../docs/enrollment.md#what-the-stream-adds)"


def card(folder, evaluation, pictures=None):
    """-> the card's text. Raises DataError where the evaluation is of another model."""
    path = os.path.join(folder, "config.json")
    if not os.path.exists(path):
        raise DataError(f"{path}: no such file. MODEL is a folder that crossmamba.export wrote.")
    with open(path) as file:
        config = json.load(file)
    if evaluation.model != config["name"]:
        raise DataError(f"the evaluation is of {evaluation.model}, the folder holds {config['name']}. Evaluate this model.")
    sections = [
        intended(config, folder),
        f"## What it reaches\n\nThrough the shipped engine ({evaluation.backend}{FOLLOWS if evaluation.adaptation else ''}), by `npx crossmamba-web evaluate`; means over n cases, in brackets their 95 % intervals "
        "(bootstrap over people). What every figure is: [docs/evaluation.md](../../../docs/evaluation.md).\n",
        clips_section(evaluation) if evaluation.clips() else "",
        sir_section(evaluation) if evaluation.by_sir else "",
        everyone_section(evaluation) if evaluation.everyone() else "",
        streams_section(evaluation),
        pictures_section(folder, pictures, PICTURES) + "\n" if pictures else "",
        failures(evaluation),
        f"The best and the worst case of two voices:\n\n{pictures_section(folder, pictures, CASES)}\n" if pictures else "",
        training_section(config),
    ]
    return "\n".join(s for s in sections if s.strip())


def write_card(folder, evaluation, pictures=None):
    """Writes README.md of the model folder. -> its path"""
    text, path = card(folder, evaluation, pictures), os.path.join(folder, "README.md")
    with writing(path) as part, open(part, "w") as file:
        file.write(text)
    return path


def main(arguments=None):
    parser = argparse.ArgumentParser(prog="crossmamba.model_card", description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("model", help="folder with config.json")
    parser.add_argument("--evaluation", nargs="+", required=True, metavar="EVAL.json")
    parser.add_argument("--pictures", help="folder that crossmamba.plots drew into; those that are there are shown")
    args = parser.parse_args(arguments)
    print(write_card(args.model, read_evaluations(args.evaluation), args.pictures))


if __name__ == "__main__":
    try:
        main()
    except DataError as error:
        sys.exit(f"model_card: {error}")
