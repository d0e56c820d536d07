"""What the tests of the model share: one thread (the tensors are small, and other work may go on beside them), and where the optional data of development lies."""

import resource
from contextlib import contextmanager
from pathlib import Path

import pytest
import torch

ROOT = Path(__file__).parents[2]


@pytest.fixture(autouse=True, scope="session")
def one_thread():
    torch.set_num_threads(1)


@pytest.fixture(scope="session")
def recipe():
    """The prototype's folder beside the repository; tests that need it are skipped without."""
    folder = ROOT.parent / "shared" / "recipe"
    if not (folder / "checkpoint.pt").exists():
        pytest.skip(f"{folder}/checkpoint.pt is not there: the prototype's checkpoint was not tried")
    return folder


@pytest.fixture
def full_disk():
    """A context in which no file grows beyond 20 kB: what is written fails as it does on a full disk, in the very same calls."""

    @contextmanager
    def limit():
        before = resource.getrlimit(resource.RLIMIT_FSIZE)
        resource.setrlimit(resource.RLIMIT_FSIZE, (20_000, before[1]))
        try:
            yield
        finally:
            resource.setrlimit(resource.RLIMIT_FSIZE, before)

    return limit
