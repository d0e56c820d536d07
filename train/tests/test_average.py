"""A mean of checkpoints is one, refuses what has none, and is validated like a run."""

import pytest
import torch
from crossmamba.average import average, main
from crossmamba.extractor import Extractor
from crossmamba.weights import CheckpointError, build_extractor, load_checkpoint, save_checkpoint
from synthetic import write_cache

SIZES = {"bands": 6, "d_model": 8, "layers": 1, "width": 8}


def checkpoint(path, seed, **changes):
    torch.manual_seed(seed)
    sizes = SIZES | changes
    save_checkpoint(path, net=Extractor(**sizes).state_dict(), step=seed, args=sizes)
    return str(path)


def test_the_mean_lies_between(tmp_path):
    a, b = (checkpoint(tmp_path / f"{n}.pt", n) for n in (1, 2))
    assert main([a, b, "--shares", "0.25", "0.75", "--out", str(tmp_path / "mean.pt")]) == 0
    mean, first, second = (load_checkpoint(str(path)) for path in (tmp_path / "mean.pt", a, b))
    for key, value in mean["net"].items():
        torch.testing.assert_close(value, 0.25 * first["net"][key] + 0.75 * second["net"][key])
    x, clue = torch.randn(1, 4000), torch.nn.functional.normalize(torch.randn(1, 256), dim=-1)
    assert torch.isfinite(build_extractor(mean)(x, clue)).all()


def test_sizes_that_differ_are_refused(tmp_path):
    saved = [load_checkpoint(checkpoint(tmp_path / f"{d}.pt", 1, d_model=d)) for d in (8, 12)]
    with pytest.raises(CheckpointError, match="several sizes"):
        average(saved, [0.5, 0.5])


def test_shares_must_fit(tmp_path, capsys):
    a = checkpoint(tmp_path / "a.pt", 1)
    for options in (["--shares", "0.5", "--out", "x"], ["--shares", "0.5", "0.5", "--out", "x"], []):
        with pytest.raises(SystemExit):
            main([a, *options])
    assert "nothing to do" in capsys.readouterr().err


def test_a_checkpoint_is_validated(tmp_path, capsys):
    cache = write_cache(tmp_path)
    assert main([checkpoint(tmp_path / "a.pt", 1), "--cache", cache, "--pairs", "1", "--seconds", "1"]) == 0
    printed = capsys.readouterr().out
    assert "cross-sex" in printed and "absent left" in printed
