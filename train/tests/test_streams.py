"""Streams of people who take turns: what segments.json says is what is heard, the same seed gives the same, and nothing lands in a repository."""

import json
import os

import numpy as np
import pytest
from crossmamba import streams
from crossmamba.corpus import RATE, DataError
from synthetic import read_part, rms_db, rows_of, write_data


@pytest.fixture(scope="module")
def data(tmp_path_factory):
    return write_data(tmp_path_factory.mktemp("data"))


@pytest.fixture(scope="module")
def built(data, tmp_path_factory):
    """All kinds but endurance, listening and company, one stream each."""
    out = tmp_path_factory.mktemp("streams") / "new"
    streams.main([str(data), "--out", str(out), "--kind", "conversation", "--kind", "start", "--kind", "gain", "--count", "1"])
    return out


def test_files_and_manifest_belong_together(built):
    rows, said = rows_of(built), json.loads((built / "segments.json").read_text())
    assert [r["kind"] for r in rows] == [
        *("conversation-cross-sex", "conversation-same-sex", "conversation-noisy", "start-silence", "start-noise", "gain-cross-sex", "gain-noisy"),
    ]
    assert said["format_version"] == 1 and list(said["streams"]) == [r["id"] for r in rows]
    waves = [f"{r['id']}.{part}.wav" for r in rows for part in ("mixture", "target", "enrollment")]
    assert sorted(os.listdir(built)) == sorted(["manifest.csv", "segments.json", *waves])
    women = {"ls-0", "ls-1"}
    for row in rows:
        same = (row["target"] in women) == (row["interferer"] in women)
        assert row["target"] != row["interferer"]
        assert same if "same" in row["kind"] else not same if "cross" in row["kind"] or "start" in row["kind"] else True
        assert (row["noise"] != "") == (row["snr_db"] != "") == ("nois" in row["kind"])
        assert -5 <= float(row["sir_db"]) <= 5


def test_segments_tell_who_is_heard(built):
    for row in rows_of(built):
        mixture, target, enrollment = (read_part(built, row["id"], part) for part in ("mixture", "target", "enrollment"))
        segments = json.loads((built / "segments.json").read_text())["streams"][row["id"]]
        assert len(mixture) == len(target) and len(enrollment) == 6 * RATE and np.abs(mixture).max() < 1
        assert segments[0]["from_s"] == 0 and segments[-1]["to_s"] == len(mixture) / RATE
        assert all(a["to_s"] == b["from_s"] and a["who"] != b["who"] for a, b in zip(segments[1:], segments[2:]))
        assert len({tuple(s["who"]) for s in segments}) == 4
        for s in segments:
            a, b = (round(s[k] * RATE) for k in ("from_s", "to_s"))
            inside = slice(a + 200, b - 200)
            assert (rms_db(target[inside]) > -45) == ("target" in s["who"])
            rest = rms_db((mixture - target)[inside])
            if "nois" in row["kind"]:
                assert rest > -55
            else:
                assert (rest > -45) == ("other" in s["who"])


def test_a_start_has_a_lead_then_the_target(built):
    for row in rows_of(built):
        if row["kind"].startswith("start"):
            segments = json.loads((built / "segments.json").read_text())["streams"][row["id"]]
            assert segments[0] == {"from_s": 0.0, "to_s": streams.LEAD_S, "who": []} and segments[1]["who"] == ["target"]
            lead = read_part(built, row["id"], "mixture")[: int(streams.LEAD_S * RATE)]
            assert not lead.any() if row["kind"] == "start-silence" else rms_db(lead) > -55


def loudest_voice(samples):
    """-> name of the synthetic voice of write_data whose harmonics are loudest"""
    spectrum, bin_hz = np.abs(np.fft.rfft(samples)), RATE / len(samples)
    loud = [sum(spectrum[round(hz * k / bin_hz) - 1 : round(hz * k / bin_hz) + 2].max() for k in range(1, 12)) for hz in (90, 113, 136, 159)]
    return f"ls-{np.argmax(loud)}"


def test_company_changes_after_the_lead(data, tmp_path):
    streams.main([str(data), "--out", str(tmp_path), "--kind", "company", "--count", "2"])
    said = json.loads((tmp_path / "segments.json").read_text())["streams"]
    for row in rows_of(tmp_path):
        mixture, target = (read_part(tmp_path, row["id"], part) for part in ("mixture", "target"))
        first, *after = said[row["id"]]
        lead = int(streams.COMPANY_S * RATE)
        assert row["kind"] == "start-company" and first == {"from_s": 0.0, "to_s": streams.COMPANY_S, "who": ["target", "other"]}
        assert after[0]["who"] == ["target"] and len(mixture) == lead + 12 * RATE
        assert rms_db(target[:lead]) > -45 and rms_db((mixture - target)[:lead]) > -45
        gone, new = row["interferer"].split(" and ")
        assert len({gone, new, row["target"]}) == 3
        rest = mixture - target
        assert loudest_voice(rest[:lead]) == gone
        for s in after:
            if "other" in s["who"]:
                assert loudest_voice(rest[int(s["from_s"] * RATE) : int(s["to_s"] * RATE)]) == new


def test_the_same_seed_gives_the_same_streams(data, built, tmp_path):
    options = [str(data), "--kind", "conversation", "--count", "1"]
    streams.main([*options, "--out", str(tmp_path / "a")])
    streams.main([*options, "--out", str(tmp_path / "b"), "--seed", "1"])
    name = "000-conversation-cross-sex"
    assert np.array_equal(read_part(tmp_path / "a", name, "mixture"), read_part(built, name, "mixture"))
    assert not np.array_equal(read_part(tmp_path / "b", name, "mixture"), read_part(built, name, "mixture"))


def test_minutes_of_endurance_are_the_same_minute(data, tmp_path):
    streams.main([str(data), "--out", str(tmp_path), "--kind", "endurance", "--count", "1"])
    mixture = read_part(tmp_path, "000-endurance", "mixture").reshape(10, 60 * RATE)
    assert all(np.array_equal(minute, mixture[0]) for minute in mixture)
    segments = json.loads((tmp_path / "segments.json").read_text())["streams"]["000-endurance"]
    tenth = [s for s in segments if s["from_s"] >= 540]
    assert len(segments) == 10 * len(tenth) and tenth[0]["from_s"] == 540 and tenth[-1]["to_s"] == 600


def test_who_only_listens_is_none_of_those_who_speak(data, tmp_path):
    streams.main([str(data), "--out", str(tmp_path), "--kind", "listening", "--count", "3"])
    assert not (tmp_path / "segments.json").exists()
    for row in rows_of(tmp_path):
        mixture, target = (read_part(tmp_path, row["id"], part) for part in ("mixture", "target"))
        assert row["kind"] == "listening-absent" and len(mixture) == len(target) == 30 * RATE
        assert rms_db(mixture) > -50 and not target.any()
        assert len({row["target"], *row["interferer"].split(" and ")}) == 3


def test_enrollment_is_never_heard_in_the_stream():
    pieces = [np.full(3 * RATE, float(n), np.float32) for n in range(1, 11)]
    made = streams.make_voice("ls-0", "F", pieces)
    assert sorted(set(made.enrollment)) == [1, 2] and len(set(made.reel)) == 8
    assert streams.make_voice("ls-0", "F", pieces[:8]) is None and streams.make_voice("ls-0", "F", []) is None


def test_what_cannot_be_built_is_said(data, tmp_path):
    with pytest.raises(DataError, match="index.json: no such file"):
        streams.write(str(tmp_path), str(tmp_path / "out"), "test", ["gain"])
    with pytest.raises(DataError, match="2 women and 2 men in split val .* found 0 and 0"):
        streams.write(str(data), str(tmp_path / "out"), "val", ["gain"])
    short = write_data(tmp_path / "short", seconds=18)
    with pytest.raises(DataError, match="found 0 and 0"):
        streams.write(str(short), str(tmp_path / "out"), "test", ["gain"])
    (tmp_path / "work" / ".git").mkdir(parents=True)
    with pytest.raises(DataError, match="lies in the git work tree"):
        streams.write(str(data), str(tmp_path / "work" / "deep" / "out"), "test", ["gain"])
    assert not (tmp_path / "out").exists() and not (tmp_path / "work" / "deep").exists()
