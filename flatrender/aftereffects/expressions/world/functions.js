// After Effects' global functions.

// A cubic Bezier ease from (0, 0) to (1, 1): where it stands at `x`.
function bezier(x1, y1, x2, y2) {
  function at(a, b, t) { return 3 * (1 - t) * (1 - t) * t * a + 3 * (1 - t) * t * t * b + t * t * t; }
  return function (x) {
    var low = 0, high = 1, t = x;
    for (var i = 0; i < 40; i++) { if (at(x1, x2, t) < x) { low = t; } else { high = t; } t = (low + high) / 2; }
    return at(y1, y2, t);
  };
}
function between(rule) {
  return function (at, tMin, tMax, first, last) {
    at = plain(at);
    if (arguments.length === 3) { first = tMin; last = tMax; tMin = 0; tMax = 1; }
    tMin = plain(tMin); tMax = plain(tMax); first = plain(first); last = plain(last);
    var share = tMin === tMax ? (at >= tMax ? 1 : 0) : (at - tMin) / (tMax - tMin);
    return add(first, mul(sub(last, first), share <= 0 ? 0 : share >= 1 ? 1 : rule(share)));
  };
}
function perSecond(rate) { return rate === undefined ? 1 / root.thisComp.frameDuration : plain(rate); }
function shown(at) {
  if (at !== undefined) { return plain(at); }
  tellTime();
  return now + root.thisComp.displayStartTime;
}
function timeToFrames(at, rate, isDuration) {
  var frames = shown(at) * perSecond(rate);
  if (isDuration) { return frames < 0 ? Math.floor(frames + 1e-6) : Math.ceil(frames - 1e-6); }
  return Math.floor(frames + 1e-6);
}
function two(number) { return (number < 10 ? "0" : "") + number; }
function clock(frames, base, mark) {
  var sign = frames < 0 ? "-" : "", left = Math.abs(frames), seconds = Math.floor(left / base);
  return sign + two(Math.floor(seconds / 3600)) + ":" + two(Math.floor(seconds / 60) % 60) + ":" + two(seconds % 60) +
    mark + two(left % base);
}
function timeToTimecode(at, base, isDuration) {
  base = base === undefined ? 30 : plain(base);
  return clock(timeToFrames(at, base, isDuration), Math.round(base), ":");
}
// Drop-frame time leaves out the numbers of two frames a minute, except every tenth minute (SMPTE 12M).
function timeToNTSCTimecode(at, drop, isDuration) {
  var frames = timeToFrames(at, 30000 / 1001, isDuration);
  if (!drop) { return clock(frames, 30, ":"); }
  var tens = Math.floor(frames / 17982), rest = frames % 17982;
  frames += 18 * tens + (rest > 1 ? 2 * Math.floor((rest - 2) / 1798) : 0);
  return clock(frames, 30, ";");
}
function timeToCurrentFormat(at, rate, isDuration, drop) {
  rate = perSecond(rate);
  return drop && Math.round(rate) === 30 ? timeToNTSCTimecode(at, true, isDuration) : timeToTimecode(at, rate, isDuration);
}
function timeToFeetAndFrames(at, rate, perFoot, isDuration) {
  var frames = timeToFrames(at, rate, isDuration), foot = perFoot || 16, left = Math.abs(frames);
  return (frames < 0 ? "-" : "") + ("000" + Math.floor(left / foot)).slice(-4) + "+" + two(left % foot);
}
function rgbToHsl(c) {
  c = plain(c);
  var max = Math.max(c[0], c[1], c[2]), min = Math.min(c[0], c[1], c[2]), l = (max + min) / 2, d = max - min;
  if (!d) { return [0, 0, l, c[3] === undefined ? 1 : c[3]]; }
  var s = l > 0.5 ? d / (2 - max - min) : d / (max + min);
  var h = (c[0] - c[1]) / d + 4;
  if (max === c[0]) { h = (c[1] - c[2]) / d + (c[1] < c[2] ? 6 : 0); }
  else if (max === c[1]) { h = (c[2] - c[0]) / d + 2; }
  return [h / 6, s, l, c[3] === undefined ? 1 : c[3]];
}
function hslToRgb(c) {
  c = plain(c);
  function part(n) {
    var k = (n + c[0] * 12) % 12, a = c[1] * Math.min(c[2], 1 - c[2]);
    return c[2] - a * Math.max(-1, Math.min(k - 3, 9 - k, 1));
  }
  return [part(0), part(8), part(4), c[3] === undefined ? 1 : c[3]];
}
function hexToRgb(text) {
  var parts = /^#?([0-9a-f]{2})([0-9a-f]{2})([0-9a-f]{2})([0-9a-f]{2})?$/i.exec(String(plain(text)));
  if (!parts) { fail("“" + text + "” is no colour such as FFCC00"); }
  return parts.slice(1).map(function (part) { return part === undefined ? 1 : parseInt(part, 16) / 255; });
}
function lookAt(from, to) {
  var d = sub(to, from), x = d[0], y = d[1], z = d[2] || 0;
  return [-Math.atan2(y, z) * 180 / Math.PI, Math.atan2(x, Math.sqrt(y * y + z * z)) * 180 / Math.PI, 0];
}

var FUNCTIONS = {
  add: add, sub: sub, mul: mul, div: div, length: function (a, b) { return size(b === undefined ? a : sub(a, b)); },
  normalize: function (a) { return div(a, size(a)); },
  dot: function (a, b) {
    return [].concat(each(a, b, function (x, y) { return x * y; })).reduce(function (s, x) { return s + x; }, 0);
  },
  cross: function (a, b) {
    a = plain(a).concat([0, 0]); b = plain(b).concat([0, 0]);
    return [a[1] * b[2] - a[2] * b[1], a[2] * b[0] - a[0] * b[2], a[0] * b[1] - a[1] * b[0]];
  },
  lookAt: lookAt,
  clamp: function (a, low, high) {
    low = plain(low); high = plain(high); a = plain(a);
    function limit(x, i) {
      var from = Array.isArray(low) ? low[i] : low, to = Array.isArray(high) ? high[i] : high;
      return Math.min(Math.max(x, Math.min(from, to)), Math.max(from, to));
    }
    return Array.isArray(a) ? a.map(limit) : limit(a, 0);
  },
  linear: between(function (x) { return x; }),
  // As keyframes ease: handles a third of the way where it rests, a sixth along the line where it goes on.
  ease: between(bezier(1 / 3, 0, 2 / 3, 1)),
  easeIn: between(bezier(1 / 3, 0, 5 / 6, 5 / 6)),
  easeOut: between(bezier(1 / 6, 1 / 6, 2 / 3, 1)),
  degreesToRadians: function (a) { return plain(a) * Math.PI / 180; },
  radiansToDegrees: function (a) { return plain(a) * 180 / Math.PI; },
  random: random, gaussRandom: gaussRandom, seedRandom: seedRandom, noise: noise,
  posterizeTime: function (rate) {
    clocked = true;
    now = Math.floor(now * plain(rate) + 1e-6) / plain(rate);
  },
  timeToFrames: timeToFrames, timeToTimecode: timeToTimecode, timeToNTSCTimecode: timeToNTSCTimecode,
  timeToFeetAndFrames: timeToFeetAndFrames,
  timeToCurrentFormat: timeToCurrentFormat,
  framesToTime: function (frames, rate) {
    if (frames === undefined) { frames = timeToFrames(); }
    return plain(frames) / perSecond(rate);
  },
  rgbToHsl: rgbToHsl, hslToRgb: hslToRgb, hexToRgb: hexToRgb, comp: comp,
  footage: function (name) { return footage(plain(name)); }
};
