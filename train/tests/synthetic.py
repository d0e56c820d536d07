"""A small cache of synthetic voices for the tests of mixing and training: no recordings, a second to make."""

import numpy as np
from crossmamba import augment
from crossmamba.corpus import RATE, save_arrays

SPEEDS = ((1, 1), (4, 5), (6, 5))


def voice(random, seconds, hz):
    """int16: harmonics of a pitch of its own under a slow envelope; the sample's place in the file can be told from it."""
    t = np.arange(int(seconds * RATE)) / RATE
    x = sum(random.uniform(0.2, 1) * np.sin(2 * np.pi * hz * k * t + random.uniform(0, 6)) for k in range(1, 12))
    envelope = 1 + 0.5 * np.sin(2 * np.pi * random.uniform(2, 5) * t)
    return (1000 * x * envelope + random.normal(0, 60, len(t))).clip(-32768, 32767).astype(np.int16)


def write_cache(folder, train=6, val=4, one_utterance=(1,)):
    """speech-{train,val}.npz, noise.npz, clues-{train,val}.npz (rows at three speeds, random embeddings). Speakers named in
    `one_utterance` have a single one, of 14 s; the others three of 6 s."""
    random = np.random.default_rng(0)
    for split, count in (("train", train), ("val", val)):
        audio, utterances, at = [], [], 0
        for s in range(count):
            for seconds in [14] if s in one_utterance else [6, 6, 6]:
                x = voice(random, seconds, 90 + 23 * s)
                audio.append(x)
                utterances.append((s, at, at + len(x)))
                at += len(x)
        utterances = np.array(utterances)
        sex = np.array(["F", "M"])[np.arange(count) % 2]
        names = np.array([f"{'ls' if s % 2 else 'so'}-{s}" for s in range(count)])
        save_arrays(f"{folder}/speech-{split}.npz", audio=np.concatenate(audio), utterances=utterances, speakers=names, sex=sex)
        write_bank(folder, split, utterances, names, random)
    noise = random.normal(0, 2000, 60 * RATE).astype(np.int16)
    save_arrays(f"{folder}/noise.npz", audio=noise, clips=np.array([[0, len(noise)]]))
    return str(folder)


def write_bank(folder, split, utterances, names, random):
    from crossmamba.clue_bank import SPAN, stretches

    rows, speed = [], []
    for s in range(len(names)):
        for number, ratio in enumerate(SPEEDS):
            found = stretches(utterances[utterances[:, 0] == s][:, 1:], augment.speed_span(SPAN, *ratio))
            rows += [(s, *f) for f in found]
            speed += [number] * len(found)
    rows, speed = np.array(rows), np.array(speed)
    centre = random.random((len(names) * len(SPEEDS), 256))
    embeddings = centre[rows[:, 0] * len(SPEEDS) + speed] + 0.05 * random.random((len(rows), 256))
    embeddings /= np.linalg.norm(embeddings, axis=1, keepdims=True)
    arrays = {"rows": rows, "speed": speed, "speeds": np.array(SPEEDS), "embeddings": embeddings.astype(np.float16), "speakers": names}
    save_arrays(f"{folder}/clues-{split}.npz", **arrays)
