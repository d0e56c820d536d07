"""Fixed mixtures of a split, a handful a kind: a run is followed by those of val; those of train say what it gains with voices that it knows."""

import dataclasses

import torch

from crossmamba.corpus import NOISE_SHARES, DataError
from crossmamba.enrollments import Enrollments
from crossmamba.loss import level_terms, si_sdr
from crossmamba.mix import Mix
from crossmamba.mixing import Mixer

PLAIN = Mix(
    seconds=4.0, cross=0, hard=0, one_source=0, absent=0, alone=0, turns=0, speed=0, slower=0, formants=0, room=0, microphone=0, clip=0, noise=0, floor=0,
    level_db_low=-30.0, level_db_high=-20.0,
)  # fmt: skip
KINDS = {
    "cross-sex": {"cross": 1.0},
    "same-sex": {"same": 1.0},
    # Nothing of the recording tells these two apart; pseudo-speakers too, or there would be few pairs.
    "cross-sex-one-source": {"cross": 1.0, "one_source": 1.0, "speed": 0.5},
    "same-sex-one-source": {"same": 1.0, "one_source": 1.0, "speed": 0.5},
    # Without them: few pairs, but real ones. Pseudo-speakers are easier to tell apart.
    "cross-sex-real": {"cross": 1.0, "one_source": 1.0},
    "same-sex-real": {"same": 1.0, "one_source": 1.0},
    "noisy": {"noise": 1.0, "noise_db_low": -15.0, "noise_db_high": -5.0},
    "room": {"room": 1.0, "microphone": 1.0},
    "noise-only": {"noise": 1.0, "noise_db_low": -10.0, "noise_db_high": 0.0, "alone": 1.0},
    "absent": {"absent": 1.0},
    "turns": {"turns": 1.0},
}
SILENT = ("noise-only", "absent", "turns")  # kinds whose target is silent for long


class Validation:
    """Mixtures are drawn once, of every kind the same number, and kept."""

    def __init__(self, cache, device, bank=None, pairs=8, seconds=4.0, seed=7, split="val", say=print):
        """Raises DataError; noise that is missing or too short only costs the kinds that have it, which is said."""
        self.batches, self.enrollments, without_noise = {}, {}, []
        for kind, changes in KINDS.items():
            try:
                mixer = Mixer(cache, split, device, dataclasses.replace(PLAIN, seconds=seconds, **changes), bank, seed)
            except DataError:
                if "noise" not in changes:
                    raise
                without_noise.append(kind)
                continue
            self.batches[kind] = mixer.batch(pairs, 0)
            self.enrollments[kind] = Enrollments(mixer).plain(self.batches[kind].row, self.batches[kind].change)

        if without_noise:
            low, high = NOISE_SHARES[split]
            say(
                f"validation goes without {' and '.join(without_noise)}: expected noise clips of more than {seconds / (high - low):.0f} s, of which {split} "
                f"has {high - low:.0%}, found none in {cache}/noise.npz"
            )

    @torch.no_grad()
    def __call__(self, net, clue_encoder=None):
        """-> {kind: {si_sdri_db, negative_share, residual_db}}, None where it does not apply; residual_db is the estimate's level against the
        mixture's while the target is silent. Clues are the bank's, or the clue encoder's of the same enrollments as they are."""
        was_training = net.training
        net.eval()
        figures = {}
        for kind, b in self.batches.items():
            estimate = net(b.mixture, b.clue if clue_encoder is None else clue_encoder(self.enrollments[kind]))
            _, residual, active = level_terms(estimate, b.target, b.mixture)
            speaks = active > 0
            gains = (si_sdr(estimate, b.target) - si_sdr(b.mixture, b.target))[speaks]
            silent = residual[active < 1]
            figures[kind] = {
                "si_sdri_db": gains.mean().item() if len(gains) else None,
                "negative_share": (gains < 0).float().mean().item() if len(gains) else None,
                "residual_db": silent.mean().item() if len(silent) else None,
            }
        net.train(was_training)
        return figures


def line(figures, split="val"):
    """One line for a log: SI-SDRi and, in brackets, the share below zero; what is left where the target is silent."""
    parts = []
    for kind, f in figures.items():
        gain = "" if f["si_sdri_db"] is None else f" {f['si_sdri_db']:.2f} ({f['negative_share']:.2f})"
        left = "" if f["residual_db"] is None or kind not in SILENT else f" left {f['residual_db']:.1f}"
        parts.append(kind + gain + left)
    return f"{split} dB: " + ", ".join(parts)
