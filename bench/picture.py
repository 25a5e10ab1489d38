# SPDX-License-Identifier: GPL-2.0
"""The picture: for each figure, how much better the second side is, with its interval; one panel per clock."""

import matplotlib

matplotlib.use("Agg")
# Same data, same file: no date, no random identifiers.
matplotlib.rcParams["svg.hashsalt"] = "rnvme"
matplotlib.rcParams["font.size"] = 9

import matplotlib.pyplot as pyplot  # noqa: E402  the back end must be chosen first

BETTER, WORSE, EVEN = "#1a7f37", "#b3261e", "#57606a"
ROW_INCHES = 0.24


def gain(row, ratio):
    """The ratio in per cent, turned so that more is better for the second side."""
    return 100 * ((ratio if row.figure.better == "higher" else 1 / ratio) - 1)


def draw_panel(axes, title, rows):
    """Dots with intervals from top to bottom, in the order of the table."""
    for height, row in enumerate(reversed(rows)):
        colour = {"second": BETTER, "first": WORSE, None: EVEN}[row.better()]
        middle = gain(row, row.ratio)
        if row.interval:
            axes.plot(sorted(gain(row, bound) for bound in row.interval), [height, height], color=colour, linewidth=2)
        axes.plot(middle, height, "o", color=colour, markersize=5)
        axes.annotate(f"{middle:+.1f} %", (1.01, height), xycoords=("axes fraction", "data"), va="center", color=colour)
    axes.set_yticks(range(len(rows)), [f"{row.title}: {row.figure.name}" for row in reversed(rows)])
    axes.set_ylim(-0.7, len(rows) - 0.3)
    axes.axvline(0, color="black", linewidth=0.8)
    axes.grid(axis="x", color="#d0d7de", linewidth=0.6)
    axes.set_title(title, loc="left", fontsize=10)
    for side in ("top", "right", "left"):
        axes.spines[side].set_visible(False)
    # An axis around zero of the same reach on both sides: the eye shall not read a lead into the cut.
    reach = 1.08 * max(1.0, *(abs(bound) for bound in axes.get_xlim()))
    axes.set_xlim(-reach, reach)


def draw(path, first, second, panels):
    """`panels` is a list of (title, rows); empty ones are left out."""
    panels = [(title, rows) for title, rows in panels if rows]
    heights = [len(rows) + 2.5 for _, rows in panels]
    figure, axes = pyplot.subplots(
        len(panels), 1, figsize=(9, ROW_INCHES * sum(heights) + 0.5), height_ratios=heights, squeeze=False, layout="constrained"
    )
    for panel, (title, rows) in zip(axes[:, 0], panels):
        draw_panel(panel, title, rows)
    axes[-1, 0].set_xlabel(f"{second} worse  ←  per cent against {first}  →  {second} better")
    figure.savefig(path, facecolor="white", metadata={"Date": None})
    pyplot.close(figure)
