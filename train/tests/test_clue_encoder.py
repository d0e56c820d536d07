"""The clue encoder: unit length, no dependence on gain, only whole hops, a cost that a browser bears."""

import torch

from crossmamba.clue_encoder import ClueEncoder
from crossmamba.goldens import voice


def encoder():
    torch.manual_seed(0)
    return ClueEncoder(d_model=32, layers=2).eval()


def test_unit_length_and_not_negative():
    clues = encoder()(torch.stack([voice(16000, hz, 0.4) for hz in (110.0, 220.0)]))
    assert clues.shape == (2, 256) and (clues >= 0).all()
    assert (clues.norm(dim=1) - 1).abs().max() < 1e-5 and (clues[0] - clues[1]).abs().max() > 1e-3


def test_gain_does_not_matter():
    net, x = encoder(), voice(24000, 140.0, 0.2)[None] + 0.003 * torch.randn(1, 24000)
    with torch.no_grad():
        error = (net(x) - net(4 * x)).abs().max().item()
    print(f"12 dB louder: {error:.1e}")
    assert error < 1e-3


def test_only_whole_hops_count():
    net, x = encoder(), voice(12800 + 100, 140.0, 0.2)[None]
    with torch.no_grad():
        assert torch.equal(net(x), net(x[:, :12800]))


def test_silence_makes_no_nan():
    assert torch.isfinite(encoder()(torch.zeros(1, 16000))).all()


def test_the_shipped_size_is_cheap():
    """Multiplications a hop, of the matrices and the scan."""
    net = ClueEncoder()
    matrices = sum(p.numel() for name, p in net.named_parameters() if p.dim() == 2 and not name.startswith("output") and "A_log" not in name)
    scan = sum(layer.mamba.d_inner * layer.mamba.d_state * 4 for layer in net.layers)
    print(f"{(matrices + scan) / 1e6:.3f} MMAC a hop")
    assert matrices + scan < 0.4e6
