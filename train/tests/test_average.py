"""A mean of checkpoints is one, refuses what has none, and is validated like a run."""

import numpy as np
import pytest
import torch
from crossmamba.average import average, main
from crossmamba.clue_encoder import ClueEncoder
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


def test_clue_encoders_are_averaged_where_all_have_one(tmp_path, capsys):
    saved = [load_checkpoint(checkpoint(tmp_path / f"{n}.pt", n)) for n in (1, 2)]
    encoders = [ClueEncoder(d_model=8, layers=1) for _ in saved]
    assert "clue_encoder" not in average([saved[0] | {"clue_encoder": encoders[0].state_dict()}, saved[1]], [0.5, 0.5])
    save_checkpoint(str(tmp_path / "with.pt"), **saved[0] | {"clue_encoder": encoders[0].state_dict()})
    main([str(tmp_path / "with.pt"), str(tmp_path / "2.pt"), "--out", str(tmp_path / "without.pt")])
    assert "left out what not all of them hold" in capsys.readouterr().out
    both = [c | {"clue_encoder": e.state_dict(), "args": c["args"] | {"clue_encoder": e.sizes}} for c, e in zip(saved, encoders, strict=True)]
    mean = average(both, [0.5, 0.5])
    first, second = (e.state_dict()["input.weight"] for e in encoders)
    torch.testing.assert_close(mean["clue_encoder"]["input.weight"], (first + second) / 2)
    save_checkpoint(str(tmp_path / "mean.pt"), **mean)
    printed = []
    for bank in ("clues-val.npz", "other.npz"):  # of no matter: the encoder hears the enrollments itself
        cache = write_cache(tmp_path)
        if bank == "other.npz":
            arrays = dict(np.load(f"{cache}/clues-val.npz"))
            np.savez(f"{cache}/{bank}", **arrays | {"embeddings": arrays["embeddings"][::-1]})
        main([str(tmp_path / "mean.pt"), "--cache", cache, "--bank", f"{cache}/{bank}", "--pairs", "1", "--seconds", "1"])
        printed.append(capsys.readouterr().out)
    assert "cross-sex" in printed[0] and printed[0] == printed[1]


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
    run = [checkpoint(tmp_path / "a.pt", 1), "--cache", write_cache(tmp_path), "--pairs", "1", "--seconds", "1"]
    assert main(run) == 0 and main([*run, "--split", "train"]) == 0
    val, train = capsys.readouterr().out.splitlines()
    assert val.startswith("val dB: cross-sex") and "absent left" in val
    assert train.startswith("train dB: cross-sex") and val[3:] != train[5:]
