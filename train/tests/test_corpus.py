"""Decoding and the cache: what is read is what was written, and bad input ends in an error that names it and loses nothing."""

import errno
import json
import os

import numpy as np
import pytest
import soundfile
from crossmamba import corpus, prepare
from crossmamba.corpus import DataError, DiskFullError, Noise, Speech, load_arrays, save_arrays, writing


def tone(seconds, hz=440.0, rate=16000):
    return 0.3 * np.sin(2 * np.pi * hz * np.arange(int(seconds * rate)) / rate)


def write(path, samples, rate=16000):
    path.parent.mkdir(parents=True, exist_ok=True)
    soundfile.write(path, samples, rate)


@pytest.fixture
def indexed(tmp_path):
    """A folder laid out with index.json: two train speakers, one of validation, one of test."""
    root, entries = tmp_path / "data", []
    for name, split, sex in (("ls-1", "train", "F"), ("so-2", "train", "M"), ("ls-3", "val", "F"), ("ls-4", "test", "M")):
        write(root / "speech" / split / f"{name}.flac", tone(3))
        entries.append(
            {"speaker": name, "split": split, "sex": sex, "file": f"speech/{split}/{name}.flac", "utterances": [[0, 16000], [20000, 48000]]}
        )
    (root / "speech" / "index.json").write_text(json.dumps({"sample_rate": 16000, "speakers": entries}))
    write(root / "noise" / "rain.wav", tone(2, rate=48000), 48000)
    (root / "noise" / "index.json").write_text(json.dumps({"clips": [{"file": "noise/rain.wav"}]}))
    return root


def test_index_is_decoded_split_by_split(indexed, tmp_path):
    cache = str(tmp_path / "cache")
    prepare.main([cache, "--data", str(indexed)])
    train, val = Speech.load(cache, "train"), Speech.load(cache, "val")
    assert list(train.speakers) == ["ls-1", "so-2"] and list(val.speakers) == ["ls-3"] and list(train.sex) == ["F", "M"]
    assert train.utterances.tolist() == [[0, 0, 16000], [0, 16000, 44000], [1, 44000, 60000], [1, 60000, 88000]]
    expected, _ = soundfile.read(indexed / "speech/train/ls-1.flac", dtype="int16")
    np.testing.assert_array_equal(train.audio[16000:44000], expected[20000:48000])
    assert np.load(f"{cache}/speech-train.npz")["audio"].shape == (88000,)  # a plain .npz as well
    lo, hi = train.bounds()
    assert lo.tolist() == [0, 44000] and hi.tolist() == [44000, 88000]
    np.testing.assert_allclose(train.weights(), [0.55 / 0.9, 0.35 / 0.9])
    noise = [Noise.load(cache, split).clips.tolist() for split in ("train", "val", "test")]
    assert noise == [[[0, 25600]], [[25600, 28800]], [[28800, 32000]]]
    assert sorted(os.listdir(cache)) == ["noise.npz", "speech-train.npz", "speech-val.npz"]


def test_librispeech_and_vctk_folders_at_any_rate(tmp_path):
    for speaker in ("11", "22", "33"):
        for i in range(2):
            write(tmp_path / f"libri/train-clean/{speaker}/7/{speaker}-7-{i:04}.flac", tone(1))
    (tmp_path / "libri" / "SPEAKERS.TXT").write_text("; ID |SEX\n11  | F | train | 1 | A\n22 | M | train | 1 | B\n33 | M | train | 1 | C\n")
    write(tmp_path / "vctk/wav48_silence_trimmed/p225/p225_001_mic1.flac", tone(1, 1000, 48000), 48000)
    write(tmp_path / "vctk/wav48_silence_trimmed/p225/p225_001_mic2.flac", tone(1, 1000, 48000), 48000)
    (tmp_path / "vctk" / "speaker-info.txt").write_text("ID  AGE  GENDER  ACCENTS\np225  23  F  English\n")
    cache = str(tmp_path / "cache")
    prepare.main([cache, "--data", str(tmp_path / "libri"), "--data", str(tmp_path / "vctk"), "--val-share", "0"])
    speech = Speech.load(cache, "train")
    assert dict(zip(speech.speakers, speech.sex)) == {"ls-11": "F", "ls-22": "M", "ls-33": "M", "vctk-p225": "F"}
    assert np.bincount(speech.utterances[:, 0]).tolist() == [2, 2, 2, 1]
    a, b = speech.utterances[-1, 1:]
    middle = speech.audio[a + 1000 : b - 1000] / 32768
    assert b - a == 16000
    np.testing.assert_allclose(middle, tone(1, 1000)[1000:-1000], atol=1e-3)  # resampled from 48 kHz


def test_validation_speakers_are_held_out_by_name(tmp_path):
    names = [f"ls-{i}" for i in range(2000)]
    share = np.mean([prepare.held_out(n, 0.1) for n in names])
    print(f"held out: {share:.3f} of 2,000 for a share of 0.1")
    assert 0.07 < share < 0.13


@pytest.mark.parametrize("backwards", [False, True])
def test_a_speaker_of_two_folders_is_one_and_keeps_its_split(indexed, tmp_path, backwards):
    write(tmp_path / "libri/4/7/4-7-0000.flac", tone(1))
    write(tmp_path / "libri/1/7/1-7-0000.flac", tone(1))
    cache = str(tmp_path / "cache")
    folders = ["--data", str(indexed), "--data", str(tmp_path / "libri")]
    if backwards:
        folders = folders[2:] + folders[:2]
    prepare.main([cache, *folders, "--val-share", "0"])
    speech = Speech.load(cache, "train")
    assert list(speech.speakers) == ["ls-1", "so-2"]  # ls-4 is of the test split and stays there
    assert np.bincount(speech.utterances[:, 0]).tolist() == [3, 2]


def test_speech_without_noise_makes_a_cache_that_can_be_used(tmp_path):
    write(tmp_path / "libri/1/7/1-7-0000.flac", tone(1))
    cache = str(tmp_path / "cache")
    prepare.main([cache, "--data", str(tmp_path / "libri"), "--val-share", "0"])
    assert Noise.load(cache, "train").clips.shape == (0, 2) and len(Noise.load(cache, "train").audio) == 0


def test_a_damaged_index_of_noise_is_named(indexed, tmp_path):
    (indexed / "noise" / "index.json").write_text('{"clips": [')
    with pytest.raises(DataError, match="noise/index.json: expected"):
        prepare.main([str(tmp_path / "cache"), "--data", str(indexed)])


@pytest.mark.parametrize("harm, said", [("missing", "no such file"), ("garbage", "cannot be decoded"), ("short", "lies outside")])
def test_bad_speech_is_named_and_nothing_is_left(indexed, tmp_path, harm, said):
    bad = indexed / "speech/train/so-2.flac"
    if harm == "missing":
        bad.unlink()
    elif harm == "garbage":
        bad.write_bytes(b"not audio at all" * 100)
    else:
        write(bad, tone(1))
    with pytest.raises(DataError, match=f"so-2.flac: .*{said}"):
        prepare.main([str(tmp_path / "cache"), "--data", str(indexed)])
    assert os.listdir(tmp_path / "cache") == []


def test_bad_folders_and_indexes_are_named(indexed, tmp_path):
    with pytest.raises(DataError, match="no such folder"):
        prepare.main([str(tmp_path / "c"), "--data", str(tmp_path / "nowhere")])
    (tmp_path / "empty").mkdir()
    with pytest.raises(DataError, match="no speech found"):
        prepare.main([str(tmp_path / "c"), "--data", str(tmp_path / "empty")])
    (indexed / "speech" / "index.json").write_text('{"speakers": [{"speaker": "x"}]}')
    with pytest.raises(DataError, match="index.json: expected"):
        prepare.main([str(tmp_path / "c"), "--data", str(indexed)])


def test_a_full_disk_leaves_the_old_file_and_no_part(tmp_path, monkeypatch):
    path = str(tmp_path / "a.npz")
    save_arrays(path, numbers=np.arange(3))

    def full(*_, **__):
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(corpus.np.lib.format, "write_array", full)
    with pytest.raises(DiskFullError, match="a.npz: the disk is full"):
        save_arrays(path, numbers=np.arange(4))
    assert os.listdir(tmp_path) == ["a.npz"] and load_arrays(path, ["numbers"])["numbers"].tolist() == [0, 1, 2]


def test_other_errors_while_writing_leave_no_part(tmp_path):
    with pytest.raises(ZeroDivisionError), writing(str(tmp_path / "a")) as part:
        open(part, "w").close()
        raise ZeroDivisionError
    assert os.listdir(tmp_path) == []


def test_damaged_caches_are_named(tmp_path):
    path = str(tmp_path / "speech-train.npz")
    with pytest.raises(DataError, match="no such file. Make it"):
        Speech.load(str(tmp_path), "train")
    save_arrays(path, audio=np.zeros(100, np.int16), utterances=np.array([[0, 0, 200]]), speakers=np.array(["ls-1"]), sex=np.array([""]))
    with pytest.raises(DataError, match="that end past them"):
        Speech.load(str(tmp_path), "train")
    save_arrays(path, audio=np.zeros(100, np.int16), speakers=np.array(["ls-1"]), sex=np.array([""]))
    with pytest.raises(DataError, match="found no utterances"):
        Speech.load(str(tmp_path), "train")
    whole = open(path, "rb").read()
    with open(path, "wb") as file:
        file.write(whole[: len(whole) // 2])
    with pytest.raises(DataError, match="damaged or cut short"):
        Speech.load(str(tmp_path), "train")


def test_compressed_caches_are_read_too(tmp_path):
    audio = np.arange(-50, 50, dtype=np.int16)
    np.savez_compressed(tmp_path / "noise.npz", audio=audio, clips=np.array([[0, 100]]))
    np.testing.assert_array_equal(Noise.load(str(tmp_path), "train").audio, audio)
