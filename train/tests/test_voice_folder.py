"""A split's voices and noises as files: what is written is what the cache holds, and nothing lands in a repository."""

import os

import numpy as np
import pytest
import soundfile
from crossmamba import voice_folder
from crossmamba.corpus import RATE, DataError, Noise, Speech
from synthetic import write_cache


def test_writes_what_the_cache_holds(tmp_path, monkeypatch, capsys):
    cache, out = write_cache(tmp_path), tmp_path / "out"
    monkeypatch.setattr(voice_folder, "LEAST_S", 16)
    voice_folder.main([cache, "--out", str(out)])
    assert (out / "voices/voices.csv").read_text() == "voice,group,sex\nso-0,so,F\nso-2,so,F\nls-3,ls,M\n"
    assert "ls-1: 14 s, left out" in capsys.readouterr().out
    speech, (lo, hi) = Speech.load(cache, "val"), Speech.load(cache, "val").bounds()
    samples, rate = soundfile.read(out / "voices/so-2.wav", dtype="int16")
    assert rate == RATE and np.array_equal(samples, speech.audio[lo[2] : hi[2]])
    start, end = Noise.load(cache, "val").clips[0]
    assert len(soundfile.read(out / "noises/000.wav")[0]) == end - start == 6 * RATE


def test_refuses_what_it_cannot_write(tmp_path):
    cache = write_cache(tmp_path)
    with pytest.raises(DataError, match="no voice of 20 s"):
        voice_folder.write(cache, str(tmp_path / "out"), "val")
    os.mkdir(tmp_path / ".git")
    with pytest.raises(DataError, match="git work tree"):
        voice_folder.write(cache, str(tmp_path / "out"), "val")
