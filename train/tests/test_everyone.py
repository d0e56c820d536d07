"""Clips of everyone beside everyone: who is heard is what the manifest says, and nobody is told apart by the recordings."""

import os
from collections import Counter

import numpy as np
import pytest
from crossmamba import everyone
from crossmamba.corpus import RATE, DataError
from synthetic import read_part, rms_db, rows_of, write_data

WOMEN = {"ls-0", "so-1", "ls-2"}


@pytest.fixture(scope="module")
def data(tmp_path_factory):
    """ls-0, so-1, ls-2 (women), so-3, ls-4, so-5 (men)"""
    return write_data(tmp_path_factory.mktemp("data"), women=3, men=3, sources=("ls", "so"))


@pytest.fixture(scope="module")
def built(data, tmp_path_factory):
    out = tmp_path_factory.mktemp("everyone") / "new"
    everyone.main([str(data), "--out", str(out)])
    return out


def test_everyone_is_heard_with_each_of_the_same_recordings(built):
    rows = rows_of(built)
    pairs = Counter((r["target"], r["interferer"]) for r in rows if r["kind"] in ("everyone-cross-sex", "everyone-same-sex"))
    sources = [{f"{source}-{n}" for n in numbers} for source, numbers in (("ls", (0, 2, 4)), ("so", (1, 3, 5)))]
    assert pairs == {(a, b): 1 for voices in sources for a in voices for b in voices - {a}}
    kinds = Counter(r["kind"] for r in rows)
    assert list(kinds) == list(everyone.KINDS)
    assert kinds == {"everyone-cross-sex": 8, "everyone-same-sex": 4, "everyone-noisy": 6, "everyone-noise-only": 6 * everyone.EACH, "everyone-absent": 12}
    for r in rows:
        if r["interferer"]:
            assert r["target"] != r["interferer"] and r["target"].split("-")[0] == r["interferer"].split("-")[0]
            same = (r["target"] in WOMEN) == (r["interferer"] in WOMEN)
            assert {"everyone-cross-sex": not same, "everyone-same-sex": same}.get(r["kind"], True)
    waves = [f"{r['id']}.{part}.wav" for r in rows for part in ("mixture", "target", "enrollment")]
    assert sorted(os.listdir(built)) == sorted(["manifest.csv", *waves])


def test_what_is_heard_is_what_the_manifest_says(built):
    for r in rows_of(built):
        mixture, target, enrollment = (read_part(built, r["id"], part) for part in ("mixture", "target", "enrollment"))
        assert len(mixture) == len(target) == everyone.SAMPLES and len(enrollment) == 6 * RATE and np.abs(mixture).max() < 1
        rest = mixture - target
        assert bool(target.any()) == ("absent" not in r["kind"])
        assert (rms_db(rest) > -55) == bool(r["interferer"] or r["noise"])
        if r["sir_db"] and not r["noise"]:
            # A reel has unit level as a whole, a piece of it nearly.
            assert rms_db(target) - rms_db(rest) == pytest.approx(float(r["sir_db"]), abs=1)
        if r["snr_db"] and not r["interferer"]:
            assert rms_db(target) - rms_db(rest) == pytest.approx(float(r["snr_db"]), abs=1.5)


def test_the_same_seed_gives_the_same_clips(data, built, tmp_path):
    everyone.write(str(data), str(tmp_path / "a"), "test")
    everyone.write(str(data), str(tmp_path / "b"), "test", seed=1)
    name = rows_of(built)[0]["id"]
    assert np.array_equal(read_part(tmp_path / "a", name, "mixture"), read_part(built, name, "mixture"))
    assert not np.array_equal(read_part(tmp_path / "b", name, "mixture"), read_part(built, name, "mixture"))


def test_what_cannot_be_built_is_said(data, tmp_path):
    with pytest.raises(DataError, match="index.json: no such file"):
        everyone.write(str(tmp_path), str(tmp_path / "out"), "test")
    with pytest.raises(DataError, match="2 women and 2 men in split val .* found 0 and 0"):
        everyone.write(str(data), str(tmp_path / "out"), "val")
    (tmp_path / "work" / ".git").mkdir(parents=True)
    with pytest.raises(DataError, match="lies in the git work tree"):
        everyone.write(str(data), str(tmp_path / "work" / "out"), "test")
    assert not (tmp_path / "out").exists() and not (tmp_path / "work" / "out").exists()
