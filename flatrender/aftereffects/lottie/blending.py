"""Blend modes: After Effects' names and numbers against Lottie's; a mode that Lottie lacks becomes the nearest."""

# Modes that Lottie lacks, or ThorVG does not draw, by one that looks alike over most colours.
NEAREST = {
    "DISSOLVE": 0,
    "DANCING_DISSOLVE": 0,
    "LINEAR_BURN": 7,
    "CLASSIC_COLOR_BURN": 7,
    "CLASSIC_COLOR_DODGE": 6,
    "VIVID_LIGHT": 8,
    "LINEAR_LIGHT": 8,
    "PIN_LIGHT": 8,
    "HARD_MIX": 8,
    "CLASSIC_DIFFERENCE": 10,
    "LIGHTER_COLOR": 5,
    "DARKER_COLOR": 4,
}
LAYER_BLENDS = {
    "NORMAL": 0,
    "MULTIPLY": 1,
    "SCREEN": 2,
    "OVERLAY": 3,
    "DARKEN": 4,
    "LIGHTEN": 5,
    "COLOR_DODGE": 6,
    "COLOR_BURN": 7,
    "HARD_LIGHT": 8,
    "SOFT_LIGHT": 9,
    "DIFFERENCE": 10,
    "EXCLUSION": 11,
    "HUE": 12,
    "SATURATION": 13,
    "COLOR": 14,
    "LUMINOSITY": 15,
    "ADD": 16,
    "LINEAR_DODGE": 16,
    **NEAREST,
}
# The "Blend Mode" popup of shape groups, fills and strokes counts its entries, separators included.
SHAPE_BLENDS = {
    1: 0, 3: 4, 4: 1, 5: 7, 9: 5, 10: 2, 11: 6, 12: 16, 15: 3, 16: 9, 17: 8, 21: 17, 23: 10, 24: 11,
    26: 12, 27: 13, 28: 14, 29: 15,
}  # fmt: skip
