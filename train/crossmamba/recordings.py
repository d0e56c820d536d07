"""Other recordings of a voice: rooms, microphones and noise, drawn over whole batches with the caller's numpy generator."""

from dataclasses import dataclass

import numpy as np
import torch

from crossmamba import augment
from crossmamba.transfer import on_device

NOISE_SPEEDS = ((3, 5), (4, 5), (1, 1), (5, 4))  # of `NoiseClips.varied`: samples consumed, produced


def gather(audio, starts, samples, loops=None):
    """audio int16 [N], starts [B] -> f32 [B, samples], on the audio's device. loops [B, 4]: starts and ends of two pieces of the audio each, which
    are heard one after the other, over and over; `starts` count from the first one's."""
    index = on_device(starts, audio.device)[:, None] + torch.arange(samples, device=audio.device)
    if loops is not None:
        first, end, second, last = on_device(loops, audio.device).T[:, :, None]
        index = index % (end - first + last - second) + first
        index = torch.where(index < end, index, index - end + second)
    return audio[index].float() / 32768


def at_speeds(audio, starts, speed, samples, loops=None):
    """audio int16 [N], starts [B], speed [B, 2] (samples consumed, produced), loops [B, 4] (`gather`) -> f32 [B, samples], on the audio's device"""
    x = torch.empty(len(starts), samples, device=audio.device)
    for s in np.unique(speed, axis=0):
        mine, s = np.flatnonzero((speed == s).all(1)), tuple(s.tolist())
        raw = gather(audio, starts[mine], augment.speed_span(samples, *s), None if loops is None else loops[mine])
        x[on_device(mine, audio.device)] = augment.change_speed(raw, samples, *s)
    return x


def unit(x, least=1e-4):
    """x [B, n] at unit power; what is quieter than `least` stays quiet"""
    return x / x.square().mean(-1, keepdim=True).sqrt().clamp(min=least)


def column(values, device):
    """[B] -> f32 [B, 1]"""
    return on_device(np.asarray(values, np.float32)[:, None], device)


@dataclass
class NoiseClips:
    audio: torch.Tensor  # int16 [samples]
    clips: np.ndarray  # [N, 2]: start, end
    looped: bool = False  # a clip that is shorter than what is drawn is heard over and over

    @classmethod
    def of(cls, noise, device, samples, looped=False):
        """Those of a corpus's `Noise` that are longer than `samples`."""
        return cls(torch.from_numpy(noise.audio).to(device), noise.clips, looped).longer_than(samples)

    def longer_than(self, samples):
        return NoiseClips(self.audio, self.clips[self.clips[:, 1] - self.clips[:, 0] > samples], self.looped)

    def __len__(self):
        return len(self.clips)

    def draw(self, random, count, samples, speeds=((1, 1),)):
        """-> [count, samples] at unit power, each at one of the speeds; every clip must be longer than `samples` of the fastest take, or looped"""
        clip = self.clips[random.integers(0, len(self.clips), count)]
        speed = np.array(speeds)[random.integers(0, len(speeds), count)]
        length, place = clip[:, 1] - clip[:, 0], random.random(count)
        if self.looped:
            return unit(at_speeds(self.audio, (place * length).astype(np.int64), speed, samples, clip[:, [0, 1, 1, 1]]), 1e-3)
        starts = clip[:, 0] + (place * (length - augment.speed_spans(samples, speed))).astype(np.int64)
        return unit(at_speeds(self.audio, starts, speed, samples), 1e-3)

    def varied(self, random, count, samples):
        """-> [count, samples] at unit power: noises that no clip holds, each the sum of two at one of NOISE_SPEEDS, the second up to 12 dB below"""
        first, second = (self.draw(random, count, samples, NOISE_SPEEDS) for _ in range(2))
        return unit(first + second * column(10 ** (-random.uniform(0, 12, count) / 20), first.device), 1e-3)


class Responses:
    """Impulse responses to choose from; the first changes nothing."""

    def __init__(self, responses, device):
        """responses: [N, taps]"""
        responses[0] = 0
        responses[0, 0] = 1
        self.responses = responses.to(device)

    def draw(self, random, share, count):
        """-> [count, taps]: `share` of them one of the responses, the rest the one that changes nothing"""
        chosen = np.where(random.random(count) < share, random.integers(1, len(self.responses), count), 0)
        return self.responses[on_device(chosen, self.responses.device)]


class Recordings:
    """Records voices anew."""

    def __init__(self, rooms, microphones, noise, room=0.6, microphone=0.8, noisy=0.5, noise_db=(8, 30), level_db=(-45, -10)):
        """rooms, microphones: Responses; noise: NoiseClips, or None for none. room, microphone, noisy: the share heard through each;
        noise_db: how far the noise is below the voice; level_db: level of what comes out, dBFS."""
        self.rooms, self.microphones, self.noise = rooms, microphones, noise
        self.room, self.microphone, self.noisy, self.noise_db, self.level_db = room, microphone, noisy, noise_db, level_db

    @classmethod
    def fresh(cls, noise, device, random, count=256, **shares):
        """With `count` rooms and microphones made with `random`."""
        return cls(Responses(augment.rooms(count, random), device), Responses(augment.microphones(count, random), device), noise, **shares)

    def __call__(self, x, random):
        """x [B, n] -> [B, n], every row in a room, through a microphone and at a moment of its own"""
        count = len(x)
        x = unit(augment.convolve(x, self.rooms.draw(random, self.room, count), self.microphones.draw(random, self.microphone, count)))
        if self.noise:
            z = self.noise.draw(random, count, x.shape[1])
            x = x + z * column(10 ** (-random.uniform(*self.noise_db, count) / 20) * (random.random(count) < self.noisy), x.device)
        return x * column(10 ** (random.uniform(*self.level_db, count) / 20), x.device)
