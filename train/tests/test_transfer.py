"""A batch never waits for a GPU. None is needed to tell: its tensors are fake ones, which know their device and hold no values."""

import numpy as np
import pytest
import torch
from synthetic import write_cache
from test_train import TINY
from torch.utils._python_dispatch import TorchDispatchMode
from torch.utils._pytree import tree_leaves

from crossmamba import augment, layer
from crossmamba.clue_encoder import ClueEncoder
from crossmamba.train import Run, Workers, parse
from crossmamba.transfer import on_device
from crossmamba.weights import save_checkpoint

try:
    from torch._subclasses.fake_tensor import FakeTensorMode
except ImportError:  # it is no public part of PyTorch
    FakeTensorMode = None

ALL = (
    "--along --clue-rate 0 --clue-blur 0.3 --clue-scatter 1 --clue-drift 0.03 --clue-own 0.6 --clue-negative 0.6 --formants 1 --noise 1 --noise-varied 1 "
    "--turns 1 --room 1 --microphone 1 --clip 1 --floor 1 --absent 0.5 --alone 0.5 --speed 1"
).split()
ANSWERS = {"_local_scalar_dense": 1.0, "is_nonzero": True, "equal": True}  # read by the host, so waited for


class Waits(TorchDispatchMode):
    """Counts what the host waits for: copies but those out of `pinned` memory, indices that are not on the GPU, values read back."""

    def __init__(self, pinned):
        super().__init__()
        self.pinned, self.found, self.copied = pinned, [], 0

    def __torch_dispatch__(self, func, types, args=(), kwargs=None):
        name = func._schema.name.removeprefix("aten::")
        if name in ANSWERS:
            self.found.append(name)
            return ANSWERS[name]
        out = func(*args, **(kwargs or {}))
        devices = {t.device.type for t in tree_leaves((args, kwargs, out)) if isinstance(t, torch.Tensor) and t.ndim}
        if devices >= {"cpu", "cuda"}:
            if name == "_to_copy" and kwargs.get("non_blocking") and any(args[0] is t for t in self.pinned):
                self.copied += 1
            else:
                self.found.append(name)
        return out


class HostGenerator:
    """In place of the GPU's, which needs one."""

    def __init__(self, device):
        pass

    def manual_seed(self, seed):
        return None


@pytest.fixture
def fake_gpu(monkeypatch):
    """-> a function from tensors to fake ones on a GPU, and what counts the waits; both within a FakeTensorMode."""
    if FakeTensorMode is None:
        pytest.skip(f"PyTorch {torch.__version__} has no FakeTensorMode: whether a batch waits for a GPU was not tried")
    pinned, randn = [], torch.randn
    monkeypatch.setattr(torch.Tensor, "pin_memory", lambda tensor: pinned.append(tensor) or tensor)
    monkeypatch.setattr(torch, "Generator", HostGenerator)
    monkeypatch.setattr(torch, "randn", lambda *size, generator, device: randn(*size, device=device))
    monkeypatch.setattr(layer, "inner", lambda xz, *_: (xz.chunk(2, -1)[0], None))  # the scan's kernel is not the batch's
    with FakeTensorMode(allow_non_fake_inputs=True) as mode:
        yield lambda tensor: mode.from_tensor(tensor.detach()).to("cuda"), Waits(pinned)
    augment._speed_filter.cache_clear()
    augment._speed_filter_on.cache_clear()


@pytest.fixture
def run(tmp_path):
    cache, encoder = write_cache(tmp_path), ClueEncoder(d_model=8, layers=1)
    save_checkpoint(tmp_path / "clue.pt", clue_encoder=encoder.state_dict(), args={"clue_encoder": encoder.sizes})
    return Run(parse([cache, *TINY, *ALL, "--encoder", str(tmp_path / "clue.pt")]), Workers("cpu"))


def to_gpu(run, fake):
    mixer, device = run.mixer, torch.device("cuda")
    run.workers.device = mixer.device = mixer.choice.device = device
    for holder, names in (
        (mixer, ("audio", "embeddings")),
        (mixer.choice, ("centres", "off")),
        (mixer.rooms, ("responses",)),
        (mixer.microphones, ("responses",)),
        (mixer.noise, ("audio",)),
        (run.enrollments.record.noise, ("audio",)),
    ):
        for name in names:
            setattr(holder, name, fake(getattr(holder, name)))
    for module in run.clue_encoder.modules():
        for held in (module._parameters, module._buffers):
            held.update({name: fake(tensor) for name, tensor in held.items() if tensor is not None})


def test_a_batch_with_everything_waits_for_nothing(run, fake_gpu):
    fake, waits = fake_gpu
    to_gpu(run, fake)
    with waits:
        batch, heard = run.batch()
    print(f"{waits.copied} copies that nothing waits for; waits: {waits.found}")
    assert {t.device.type for t in (*batch[:3], *heard)} == {"cuda"} and waits.copied > 20
    assert waits.found == []


def test_waits_are_seen(fake_gpu):
    fake, waits = fake_gpu
    x = fake(torch.zeros(4))
    with waits:
        torch.as_tensor(np.arange(4), device="cuda")
        x[torch.arange(4)]
        x.cpu()
        x.max().item()
        on_device(np.arange(4), x.device)
    assert len(waits.found) == 4 and waits.copied == 1


def test_values_arrive_as_they_are():
    values = np.random.default_rng(0).random((3, 1))
    assert on_device(values, "cpu").dtype == torch.float64 and np.array_equal(on_device(values, "cpu"), values)
    assert torch.equal(on_device(values, torch.device("cpu"), torch.float32), torch.tensor(values, dtype=torch.float32))
