"""From evaluations to pictures and a model card: what is drawn and said is what was measured, and one command ships weights."""

import json
import math
import os
import re
import shutil

import numpy as np
import pytest
import soundfile
import torch
from crossmamba import evaluation, export, model_card, plots, ship, spectrograms
from crossmamba.clue_encoder import ClueEncoder
from crossmamba.corpus import DataError
from crossmamba.extractor import Extractor
from crossmamba.train_validation import KINDS
from crossmamba.weights import save_checkpoint

SIZES, ENCODER = {"bands": 6, "d_model": 8, "layers": 1, "width": 8, "d_state": 4}, {"d_model": 16, "layers": 1, "d_state": 4}
FIGURES = ("si_sdr_mixture_db", "si_sdr_estimate_db", "si_sdri_db", "negative_share", "log_rms_ratio_db", "residual_db", "sir_db")
FIGURES += ("estoi_mixture", "estoi_estimate", "confused_share", "over_suppressed_share")
TURNS = ("target_level_db", "target_level_kept_share", "target_onset_level_db", "target_si_sdr_db", "other_residual_db", "other_onset_residual_db")
TURNS += ("both_si_sdri_db", "both_level_db", "pause_residual_db", "pause_dbfs")


def summary(cases, names):
    means = {n: None if cases[0][n] is None else float(np.mean([c[n] for c in cases])) for n in names}
    intervals = {n: None if means[n] is None else [means[n] - 1, means[n] + 1] for n in names}
    return {"n": len(cases)} | means | {"intervals": intervals}


def clip(name, kind, gain):
    values = (0.0, gain, gain, float(gain < 0), -2.0, -6.0, 0.5, 0.5, 0.7, float(gain < -1), 0.2)
    return {"id": name, "kind": kind, "n": 1} | dict(zip(FIGURES, values if kind != "absent" else [None] * 5 + [-11.25] + [None] * 5))


def write_evaluation(path, model="some-model"):
    cases = [clip("000-a", "cross-sex", 7.25), clip("001-a", "cross-sex", 5.25), clip("002-b", "same-sex", -3.5), clip("003-b", "same-sex", 1.0)]
    cases += [clip("004-c", "absent", 0)]
    kinds = {kind: summary([c for c in cases if c["kind"] == kind], FIGURES) for kind in ("cross-sex", "same-sex", "absent")}
    by_sir = [{"from_db": None, "to_db": 0} | summary(cases[:2], FIGURES), {"from_db": 0, "to_db": None} | summary(cases[2:4], FIGURES)]
    path.write_text(json.dumps({"model": model, "backend": "wasm", "real_time_factor": 0.1, "kinds": kinds, "cases": cases, "by_sir": by_sir}))
    return str(path)


def write_streams(path):
    names = {"conversation-noisy": dict.fromkeys(TURNS, -3.0), "start-noise": {"lead_s": 8.0, "cost_db": 0.25}, "gain": {"worst_cost_db": 0.125}}
    names |= {"endurance": {"minutes": 10.0, "drift_db": -0.0625}, "endurance-noisy": {"minutes": 10.0, "drift_db": 0.375}}
    cases = [{"id": f"{n}-{kind}", "kind": kind, "n": 1} | figures for kind, figures in names.items() for n in range(2)]
    kinds = {kind: summary([c for c in cases if c["kind"] == kind], figures) for kind, figures in names.items()}
    cases.append(clip("9-listening", "absent", 0.0) | {"kind": "listening-absent"})
    kinds["listening-absent"] = summary(cases[-1:], FIGURES)
    path.write_text(json.dumps({"model": "some-model", "backend": "wasm", "real_time_factor": 0.1, "kinds": kinds, "cases": cases, "by_sir": []}))
    return str(path)


def write_everyone(path):
    gains = (("cross-sex", "a", 8.0), ("cross-sex", "b", 7.0), ("same-sex", "a", 6.0), ("same-sex", "c", -2.0), ("same-sex", "c", 4.0), ("absent", "a", 0.0))
    cases = [clip(str(n), kind, gain) | {"kind": f"everyone-{kind}", "target": who} for n, (kind, who, gain) in enumerate(gains)]
    kinds = {f"everyone-{kind}": [c for c in cases if c["kind"] == f"everyone-{kind}"] for kind in ("cross-sex", "same-sex", "absent")}
    kinds = {kind: summary(mine, FIGURES) | {"people": len({c["target"] for c in mine})} for kind, mine in kinds.items()}
    path.write_text(json.dumps({"model": "some-model", "backend": "wasm", "real_time_factor": 0.1, "kinds": kinds, "cases": cases, "by_sir": []}))
    return str(path)


@pytest.fixture
def files(tmp_path):
    return [write_evaluation(tmp_path / "cases.json"), write_streams(tmp_path / "streams.json"), write_everyone(tmp_path / "everyone.json")]


@pytest.fixture
def model(tmp_path):
    torch.manual_seed(0)
    training = {"extractor": "3 h", "data": [{"name": "Some speech", "licence": "CC0"}]}
    export.export(Extractor(**SIZES), ClueEncoder(**ENCODER), tmp_path / "model", "some-model", training=training)
    return str(tmp_path / "model")


def test_evaluations_become_one(files):
    whole = evaluation.read_evaluations(files)
    assert list(whole.clips()) == ["cross-sex", "same-sex", "absent", "listening-absent"] and list(whole.streams("conversation")) == ["conversation-noisy"]
    assert whole.of_kind("cross-sex", "si_sdri_db") == [7.25, 5.25] and whole.of_kind("absent", "si_sdri_db") == []
    assert len(whole.by_sir) == 2 and (whole.model, whole.backend) == ("some-model", "wasm")
    assert list(whole.everyone()) == ["everyone-cross-sex", "everyone-same-sex", "everyone-absent"]
    assert {who: evaluation.mean_of(clips) for who, clips in whole.people().items()} == {"c": 1, "a": 7, "b": 7} and list(whole.people())[0] == "c"
    assert [evaluation.stream_of(k) for k in ("gain", "gain-noisy", "gains", "cross-sex")] == ["gain", "gain", None, None]


def test_evaluations_that_do_not_fit_are_named(files, tmp_path):
    with pytest.raises(DataError, match="none.json: no such file"):
        evaluation.read_evaluations([str(tmp_path / "none.json")])
    (tmp_path / "cut.json").write_text('{"model": "x"')
    with pytest.raises(DataError, match="cut.json: expected what `evaluate --json` prints"):
        evaluation.read_evaluations([str(tmp_path / "cut.json")])
    with pytest.raises(DataError, match="tells of absent, cross-sex, same-sex again"):
        evaluation.read_evaluations([files[0], files[0]])
    other = write_evaluation(tmp_path / "other.json", model="another")
    with pytest.raises(DataError, match="is of another on wasm, the enrollment alone, the files before of some-model"):
        evaluation.read_evaluations([files[1], other])


def write_cases(folder, estimates, seconds=4):
    """Wave files of the clips of write_evaluation, the voices harmonics with pauses."""
    random, time = np.random.default_rng(0), np.arange(seconds * 16000) / 16000
    for path in (folder, estimates):
        path.mkdir(exist_ok=True)
    for number, name in enumerate(("000-a", "001-a", "002-b", "003-b", "004-c")):
        speaks = (time % 0.25 < 0.18)[None]
        voice, other = 0.05 * speaks * sum(np.sin(2 * np.pi * k * np.array([[110.0 + number], [190.0]]) * time) / k for k in range(1, 12))
        target = voice * (number != 4)
        for part, samples in (("mixture", target + other), ("target", target), ("enrollment", voice)):
            soundfile.write(folder / f"{name}.{part}.wav", samples + 1e-4 * random.standard_normal(len(time)) * (part != "target"), 16000)
        soundfile.write(estimates / f"{name}.estimate.wav", target + 0.3 * other, 16000, "FLOAT")
    (folder / "manifest.csv").write_text("id,kind\n000-a,cross-sex\n001-a,cross-sex\n002-b,same-sex\n003-b,same-sex\n004-c,absent\n")


LOG = """100: 7 s, 0.03 h seen, 14.7 x real time
200: val dB: cross-sex 4.81 (0.00), same-sex -3.92 (0.31), noise-only 1.24 (0.38) left -17.7, absent left -11.0
400: val dB: cross-sex 5.00 (0.00), same-sex 3.00 (0.31), noise-only 2.00 (0.38) left -18.0, absent left -12.5
"""


def test_every_kind_of_val_has_a_colour_of_its_own():
    assert len(set(plots.COLOURS)) == len(plots.COLOURS) >= len(KINDS)


def test_shipping_says_what_is_wrong_with_a_log_before_it_measures(tmp_path, monkeypatch):
    monkeypatch.setattr(ship.export, "main", lambda options: pytest.fail("began to export"))
    (tmp_path / "run.log").write_text("nothing")
    with pytest.raises(DataError, match="run.log: holds no line with 'val dB'"):
        ship.main([str(tmp_path / "run.pt"), "--cases", str(tmp_path), "--out", str(tmp_path / "model"), "--log", str(tmp_path / "run.log")])


def test_logs_are_read(tmp_path):
    (tmp_path / "run.log").write_text(LOG)
    curves = plots.read_log(str(tmp_path / "run.log"))
    assert curves["same-sex"] == {"gain": [(200, -3.92), (400, 3.0)], "left": []}
    assert curves["absent"] == {"gain": [], "left": [(200, -11.0), (400, -12.5)]} and curves["noise-only"]["left"][1] == (400, -18.0)
    (tmp_path / "run.log").write_text("nothing")
    with pytest.raises(DataError, match="no line with 'val dB'"):
        plots.read_log(str(tmp_path / "run.log"))


def test_runs_side_by_side_are_drawn_apart(tmp_path):
    (tmp_path / "run.log").write_text(LOG)
    run = plots.read_log(str(tmp_path / "run.log"))
    later = {"turns": {"gain": [(600, 1.0), (800, 2.0)], "left": []}}

    def dashed(runs):
        with open(plots.draw_training(runs, str(tmp_path))[0]) as file:
            return len(re.findall(r"stroke-dasharray: [\d.]", file.read()))

    curves = sum(len(run[kind][name]) > 0 for kind in run for name in ("gain", "left"))
    assert dashed([("A", run)]) == 0
    assert dashed([("A", run), ("B", run)]) == dashed([("A", run), ("A", run)]) == curves + 2  # and what it is called, in the legend of each panel
    assert dashed([("A", run), ("B", later)]) == 1 + 1 + 2  # and in the legend the kind that only this run has


def test_pictures_of_all_that_was_measured(files, tmp_path, capsys):
    from PIL import Image

    write_cases(tmp_path / "cases", tmp_path / "estimates")
    (tmp_path / "run.log").write_text(LOG)
    options = ["--log", str(tmp_path / "run.log"), "--cases", str(tmp_path / "cases"), "--estimates", str(tmp_path / "estimates")]
    for out in ("a", "b"):
        plots.main([*files, "--out", str(tmp_path / out), *options])
    names = sorted(os.path.basename(path) for path in capsys.readouterr().out.split()[:8])
    assert names == sorted([*model_card.PICTURES, *model_card.CASES]) == sorted(os.listdir(tmp_path / "a"))
    for name in names:
        content = (tmp_path / "a" / name).read_bytes()
        assert content == (tmp_path / "b" / name).read_bytes() and len(content) < 200_000
    with Image.open(tmp_path / "a" / "good-case.png") as picture:
        assert picture.width > 500 and len(picture.convert("RGB").getcolors(100_000)) > 40


def test_the_best_and_the_worst_case_are_shown(files):
    good, bad = spectrograms.extremes(evaluation.read_evaluations(files))
    assert (good["id"], bad["id"]) == ("000-a", "002-b")


def test_a_spectrogram_shows_a_tone_where_it_is():
    picture = spectrograms.spectrogram_db(np.sin(2 * np.pi * 1000 * np.arange(16000) / 16000))
    assert picture.shape == (257, 126) and picture[:, 60].argmax() == 1000 * 512 // 16000


def test_the_card_says_what_was_measured(model, files, tmp_path):
    (tmp_path / "pictures").mkdir()
    (tmp_path / "pictures" / "by-sir.svg").write_text("x")
    model_card.main([model, "--evaluation", *files, "--pictures", str(tmp_path / "pictures")])
    text = open(os.path.join(model, "README.md")).read()
    extractor = sum(p.numel() for p in Extractor(**SIZES).parameters())
    for said in (
        f"| extractor | {extractor / 1e6:.2f} M values; 6 bands × 8, 1 layers, full band 8 |",
        "| cross-sex: two readers of two sexes | 2 | 6.2 [5.2, 7.2] | ≥ 10 | 0 % | 0 % | 0.50 → 0.70 | 20 % | −2.0 | −6.0 |",
        "| absent: the enrolled person never speaks | 1 | – | level ≤ −20 |",
        "| below 0.0 | 2 | 6.2 [5.2, 7.2] |",
        "| conversation-noisy: turns, and a noise | 2 | −3.0 [−4.0, −2.0] |",
        "| endurance: 10 minutes in one go, last minute against the first | 2 | −0.06 [−1.06, 0.94] | within 0.3 |",
        "| same-sex: two voices of one sex | 3 | 2 | 2.7 [1.7, 3.7] | 33 % | 33 % | 20 % | −2.0 | −6.0 |",
        "| absent: somebody else speaks alone | 1 | 1 | – | – | – | – | – | −11.2 [−12.2, −10.2] |",
        "Beside another voice the median person of 3 gains 7.0 dB; 2 gain 6 dB and more, 1 less than 3.",
        "**Not for everyone**: 1 of 3 people gain less than 3 dB beside another voice.",
        "**same-sex**: −1.2 dB of SI-SDRi where at least 8 are aimed at; 50 % of the cases came out worse than the mixture.",
        "**The wrong voice** is nearer to the estimate than the enrolled one in 50 % of same-sex.",
        "**Nobody there**: while the enrolled person is absent, −11.2 dB of the others are left (aim: −20).",
        "| aim |  | within 1 | ≥ 15 | ≤ −20 | ≥ 8 |  |",
        "The enrolled person only listens while two others take turns, 1 streams: −11.2 [−12.2, −10.2] dB of the mixture is left (aim: ≤ −20).",
        "**Who only listens**: −11.2 dB of the others are left (aim: −20).",
        "−3.0 dB of the others are left when they speak alone (aim: −20); −3.0 dB of SI-SDRi while both speak (aim: 8).",
        "**endurance-noisy**: the last minute is 0.38 dB off the first (aim: within 0.3; above 0 it is better).",
        "**start-noise**: what is heard before costs 0.25 [−0.75, 1.25] dB (aim: nothing).",
        "| Some speech | CC0 |",
        "](../pictures/by-sir.svg)",
    ):
        assert said in text, said
    assert "si-sdri.svg" not in text and "listening-absent" not in text and "**endurance**" not in text and "**gain**" not in text
    with pytest.raises(DataError, match="evaluation is of another, the folder holds some-model"):
        model_card.card(model, evaluation.read_evaluations([write_evaluation(tmp_path / "other.json", "another")]))
    with pytest.raises(DataError, match="config.json: no such file"):
        model_card.card(str(tmp_path), evaluation.read_evaluations(files))


def test_the_card_that_ships_is_what_its_figures_make(monkeypatch):
    monkeypatch.chdir(ship.ROOT / "train")
    model, figures = ship.ROOT / "public/models/speaker-base", ship.ROOT / "docs/evaluation"
    results = evaluation.read_evaluations([str(figures / f"{name}.json") for name in ("cases", "streams", "everyone")])
    assert model_card.card(str(model), results, str(figures)) == (model / "README.md").read_text()


def test_shipping_refuses_what_nobody_can_be_enrolled_with(tmp_path, monkeypatch):
    monkeypatch.setattr(ship.export, "main", lambda options: pytest.fail("began to export"))
    net = Extractor(bands=6, d_model=8, layers=1, width=8)
    save_checkpoint(str(tmp_path / "run.pt"), net=net.state_dict(), step=1, args={"bands": 6, "d_model": 8, "layers": 1, "width": 8})
    with pytest.raises(DataError, match="run.pt: holds no clue encoder.*--clue-encoder"):
        ship.main([str(tmp_path / "run.pt"), "--cases", str(tmp_path), "--out", str(tmp_path / "model")])


def test_shipping_is_one_command(model, tmp_path, capsys):
    if shutil.which("node") is None or not (ship.ROOT / "dist/cli.js").exists():
        pytest.skip("node or dist/cli.js is not there (npm run build:cli): shipping through the engine was not tried")
    write_cases(tmp_path / "cases", tmp_path / "estimates")
    torch.manual_seed(1)
    content = {"net": Extractor(**SIZES).state_dict(), "clue_encoder": ClueEncoder(**ENCODER).state_dict()}
    save_checkpoint(tmp_path / "run.pt", **content, step=5, args=SIZES | {"clue_encoder": ENCODER})
    options = ["--cases", str(tmp_path / "cases"), "--out", model, "--figures", str(tmp_path / "figures"), "--name", "some-model", "--note", "4 h"]
    before = open(os.path.join(model, "config.json")).read()
    (tmp_path / "cases" / "003-b.target.wav").rename(tmp_path / "kept.wav")
    with pytest.raises(DataError, match="003-b.target.wav: cannot be read"):
        ship.main([str(tmp_path / "run.pt"), *options])
    assert open(os.path.join(model, "config.json")).read() == before and not (tmp_path / "figures").exists()
    (tmp_path / "kept.wav").rename(tmp_path / "cases" / "003-b.target.wav")
    ship.main([str(tmp_path / "run.pt"), *options])
    config = json.loads(open(os.path.join(model, "config.json")).read())
    assert config["training"] == {"extractor": "4 h", "data": [{"name": "Some speech", "licence": "CC0"}]}
    cross = config["quality"]["kinds"]["cross-sex"]
    measured = json.loads((tmp_path / "figures" / "cases.json").read_text())["kinds"]["cross-sex"]
    assert cross["n"] == 2 and math.isclose(cross["si_sdri_db"], measured["si_sdri_db"], abs_tol=1e-3)
    assert config["quality"]["kinds"]["absent"]["si_sdri_interval_db"] is None and config["quality"]["backend"] == "wasm"
    assert sorted(os.listdir(tmp_path / "figures")) == ["bad-case.png", "by-sir.svg", "cases.json", "good-case.png", "log-rms-ratio.svg", "si-sdri.svg"]
    assert "good-case.png" in open(os.path.join(model, "README.md")).read()
    assert "cross-sex    si_sdri_db        – →" in capsys.readouterr().out
