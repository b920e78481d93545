// Chance that comes out the same every time: seeded by the property it stands on, as After Effects' own is.

var seed = 0, draws = 0, frozen = false;

function hashed(text) {
  var hash = 2166136261;
  for (var i = 0; i < text.length; i++) { hash = Math.imul(hash ^ text.charCodeAt(i), 16777619); }
  return hash;
}
// 0 to 1, from three whole numbers.
function chance(a, b, c) {
  var hash = Math.imul(a, 374761393) + Math.imul(b, 668265263) + Math.imul(c, 2246822519) | 0;
  hash = Math.imul(hash ^ hash >>> 15, 2246822519);
  hash = Math.imul(hash ^ hash >>> 13, 3266489917);
  return ((hash ^ hash >>> 16) >>> 0) / 4294967296;
}
function drawn() {
  if (!frozen) { tellTime(); }
  return chance(hashed(here) + seed | 0, frozen ? -1 : Math.round(now * 1000), ++draws);
}
function between0(low, high, draw) {
  if (high === undefined) { high = low === undefined ? 1 : low; low = 0; }
  return each(low, high, function (from, to) { return from + (to - from) * draw(); });
}
function random(low, high) { return between0(low, high, drawn); }
// About 90 % of what it gives lies between 0 and 1: half of it, more or less 0.5, is 1.645 standard deviations.
function gaussian() {
  var far = Math.sqrt(-2 * Math.log(1 - drawn()));
  return 0.5 + far * Math.cos(2 * Math.PI * drawn()) * 0.5 / 1.645;
}
function gaussRandom(low, high) { return between0(low, high, gaussian); }
function seedRandom(offset, timeless) { seed = plain(offset) | 0; frozen = !!timeless; draws = 0; }

function soft(x) { return x * x * x * (x * (x * 6 - 15) + 10); }
// -1 to 1, smooth along `at`.
function wave(at, track) {
  var step = Math.floor(at), rest = soft(at - step);
  return (chance(step, track, 1) * (1 - rest) + chance(step + 1, track, 1) * rest) * 2 - 1;
}
function shaken(at, frequency, amount, octaves, share, track) {
  var total = 0;
  for (var octave = 0; octave < octaves; octave++) {
    total += wave(at * frequency * Math.pow(2, octave), track + octave * 101) * amount * Math.pow(share, octave);
  }
  return total;
}
function wiggler(read, key) {
  return function (frequency, amount, octaves, share, at) {
    tellTime();
    at = moment(at); amount = plain(amount); octaves = octaves === undefined ? 1 : Math.min(32, plain(octaves));
    share = share === undefined ? 0.5 : plain(share); frequency = plain(frequency);
    var value = read(at), track = hashed(key) + seed | 0;
    function one(part, index) {
      return part + shaken(at, frequency, Array.isArray(amount) ? amount[index] || 0 : amount, octaves, share,
        track + index * 7919 | 0);
    }
    return Array.isArray(value) ? value.map(one) : one(value, 0);
  };
}
function temporalWiggler(read, key) {
  return function (frequency, amount, octaves, share, at) {
    tellTime();
    at = moment(at);
    return read(at + shaken(at, plain(frequency), plain(amount), octaves || 1, share === undefined ? 0.5 : share,
      hashed(key) + seed | 0));
  };
}

// Perlin's gradient noise in up to three dimensions, the same for everybody: 0 at whole numbers, -1 to 1 between.
function slopeAt(x, y, z, dx, dy, dz) {
  var kind = Math.floor(chance(x * 7 + y * 157 + z * 113, y - z, 5) * 16) % 12;
  var u = kind < 8 ? dx : dy, v = kind < 4 ? dy : kind < 8 ? dz : dz;
  return (kind & 1 ? -u : u) + (kind & 2 ? -v : v);
}
function noise(at) {
  at = plain(at); at = Array.isArray(at) ? at : [at];
  var x = Math.floor(at[0] || 0), y = Math.floor(at[1] || 0), z = Math.floor(at[2] || 0);
  var dx = (at[0] || 0) - x, dy = (at[1] || 0) - y, dz = (at[2] || 0) - z, total = 0;
  for (var corner = 0; corner < 8; corner++) {
    var i = corner & 1, j = corner >> 1 & 1, k = corner >> 2;
    var weight = (i ? soft(dx) : 1 - soft(dx)) * (j ? soft(dy) : 1 - soft(dy)) * (k ? soft(dz) : 1 - soft(dz));
    if (weight) { total += weight * slopeAt(x + i, y + j, z + k, dx - i, dy - j, dz - k); }
  }
  return Math.max(-1, Math.min(1, total));
}
