"""Reads what `npx crossmamba-web evaluate --json` printed; what it holds is told in docs/evaluation.md."""

import json
import os
from collections import defaultdict
from dataclasses import dataclass, field

from crossmamba.corpus import DataError

STREAMS = ("conversation", "endurance", "start", "gain")
EVERYONE = "everyone-"  # what the kinds of `crossmamba.everyone` begin with
LISTENING = "listening-"  # and of streams in which the enrolled person only listens, which are scored as clips
TWO_VOICES = (EVERYONE + "cross-sex", EVERYONE + "same-sex")


@dataclass
class Evaluation:
    """One run of the command, or several as one."""

    model: str = ""
    backend: str = ""
    kinds: dict = field(default_factory=dict)  # name -> {n, each figure's mean, intervals}
    cases: list = field(default_factory=list)  # [{id, kind, target: who is enrolled, each figure}]
    by_sir: list = field(default_factory=list)  # [{from_db, to_db, n, each figure's mean, intervals}]
    adaptation: bool = False  # whether the clue followed the stream

    def what(self):
        return f"{self.model} on {self.backend}, {'the clue follows the stream' if self.adaptation else 'the enrollment alone'}"

    def clips(self):
        """-> {kind: figures} of the plain cases"""
        return {kind: figures for kind, figures in self.kinds.items() if stream_of(kind) is None and not kind.startswith(EVERYONE)}

    def everyone(self):
        """-> {kind: figures} of the clips of everyone beside everyone"""
        return {kind: figures for kind, figures in self.kinds.items() if kind.startswith(EVERYONE)}

    def people(self):
        """-> {who: {kind: [SI-SDRi, dB, of each clip]}} of two voices without noise, who gains least first"""
        people = defaultdict(lambda: {kind: [] for kind in TWO_VOICES})
        for case in self.cases:
            if case["kind"] in TWO_VOICES:
                people[case["target"]][case["kind"]].append(case["si_sdri_db"])
        return dict(sorted(people.items(), key=lambda item: mean_of(item[1])))

    def gains(self):
        """-> [mean SI-SDRi, dB] of these people, the least first"""
        return [mean_of(clips) for clips in self.people().values()]

    def streams(self, name):
        """-> {kind: figures} of one kind of stream and its variants"""
        return {kind: figures for kind, figures in self.kinds.items() if stream_of(kind) == name}

    def of_kind(self, kind, figure):
        """-> that figure of every case of a kind to which it applies"""
        return [case[figure] for case in self.cases if case["kind"] == kind and case.get(figure) is not None]


def number(value, digits=1):
    """-> the figure as it is shown, with a true minus; a dash for None"""
    return "–" if value is None else f"{value:.{digits}f}".replace("-", "−")


def mean_of(clips):
    """{kind: [dB]} of one person -> their mean, dB"""
    values = [value for of_kind in clips.values() for value in of_kind]
    return sum(values) / len(values)


def stream_of(kind):
    """`conversation-noisy` -> `conversation`; None for the kind of a plain case."""
    return next((name for name in STREAMS if kind == name or kind.startswith(name + "-")), None)


def read_evaluations(paths):
    """-> Evaluation of all files together. Raises DataError where one is missing, broken, of another model, or tells of a kind again."""
    whole = Evaluation()
    for path in paths:
        if not os.path.exists(path):
            raise DataError(f"{path}: no such file. Make it with `npx crossmamba-web evaluate --cases DIR --json > {path}`.")
        try:
            with open(path) as file:
                found = json.load(file)
            part = Evaluation(*(found[name] for name in ("model", "backend", "kinds", "cases")), found.get("by_sir", []), found.get("adaptation", False))
        except (ValueError, KeyError, TypeError) as error:
            raise DataError(f"{path}: expected what `evaluate --json` prints, found {error!r}. Make it again.") from error
        if whole.cases and part.what() != whole.what():
            raise DataError(f"{path}: is of {part.what()}, the files before of {whole.what()}. Give files of one model and way.")
        if again := whole.kinds.keys() & part.kinds.keys():
            raise DataError(f"{path}: tells of {', '.join(sorted(again))} again. Give every kind once.")
        whole.model, whole.backend, whole.adaptation = part.model, part.backend, part.adaptation
        whole.kinds |= part.kinds
        whole.cases += part.cases
        whole.by_sir = whole.by_sir or part.by_sir
    return whole
