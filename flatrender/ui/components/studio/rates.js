// Scenes have rates of their own: their frames as the film's, and the film's as theirs (core/timing.py, renders/planner.py).
// `rate` is the film's, [numerator, denominator]. In whole numbers, for a frame more or less is seen.

const LATE = 11; // hundredths of a frame: the film reads a scene of another rate that much after its own beginning

const same = (one, other) => !one || one[0] * other[1] === other[0] * one[1];

/** The frame of a scene that stands on show at a frame of the film, both from the scene's time 0. */
export function sceneFrame(frame, scene, rate) {
  if (same(scene?.rate, rate)) return frame;
  return Math.floor(((frame * 100 + LATE) * scene.rate[0] * rate[1]) / (100 * scene.rate[1] * rate[0]));
}

/** Frames of a scene as the nearest frames of the film; half a frame goes to the even one. */
export function filmFrames(frames, scene, rate) {
  if (same(scene?.rate, rate)) return frames;
  const [share, whole] = [frames * rate[0] * scene.rate[1], rate[1] * scene.rate[0]];
  const below = Math.floor(share / whole);
  const rest = 2 * (share - below * whole);
  return rest > whole || (rest === whole && below % 2) ? below + 1 : below;
}

/** The shortest and the longest use of a scene in frames of the film, and how long it is when it is added. */
export function lengthsOf(scene, rate) {
  const [low, high, usual] = [scene.min_frames, scene.max_frames, scene.frames].map((frames) => Math.max(1, filmFrames(frames, scene, rate)));
  return { low, high, usual: Math.min(Math.max(usual, low), high) };
}
