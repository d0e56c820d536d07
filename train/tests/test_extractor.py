"""The extractor: its transform, its level, what it must not depend on, and the checkpoints it reads."""

import functools

import pytest
import torch
import torch.nn.functional as F

from crossmamba import extractor as extractor_module
from crossmamba.extractor import Extractor
from crossmamba.layer import CrossMamba
from crossmamba.query import norm_and_query
from crossmamba.recurrence import Level
from crossmamba.stft import BINS, FRAME, HOP, SYNTHESIS, Stft, band_edges, running_level, windows
from crossmamba.weights import OPTIONS, load_checkpoint


@pytest.fixture(scope="module")
def net():
    torch.manual_seed(0)
    return Extractor(bands=6, d_model=16, width=32, layers=2, d_state=4).eval()


@pytest.fixture(scope="module")
def embedding():
    return F.normalize(torch.rand(1, 256, generator=torch.Generator().manual_seed(1)), dim=1)


@pytest.mark.parametrize("samples", [1, 127, 128, 129, 5000])
def test_reconstruction(samples):
    stft, x = Stft(), torch.randn(2, samples)
    X = stft(x)
    error = (stft.inverse(X, samples) - x).abs().max().item()
    print(f"{samples} samples, {X.shape[1]} hops: {error:.1e}")
    assert error < 5e-6 and torch.view_as_real(X).shape[2:] == (BINS, 2)


def test_windows():
    analysis, synthesis = windows()
    product = (analysis * synthesis)[-SYNTHESIS:]
    assert (product[:HOP] + product[HOP:] - 1).abs().max() < 1e-6
    assert (synthesis[: FRAME - SYNTHESIS] == 0).all() and analysis.min() > 0


@pytest.mark.parametrize("count", [1, 6, 24, 40])
def test_band_edges(count):
    edges = band_edges(count)
    assert len(edges) == count + 1 and edges[0] == 0 and edges[-1] == BINS and min(b - a for a, b in zip(edges, edges[1:])) >= 2


def test_level_at_once_is_hop_by_hop():
    torch.manual_seed(0)
    X = Stft()(torch.cat([torch.zeros(3000), 0.3 * torch.randn(40000), torch.zeros(9000)])[None])
    level, at_once = Level(), running_level(X)[0, :, 0]
    one_by_one = torch.stack([level.step(x) for x in X[0]])
    error = ((at_once - one_by_one).abs() / one_by_one).max().item()
    print(f"{X.shape[1]} hops, silence at both ends: relative error {error:.1e}")
    assert error < 1e-4


def test_gain_does_not_matter(net, embedding):
    torch.manual_seed(0)
    x = 0.1 * torch.randn(1, 16000)
    with torch.no_grad():
        plain, loud = net(x, embedding), net(8 * x, embedding) / 8
    error = (plain - loud).abs().max().item() / plain.abs().max().item()
    print(f"18 dB louder: relative error {error:.1e}")
    assert error < 1e-3


def test_causal_with_the_stated_latency(net, embedding):
    torch.manual_seed(0)
    x, at = 0.1 * torch.randn(1, 16000), HOP * 60
    y = x.clone()
    y[:, at:] = 0.1 * torch.randn(1, 16000 - at)
    with torch.no_grad():
        change = (net(x, embedding) - net(y, embedding)).abs()[0]
    first = int(torch.nonzero(change > 1e-5)[0])
    print(f"the first output that knows sample n is n − {at - first}")
    assert at - SYNTHESIS < first <= at


def test_the_clue_matters(net):
    torch.manual_seed(0)
    x = 0.1 * torch.randn(1, 16000)
    with torch.no_grad():
        a, b = (net(x, F.normalize(torch.rand(1, 256), dim=1)) for _ in range(2))
    assert (a - b).abs().max() > 1e-3


def test_both_inputs_of_every_cross_mamba_are_normed(net, embedding, monkeypatch):
    """The query itself may never lie in memory: it is made here once more, and C must be its projection."""
    made, received = [], []

    def noted(x, clue, norm, norm_query, q_proj):
        h, C = norm_and_query(x, clue, norm, norm_query, q_proj)
        made.append((h, norm_query(norm(x) * clue[..., None, :]), C, q_proj))
        return h, C

    def with_matrix(mamba, C, x, states=None):
        received.append((x, C, mamba.q_proj))
        return CrossMamba.with_matrix(mamba, C, x, states)

    monkeypatch.setattr(extractor_module, "norm_and_query", noted)
    for mamba in [m for b in net.blocks for m in (b.full_band.mamba, b.mamba)]:
        monkeypatch.setattr(mamba, "with_matrix", functools.partial(with_matrix, mamba))
    with torch.no_grad():
        net(0.1 * torch.randn(1, 4000), embedding)
        assert len(made) == len(received) == 2 * net.layers
        for (h, query, C, q_proj), (x, received_C, own_q_proj) in zip(made, received):
            for value in (h, query):
                assert value.mean(-1).abs().max() < 1e-5 and (value.var(-1, unbiased=False) - 1).abs().max() < 0.05
            assert q_proj is own_q_proj and torch.allclose(C, q_proj(query), atol=1e-5)
            assert torch.equal(x.flatten(), h.flatten()) and torch.equal(received_C.flatten(), C.flatten())


def test_the_residual_comes_from_the_mixture(net):
    """With the branches silent a block hands its mixture features on unchanged, whatever the clue is."""
    torch.manual_seed(0)
    x = torch.randn(1, 6, 20, 16)
    block = Extractor(bands=6, d_model=16, width=32, layers=1, d_state=4).blocks[0]
    with torch.no_grad():
        block.full_band.up.weight.zero_()
        block.full_band.up.bias.zero_()
        block.mamba.out_proj.weight.zero_()
        for _ in range(2):
            assert torch.equal(block(x, torch.randn(1, 6, 16)), x)
        wide, seen = block.full_band, []
        wide.norm_up.register_forward_pre_hook(lambda _, args: seen.append(args[0]))
        wide.mamba.out_proj.weight.zero_()
        wide(x, torch.randn(1, 6, 16))
        assert torch.equal(seen[0], wide.down(wide.norm(x).transpose(1, 2).flatten(2)))


def test_a_mixture_is_looked_at_once_for_several_clues():
    torch.manual_seed(0)
    net = Extractor(bands=6, d_model=8, width=16, layers=1, d_state=4)
    mixtures, embeddings = 0.1 * torch.randn(2, 4000), F.normalize(torch.rand(4, 256), dim=-1)
    together, apart = net(mixtures, embeddings), net(mixtures.repeat(2, 1), embeddings)
    assert together.shape == (4, 4000) and torch.allclose(together, apart, atol=1e-6)
    assert not torch.allclose(together[0], together[2])  # the same mixture, another clue


def test_no_band_has_a_gradient_as_large_as_that_of_all_bands(net, embedding):
    value = net(torch.randn(1, 2000), embedding).square().sum()
    waiting, nodes = [value.grad_fn], set()
    while waiting:
        node = waiting.pop()
        if node not in nodes:
            nodes.add(node)
            waiting += [before for before, _ in node.next_functions if before]
    names = [node.name() for node in nodes]
    assert names.count("UnbindBackward0") == 1 and "SelectBackward0" not in names


def test_a_few_updates_lower_the_loss(embedding):
    torch.manual_seed(0)
    net = Extractor(bands=6, d_model=8, width=16, layers=1, d_state=4)
    adam = torch.optim.Adam(net.parameters(), 3e-3)
    mixture, losses = 0.1 * torch.randn(2, 4000), []
    target = F.conv1d(mixture[:, None], torch.ones(1, 1, 9) / 9, padding=4)[:, 0]
    for _ in range(20):
        value = (net(mixture, embedding.expand(2, -1)) - target).square().mean()
        adam.zero_grad()
        value.backward()
        adam.step()
        losses.append(value.item())
    print(f"loss {losses[0]:.2e} -> {losses[-1]:.2e}")
    assert losses[-1] < 0.8 * losses[0] and all(p.grad is not None and torch.isfinite(p.grad).all() for p in net.parameters())


def test_the_prototypes_checkpoint_fits(recipe):
    saved = load_checkpoint(recipe / "checkpoint.pt")
    net = Extractor(**{k: saved["args"][k] for k in OPTIONS if k in saved["args"]})
    net.load_state_dict(saved["net"])
    assert saved["step"] > 0 and "analysis" not in saved["net"]
