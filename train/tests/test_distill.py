"""Distillation: its loss and figures on known cases, its recordings, and a run that ends, resumes and can be interrupted."""

import os
import signal

import numpy as np
import pytest
import torch
import torch.nn as nn
import torch.nn.functional as F
from synthetic import write_cache

from crossmamba import distill, teacher
from crossmamba.clue_pieces import equal_error_rate
from crossmamba.voices import Voices
from crossmamba.weights import build_clue_encoder, load_checkpoint, save_checkpoint


class PretendTeacher(nn.Module):
    """Embeddings from a coarse spectrum: quick, and different for different voices."""

    def __init__(self):
        super().__init__()
        self.register_buffer("matrix", torch.randn(256, 64, generator=torch.Generator().manual_seed(0)))

    @torch.no_grad()
    def forward(self, x):
        spectrum = torch.stft(x, 126, 4000, window=torch.hann_window(126), return_complex=True).abs().mean(-1)  # [B, 64]
        return F.normalize(torch.relu(F.layer_norm(spectrum, (64,)) @ self.matrix.t()), dim=1)


@pytest.fixture(scope="module")
def cache(tmp_path_factory):
    return write_cache(tmp_path_factory.mktemp("cache"))


@pytest.fixture
def small(monkeypatch):
    monkeypatch.setattr(distill, "Teacher", PretendTeacher)
    kept = {number: signal.getsignal(number) for number in (signal.SIGINT, signal.SIGTERM)}
    yield ["--groups", "2", "--each", "2", "--d-model", "16", "--layers", "1", "--seed", "3", "--device", "cpu", "--warmup", "1"]
    for number, handler in kept.items():
        signal.signal(number, handler)


def test_loss():
    torch.manual_seed(0)
    embeddings, centre = F.normalize(torch.rand(6, 256), dim=1), torch.full((256,), 0.05)
    assert distill.loss(embeddings, embeddings, centre).abs() < 1e-5
    shuffled = embeddings.roll(1, 0)
    value = distill.loss(shuffled, embeddings, centre)
    # the wrong voices: the mean voice still fits, what differs from it does not
    assert value > 0.3 and value > distill.loss(F.normalize(embeddings + 0.01, dim=1), embeddings, centre)


def test_equal_error_rate():
    who = np.repeat(np.arange(4), 5)
    perfect = torch.eye(4)[who]
    assert equal_error_rate(perfect, perfect, who) == 0
    noise = F.normalize(torch.randn(20, 64, generator=torch.Generator().manual_seed(0)), dim=1)
    assert 0.3 < equal_error_rate(noise, noise, who) < 0.7
    # Two groups that are told apart without fail, the two voices of each not at all: what counts is whom one compares with.
    by_group = torch.eye(2)[who // 2] + 0.01 * torch.rand(20, 2, generator=torch.Generator().manual_seed(0))
    assert equal_error_rate(by_group, by_group, who) < 0.35 < 0.4 < equal_error_rate(by_group, by_group, who, who // 2)


def test_recordings(cache):
    voices = Voices(cache, "train", "cpu", seed=1)
    clean = torch.cat([voices.batch(2, 8)[:, :25600] for _ in range(4)])
    recorded = voices.record(clean)
    level_db = 10 * recorded.square().mean(1).log10()
    print(f"levels {level_db.min():.1f} … {level_db.max():.1f} dBFS")
    assert recorded.shape == clean.shape and recorded.abs().max() <= 1
    assert -46 < level_db.min() < -35 and -15 < level_db.max() < -4
    again = Voices(cache, "train", "cpu", seed=1)
    again.batch(2, 8), [again.batch(2, 8) for _ in range(3)]
    assert torch.equal(again.record(clean), recorded)


def test_a_run_resumes(cache, small, tmp_path, capsys):
    out = tmp_path / "clue.pt"
    distill.main([cache, "--updates", "4", "--out", str(out), *small])
    first = load_checkpoint(out)
    distill.main([cache, "--updates", "3", "--out", str(out), "--resume", str(out), *small])
    second = load_checkpoint(out)
    assert (first["step"], second["step"]) == (4, 7) and first["seconds_seen"] < second["seconds_seen"]
    assert second["adam"]["state"][0]["step"] == 7 and torch.equal(first["centre"], second["centre"])
    assert "equal error rate" in capsys.readouterr().out
    clues = build_clue_encoder(second)(torch.randn(2, 16000))
    assert (clues.norm(dim=1) - 1).abs().max() < 1e-5


def test_a_run_goes_on_with_the_state_of_a_checkpoint_and_its_own_optimiser(cache, small, tmp_path):
    """What an older one was told stays behind: fused, AdamW counts its updates where the weights are."""
    out = tmp_path / "clue.pt"
    distill.main([cache, "--updates", "1", "--out", str(out), *small])
    first = load_checkpoint(out)
    first["adam"]["param_groups"][0] |= {"fused": None, "foreach": True}
    save_checkpoint(out, **first)
    distill.main([cache, "--updates", "1", "--out", str(out), "--resume", str(out), *small])
    second = load_checkpoint(out)["adam"]
    assert second["param_groups"][0]["fused"] and second["state"][0]["step"] == 2


def test_an_interrupt_leaves_a_checkpoint(cache, small, tmp_path, monkeypatch):
    out, calls, plain = tmp_path / "clue.pt", [], distill.loss

    def interrupted(*args):
        calls.append(True)
        if len(calls) == 3:
            os.kill(os.getpid(), signal.SIGTERM)
        return plain(*args)

    monkeypatch.setattr(distill, "loss", interrupted)
    distill.main([cache, "--updates", "50", "--out", str(out), *small])
    assert load_checkpoint(out)["step"] == 3


def test_a_full_disk_costs_the_checkpoint_only(cache, small, tmp_path, capsys, full_disk):
    out = tmp_path / "clue.pt"
    assert distill.main([cache, "--updates", "1", "--out", str(out), *small]) == 0
    before = out.read_bytes()
    with full_disk():
        assert distill.main([cache, "--updates", "1", "--out", str(out), "--resume", str(out), *small]) == 1
    assert "checkpoint of update 2 not written" in capsys.readouterr().out and out.read_bytes() == before


def test_updates_without_a_finite_gradient_are_skipped_and_end_the_run(cache, small, tmp_path, monkeypatch):
    monkeypatch.setattr(distill, "loss", lambda student, *_: student.sum() * torch.nan)
    monkeypatch.setattr(distill, "MOST_SKIPPED", 3)
    with pytest.raises(SystemExit, match="3 updates in a row without a finite gradient"):
        distill.main([cache, "--out", str(tmp_path / "clue.pt"), *small])
    assert (tmp_path / "clue.pt").exists()  # which the message says to go on from


def test_the_teacher():
    try:
        net = teacher.Teacher()
    except teacher.TeacherMissingError as missing:
        pytest.skip(f"the teacher was not tested: {missing}")
    torch.manual_seed(0)
    x = torch.randn(2, 64000)
    e = net(x)
    assert e.shape == (2, 256) and (e.norm(dim=1) - 1).abs().max() < 1e-5
    assert (net(0.01 * x) - e).abs().max() < 1e-4
    with pytest.raises(ValueError, match="25600"):
        net(x[:, :20000])
