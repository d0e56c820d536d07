"""Model folders and checkpoints: a round trip in f32 and f16, and every way in which they can be wrong."""

import hashlib
import json
import os
import runpy
import sys

import pytest
import torch
import torch.nn.functional as F
from safetensors.torch import load_file

from crossmamba import distill, distinguish, export, model_folder, train, weights
from crossmamba.clue_encoder import ClueEncoder
from crossmamba.extractor import Extractor

OPTIONS = {"bands": 6, "d_model": 16, "layers": 1, "width": 32, "d_state": 4}
ENCODER = {"d_model": 16, "layers": 1, "d_state": 4}


@pytest.fixture
def models():
    torch.manual_seed(0)
    return Extractor(**OPTIONS).eval(), ClueEncoder(**ENCODER).eval()


@pytest.fixture
def checkpoint(models, tmp_path):
    path = tmp_path / "run.pt"
    extractor, encoder = models
    args = {**OPTIONS, "clue_encoder": ENCODER}
    weights.save_checkpoint(path, net=extractor.state_dict(), clue_encoder=encoder.state_dict(), step=7, args=args)
    return path


@pytest.mark.parametrize("half, tolerance", [(False, 0), (True, 5e-3)])
def test_round_trip(models, tmp_path, half, tolerance):
    written = export.export(*models, tmp_path / "model", "model", half)
    extractor, encoder, config = model_folder.load(tmp_path / "model")
    assert config == written
    torch.manual_seed(1)
    mixture, embedding = 0.1 * torch.randn(1, 8000), F.normalize(torch.rand(1, 256), dim=1)
    with torch.no_grad():
        kept = models[0](mixture, embedding)
        error = ((extractor(mixture, embedding) - kept).abs().max() / kept.abs().max()).item()
        clue_error = (encoder(mixture) - models[1](mixture)).abs().max().item()
    print(f"half {half}: estimate, relative {error:.1e}, clue {clue_error:.1e}")
    assert error <= tolerance and clue_error <= tolerance


def test_config_says_what_the_file_holds(models, tmp_path):
    config = export.export(*models, tmp_path, "some-name", half=True, training={"hours": 1}, quality={"cross-sex": 3.0})
    content = (tmp_path / "model.safetensors").read_bytes()
    assert config["tensors"] == {"file": "model.safetensors", "bytes": len(content), "sha256": hashlib.sha256(content).hexdigest()}
    assert (config["format"], config["format_version"], config["name"], config["clue"]) == ("crossmamba-web", 1, "some-name", "speaker")
    assert (config["sample_rate"], config["frame"], config["hop"], config["synthesis"]) == (16000, 512, 128, 256)
    assert config["training"] == {"hours": 1} and config["quality"] == {"cross-sex": 3.0}
    e, c, tensors = config["extractor"], config["clue_encoder"], load_file(tmp_path / "model.safetensors")
    assert {t.dtype for t in tensors.values()} == {torch.float16} and not any("analysis" in name for name in tensors)
    i, K = e["expand"] * e["d_model"], len(config["band_edges"]) - 1
    shapes = {
        "extractor.band": [K, 1, e["d_model"]],
        "extractor.clue_out.weight": [K * e["d_model"], e["clue_hidden"]],
        "extractor.blocks.0.full_band.down.weight": [e["width"], K * e["d_model"]],
        "extractor.blocks.0.mamba.in_proj.weight": [2 * i, e["d_model"]],
        "extractor.blocks.0.mamba.conv": [e["d_conv"], i],
        "extractor.blocks.0.mamba.x_proj.weight": [e["dt_rank"] + e["d_state"], i],
        "extractor.blocks.0.mamba.dt_proj.weight": [i, e["dt_rank"]],
        "extractor.blocks.0.mamba.A_log": [e["d_state"], i],
        "extractor.blocks.0.full_band.mamba.dt_proj.weight": [e["expand"] * e["width"], e["dt_rank_wide"]],
        "extractor.mask.0.weight": [2 * config["band_edges"][1], e["d_model"]],
        "clue_encoder.input.weight": [c["d_model"], 257],
        "clue_encoder.output.weight": [c["embedding"], 2 * c["d_model"]],
    }
    for name, shape in shapes.items():
        assert list(tensors[name].shape) == shape, name


@pytest.mark.parametrize("value, half", [(float("nan"), False), (float("inf"), True), (1e6, True)])
def test_values_that_do_not_fit_are_named(models, tmp_path, value, half):
    with torch.no_grad():
        models[0].norm_in.weight[3] = value
    with pytest.raises(ValueError, match="extractor.norm_in.weight"):
        export.export(*models, tmp_path / "model", "model", half)
    assert not list((tmp_path / "model").glob("*"))


def test_a_damaged_file_is_named(models, tmp_path):
    export.export(*models, tmp_path, "model")
    path = tmp_path / "model.safetensors"
    path.write_bytes(path.read_bytes()[:-1] + b"x")
    with pytest.raises(ValueError, match="expected sha256"):
        model_folder.load(tmp_path)


def test_command(checkpoint, tmp_path, capsys):
    (tmp_path / "quality.json").write_text('{"ood": 1.5}')
    export.main([str(checkpoint), "--out", str(tmp_path / "speaker-test"), "--half", "--quality", str(tmp_path / "quality.json")])
    config = json.loads((tmp_path / "speaker-test" / "config.json").read_text())
    assert config["name"] == "speaker-test" and config["quality"] == {"ood": 1.5} and config["training"]["extractor_updates"] == 7
    assert config["tensors"]["sha256"] in capsys.readouterr().out


@pytest.mark.filterwarnings("ignore::RuntimeWarning")  # that it was imported before
def test_the_command_s_errors_are_told(tmp_path, monkeypatch):
    for content, message in ((None, "no such checkpoint"), (b"PK half of something", "not a whole checkpoint")):
        if content:
            (tmp_path / "run.pt").write_bytes(content)
        monkeypatch.setattr(sys, "argv", ["export", str(tmp_path / "run.pt"), "--out", str(tmp_path / "model")])
        with pytest.raises(SystemExit, match=f"export: {tmp_path / 'run.pt'}: {message}"):
            runpy.run_module("crossmamba.export", run_name="__main__")


def test_a_missing_clue_encoder_is_admitted(models, tmp_path):
    weights.save_checkpoint(tmp_path / "run.pt", net=models[0].state_dict(), step=1, args=OPTIONS)
    export.main([str(tmp_path / "run.pt"), "--out", str(tmp_path / "model")])
    assert "random" in json.loads((tmp_path / "model" / "config.json").read_text())["training"]["clue_encoder"]


def test_checkpoint_round_trip(checkpoint, models):
    saved = weights.load_checkpoint(checkpoint)
    assert saved["step"] == 7
    for built, module in ((weights.build_extractor(saved), models[0]), (weights.build_clue_encoder(saved), models[1])):
        assert all(torch.equal(a, b) for a, b in zip(built.state_dict().values(), module.state_dict().values()))


def test_a_shipped_model_is_a_checkpoint(models, tmp_path):
    export.export(*models, tmp_path / "model", "model", False)
    saved = weights.load_checkpoint(tmp_path / "model")
    assert saved["step"] == 0 and "optimiser" not in saved
    for built, kept in zip((weights.build_extractor(saved), weights.build_clue_encoder(saved)), models):
        assert all(torch.equal(value, kept.state_dict()[name]) for name, value in built.state_dict().items())
    (tmp_path / "model" / "model.safetensors").write_bytes(b"")
    with pytest.raises(weights.CheckpointError, match="sha256"):
        weights.load_checkpoint(tmp_path / "model")


def test_checkpoint_is_written_whole_or_not_at_all(checkpoint, full_disk):
    before = checkpoint.read_bytes()
    with full_disk(), pytest.raises(OSError, match="File too large"):
        weights.save_checkpoint(checkpoint, net={"a": torch.zeros(100_000)}, step=0, args={})
    assert checkpoint.read_bytes() == before and len(list(checkpoint.parent.iterdir())) == 1


@pytest.mark.parametrize("main, options", [(train.main, []), (distill.main, []), (distinguish.main, ["--bank", "none", "--encoder", "none"])])
def test_a_run_that_could_not_be_kept_does_not_begin(main, options, tmp_path):
    for out, why in ((tmp_path / "nowhere" / "run.pt", "No such file or directory"), (tmp_path, "is a folder")):
        with pytest.raises(weights.CheckpointError, match=f"{out}: expected a path that a checkpoint can be written to, got: {why}"):
            main([str(tmp_path / "no-cache"), "--out", str(out), "--device", "cpu", "--threads", "1", *options])
    assert os.listdir(tmp_path) == []


def test_only_a_full_disk_is_lived_with(checkpoint, tmp_path, full_disk):
    said, content = [], {"net": {"a": torch.zeros(100_000)}, "args": {}}
    with full_disk():
        assert not weights.keep_checkpoint(checkpoint, said.append, 8, **content)
        assert not weights.keep_checkpoint(tmp_path / "first.pt", said.append, 1, **content)
    assert [line.split("; ")[1] for line in said] == ["make room. The one before is still there.", "make room."]
    with pytest.raises(weights.CheckpointError, match="update 9 not written: No such file or directory"):
        weights.keep_checkpoint(tmp_path / "gone" / "run.pt", said.append, 9, **content)


def test_wrong_checkpoints_are_named(checkpoint, tmp_path):
    with pytest.raises(FileNotFoundError, match="no such checkpoint"):
        weights.load_checkpoint(tmp_path / "none.pt")
    cut = tmp_path / "cut.pt"
    cut.write_bytes(checkpoint.read_bytes()[:2000])
    with pytest.raises(weights.CheckpointError, match="not a whole checkpoint"):
        weights.load_checkpoint(cut)
    torch.save({"something": 1}, cut)
    with pytest.raises(weights.CheckpointError, match="something"):
        weights.load_checkpoint(cut)
    saved = weights.load_checkpoint(checkpoint)
    saved["args"]["d_model"] = 32
    with pytest.raises(weights.CheckpointError, match="does not fit"):
        weights.build_extractor(saved)
    del saved["clue_encoder"]
    with pytest.raises(weights.CheckpointError, match="no 'clue_encoder'"):
        weights.build_clue_encoder(saved)


def test_the_prototypes_best_exports(recipe, tmp_path):
    saved = weights.load_checkpoint(recipe / "decayed.pt")
    config = export.export(weights.build_extractor(saved), ClueEncoder(), tmp_path, "speaker-base", half=True)
    extractor, _, _ = model_folder.load(tmp_path)
    # it was stored in half precision: nothing is lost on the way
    assert all(torch.equal(extractor.state_dict()[k], v) for k, v in saved["net"].items())
    assert config["extractor"]["d_model"] == 48
