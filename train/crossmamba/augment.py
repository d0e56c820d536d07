"""What varies a voice, a room, a microphone and who speaks when; all over whole batches, on the device that trains.

Random numbers come from the numpy generator that the caller hands in: the same choices on every device."""

import math
from functools import cache

import numpy as np
import torch
import torch.nn.functional as F
from scipy.fft import next_fast_len

from crossmamba.corpus import RATE
from crossmamba.transfer import on_device

# Input samples consumed to output samples produced. Above 1 the voice is quicker and higher: another speaker, to the ear and to the teacher.
SPEEDS = ((1, 1), (4, 5), (9, 10), (11, 10), (6, 5))
HALF_WIDTH = 16  # zero crossings of the resampling filter, each side
FORMANT_FRAME, FORMANT_HOP = 512, 128  # samples
FORMANT_HZ = (500, 1500, 2500)  # where the first, the second and the third and higher formants mostly lie
FORMANT_QUEFRENCY = 32  # samples: what of the cepstrum is envelope; voices up to 500 Hz have their pitch above
ROOM_SAMPLES = 4800  # of an impulse response: 0.3 s
MICROPHONE_SAMPLES = 512
FADE = 160  # samples in which a voice begins or ends: 10 ms


@cache
def _speed_filter(consumed, produced):
    """-> [produced, taps], half: one filter for each output of a block of `produced` (Kaiser windowed sinc, its reach `half` each side)."""
    ratio = consumed / produced
    cutoff = min(1.0, 1 / ratio) * 0.94
    half = math.ceil(HALF_WIDTH * max(1.0, ratio))
    offset = np.arange(-half, half + consumed + 1)[None] - np.arange(produced)[:, None] * ratio
    window = np.i0(8 * np.sqrt(np.clip(1 - (offset / half) ** 2, 0, None))) / np.i0(8)
    taps = cutoff * np.sinc(cutoff * offset) * window * (np.abs(offset) <= half)
    return torch.tensor(taps, dtype=torch.float32), half


@cache
def _speed_filter_on(device, consumed, produced):
    return on_device(_speed_filter(consumed, produced)[0], device)


def speed_span(samples, consumed, produced):
    """Input samples that `change_speed` needs for `samples` of output."""
    if consumed == produced:
        return samples
    taps, _ = _speed_filter(consumed, produced)
    return (math.ceil(samples / produced) - 1) * consumed + taps.shape[1]


def speed_spans(samples, speeds):
    """[B, 2] samples consumed, produced -> [B] input samples that `change_speed` needs for `samples` of output at each."""
    return np.array([speed_span(samples, *speed) for speed in speeds])


def change_speed(x, samples, consumed, produced):
    """x [B, speed_span] -> [B, samples]: consumed/produced times the speed and pitch. Output sample i lies at the input's
    half + i · consumed / produced, so that the filter never reaches past either end."""
    if consumed == produced:
        return x[:, :samples]
    taps = _speed_filter_on(x.device, consumed, produced)
    with torch.backends.cudnn.flags(allow_tf32=False):  # ten bits are -66 dB
        y = F.conv1d(x[:, None], taps[:, None], stride=consumed)  # [B, produced, blocks]
    return y.transpose(1, 2).reshape(len(x), -1)[:, :samples]


@cache
def _formant_shares(bins):
    """-> [3, bins]: how much each formant's factor counts at each bin up to RATE / 2."""
    return np.stack([np.interp(np.linspace(0, RATE / 2, bins), FORMANT_HZ, one) for one in np.eye(len(FORMANT_HZ))])


def move_formants(x, factor):
    """x [B, n], factor [B, 3] (of the formants at FORMANT_HZ, in between in proportion) -> [B, n]: the spectral envelope stretched along frequency,
    the pitch as it was: another vocal tract (VTLP, Jaitly and Hinton 2013, on the cepstrally smoothed envelope alone, so that the pitch can be
    changed apart, by `change_speed`; factors that differ: Fant 1966, nobody's vocal tract is another's scaled)."""
    window = torch.hann_window(FORMANT_FRAME, device=x.device)
    X = torch.stft(x, FORMANT_FRAME, FORMANT_HOP, window=window, return_complex=True)  # [B, F, T]
    log = (X.abs() + 1e-4).log()
    cepstrum = torch.fft.irfft(log, dim=1)
    cepstrum[:, FORMANT_QUEFRENCY : 1 - FORMANT_QUEFRENCY] = 0
    envelope = torch.fft.rfft(cepstrum, dim=1).real  # [B, F, T]
    last = envelope.shape[1] - 1
    stretch = on_device(factor @ _formant_shares(last + 1), x.device, x.dtype)  # [B, F]
    at = (torch.arange(last + 1, device=x.device) / stretch).clamp(max=last)
    low = at.long().clamp(max=last - 1)
    rest, low = (at - low)[..., None], low[..., None].expand_as(envelope)
    moved = envelope.gather(1, low) * (1 - rest) + envelope.gather(1, low + 1) * rest
    return _overlapped(X * (moved - envelope).clamp(-3, 3).exp(), window, x.shape[1])


def _overlapped(X, window, samples):
    """X [B, F, T] complex -> [B, samples], as torch.istft, which waits for a GPU to say that the window is not zero anywhere."""
    frames = torch.fft.irfft(X.transpose(1, 2), FORMANT_FRAME) * window  # [B, T, FORMANT_FRAME]
    sound, weight = (_sum(each)[:, FORMANT_FRAME // 2 :][:, :samples] for each in (frames, window.square().expand(1, X.shape[2], -1)))
    return sound / weight


def _sum(frames):
    """[B, T, FORMANT_FRAME], each FORMANT_HOP after the one before -> [B, FORMANT_HOP · (T − 1) + FORMANT_FRAME]"""
    hops = frames.unflatten(2, (-1, FORMANT_HOP))  # [B, T, 4, FORMANT_HOP]
    total = frames.new_zeros(len(frames), frames.shape[1] + hops.shape[2] - 1, FORMANT_HOP)
    for late in reversed(range(hops.shape[2])):  # as torch.istft adds them, the earliest frame first
        total[:, late : late + frames.shape[1]] += hops[:, :, late]
    return total.flatten(1)


def rooms(count, random):
    """-> f32 [count, ROOM_SAMPLES]: impulse responses of small rooms, unit energy, the direct sound at sample 0.

    A direct sound, some early reflections in the first 25 ms and a diffuse tail that decays in 0.08 … 0.5 s, faster at high frequencies."""
    t = np.arange(ROOM_SAMPLES) / RATE
    decay_s = np.exp(random.uniform(math.log(0.08), math.log(0.5), (count, 1)))
    diffuse = random.standard_normal((count, ROOM_SAMPLES))
    dull = np.cumsum(diffuse, 1)
    dull[:, 8:] -= dull[:, :-8].copy()  # moving sum of eight: low frequencies
    envelope = np.exp(-6.9 * t / decay_s)
    tail = diffuse * np.exp(-6.9 * t / (0.4 * decay_s)) + dull / math.sqrt(8) * envelope
    tail[:, : RATE // 200] = 0
    early = np.zeros_like(tail)
    at = random.integers(12, RATE // 40, (count, 8))
    np.put_along_axis(early, at, random.uniform(-1, 1, at.shape) * np.exp(-at / RATE / 0.012), 1)
    reverberant = tail / np.sqrt((tail**2).sum(1, keepdims=True)) + early / np.sqrt((early**2).sum(1, keepdims=True))
    direct_db = random.uniform(-2, 14, (count, 1))
    response = reverberant / np.sqrt((reverberant**2).sum(1, keepdims=True)) * 10 ** (-direct_db / 20)
    response[:, 0] = 1
    return torch.tensor(response / np.sqrt((response**2).sum(1, keepdims=True)), dtype=torch.float32)


def microphones(count, random):
    """-> f32 [count, MICROPHONE_SAMPLES]: minimum-phase filters: up to ±8 dB over the spectrum, some with the low or high end cut off."""
    bins = MICROPHONE_SAMPLES // 2 + 1
    hz = np.linspace(0, RATE / 2, bins)
    knots = np.array([0, 100, 250, 500, 1000, 2000, 4000, 8000])
    gains_db = random.uniform(-8, 8, (count, len(knots))) * random.uniform(0.2, 1, (count, 1))
    position = np.interp(np.log(hz + 50), np.log(knots + 50), np.arange(len(knots)))
    left = np.minimum(position.astype(int), len(knots) - 2)
    db = gains_db[:, left] + (gains_db[:, left + 1] - gains_db[:, left]) * (position - left)
    low = np.where(random.random((count, 1)) < 0.4, np.exp(random.uniform(math.log(60), math.log(350), (count, 1))), 1)
    high = np.where(random.random((count, 1)) < 0.4, random.uniform(3000, 7500, (count, 1)), 1e5)
    db = db - 12 * np.log2(np.maximum(low / (hz + 1), 1)) - 60 * np.log2(np.maximum(hz / high, 1))
    log_magnitude = np.maximum(db, -60) / 20 * math.log(10)
    cepstrum = np.fft.irfft(log_magnitude)  # [count, MICROPHONE_SAMPLES]
    cepstrum[:, 1 : bins - 1] *= 2
    cepstrum[:, bins:] = 0
    response = np.fft.irfft(np.exp(np.fft.rfft(cepstrum)))
    return torch.tensor(response / np.sqrt((response**2).sum(1, keepdims=True)), dtype=torch.float32)


def convolve(x, *responses):
    """x [B, n] through each of the responses [B, taps], causal -> [B, n]."""
    samples = x.shape[-1]
    size = next_fast_len(samples + sum(r.shape[-1] for r in responses), real=True)
    spectrum = torch.fft.rfft(x, size)
    for response in responses:
        spectrum = spectrum * torch.fft.rfft(response, size)
    return torch.fft.irfft(spectrum, size)[..., :samples]


def turns(random, count, samples, shares=(0.45, 0.2, 0.2, 0.15), shortest_s=0.2, mean_s=0.9):
    """Who speaks when: two gates [count, samples] of 0 and 1 with fades of 10 ms, as (edges, states) for `gates`.

    shares: of both, the first alone, the second alone, nobody. mean_s: of a turn, one for all or [count, 1]."""
    slots = math.ceil(samples / RATE / shortest_s) + 1
    length = shortest_s + random.exponential(mean_s - shortest_s, (count, slots))
    edges = np.cumsum(length, 1) - random.random((count, 1)) * length[:, :1]
    return (edges * RATE).astype(np.int64), random.choice(4, (count, slots), p=np.array(shares) / sum(shares))


def gates(edges, states, samples, device):
    """edges [B, slots] ascending, states [B, slots] (0 both, 1 the first, 2 the second, 3 nobody) -> two gates [B, samples]."""
    edges = on_device(edges, device)
    at = torch.searchsorted(edges, torch.arange(samples, device=device).expand(len(edges), -1).contiguous(), right=True)
    state = on_device(states, device).gather(1, at.clamp(max=edges.shape[1] - 1))
    both = torch.stack([state <= 1, (state == 0) | (state == 2)], 1).float()  # [B, 2, samples]
    total = F.pad(both, (FADE // 2, FADE // 2), mode="replicate").cumsum(-1)
    smooth = (total[..., FADE:] - total[..., :-FADE]) / FADE
    return smooth[:, 0], smooth[:, 1]


def clip(x, share):
    """x [B, n] cut off at `share` [B, 1] of its peak; 1 leaves it as it is."""
    limit = x.abs().amax(-1, keepdim=True) * share
    return x.clamp(-limit, limit)
