"""The sequence form is the recurrence: output and both states, over many hops, at two sizes; and the golden tensors are up to date."""

from pathlib import Path

import pytest
import torch
import torch.nn.functional as F
from safetensors.torch import load_file

from crossmamba import model_folder
from crossmamba.clue_encoder import ClueEncoder
from crossmamba.extractor import Extractor
from crossmamba.goldens import SIZES, make, perturb, voice
from crossmamba.layer import CrossMamba
from crossmamba.recurrence import ClueEncoderRecurrence, ExtractorRecurrence, LayerState, OverlapAdd, frames_of, step
from crossmamba.stft import HOP

TOLERANCE = 5e-5  # f32, sums in another order over 250 hops
GOLDEN = Path(__file__).parents[2] / "test" / "golden"
HOPS = 240


def error(a, b):
    return (a - b).abs().max().item()


@pytest.mark.parametrize("d_model, d_state, sequences", [(16, 4, 3), (48, 8, 24)])
def test_layer(d_model, d_state, sequences):
    torch.manual_seed(2)
    mamba, states = CrossMamba(d_model, d_state), []
    perturb(mamba)
    query, x = (F.layer_norm(torch.randn(sequences, HOPS, d_model), (d_model,)) for _ in range(2))
    state = LayerState(mamba, sequences, x)
    with torch.no_grad():
        y = mamba(query, x, states)
        one_by_one = torch.stack([step(mamba, query[:, t], x[:, t], state) for t in range(HOPS)], 1)
    found = [error(y, one_by_one), error(states[0][0], state.conv_state), error(states[0][1], state.ssm_state)]
    print(f"d_model {d_model}, {HOPS} hops: output {found[0]:.1e}, conv_state {found[1]:.1e}, ssm_state {found[2]:.1e}")
    assert max(found) < TOLERANCE


@pytest.mark.parametrize("size", SIZES)
def test_extractor(size):
    torch.manual_seed(3)
    net = Extractor(**SIZES[size]["extractor"]).eval()
    perturb(net)
    mixture = voice(HOP * (HOPS - 1), 120.0, 0.1) + 0.02 * torch.randn(HOP * (HOPS - 1))
    embedding, states = F.normalize(torch.rand(256), dim=0), []
    with torch.no_grad():
        X = net.stft(mixture[None])[:, :HOPS]
        mask, estimate = net.mask_of(X, net.clue(embedding[None]), states)[0], net(mixture[None], embedding[None])[0]
    recurrence, add, masks, out = ExtractorRecurrence(net, embedding), OverlapAdd(), [], []
    for frame in frames_of(F.pad(mixture, (0, HOP))):
        masks.append(recurrence.step(frame)[0])
        out.append(add.step(frame * masks[-1]))
    found = {
        "mask": error(mask, torch.stack(masks)),
        "estimate": error(estimate, torch.cat(out)[HOP:]),
        "conv_state": max(error(a[0], b.conv_state) for a, b in zip(states, recurrence.states)),
        "ssm_state": max(error(a[1], b.ssm_state) for a, b in zip(states, recurrence.states)),
    }
    print(f"{size}, {HOPS} hops:", {k: f"{v:.1e}" for k, v in found.items()})
    assert len(states) == len(recurrence.states) == 2 * net.layers
    assert max(found.values()) < TOLERANCE and estimate.abs().max() > 0.01


@pytest.mark.parametrize("size", SIZES)
def test_clue_encoder(size):
    torch.manual_seed(4)
    net, states = ClueEncoder(**SIZES[size]["encoder"]).eval(), []
    perturb(net)
    samples = voice(HOP * HOPS + 50, 180.0, 0.7)
    recurrence = ClueEncoderRecurrence(net)
    with torch.no_grad():
        clue = net(samples[None])[0]
        net.frames(net.stft(samples[None], flush=False), states)
    hops = [recurrence.step(X) for X in frames_of(samples)]
    found = {
        "clue": error(clue, recurrence.clue()),
        "conv_state": max(error(a[0], b.conv_state) for a, b in zip(states, recurrence.states)),
        "ssm_state": max(error(a[1], b.ssm_state) for a, b in zip(states, recurrence.states)),
    }
    print(f"{size}, {len(hops)} hops:", {k: f"{v:.1e}" for k, v in found.items()})
    assert len(hops) == HOPS and max(found.values()) < TOLERANCE


def test_reset_starts_over():
    torch.manual_seed(5)
    recurrence = ExtractorRecurrence(Extractor(**SIZES["tiny"]["extractor"]), F.normalize(torch.rand(256), dim=0))
    frames = list(frames_of(0.1 * torch.randn(HOP * 5)))
    first = [recurrence.step(X)[0] for X in frames]
    assert not torch.equal(recurrence.step(frames[0])[0], first[0])
    recurrence.reset()
    assert all(torch.equal(recurrence.step(X)[0], y) for X, y in zip(frames, first))


@pytest.mark.parametrize("size", SIZES)
def test_goldens_fit_the_sequence_form(size):
    extractor, encoder, _ = model_folder.load(GOLDEN / size)
    golden, states = load_file(GOLDEN / size / "golden.safetensors"), {}
    with torch.no_grad():
        clue = extractor.clue(golden["embedding"][None])
        X = torch.view_as_complex(golden["spectrum"])[None]
        for when, hops in (("half", X.shape[1] // 2), ("end", X.shape[1])):
            states[when] = []
            mask = extractor.mask_of(X[:, :hops], clue, states[when])[0]
        found = {
            "mask": error(torch.view_as_real(mask), golden["mask"]),
            "estimate": error(extractor(golden["mixture"][None], golden["embedding"][None])[0], golden["estimate"]),
            "clue": error(encoder(golden["enrollment"][None])[0], golden["clue"]),
        }
    for when, layers in states.items():
        for k, (conv_state, ssm_state) in enumerate(layers):
            where = f"{when}.{k // 2}.{('full_band', 'bands')[k % 2]}"
            found[f"conv_state.{where}"] = error(conv_state, golden[f"conv_state.{where}"])
            found[f"ssm_state.{where}"] = error(ssm_state, golden[f"ssm_state.{where}"])
    print(f"{size}, {X.shape[1]} hops: worst {max(found, key=found.get)} {max(found.values()):.1e}")
    assert X.shape[1] >= 200 and max(found.values()) < TOLERANCE
    assert sum(f.stat().st_size for f in GOLDEN.rglob("*") if f.is_file()) < 6e6


def test_goldens_can_be_made_again(tmp_path):
    folder = make("tiny", tmp_path)
    kept, made = (load_file(f / "golden.safetensors") for f in (GOLDEN / "tiny", folder))
    assert kept.keys() == made.keys()
    # random numbers are the same everywhere; sums may be ordered otherwise by another PyTorch
    assert max(error(kept[k], made[k]) for k in kept) < TOLERANCE
