"""What every picture is drawn on, and how it is kept."""

import os

from crossmamba.corpus import writing

GREY = "#8a8f98"


def pyplot():
    """matplotlib without a screen, its SVG the same on every run."""
    import matplotlib

    matplotlib.use("Agg")
    matplotlib.rcParams.update(
        {
            "svg.hashsalt": "crossmamba",
            "svg.fonttype": "path",
            "figure.facecolor": "white",
            "font.size": 10,
            "axes.spines.top": False,
            "axes.spines.right": False,
            "axes.edgecolor": GREY,
            "axes.grid": True,
            "axes.axisbelow": True,
            "grid.color": "#e6e8eb",
            "legend.frameon": False,
        }
    )
    import matplotlib.pyplot as plt

    return plt


def save(figure, path):
    with writing(path) as part:
        kind = os.path.splitext(path)[1][1:]
        metadata = {"Date": None} if kind == "svg" else {"Software": None}
        figure.savefig(part, format=kind, bbox_inches="tight", dpi=100, metadata=metadata)
        if kind == "png":
            quantise(part)
    pyplot().close(figure)
    return path


def quantise(path):
    """A picture in 96 colours: an eighth of the bytes."""
    from PIL import Image

    with Image.open(path) as picture:
        few = picture.convert("RGB").quantize(96, method=Image.Quantize.MAXCOVERAGE, dither=Image.Dither.NONE)
    few.save(path, format="PNG", optimize=True)
