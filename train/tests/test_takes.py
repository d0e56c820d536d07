"""Further enrollments beside a case: of the same speaker, nothing that the case holds, the same for the same seed."""

import csv
import json
import os

import numpy as np
import pytest
import soundfile
from crossmamba import takes
from crossmamba.corpus import RATE, DataError
from crossmamba.streams import ENROLLMENT_DBFS

UTTERANCE = 3 * RATE


def sounds(random, count):
    """[f32 [count · UTTERANCE]]: of its own everywhere, as words are."""
    return (0.1 * random.standard_normal(count * UTTERANCE)).astype(np.float32)


def write_case(folder, name, target, enrollment):
    for part, samples in (("mixture", target), ("target", target), ("enrollment", enrollment)):
        soundfile.write(folder / f"{name}.{part}.wav", samples, RATE)


@pytest.fixture
def made(tmp_path):
    """-> data, cases, the recordings of two speakers: one with ten utterances, one with five."""
    random = np.random.default_rng(0)
    data, cases = tmp_path / "data", tmp_path / "cases"
    os.makedirs(data / "speech")
    os.makedirs(cases)
    voices, entries = {}, []
    for name, count in (("ls-1", 10), ("ls-2", 5)):
        voices[name] = sounds(random, count)
        soundfile.write(data / f"speech/{name}.flac", voices[name], RATE)
        utterances = [[n * UTTERANCE, (n + 1) * UTTERANCE] for n in range(count)]
        entries.append({"speaker": name, "split": "test", "sex": "F", "file": f"speech/{name}.flac", "utterances": utterances})
        # The fourth utterance is in the mixture, quieter and in noise; the first two are the enrollment.
        target = 0.3 * voices[name][3 * UTTERANCE : 4 * UTTERANCE] + 0.01 * random.standard_normal(UTTERANCE)
        write_case(cases, f"0-{name}", target, voices[name][: 2 * UTTERANCE])
    (data / "speech/index.json").write_text(json.dumps({"speakers": entries}))
    (cases / "manifest.csv").write_text("id,kind,target\n0-ls-1,conversation,ls-1\n0-ls-2,conversation,ls-2\n")
    streams = {name: [{"from_s": 0, "to_s": 1, "who": ["target"]}] for name in ("0-ls-1", "0-ls-2")}
    (cases / "segments.json").write_text(json.dumps({"format_version": 1, "streams": streams}))
    return data, cases, voices


def test_takes_hold_nothing_that_the_case_holds(made, tmp_path):
    data, cases, voices = made
    out = tmp_path / "out"
    takes.main([str(cases), str(data), "--out", str(out), "--takes", "3"])
    for n in (2, 3):
        take, rate = soundfile.read(out / f"0-ls-1.enrollment-{n}.wav", dtype="float32")
        assert rate == RATE and len(take) == takes.ENROLLMENT
        assert 20 * np.log10(np.sqrt(np.mean(take**2))) == pytest.approx(ENROLLMENT_DBFS, abs=0.1)
        held = [takes.likeness(voices["ls-1"][i * UTTERANCE : i * UTTERANCE + RATE], take) > takes.SAME for i in range(10)]
        assert sum(held) == 2 and not any(held[i] for i in (0, 1, 3))
    assert not (out / "0-ls-1.enrollment-4.wav").exists()
    assert (out / "0-ls-1.mixture.wav").read_bytes() == (cases / "0-ls-1.mixture.wav").read_bytes()


def test_a_speaker_with_too_little_is_left_out_everywhere(made, tmp_path, capsys):
    data, cases, _ = made
    takes.main([str(cases), str(data), "--out", str(tmp_path / "out"), "--takes", "3"])
    assert "0-ls-2: ls-2 too little to say" in capsys.readouterr().out
    with open(tmp_path / "out/manifest.csv", newline="") as file:
        assert [row["id"] for row in csv.DictReader(file)] == ["0-ls-1"]
    assert list(json.loads((tmp_path / "out/segments.json").read_text())["streams"]) == ["0-ls-1"]


def test_the_same_seed_gives_the_same(made, tmp_path):
    data, cases, _ = made
    read = lambda name: (tmp_path / name / "0-ls-1.enrollment-2.wav").read_bytes()  # noqa: E731
    for name, seed in (("a", 0), ("b", 0), ("c", 1)):
        takes.write(str(cases), str(data), str(tmp_path / name), 2, seed)
    assert read("a") == read("b")
    assert read("a") != read("c")


def test_bad_input_is_told(made, tmp_path):
    data, cases, _ = made
    with pytest.raises(DataError, match="manifest.csv: no such file"):
        takes.write(str(tmp_path), str(data), str(tmp_path / "out"), 2)
    with pytest.raises(DataError, match="expected a speaker with 8 more enrollments of 6 s, found none"):
        takes.write(str(cases), str(data), str(tmp_path / "out"), 9)
    (cases / "manifest.csv").write_text("id,kind,target\n0-ls-1,cross-sex,somebody\n")
    with pytest.raises(DataError, match="no speaker somebody"):
        takes.write(str(cases), str(data), str(tmp_path / "out"), 2)
    with pytest.raises(DataError, match="lies in the git work tree"):
        takes.write(str(cases), str(data), os.path.join(os.path.dirname(__file__), "takes"), 2)
    with pytest.raises(SystemExit):
        takes.main([str(cases), str(data), "--out", str(tmp_path / "out"), "--takes", "1"])


def test_cases_that_cannot_be_read_are_named(made, tmp_path):
    data, cases, _ = made
    write = lambda: takes.write(str(cases), str(data), str(tmp_path / "out"), 2)  # noqa: E731
    manifest = (cases / "manifest.csv").read_text()
    for text, message in (("id,kind\n0-ls-1,conversation\n", r"columns id and target, found 1 rows with \['id', 'kind'\]"), ("", "found 0 rows with none")):
        (cases / "manifest.csv").write_text(text)
        with pytest.raises(DataError, match=message):
            write()
    (cases / "manifest.csv").write_text(manifest)
    os.remove(cases / "0-ls-2.enrollment.wav")
    with pytest.raises(DataError, match="0-ls-2.enrollment.wav: no such file"):
        write()
