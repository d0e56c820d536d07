"""What a live stream adds to the clue: of the voice that passes, and, negatively, of what is taken away (a negative enrollment, as in
arXiv 2502.16611, but heard in the stream itself). While training nobody has estimates yet, so both are made from what is known, as impure as estimates are."""

import torch

from crossmamba.loss import AUDIBLE
from crossmamba.recordings import column

PASSES = 0.3  # of what is not the target's, at most, in what is taken for the target
TAKEN = 0.6  # of the target, at most, in what is taken away
WRONG = 2.0  # the same for both where a stream has gone wrong: up to 6 dB more of the one that does not belong there


class ClueAdaptation:
    def __init__(self, encoder, own=0.0, negative=0.0, share=0.65, wrong=0.0):
        """encoder: [B, samples] -> [B, 256] of unit length. own, negative: at most of how much, against the clue of the enrollment, what passes is
        added and what is taken away subtracted. share: of examples that are adapted at all; a stream begins without. wrong: share of these in which
        the estimates hold up to WRONG of what does not belong in them, and somebody passes who was never enrolled."""
        self.encoder, self.own, self.negative, self.share, self.wrong = encoder, own, negative, share, wrong

    @torch.no_grad()
    def __call__(self, mixture, target, random):
        """mixture, target [B, samples] -> [B, 256], to be added to the clues; zero for who is not adapted, and neither for a target nor for a rest
        that is not heard, but where estimates are wrong."""
        count, device = len(target), target.device
        adapted = column(random.random(count) < self.share, device)
        own, negative = (adapted * column(random.uniform(0, most, count), device) for most in (self.own, self.negative))
        passes, taken = (column(random.uniform(0, most, count), device) for most in (PASSES, TAKEN))
        rest = mixture - target
        heard = _audible(target, mixture)
        if self.wrong:
            wrong = column(random.random(count) < self.wrong, device)
            passes, taken = (torch.where(wrong > 0, part * (WRONG / most), part) for part, most in ((passes, PASSES), (taken, TAKEN)))
            heard = torch.maximum(heard, wrong)
        own = own * heard
        negative = negative * _audible(rest, mixture)
        return own * self.encoder(target + passes * rest) - negative * self.encoder(rest + taken * target)


def _audible(part, mixture):
    """[B, samples] each -> [B, 1]: 1 where the part is loud enough in the mixture to be known by"""
    return (part.pow(2).mean(-1, keepdim=True) > AUDIBLE * mixture.pow(2).mean(-1, keepdim=True)).float()
