"""The teacher of the clue encoder: the speaker encoder (a generalised end-to-end LSTM) whose weights ship inside the PyPI package `resemblyzer`
(Apache-2.0). For training only: nothing of it is shipped."""

import importlib.util
from pathlib import Path

import torch
import torch.nn as nn
import torch.nn.functional as F

from crossmamba.corpus import RATE

WINDOW, STRIDE = 160, 80  # mel frames of 10 ms: pieces of 1.6 s, every 0.8 s
SHORTEST = 25600  # samples


class TeacherMissingError(RuntimeError):
    """The teacher's package is not installed."""


class Teacher(nn.Module):
    def __init__(self):
        """Raises TeacherMissingError."""
        super().__init__()
        found = importlib.util.find_spec("resemblyzer")
        if found is None or importlib.util.find_spec("librosa") is None:
            raise TeacherMissingError(
                "the teacher needs the packages resemblyzer (its weights) and librosa (its mel filters): pip install librosa && pip install --no-deps resemblyzer"
            )
        import librosa

        self.lstm, self.linear = nn.LSTM(40, 256, 3, batch_first=True), nn.Linear(256, 256)
        weights = Path(found.submodule_search_locations[0]) / "pretrained.pt"
        state = torch.load(weights, map_location="cpu", weights_only=False)["model_state"]
        self.load_state_dict({k: v for k, v in state.items() if k in self.state_dict()})
        self.register_buffer("filters", torch.tensor(librosa.filters.mel(sr=RATE, n_fft=400, n_mels=40)), persistent=False)
        self.register_buffer("window", torch.hann_window(400), persistent=False)
        self.eval().requires_grad_(False)

    @torch.no_grad()
    def forward(self, x):
        """x [B, n] at 16 kHz, n ≥ 25600 -> [B, 256]: the mean over windows of 1.6 s, every 0.8 s, of unit length. Raises ValueError."""
        if x.shape[-1] < SHORTEST:
            raise ValueError(f"the teacher needs at least {SHORTEST} samples (1.6 s), got {x.shape[-1]}")
        x = x / (x.pow(2).mean(-1, keepdim=True).sqrt() + 1e-9) * 10 ** (-30 / 20)  # it was trained at −30 dBFS
        power = torch.stft(x, 400, 160, 400, self.window, center=True, pad_mode="constant", return_complex=True).abs() ** 2
        mel = (self.filters @ power).transpose(1, 2)  # [B, frames, 40]
        pieces = mel.unfold(1, WINDOW, STRIDE).transpose(2, 3)  # [B, P, 160, 40]
        _, (h, _) = self.lstm(pieces.flatten(0, 1))
        e = F.normalize(torch.relu(self.linear(h[-1])), dim=1)  # [B·P, 256]
        return F.normalize(e.view(*pieces.shape[:2], 256).mean(1), dim=1)
