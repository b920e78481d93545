"""The preview's modules in JavaScript: all tracks on one clock, pictures over scenes, sound through Web Audio."""

from flatrender.ui.scripts import script

MODULES = (
    "clock.js",
    "floors.js",
    "frames.jsx",
    "gains.js",
    "looks.js",
    "mixer.js",
    "picking.js",
    "pictures.js",
    "placing.js",
    "splitting.js",
    "theatre.js",
)
for _module in MODULES:
    script(__file__, _module)
