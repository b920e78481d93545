// flatrender/film/transitions.json for the browser, word for word; a test holds the two together.
export const TABLE = {
  "crossfade": {
    "": {
      "from": {"opacity": [[0, 1], [1, 0]]},
      "to": {"opacity": [[0, 0], [1, 1]]}
    }
  },
  "dip": {
    "": {
      "from": {"opacity": [[0, 1], [0.5, 1], [0.5, 0], [1, 0]], "tint": [[0, 0], [0.5, 1], [1, 1]]},
      "to": {"opacity": [[0, 0], [0.5, 0], [0.5, 1], [1, 1]], "tint": [[0, 1], [0.5, 1], [1, 0]]}
    }
  },
  "wipe": {
    "left": {"from": {"right": [[0, 1], [1, 0]]}, "to": {"left": [[0, 1], [1, 0]]}},
    "right": {"from": {"left": [[0, 0], [1, 1]]}, "to": {"right": [[0, 0], [1, 1]]}},
    "up": {"from": {"bottom": [[0, 1], [1, 0]]}, "to": {"top": [[0, 1], [1, 0]]}},
    "down": {"from": {"top": [[0, 0], [1, 1]]}, "to": {"bottom": [[0, 0], [1, 1]]}}
  },
  "slide": {
    "left": {"from": {"x": [[0, 0], [1, -1]]}, "to": {"x": [[0, 1], [1, 0]]}},
    "right": {"from": {"x": [[0, 0], [1, 1]]}, "to": {"x": [[0, -1], [1, 0]]}},
    "up": {"from": {"y": [[0, 0], [1, -1]]}, "to": {"y": [[0, 1], [1, 0]]}},
    "down": {"from": {"y": [[0, 0], [1, 1]]}, "to": {"y": [[0, -1], [1, 0]]}}
  }
};
