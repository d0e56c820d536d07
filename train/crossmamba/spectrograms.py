"""Pictures of single cases: mixture, target and estimate, one above the other."""

import os

import numpy as np

from crossmamba.canvas import pyplot, save
from crossmamba.corpus import RATE
from crossmamba.evaluate import read_wav

TWO_VOICES = ("cross-sex", "same-sex", "noisy", "ood")  # kinds in which a wrong voice can be taken
FRAME, HOP = 512, 128
RANGE_DB = 60  # below all but the loudest thousandth of the mixture
SHADES = 48  # few, so that the files stay small


def spectrogram_db(x):
    """[samples] -> [bins, frames], dB"""
    frames = np.lib.stride_tricks.sliding_window_view(np.pad(x, FRAME // 2), FRAME)[::HOP] * np.hanning(FRAME)
    return 20 * np.log10(np.abs(np.fft.rfft(frames)).T + 1e-9)


def extremes(evaluation):
    """-> (good, bad): the cases of two voices with the highest and the lowest SI-SDRi. None where there are less than two."""
    cases = sorted((c for c in evaluation.cases if c["kind"] in TWO_VOICES and c["si_sdri_db"] is not None), key=lambda c: c["si_sdri_db"])
    return (cases[-1], cases[0]) if len(cases) > 1 else None


def draw_case(case, folder, estimates, path):
    """One picture. Raises DataError where a file is missing."""
    plt = pyplot()
    files = {part: os.path.join(folder, f"{case['id']}.{part}.wav") for part in ("mixture", "target")}
    files["estimate"] = os.path.join(estimates, f"{case['id']}.estimate.wav")
    pictures = {part: spectrogram_db(read_wav(file).numpy()) for part, file in files.items()}
    top = np.percentile(pictures["mixture"], 99.9)
    canvas, panels = plt.subplots(3, 1, figsize=(7, 5.6), sharex=True, layout="constrained")
    look = {"cmap": plt.get_cmap("magma", SHADES), "vmin": -RANGE_DB, "vmax": 0, "origin": "lower", "aspect": "auto", "interpolation": "nearest"}
    for axes, (part, picture) in zip(panels, pictures.items()):
        image = axes.imshow(picture - top, extent=(0, picture.shape[1] * HOP / RATE, 0, RATE / 2000), **look)
        axes.set_title(part, loc="left", fontsize=10)
        axes.grid(visible=False)
        axes.set_ylabel("kHz")
    panels[-1].set_xlabel("seconds")
    canvas.colorbar(image, ax=panels, label="dB", shrink=0.6, pad=0.01)
    change = f"SI-SDR {case['si_sdr_mixture_db']:.1f} → {case['si_sdr_estimate_db']:.1f} dB"
    said = f"{case['id']}: {change}, level against the target {case['log_rms_ratio_db']:.1f} dB"
    canvas.suptitle(said.replace(" -", " −"), fontsize=10, x=0.01, ha="left")
    return save(canvas, path)


def draw_extremes(evaluation, folder, estimates, out):
    """-> paths of good-case.png and bad-case.png"""
    found = extremes(evaluation)
    if found is None:
        return []
    return [draw_case(case, folder, estimates, os.path.join(out, f"{name}-case.png")) for name, case in zip(("good", "bad"), found)]
