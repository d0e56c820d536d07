"""Interrupts that end a run with a checkpoint."""

import signal
import sys


class Interrupt:
    """SIGINT and SIGTERM, taken note of; a second one ends the process at once."""

    def __init__(self):
        self.signal = None
        self.before = {s: signal.signal(s, self._note) for s in (signal.SIGINT, signal.SIGTERM)}

    def _note(self, number, _frame):
        self.signal = number
        self.restore()

    def restore(self):
        for s, handler in self.before.items():
            signal.signal(s, handler)


def end_at_sigterm():
    """SIGTERM ends the process as SIGINT does, by way of every `finally`, so that nothing half-written is left."""
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(128 + signal.SIGTERM))
