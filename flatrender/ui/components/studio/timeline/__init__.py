"""The timeline's modules in JavaScript, which `studio.jsx` brings in; the pure ones are tested with Node alone."""

from flatrender.ui.scripts import script

MODULES = (
    "clip_gestures.js",
    "clips.jsx",
    "commands.js",
    "desk.js",
    "draft.js",
    "drops.js",
    "envelope.js",
    "field_gestures.js",
    "geometry.js",
    "gestures.js",
    "heads.jsx",
    "in_turn.js",
    "joining.jsx",
    "keys.js",
    "lanes.jsx",
    "library.js",
    "markers.jsx",
    "menus.jsx",
    "painting.js",
    "places.js",
    "plans.js",
    "renders.js",
    "ruler.jsx",
    "sheet.jsx",
    "snapping.js",
    "texts.js",
    "timeline.jsx",
    "tools.jsx",
    "tracks.jsx",
    "view.js",
    "words.js",
)
for _module in MODULES:
    script(__file__, _module)
