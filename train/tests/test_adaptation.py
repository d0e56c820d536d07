"""What training adds to a clue in a stream's place: only of what is heard, as much as is asked for, and never gradients."""

import numpy as np
import pytest
import torch
import torch.nn.functional as F
from crossmamba import train
from crossmamba.adaptation import ClueAdaptation
from crossmamba.clue_encoder import ClueEncoder
from crossmamba.weights import load_checkpoint, save_checkpoint
from synthetic import write_cache

from test_train import TINY, run

LONG = 4000


def encoder(x):
    """-> [B, 2] of unit length: what is above zero, what is below"""
    return F.normalize(torch.stack([x.clamp(min=0).sum(-1), (-x).clamp(min=0).sum(-1)], -1) + 1e-9, dim=-1)


def parts(count):
    """-> target, rest: the encoder hears (1, 0) and (0, 1)"""
    return torch.full((count, LONG), 0.1), torch.full((count, LONG), -0.1)


def test_what_passes_is_added_and_what_is_taken_away_subtracted():
    target, rest = parts(500)
    added = ClueAdaptation(encoder, own=0.6, negative=0.4, share=1.0)(target + rest, target, np.random.default_rng(1))
    assert added.shape == (500, 2)
    # Both are impure, up to a point: what passes stays mostly the target's.
    assert (added[:, 0] > -0.4).all() and 0.4 < added[:, 0].max() <= 0.6
    assert (added[:, 1] < 0.2).all() and -0.4 <= added[:, 1].min() < -0.3


def test_one_alone_can_be_asked_for():
    target, rest = parts(200)
    own = ClueAdaptation(encoder, own=0.5, share=1.0)(target + rest, target, np.random.default_rng(2))
    negative = ClueAdaptation(encoder, negative=0.5, share=1.0)(target + rest, target, np.random.default_rng(2))
    assert (own >= 0).all() and (negative <= 0).all()
    assert own.abs().max() > 0.4 and negative.abs().max() > 0.4


def test_share_says_how_many_are_adapted_at_all():
    target, rest = parts(2000)
    added = ClueAdaptation(encoder, own=0.5, negative=0.5, share=0.3)(target + rest, target, np.random.default_rng(3))
    assert 0.25 < (added != 0).any(-1).float().mean() < 0.35


@pytest.mark.parametrize("heard", ["target", "rest"])
def test_what_is_not_heard_teaches_nothing(heard):
    target, rest = parts(100)
    target, rest = (target, rest * 0.01) if heard == "target" else (target * 0, rest)
    added = ClueAdaptation(encoder, own=0.5, negative=0.5, share=1.0)(target + rest, target, np.random.default_rng(4))
    assert (added >= 0).all() if heard == "target" else (added <= 0).all()
    assert (added != 0).any()


def test_a_stream_that_has_gone_wrong_teaches_the_other_voice():
    target, rest = parts(2000)
    kinds = {"own": 0, "negative": 1}
    for kind, mine in kinds.items():
        right, wrong = (
            ClueAdaptation(encoder, **{kind: 0.5}, share=1.0, wrong=share)(target + rest, target, np.random.default_rng(5)).abs() for share in (0.0, 0.4)
        )
        assert (right[:, mine] >= right[:, 1 - mine]).all()
        # Up to 2 of the one to 1 of the other, evenly: half of the wrong ones are mostly the other's.
        assert 0.15 < (wrong[:, 1 - mine] > wrong[:, mine]).float().mean() < 0.25


def test_who_was_never_enrolled_passes_where_a_stream_has_gone_wrong():
    _, rest = parts(1000)
    added = ClueAdaptation(encoder, own=0.5, share=1.0, wrong=0.4)(rest, rest * 0, np.random.default_rng(6))
    assert (added[:, 0] < 1e-6).all() and 0.3 < (added[:, 1] > 0).float().mean() < 0.5


@pytest.mark.parametrize("precision", ["f32", "bf16"])
def test_a_stream_is_heard_in_the_run_s_precision(tmp_path, precision):
    cache, path = write_cache(tmp_path), str(tmp_path / "clue.pt")
    net = ClueEncoder(d_model=8, layers=1)
    save_checkpoint(path, clue_encoder=net.state_dict(), args={"clue_encoder": net.sizes})
    options = [*TINY, "--along", "--encoder", path, "--clue-rate", "0", "--clue-own", "0.6", "--precision", precision]
    made, seen = train.Run(train.parse([cache, *options]), train.Workers("cpu")), []
    made.clue_encoder.input.register_forward_hook(lambda _module, _args, out: seen.append(out.dtype))
    _, (_, _, added) = made.batch()
    assert set(seen) == {torch.float32 if precision == "f32" else torch.bfloat16} and added.dtype == torch.float32


def test_a_run_adapts_with_an_encoder_that_stays(tmp_path, capsys):
    cache, path = write_cache(tmp_path), str(tmp_path / "clue.pt")
    net = ClueEncoder(d_model=8, layers=1)
    save_checkpoint(path, clue_encoder=net.state_dict(), args={"clue_encoder": net.sizes})
    along = ["--along", "--encoder", path, "--clue-rate", "0", "--updates", "2"]
    run(cache, tmp_path / "plain.pt", *along)
    run(cache, tmp_path / "adapted.pt", *along, "--clue-own", "0.6", "--clue-negative", "0.6", "--clue-adapted", "1")
    plain, adapted = (load_checkpoint(str(tmp_path / f"{name}.pt")) for name in ("plain", "adapted"))
    assert any(not torch.equal(plain["net"][k], adapted["net"][k]) for k in plain["net"])
    for k, v in net.state_dict().items():
        assert torch.equal(adapted["clue_encoder"][k], v)
    with pytest.raises(SystemExit):
        train.parse([cache, *TINY, *along, "--clue-wrong", "0.3"])
    assert "expected --clue-own or --clue-negative" in capsys.readouterr().err
    for option in ("--clue-own", "--clue-negative"):
        with pytest.raises(SystemExit):
            train.parse([cache, *TINY, option, "0.5", "--along", "--encoder", path])
        assert "expected --along and --clue-rate 0" in capsys.readouterr().err
