"""What the builder is to reach: ratios to Hugo in the same run."""

SIZES = (100, 1_000, 10_000)
GOALS = {
    "nothing changed": (0.6, 0.12, 0.03),
    "one changed": (1.2, 0.30, 0.06),
    "one published": (1.8, 0.45, 0.08),
    "theme changed": (None, None, None),
    "cold": (2.5, 1.3, 1.1),
    "peak memory": (0.6, 0.5, 0.25),
}
