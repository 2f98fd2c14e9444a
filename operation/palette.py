"""The colours of every picture that `operation` draws: people with any colour vision tell them apart.

Source: M. Okabe and K. Ito, Color Universal Design (2008), https://jfly.uni-koeln.de/color/. Where two stand for
different things, marker or line differ as well, so that a print in black and white says the same.
`src/learning/plots.py` has the same colours, for it imports nothing of `operation`.
"""

BLUE, VERMILLION, GREEN, ORANGE = "#0072b2", "#d55e00", "#009e73", "#e69f00"
SKY, PURPLE = "#56b4e9", "#cc79a7"
SERIES = (BLUE, VERMILLION, GREEN, ORANGE, PURPLE, SKY)  # in the order in which they are taken
INK = "#24292f"  # text, axes, and what others are compared with
