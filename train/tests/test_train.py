"""Training goes on where it stopped, survives what is not finite, an interrupt and a full disk, and runs in several processes."""

import math
import os
import re
import signal
import subprocess
import sys
import time

import numpy as np
import pytest
import torch
import torch.nn.functional as F
from crossmamba import train
from crossmamba.clue_bank import SPAN
from crossmamba.clue_encoder import ClueEncoder
from crossmamba.corpus import RATE, DataError, save_arrays
from crossmamba.enrollments import SHORTEST, Enrollments
from crossmamba.mix import Mix
from crossmamba.interrupt import Interrupt
from crossmamba.precision import is_bf16_fast, mixed_precision
from crossmamba.train import Run, TrainingError, Workers, parse
from crossmamba.voice_choice import LEAST_TAKES
from crossmamba.weights import CheckpointError, load_checkpoint, save_checkpoint
from synthetic import write_cache

TINY = "--bands 6 --d-model 8 --layers 1 --width 8 --pairs 2 --seconds 0.5 --warmup 0 --check 0 --device cpu --threads 1 --minutes 10 --precision f32".split()
HERE = os.path.dirname(os.path.abspath(__file__))


@pytest.fixture(scope="module")
def cache(tmp_path_factory):
    return write_cache(tmp_path_factory.mktemp("cache"))


@pytest.fixture
def encoder(tmp_path):
    """-> a clue encoder, the path of its checkpoint"""
    net, path = ClueEncoder(d_model=8, layers=1), str(tmp_path / "clue.pt")
    save_checkpoint(path, clue_encoder=net.state_dict(), args={"clue_encoder": net.sizes})
    return net, path


def run(cache, out, *options):
    return train.main([cache, "--out", str(out), *TINY, *options])


def test_resuming_goes_on_as_if_never_stopped(cache, tmp_path):
    assert run(cache, tmp_path / "whole.pt", "--updates", "6") == 0
    run(cache, tmp_path / "half.pt", "--updates", "3")
    run(cache, tmp_path / "half.pt", "--updates", "3", "--resume", str(tmp_path / "half.pt"))
    whole, half = load_checkpoint(str(tmp_path / "whole.pt")), load_checkpoint(str(tmp_path / "half.pt"))
    assert whole["step"] == half["step"] == 6
    worst = max((whole["net"][k] - half["net"][k]).abs().max().item() for k in whole["net"])
    moved = max((whole["net"][k] - v).abs().max().item() for k, v in Run(parse([cache, *TINY]), Workers("cpu")).net.state_dict().items())
    print(f"6 updates at once against 3 + 3: {worst:.1e}; weights moved by up to {moved:.1e}")
    assert worst < 1e-6 < 1e-3 < moved


def test_resuming_draws_what_would_have_come_next_also_after_a_skipped_update(cache, tmp_path, monkeypatch):
    drawn, draw = [], train.Mixer.batch

    def poisoned(self, pairs, number):
        drawn.append(number)
        batch = draw(self, pairs, number)
        return batch._replace(mixture=batch.mixture * math.nan) if number == 1 else batch

    monkeypatch.setattr(train.Mixer, "batch", poisoned)
    out = str(tmp_path / "a.pt")
    run(cache, out, "--updates", "3")
    before = drawn[:-1]  # the last was drawn ahead, and not used
    drawn.clear()
    run(cache, out, "--updates", "2", "--resume", out)
    assert before == [0, 1, 2, 3] and drawn[:2] == [4, 5]


def test_the_same_command_goes_on_with_the_clue_encoder_that_learned_along(cache, encoder, tmp_path):
    out = str(tmp_path / "a.pt")
    run(cache, out, "--updates", "1")
    same = ["--resume", out, "--along", "--encoder", encoder[1], "--lr", "0.01", "--updates", "2"]
    run(cache, out, *same)
    learned = load_checkpoint(out)["clue_encoder"]
    again = Run(parse([cache, "--out", out, *TINY, *same]), Workers("cpu")).clue_encoder.state_dict()
    assert all(torch.equal(again[k], v) for k, v in learned.items())
    assert not all(torch.equal(encoder[0].state_dict()[k], v) for k, v in learned.items())


def test_a_run_learns(cache, tmp_path, capsys):
    run(cache, tmp_path / "a.pt", "--updates", "60", "--report", "20", "--turns", "0", "--absent", "0", "--noise", "0", "--room", "0", "--lr", "0.01")
    lines = [line for line in capsys.readouterr().out.splitlines() if "snr" in line and "seen" in line]
    snr = [float(line.split("snr ")[1].split(" dB")[0]) for line in lines]
    print("SNR part after 20, 40, 60 updates:", snr)
    assert len(snr) == 3 and snr[2] < snr[0] - 0.3


def test_sizes_come_from_the_checkpoint(cache, tmp_path):
    run(cache, tmp_path / "a.pt", "--updates", "1")
    args = parse([cache, "--resume", str(tmp_path / "a.pt"), "--check", "0", "--device", "cpu", "--seconds", "0.5"])
    again = Run(args, Workers("cpu"))
    assert (again.net.d_model, len(again.net.blocks), again.step) == (8, 1, 1)


def test_an_update_that_is_not_finite_is_skipped_and_counted(cache, tmp_path, monkeypatch, capsys):
    draw = train.Mixer.batch

    def poisoned(self, pairs, number):
        batch = draw(self, pairs, number)
        return batch._replace(mixture=batch.mixture * math.nan) if number in (1, 2) else batch

    monkeypatch.setattr(train.Mixer, "batch", poisoned)
    assert run(cache, tmp_path / "a.pt", "--updates", "4", "--report", "1") == 0
    saved = load_checkpoint(str(tmp_path / "a.pt"))
    assert saved["step"] == 4 and all(torch.isfinite(v).all() for v in saved["net"].values())
    assert "skipped 2" in capsys.readouterr().out


def test_too_many_in_a_row_end_the_run_and_keep_the_checkpoint(cache, tmp_path, monkeypatch):
    run(cache, tmp_path / "a.pt", "--updates", "2")
    before = (tmp_path / "a.pt").read_bytes()
    draw = train.Mixer.batch
    monkeypatch.setattr(train.Mixer, "batch", lambda self, *a: (b := draw(self, *a))._replace(mixture=b.mixture * math.nan))
    with pytest.raises(TrainingError, match="5 updates in a row without a finite gradient, at update 0. Nothing was saved yet; begin again with a lower --lr"):
        run(cache, tmp_path / "b.pt", "--updates", "9", "--most-skipped", "5")
    with pytest.raises(TrainingError, match="5 updates in a row without a finite gradient, at update 2. .*a.pt holds the last good state"):
        run(cache, tmp_path / "a.pt", "--updates", "9", "--most-skipped", "5", "--resume", str(tmp_path / "a.pt"))
    assert (tmp_path / "a.pt").read_bytes() == before


def test_an_interrupt_writes_a_checkpoint_and_ends(cache, tmp_path):
    out = tmp_path / "a.pt"
    command = [sys.executable, "-m", "crossmamba.train", cache, "--out", str(out), *TINY, "--report", "1"]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True, cwd=os.path.dirname(HERE)) as process:
        for line in process.stdout:
            if line.startswith("2:"):
                break
        process.send_signal(signal.SIGTERM)
        rest = process.stdout.read()
    assert process.returncode == 0 and "interrupted at update" in rest
    assert load_checkpoint(str(out))["step"] >= 2


def test_a_full_disk_costs_a_checkpoint_not_the_run(cache, tmp_path, capsys, full_disk):
    run(cache, tmp_path / "a.pt", "--updates", "1")
    before = (tmp_path / "a.pt").read_bytes()
    with full_disk():
        # Every update tries to save.
        assert run(cache, tmp_path / "a.pt", "--updates", "3", "--save-minutes", "0", "--resume", str(tmp_path / "a.pt")) == 1
    said = capsys.readouterr().out
    assert [f"checkpoint of update {n} not written" in said for n in (2, 3, 4)] == [True] * 3 and "end at update 4" in said
    assert (tmp_path / "a.pt").read_bytes() == before and os.listdir(tmp_path) == ["a.pt"]


def test_bad_checkpoints_and_caches_are_named(cache, tmp_path):
    (tmp_path / "cut.pt").write_bytes(b"PK half of something")
    with pytest.raises(CheckpointError, match="cut.pt"):
        run(cache, tmp_path / "a.pt", "--resume", str(tmp_path / "cut.pt"))
    with pytest.raises(FileNotFoundError, match="none.pt"):
        run(cache, tmp_path / "a.pt", "--resume", str(tmp_path / "none.pt"))
    with pytest.raises(DataError, match="speech-train.npz: no such file"):
        run(str(tmp_path), tmp_path / "a.pt")


def test_validation_says_a_figure_a_kind(cache, tmp_path, capsys):
    options = [o if o != "0" or before != "--check" else "2" for before, o in zip(["", *TINY], TINY)]
    train.main([cache, "--out", str(tmp_path / "a.pt"), *options, "--updates", "2"])
    lines = [line for line in capsys.readouterr().out.splitlines() if "val dB" in line]
    assert len(lines) == 2 and lines[0].split(": ", 1)[1] == lines[1].split(": ", 1)[1]  # the same weights, the same mixtures
    for kind in ("cross-sex", "same-sex", "noisy", "room", "noise-only", "absent left", "turns"):
        assert kind in lines[0]


def test_validation_does_without_noise_and_a_run_without_validation(cache, tmp_path):
    for name in os.listdir(cache):
        os.symlink(os.path.join(cache, name), tmp_path / name)
    (tmp_path / "noise.npz").unlink()
    save_arrays(str(tmp_path / "noise.npz"), audio=np.ones(39 * RATE, np.int16), clips=np.array([[0, 39 * RATE]]))
    said, checked = [], [*TINY, "--check", "9"]
    kinds = Run(parse([str(tmp_path), *checked]), Workers("cpu"), said.append).validation.batches
    assert said == [
        "validation goes without noisy and noise-only: expected noise clips of more than 40 s, of which val has 10%, "
        f"found none in {tmp_path}/noise.npz"
    ]
    assert "room" in kinds and not {"noisy", "noise-only"} & kinds.keys()
    (tmp_path / "clues-val.npz").unlink()
    with pytest.raises(DataError, match=r"clues-val.npz: no such file\. .*--check 0"):
        Run(parse([str(tmp_path), *checked]), Workers("cpu"))


def test_the_rate_rises_and_falls():
    args = parse(["x", "--lr", "1", "--warmup", "10", "--schedule", "linear", "--decay", "0.5"])
    values = [train.rate(args, update, done) for update, done in ((0, 0), (4, 0), (99, 0.5), (99, 0.75), (99, 1.0))]
    assert values == pytest.approx([0.1, 0.5, 1, 0.5, 0], abs=1e-6)
    args = parse(["x", "--lr", "1", "--warmup", "0", "--schedule", "cosine", "--decay", "1"])
    assert [train.rate(args, 9, done) for done in (0, 0.5, 1)] == pytest.approx([1, 0.5, 0], abs=1e-6)
    assert train.rate(parse(["x", "--lr", "1"]), 99, 0.99) == 1


@pytest.mark.filterwarnings("ignore::UserWarning")  # that there is no CUDA
def test_the_device_is_the_one_asked_for_or_the_process_s_own(monkeypatch):
    chosen = []
    monkeypatch.setattr(torch.cuda, "set_device", chosen.append)
    monkeypatch.delenv("LOCAL_RANK", raising=False)
    for name in ("cuda", "cuda:1"):
        Workers(name)
    monkeypatch.setenv("LOCAL_RANK", "2")
    Workers("cuda")
    assert [device.index for device in chosen] == [0, 1, 2]
    monkeypatch.setattr(torch.cuda, "is_bf16_supported", lambda including_emulation: not including_emulation)
    for name in ("cuda", "cuda:1", torch.device("cuda", 1)):
        assert is_bf16_fast(name) and mixed_precision(name).device == "cuda"


def test_interrupts_restore_what_was_there():
    before = signal.getsignal(signal.SIGTERM)
    interrupt = Interrupt()
    os.kill(os.getpid(), signal.SIGTERM)
    time.sleep(0.01)
    assert interrupt.signal == signal.SIGTERM and signal.getsignal(signal.SIGTERM) == before


def in_two_processes(*command):
    """-> what `torchrun` says"""
    torchrun = [sys.executable, "-m", "torch.distributed.run", "--standalone", "--nproc-per-node", "2"]
    environment = os.environ | {"OMP_NUM_THREADS": "1", "PYTHONPATH": os.path.dirname(HERE)}
    done = subprocess.run([*torchrun, *command], cwd=os.path.dirname(HERE), capture_output=True, text=True, timeout=240, env=environment)
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


def test_two_processes_train_as_one(cache, tmp_path):
    out = tmp_path / "a.pt"
    said = in_two_processes("-m", "crossmamba.train", cache, "--out", str(out), *TINY, "--updates", "1", "--report", "1")
    assert said.count("end at update 1") == 1  # one voice, and one checkpoint
    together = load_checkpoint(str(out))["optimiser"]

    alone = Run(parse([cache, *TINY]), Workers("cpu"))
    for stream in range(2):
        batch = train.Mixer(cache, "train", "cpu", alone.mixer.mix, stream=stream).batch(2, 0)
        (alone.loss(alone.net(batch.mixture, batch.clue), batch.target, batch.mixture)[0] / 2).backward()
    torch.nn.utils.clip_grad_norm_(alone.net.parameters(), 1.0)
    # After one update Muon's momentum is a twentieth of the gradient, Adam's first moment a tenth.
    means = [20 * s["momentum_buffer"] for s in together["muon"]["state"].values()] + [10 * s["exp_avg"] for s in together["adamw"]["state"].values()]
    gradients = [p.grad for p in alone.optimiser.parameters]
    assert len(means) == len(gradients) and together["muon"]["state"]
    apart = max((mean - g).abs().max().item() for mean, g in zip(means, gradients))
    largest = max(g.abs().max().item() for g in gradients)
    print(f"gradient of two processes against the mean of both in one: {apart:.1e} apart, largest {largest:.1e}")
    assert apart < 1e-5 < 1e-2 < largest


def test_two_processes_stay_one_while_the_rate_falls(cache, tmp_path):
    """By minutes, though their clocks do not agree."""
    options = ["--schedule", "linear", "--decay", "1"]
    said = in_two_processes(os.path.join(HERE, "replicas.py"), cache, "--out", str(tmp_path / "a.pt"), *TINY, *options)
    apart, moved, updates = re.search(r"apart (\S+), moved (\S+), updates (\d+)", said).groups()
    print(f"after {updates} updates the weights of two processes are {apart} apart, having moved by {moved}")
    assert int(updates) > 4 and float(apart) == 0 < float(moved)


def states(optimiser):
    """Parameters that have moved."""
    return sum(len(part["state"]) for part in optimiser.values())


def test_the_clue_encoder_learns_along(cache, encoder, tmp_path, capsys):
    """Both networks move, the checkpoint holds both, and a run resumes either way: from one that had no encoder, and without it again."""
    clue, path = encoder
    run(cache, tmp_path / "a.pt", "--updates", "2")
    along = ["--resume", str(tmp_path / "a.pt"), "--along", "--encoder", path, "--clue-blur", "0.3", "--clue-scatter", "1"]
    run(cache, tmp_path / "b.pt", "--updates", "2", "--report", "1", *along)
    assert "distance " in capsys.readouterr().out
    saved = load_checkpoint(str(tmp_path / "b.pt"))
    moved = {k: (saved["clue_encoder"][k] - v).abs().max().item() for k, v in clue.state_dict().items()}
    print(f"the encoder's tensors moved by {min(moved.values()):.1e} … {max(moved.values()):.1e}")
    assert saved["step"] == 4 and min(moved.values()) > 1e-6
    again = Run(parse([cache, *TINY, "--resume", str(tmp_path / "b.pt"), "--along"]), Workers("cpu"))
    assert again.clue_encoder.sizes == clue.sizes and states(again.optimiser.state_dict()) == len(again.optimiser.parameters)
    assert all(torch.equal(v, saved["clue_encoder"][k]) for k, v in again.clue_encoder.state_dict().items())
    alone = Run(parse([cache, *TINY, "--resume", str(tmp_path / "b.pt")]), Workers("cpu"))
    assert states(alone.optimiser.state_dict()) == len(list(alone.net.parameters()))
    with pytest.raises(CheckpointError, match="a.pt: holds no clue encoder"):
        run(cache, tmp_path / "c.pt", "--resume", str(tmp_path / "a.pt"), "--along")


def test_an_encoder_at_rate_zero_stays_as_it_is(cache, encoder, tmp_path):
    """Then it costs no gradient and no place in the optimiser's state, and the run resumes with it learning."""
    clue, path = encoder
    run(cache, tmp_path / "a.pt", "--updates", "2", "--along", "--encoder", path, "--clue-rate", "0")
    saved = load_checkpoint(str(tmp_path / "a.pt"))
    assert saved["step"] == 2 and all(torch.equal(saved["clue_encoder"][k], v) for k, v in clue.state_dict().items())
    assert states(saved["optimiser"]) == len(saved["net"])
    run(cache, tmp_path / "b.pt", "--updates", "2", "--along", "--resume", str(tmp_path / "a.pt"))
    moved = load_checkpoint(str(tmp_path / "b.pt"))["clue_encoder"]
    assert min((moved[k] - v).abs().max().item() for k, v in clue.state_dict().items()) > 1e-6


def test_the_estimate_s_voice_is_judged_by_an_encoder_that_stays(cache, encoder, tmp_path, capsys):
    clue, path = encoder
    along = ["--along", "--encoder", path, "--clue-rate", "0", "--updates", "1", "--report", "1"]
    run(cache, tmp_path / "plain.pt", *along)
    assert ", speaker" not in capsys.readouterr().out.split("parameters")[1]
    run(cache, tmp_path / "judged.pt", *along, "--speaker-weight", "8")
    assert "speaker 0." in capsys.readouterr().out
    plain, judged = (load_checkpoint(str(tmp_path / f"{name}.pt")) for name in ("plain", "judged"))
    assert all(torch.equal(judged["clue_encoder"][k], v) for k, v in clue.state_dict().items())
    assert max((plain["net"][k] - v).abs().max().item() for k, v in judged["net"].items()) > 1e-6
    for options in ([], ["--along"]):  # no encoder to judge by, and one that learns
        with pytest.raises(SystemExit):
            parse([cache, "--speaker-weight", "8", *options])
        assert "expected --along and --clue-rate 0" in capsys.readouterr().err


def test_of_a_long_segment_the_encoder_hears_a_part(cache, capsys):
    first = torch.arange(200.0).reshape(2, 100)
    random = np.random.default_rng(1)
    starts = set()
    for _ in range(300):
        a, b = train.excerpt(random, 90, first, -first)
        assert a.shape == (2, 90) and torch.equal(a, -b)
        assert torch.equal(a, first[:, int(a[0, 0]) :][:, :90])
        starts.add(int(a[0, 0]))
    assert starts == set(range(11))
    (whole,) = train.excerpt(random, 101, first)
    assert torch.equal(whole, first)
    with pytest.raises(SystemExit):
        parse([cache, "--heard-seconds", "0"])
    assert "expected at least 1, got 0" in capsys.readouterr().err


def test_a_blurred_clue_holds_some_of_another_mixture_s_voice(cache, capsys):
    clues = F.normalize(torch.rand(4, 256), dim=-1)  # of two mixtures: rows 0 and 2 are one's voices, 1 and 3 the other's
    followed = []
    along = train.Along(lambda mixture, clue: followed.append(clue) or mixture, lambda enrollment: clues)
    blur = torch.tensor([[0.0], [0.2], [0.5], [0.5]])
    _, told = along(torch.zeros(4, 100), None, blur, torch.zeros(4, 256))
    assert torch.equal(told, clues)  # what holds the encoder's clues together sees them as they are
    torch.testing.assert_close(followed[0][0], clues[0])
    torch.testing.assert_close(followed[0][2], F.normalize(clues[2] + clues[1], dim=0))
    torch.testing.assert_close(followed[0].norm(dim=1), torch.ones(4))
    own = (followed[0] * clues).sum(1)
    print("cosine with the own clue at 0, 0.2, 0.5:", own[:3])
    assert own[0] > own[1] > own[2]
    with pytest.raises(SystemExit):
        parse([cache, "--pairs", "1", "--clue-blur", "0.3"])
    assert "got 1" in capsys.readouterr().err


def test_shares_of_pairs_that_exclude_one_another_are_at_most_all(cache, capsys):
    assert parse([cache, "--cross", "0.2", "--same", "0.3", "--hard", "0.5"]).hard == 0.5
    with pytest.raises(SystemExit):
        parse([cache, "--same", "1", "--cross", "0"])
    assert "--cross 0.0 --same 1.0 --hard 0.3: expected at most 1 together, got 1.3" in capsys.readouterr().err


def test_turns_are_not_shorter_than_their_least(cache, capsys):
    with pytest.raises(SystemExit):
        parse([cache, "--turn-seconds", "0.5"])
    assert "--turn-seconds 0.5: expected at least 0.9" in capsys.readouterr().err


def test_a_scattered_clue_lies_as_far_off_as_another_take(cache):
    """What is added has the spread of a voice's takes about their mean, whichever voice it is."""
    choice = train.Mixer(cache, "train", "cpu", Mix(seconds=0.5)).choice
    voice, rows = choice.voice_of(choice.row), torch.tensor(choice.bank.embeddings[choice.row]).float()
    off = [rows[voice == v] - rows[voice == v].mean(0) for v in voice.unique() if (voice == v).sum() >= LEAST_TAKES]
    expected = sum((x.square().sum() * len(x) / (len(x) - 1)) for x in off) / sum(len(x) for x in off)
    drawn = choice.scatter(np.random.default_rng(0), 20_000)
    print(f"mean squared distance {drawn.square().sum(1).mean():.4f}, of the takes {expected:.4f}, mean {drawn.mean(0).abs().max():.1e}")
    torch.testing.assert_close(drawn.square().sum(1).mean(), expected, rtol=0.02, atol=0)
    assert drawn.mean(0).norm() < 0.05 * expected.sqrt()
    clues, followed = F.normalize(torch.rand(2, 256), dim=-1), []
    along = train.Along(lambda mixture, clue: followed.append(clue) or mixture, lambda enrollment: clues)
    _, told = along(torch.zeros(2, 100), None, torch.zeros(2, 1), drawn[:2])
    assert torch.equal(told, clues)
    torch.testing.assert_close(followed[0], F.normalize((clues + drawn[:2]).clamp(min=0), dim=-1))


def test_enrollments_follow_from_the_number_of_the_update(cache):
    mixer = train.Mixer(cache, "train", "cpu", Mix(seconds=0.5), seed=3)
    drawn = mixer.batch(4, 0)
    row, change = drawn.row, drawn.change
    heard = Enrollments(mixer)
    first, again, other = (heard.batch(row, change, number) for number in (1, 1, 2))
    assert torch.equal(first, again) and (first.shape != other.shape or not torch.equal(first, other))
    assert SHORTEST <= first.shape[1] <= SPAN
    plain = Enrollments(mixer, recorded=0)
    x, whole = plain.batch(row, change, 1), plain.plain(row, change)
    places = whole.unfold(1, x.shape[1], 1)  # a piece of what the bank heard, as it is
    assert all((places[i] - x[i]).abs().amax(1).min() == 0 for i in range(2))
    level = 20 * torch.log10(whole.square().mean(1).sqrt())
    assert (level + 25).abs().max() < 0.1


def test_an_enrollment_drifts_from_its_target_in_pitch_and_formants(cache):
    mixer = train.Mixer(cache, "train", "cpu", Mix(seconds=0.5, speed=0, slower=0.05, formants=0), seed=3)
    drawn = mixer.batch(20, 0)
    asked, heard = [], Enrollments(mixer, recorded=0, drift=0.03)
    heard.plain = lambda row, change: asked.append(change) or torch.zeros(len(row), SPAN)
    heard.batch(drawn.row, drawn.change, 1)
    formants, speed = asked[0].formants, [change.speed[:, 0] / change.speed[:, 1] for change in (drawn.change, asked[0])]
    print(f"formants {formants.min():.3f} … {formants.max():.3f}, speeds differ by up to {np.abs(speed[1] - speed[0]).max():.3f}")
    assert 0.97 <= formants.min() < 0.98 and 1.02 < formants.max() <= 1.03
    assert 0.02 < np.abs(speed[1] - speed[0]).max() <= 0.05 + 1e-9 and speed[1].max() <= 1  # slower only: the bank's row must not end too early
    heard.drift = 0
    heard.batch(drawn.row, drawn.change, 1)
    assert all(np.array_equal(a, b) for a, b in zip(asked[1], drawn.change))


def test_a_segment_in_parts_is_heard_part_by_part(cache, capsys):
    torch.manual_seed(0)
    net = Run(parse([cache, *TINY]), Workers("cpu")).net
    mixture, clue = torch.randn(2, 4 * 1280), F.normalize(torch.rand(4, 256), dim=-1)
    with torch.no_grad():
        parts = [net(mixture[:, at : at + 1280], clue) for at in range(0, 4 * 1280, 1280)]
        torch.testing.assert_close(train.from_starts(net, mixture, clue, 4), torch.cat(parts, -1), atol=1e-6, rtol=1e-5)
        torch.testing.assert_close(train.from_starts(net, mixture, clue, 1), net(mixture, clue))
        assert (net(mixture, clue) - torch.cat(parts, -1)).abs().max() > 1e-4
    for starts in ("0", "7"):
        with pytest.raises(SystemExit):
            parse([cache, "--seconds", "1", "--starts", starts])
        assert f"of whole hops of 128 samples in --seconds 1, got {starts}" in capsys.readouterr().err


def test_parts_are_a_share_of_the_updates_with_and_without_the_encoder(cache, encoder, tmp_path, monkeypatch):
    heard = []
    whole = train.from_starts
    monkeypatch.setattr(train, "from_starts", lambda net, mixture, clue, starts: heard.append(starts) or whole(net, mixture, clue, starts))
    parts = ["--updates", "12", "--seconds", "0.512", "--starts", "2", "--starts-share", "0.5"]
    for name, options in (("bank", []), ("along", ["--along", "--encoder", encoder[1]])):
        heard.clear()
        assert run(cache, tmp_path / f"{name}.pt", *parts, *options) == 0
        assert len(heard) == 12 and set(heard) == {1, 2}
