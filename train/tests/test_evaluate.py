"""Figures of a folder of cases are those of its signals, and bad folders are named."""

import json

import numpy as np
import pytest
import soundfile
import torch
from crossmamba import evaluate
from crossmamba.clue_encoder import ClueEncoder
from crossmamba.corpus import DataError
from crossmamba.extractor import Extractor
from crossmamba.weights import CheckpointError, save_checkpoint

SAMPLES = 16000


@pytest.fixture
def cases(tmp_path):
    """Two cases with a known interferer and one whose target is absent."""
    random, rows = np.random.default_rng(0), ["id,kind"]
    for name, kind, target_level in (("000", "cross-sex", 0.1), ("001", "cross-sex", 0.05), ("002", "absent", 0.0)):
        target, other = random.normal(0, 1, (2, SAMPLES)) * [[target_level], [0.1]]
        for part, samples in (("mixture", target + other), ("target", target), ("enrollment", random.normal(0, 0.1, 3 * SAMPLES))):
            soundfile.write(tmp_path / f"{name}.{part}.wav", samples, 16000, "FLOAT")
        rows.append(f"{name},{kind}")
    (tmp_path / "manifest.csv").write_text("\n".join(rows) + "\n")
    return tmp_path


def test_figures_of_known_estimates(cases):
    result = evaluate.evaluate(lambda mixture, clue: mixture * 0.5, lambda enrollment: torch.ones(1, 256) / 16, str(cases), out=str(cases / "out"))
    cross, absent = result["kinds"]["cross-sex"], result["kinds"]["absent"]
    assert (cross["n"], absent["n"]) == (2, 1)
    assert abs(cross["si_sdri_db"]) < 1e-3 and abs(cross["si_sdr_mixture_db"] + 3) < 0.2 and abs(cross["residual_db"] + 6.02) < 0.01
    assert abs(cross["log_rms_ratio_db"] - ((3.0 + 7.0) / 2 - 6.02)) < 0.2
    assert absent["si_sdri_db"] is None and absent["negative_share"] is None and abs(absent["residual_db"] + 6.02) < 0.01
    written, rate = soundfile.read(cases / "out" / "001.estimate.wav", dtype="float32")
    mixture, _ = soundfile.read(cases / "001.mixture.wav", dtype="float32")
    assert rate == 16000 and np.array_equal(written, mixture * np.float32(0.5))


def test_every_kind_that_ends_in_absent_is(cases):
    manifest, kinds = cases / "manifest.csv", ("everyone-absent", "absent-minded", "listening-absent")
    manifest.write_text("".join(["id,kind\n", *(f"00{n},{kind}\n" for n, kind in enumerate(kinds))]))
    found = evaluate.evaluate(lambda mixture, clue: mixture, lambda enrollment: None, str(cases))["kinds"]
    assert [found[kind]["si_sdri_db"] is None for kind in kinds] == [True, False, True]


def test_worse_than_the_mixture_counts_as_negative(cases):
    noise = torch.from_numpy(np.random.default_rng(1).normal(0, 1, SAMPLES).astype(np.float32))
    result = evaluate.evaluate(lambda mixture, clue: mixture + noise, lambda enrollment: None, str(cases))
    assert result["kinds"]["cross-sex"]["negative_share"] == 1 and result["kinds"]["cross-sex"]["si_sdri_db"] < -5


def test_command_line_with_the_student(cases, capsys):
    torch.manual_seed(0)
    sizes, encoder = dict(bands=6, d_model=8, layers=1, width=8), dict(d_model=16, layers=1)
    path = str(cases / "a.pt")
    content = {"net": Extractor(**sizes).state_dict(), "clue_encoder": ClueEncoder(**encoder).state_dict()}
    save_checkpoint(path, **content, step=0, args=sizes | {"clue_encoder": encoder})
    evaluate.main([path, str(cases), "--clue", "student", "--json", "--threads", "1"])
    result = json.loads(capsys.readouterr().out)
    assert [c["id"] for c in result["cases"]] == ["000", "001", "002"] and all(np.isfinite(c["residual_db"]) for c in result["cases"])
    evaluate.main([path, str(cases), "--clue", "student", "--threads", "1"])
    lines = capsys.readouterr().out.splitlines()
    assert lines[0].startswith("cross-sex   n  2 SI-SDRi") and lines[1].startswith("absent      n  1 level against mixture")
    save_checkpoint(path, net=content["net"], step=0, args=sizes)
    with pytest.raises(CheckpointError, match="clue_encoder"):
        evaluate.main([path, str(cases), "--clue", "student", "--threads", "1"])


def test_the_teacher_s_clue_is_the_mean_over_pieces():
    heard = []

    def teacher(pieces):
        heard.append(pieces.shape)
        return torch.eye(256)[: len(pieces)]

    clue = evaluate.teacher_clue(torch.randn(6 * 16000), teacher)
    torch.testing.assert_close(clue[0, :4], torch.tensor([3**-0.5] * 3 + [0.0]))
    evaluate.teacher_clue(torch.randn(16000), teacher)
    assert heard == [(3, 64000), (1, 64000)]


def test_bad_folders_are_named(cases):
    def go():
        evaluate.evaluate(lambda mixture, clue: mixture, lambda enrollment: None, str(cases))

    soundfile.write(cases / "001.target.wav", np.zeros(8000), 8000)
    with pytest.raises(DataError, match="001.target.wav: expected mono at 16000 Hz, found 1 channels at 8000 Hz"):
        go()
    (cases / "001.target.wav").write_bytes(b"nothing")
    with pytest.raises(DataError, match="001.target.wav: cannot be decoded"):
        go()
    (cases / "001.target.wav").unlink()
    with pytest.raises(DataError, match="001.target.wav: no such file"):
        go()
    (cases / "manifest.csv").write_text("name\nx\n")
    with pytest.raises(DataError, match="columns id and kind"):
        go()
    (cases / "manifest.csv").unlink()
    with pytest.raises(DataError, match="manifest.csv: no such file"):
        go()
