"""The second stage of the clue encoder: clues of one voice come together, those of others apart, and a run ends with a checkpoint."""

import pytest
import torch
import torch.nn.functional as F
from synthetic import write_cache

from crossmamba import distinguish
from crossmamba.clue_encoder import ClueEncoder
from crossmamba.margin import VoiceMargin
from crossmamba.weights import CheckpointError, build_clue_encoder, load_checkpoint, save_checkpoint


@pytest.fixture(scope="module")
def cache(tmp_path_factory):
    return write_cache(tmp_path_factory.mktemp("cache"))


@pytest.fixture
def encoder(tmp_path):
    torch.manual_seed(0)
    net = ClueEncoder(d_model=16, layers=1)
    save_checkpoint(str(tmp_path / "clue.pt"), clue_encoder=net.state_dict(), args={"clue_encoder": net.sizes})
    return str(tmp_path / "clue.pt")


def run(cache, encoder, out, *options):
    lines = []
    arguments = [cache, "--bank", f"{cache}/clues-train.npz", "--encoder", encoder, "--out", str(out), "--device", "cpu", "--threads", "1"]
    status = distinguish.main([*arguments, "--enrollments", "8", "--warmup", "1", *options], lambda text, **_: lines.append(text))
    return status, lines


def test_the_margin_wants_the_own_voice_nearest():
    torch.manual_seed(0)
    centres = F.normalize(torch.rand(12, 256), dim=-1)
    margin, voice = VoiceMargin(centres), torch.arange(12)
    distance, entropy, right = margin(centres, voice)
    assert distance.abs() < 1e-6 and right == 1
    far, more, wrong = margin(centres.roll(1, 0), voice)
    print(f"own voice: distance {distance:.3f}, entropy {entropy:.2f}; another's: {far:.3f}, {more:.2f}")
    assert far > 0.1 and more > entropy + 5 and wrong == 0
    # moved towards another voice it is still told right, but within the margin, and that costs
    near = F.normalize(centres + 0.8 * centres.roll(1, 0), dim=-1)
    assert margin(near, voice)[2] == 1 and margin(near, voice)[1] > entropy + 0.5


def test_clues_come_together(cache, encoder, tmp_path, monkeypatch):
    monkeypatch.setattr(distinguish, "REPORT", 20)
    status, lines = run(cache, encoder, tmp_path / "out.pt", "--updates", "60", "--lr", "0.01", "--minutes", "10", "--recorded", "0")
    entropy = [float(line.split("entropy ")[1].split(",")[0]) for line in lines if "entropy " in line and " s, " in line]
    print("entropy after 20, 40, 60 updates:", entropy)
    assert status == 0 and len(entropy) == 3 and entropy[2] < entropy[0] - 0.3
    assert "at the start" in lines[1] and "written to" in lines[-1]
    before, after = (build_clue_encoder(load_checkpoint(str(path))) for path in (encoder, tmp_path / "out.pt"))
    assert after.sizes == before.sizes and not torch.equal(after.output.weight, before.output.weight)


def test_a_full_disk_and_a_missing_encoder_are_told(cache, encoder, tmp_path, full_disk):
    with full_disk():
        status, lines = run(cache, encoder, tmp_path / "out.pt", "--updates", "1")
    assert status == 1 and any("make room" in line for line in lines) and not (tmp_path / "out.pt").exists()
    save_checkpoint(str(tmp_path / "none.pt"), net={}, args={})
    with pytest.raises(CheckpointError, match="holds no 'clue_encoder'"):
        run(cache, str(tmp_path / "none.pt"), tmp_path / "out.pt", "--updates", "1")
