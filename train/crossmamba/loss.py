"""What training minimises, and the figures by which it is judged."""

import torch

BLOCK = 4000  # samples, 0.25 s: whether the target speaks is decided block by block
INACTIVE = 1e-3  # a block's target energy against the mixture's mean, below which the target is silent there
FLOOR = 1e-3  # errors below −30 dB of the mixture are not worth more effort (thresholded SNR)
RESIDUAL_FLOOR = 1e-2  # nor is what is left below −20 dB while the target is silent
AUDIBLE = 0.03  # share of the mixture's energy from which on the target has a voice to be known by


def db(x):
    return 10 * torch.log10(x)


def si_sdr(estimate, target):
    """[B, n] -> [B], dB; scale-invariant."""
    projection = (estimate * target).sum(-1, keepdim=True) / (target.pow(2).sum(-1, keepdim=True) + 1e-8) * target
    return db(projection.pow(2).sum(-1) / ((estimate - projection).pow(2).sum(-1) + 1e-8) + 1e-8)


def _blocks(x):
    """[B, n] -> [B, n // BLOCK (at least 1)]: energy of each block."""
    count = max(1, x.shape[-1] // BLOCK)
    size = x.shape[-1] // count
    return x[:, : count * size].reshape(len(x), count, size).pow(2).sum(-1)


def level_terms(estimate, target, mixture):
    """-> snr [B], residual [B], active [B]: thresholded SNR (negative, dB; lower is better) over the blocks in which the target speaks, level of the
    estimate against the mixture (dB) over those in which it does not, and the share of blocks in which it does."""
    y = _blocks(mixture)  # [B, blocks]
    mean = y.mean(-1, keepdim=True) + 1e-9
    active = (_blocks(target) > INACTIVE * mean).float()
    error, wanted = _blocks(estimate - target), _blocks(target)
    M = (active * y).sum(-1) + 1e-9
    snr = db(((active * error).sum(-1) + FLOOR * M) / ((active * wanted).sum(-1) + 1e-2 * M))
    # A pause of the whole mixture counts against its mean level, or there would be no floor under it.
    heard = y + 1e-2 * mean
    residual = db((_blocks(estimate) + RESIDUAL_FLOOR * heard) / heard)
    silent = 1 - active
    residual = (silent * residual).sum(-1) / silent.sum(-1).clamp(min=1)
    return snr, residual, active.mean(-1)


def speaker_distance(encoder, estimate, target, mixture):
    """estimate, target, mixture [B, n] -> scalar, 0 … 2: 1 − cosine between the encoder's embeddings of estimate and target (speaker consistency
    loss), mean over the examples in which the target is audible; 0 where it is in none."""
    audible = (target.pow(2).mean(-1) > AUDIBLE * mixture.pow(2).mean(-1)).float()
    with torch.no_grad():
        wanted = encoder(target)
    distance = 1 - (wanted * encoder(estimate)).sum(-1)
    return (audible * distance).sum() / audible.sum().clamp(min=1)


class ExtractionLoss(torch.nn.Module):
    """Compressed spectrum (magnitude and complex), thresholded SNR where the target speaks, level of the estimate where it does not;
    all relative to the mixture's level.

    forward(estimate, target, mixture, all [B, n]) -> loss, figures {snr_db, residual_db}: means over the parts in which the target speaks, or is silent."""

    def __init__(self, level_weight=1.5, silence_weight=0.5, spectrum_floor=0.3):
        """level_weight: of a dB; at 0.03 the compressed spectrum rules, and what it rewards most is holding back (EXPERIMENTS.md).
        spectrum_floor: magnitude under which the compressed spectrum does not look; white noise as loud as the mixture has 14 in each bin.
        silence_weight: of a second in which the target is silent against one in which it speaks; more makes the network hold back where it is unsure."""
        super().__init__()
        self.level_weight, self.silence_weight, self.spectrum_floor = level_weight, silence_weight, spectrum_floor
        self.register_buffer("window", torch.hann_window(512), persistent=False)

    def forward(self, estimate, target, mixture):
        gain = 1 / (mixture.pow(2).mean(-1, keepdim=True).sqrt() + 1e-4)
        estimate, target, mixture = estimate * gain, target * gain, mixture * gain
        E, T = (torch.stft(x, 512, 128, 512, self.window, return_complex=True) for x in (estimate, target))
        e, t = ((X.real**2 + X.imag**2 + self.spectrum_floor**2).sqrt() for X in (E, T))
        magnitude = (e**0.3 - t**0.3).pow(2).mean()
        difference = E * e**-0.7 - T * t**-0.7
        complex_part = (difference.real**2 + difference.imag**2).mean()
        snr, residual, active = level_terms(estimate, target, mixture)
        level = (active * snr + self.silence_weight * (1 - active) * residual).mean()
        figures = {
            "snr_db": ((active > 0) * snr).sum() / (active > 0).sum().clamp(min=1),
            "residual_db": ((active < 1) * residual).sum() / (active < 1).sum().clamp(min=1),
        }
        return 7 * magnitude + 3 * complex_part + self.level_weight * level, {k: v.detach() for k, v in figures.items()}
