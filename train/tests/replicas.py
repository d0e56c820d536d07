"""Run by test_train.py under torchrun: trains by clocks that do not agree, then says how far the weights of the two processes are apart."""

import torch
import torch.distributed as dist
from torch.nn.utils import parameters_to_vector

from crossmamba import train


class Clock:
    """Goes on by so many seconds whenever it is looked at."""

    def __init__(self, seconds):
        self.seconds, self.now = seconds, 0

    def time(self):
        self.now += self.seconds
        return self.now


def watched(run, interrupt, plain=train.Run.train):
    train.time = Clock(20 + 30 * run.workers.rank)
    run.began = train.time.time()
    first = parameters_to_vector(run.net.parameters()).detach()
    plain(run, interrupt)
    mine = parameters_to_vector(run.net.parameters()).detach()
    both = [torch.empty_like(mine) for _ in range(2)]
    dist.all_gather(both, mine)
    run.say(f"apart {(both[0] - both[1]).abs().max():.1e}, moved {(mine - first).abs().max():.1e}, updates {run.step}")


if __name__ == "__main__":
    train.Run.train = watched
    train.main()
