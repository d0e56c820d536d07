"""The second stage of the clue encoder: clues of one voice come together, those of others apart, and a run ends with a checkpoint."""

import numpy as np
import pytest
import torch
import torch.nn.functional as F
from synthetic import write_cache

from crossmamba import distinguish
from crossmamba.clue_encoder import ClueEncoder
from crossmamba.margin import VoiceMargin, contrast
from crossmamba.mix import Mix
from crossmamba.mixing import Change, Mixer
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
    status = distinguish.main([*arguments, "--voices", "4", "--warmup", "1", *options], lambda text, **_: lines.append(text))
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


def test_voices_of_a_batch_are_told_apart_without_a_bank():
    torch.manual_seed(0)
    voices, mean = F.normalize(torch.rand(12, 256), dim=-1), F.normalize(torch.ones(256), dim=-1)
    another = ~torch.eye(12, dtype=torch.bool)
    heard_twice = torch.cat([voices, voices])
    together, nearest = contrast(heard_twice, mean, another)
    apart, none = contrast(torch.cat([voices, voices.roll(1, 0)]), mean, another)
    print(f"heard alike: {together:.3f}; as another voice: {apart:.2f}")
    assert nearest == 1 and none == 0 and apart > together + 5
    # A voice as near as the own one costs, unless nobody could say that it is another.
    twins = torch.cat([voices[:1], voices[:1], voices[2:]]).repeat(2, 1)
    unclear = another.clone()
    unclear[0, 1] = unclear[1, 0] = False
    told, untold = contrast(twins, mean, another)[0], contrast(twins, mean, unclear)[0]
    print(f"twins {told:.3f}, as one voice {untold:.3f}")
    assert told > untold + 0.1 and untold < together + 0.01


def test_who_is_another_voice(cache):
    mixer = Mixer(cache, "train", "cpu", Mix(seconds=0.5, formants=0.5), seed=3)
    row = mixer.choice.rows_twice(np.random.default_rng(0), 40)
    assert len(row) == 80 and torch.equal(mixer.choice.voice_of(row[:40]), mixer.choice.voice_of(row[40:]))
    same = np.repeat(row[:1], 4)
    another = distinguish.others(same, Change(np.ones((4, 2), int), np.array([[1.0], [1.05], [1.1], [0.9]]) * [1, 0.99, 0.99]), mixer)
    assert another.tolist() == [[False, False, True, True], [False, False, False, True], [True, False, False, True], [True, True, True, False]]
    for number in range(20):
        alike = mixer.bank.speaker[mixer.choice.rows_twice(np.random.default_rng(number), 8, alike=True)]
        assert len(np.unique(mixer.choice.source[alike])) == len(np.unique(mixer.choice.sex[alike])) == 1


@pytest.mark.parametrize(
    "figure, options",
    [
        # At a rate of 0.01 the entropy of some seeds does not fall within 60 updates.
        ("entropy", ["--lr", "0.003", "--formants", "0", "--slower", "0", "--contrast-weight", "0", "--voices", "8"]),
        ("contrast", ["--lr", "0.01", "--entropy-weight", "0"]),
    ],
)
def test_clues_come_together(cache, encoder, tmp_path, monkeypatch, figure, options):
    monkeypatch.setattr(distinguish, "REPORT", 20)
    options = [*options, "--updates", "60", "--minutes", "10", "--recorded", "0", "--alike", "0"]
    status, lines = run(cache, encoder, tmp_path / "out.pt", *options)
    values = [float(line.split(f"{figure} ")[1].split(",")[0]) for line in lines if f"{figure} " in line and " s, " in line]
    print(f"{figure} after 20, 40, 60 updates:", values)
    assert status == 0 and len(values) == 3 and values[2] < values[0] - 0.3
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
