// Properties and groups of them as expressions hold them: called for what lies below, read where a value belongs.

var SHORT = {
  transform: "ADBE Transform Group", effects: "ADBE Effect Parade", masks: "ADBE Mask Parade",
  content: "ADBE Root Vectors Group", contents: "ADBE Root Vectors Group", text: "ADBE Text Properties",
  sourceText: "ADBE Text Document", audio: "ADBE Audio Group", layerStyle: "ADBE Layer Styles",
  timeRemap: "ADBE Time Remapping", audioLevels: "ADBE Audio Levels",
  position: "ADBE Position", xPosition: "ADBE Position_0", yPosition: "ADBE Position_1",
  scale: "ADBE Scale", rotation: "ADBE Rotate Z", zRotation: "ADBE Rotate Z", xRotation: "ADBE Rotate X",
  yRotation: "ADBE Rotate Y", rotationX: "ADBE Rotate X", rotationY: "ADBE Rotate Y",
  rotationZ: "ADBE Rotate Z", orientation: "ADBE Orientation", opacity: "ADBE Opacity",
  anchorPoint: "ADBE Anchor Point", maskPath: "ADBE Mask Shape", maskOpacity: "ADBE Mask Opacity",
  maskFeather: "ADBE Mask Feather", maskExpansion: "ADBE Mask Offset",
  pathOption: "ADBE Text Path Options", moreOption: "ADBE Text More Options"
};
// Groups that a text and its animators leave out where they name what lies in them.
var PASSED = {
  "ADBE Text Properties": { animator: "ADBE Text Animators" },
  "ADBE Text Animator": { selector: "ADBE Text Selectors", property: "ADBE Text Animator Properties" }
};
var TRANSFORM = /^([xy]Position|position|scale|[xyz]?[rR]otation|rotation[XYZ]|orientation|opacity|anchorPoint)$/;

function child(address, path, name) {
  name = plain(name);
  var found = SHORT[name] ? ask("child|" + address + "|" + path + "|" + SHORT[name]) : null;
  if (found === null) { found = ask("child|" + address + "|" + path + "|" + name); }
  if (found === null && typeof name === "string" && camel(name) !== name) { return child(address, path, camel(name)); }
  if (found === null) { fail("there is no property “" + name + "”"); }
  if (found.group) { return group(address, found); }
  return found.chosen ? chosenLayer(address, found.path) : property(address, found.path);
}
function chosenLayer(address, path) {
  var id = ask("chosen|" + address + "|" + path);
  return id === null ? undefined : layer(id);  // “None”: scripts ask whether there is one
}
function group(address, found) {
  function open(name) { return child(address, found.path, name); }
  return new Proxy(open, {
    get: function (target, name) {
      if (name === "__property") { return false; }
      if (name === "name") { return found.name; }
      if (name === "active") { return found.enabled; }
      if (name === "numProperties") { return found.count; }
      if (name === "propertyIndex") { return order(found.path); }
      if (name === "propertyGroup") {
        return function (steps) { return above(address + "|" + found.path, steps || 1); };
      }
      if (name === "invert" && found.match === "ADBE Mask Atom") { return ask("inverted|" + address + "|" + found.path); }
      if (name === "content" && found.match === "ADBE Vector Group") { return open("ADBE Vectors Group"); }
      if (PASSED[found.match] && PASSED[found.match][name]) { return open(PASSED[found.match][name]); }
      if (/^(property|param|content|mask|animator|selector)$/.test(name)) { return open; }
      if (name === "effect") { return function (which) { return open("ADBE Effect Parade")(which); }; }
      if (typeof name === "symbol") { return undefined; }
      return child(address, found.path, name);
    }
  });
}
function property(address, path) {
  var key = address + "|" + path;
  function read(at) { return key === here ? before(at) : askAt("value", key, at); }
  function open(name) { return child(address, path, name); }
  return new Proxy(open, { get: function (target, name) { return member(name, read, key); } });
}
function above(key, steps) {
  var place = key.split("|"), path = place[1].split(".");
  if (steps >= path.length) { return layer(place[0]); }
  path = path.slice(0, path.length - steps).join(".");
  return group(place[0], ask("node|" + place[0] + "|" + path));
}
function order(path) { return Number(path.split(".").pop()) + 1; }

// What a property has beside its value. Each takes how the property is read and its place.
var ATTRIBUTES = {
  value: function (read) { return read(now); },
  velocity: function (read) { return slope(read, now); },
  speed: function (read) { return size(slope(read, now)); },
  name: function (read, key) { return ask("node|" + key).name; },
  propertyIndex: function (read, key) { return order(key.split("|")[1]); },
  numKeys: function (read, key) { return ask("keys|" + key).length; }
};
var METHODS = {
  valueAtTime: function (read) { return function (at) { return read(plain(at)); }; },
  velocityAtTime: function (read) { return function (at) { return slope(read, plain(at)); }; },
  speedAtTime: function (read) { return function (at) { return size(slope(read, plain(at))); }; },
  propertyGroup: function (read, key) { return function (steps) { return above(key, steps || 1); }; },
  key: function (read, key) { return function (index) { return keyed(ask("keys|" + key), plain(index)); }; },
  nearestKey: function (read, key) { return function (at) { return nearest(ask("keys|" + key), plain(at)); }; },
  wiggle: wiggler, temporalWiggle: temporalWiggler, smooth: smoother,
  loopOut: function (read, key) { return looped(read, key, true, false); },
  loopIn: function (read, key) { return looped(read, key, false, false); },
  loopOutDuration: function (read, key) { return looped(read, key, true, true); },
  loopInDuration: function (read, key) { return looped(read, key, false, true); },
  points: function (read) { return pathPart(read, "points"); },
  inTangents: function (read) { return pathPart(read, "inTangents"); },
  outTangents: function (read) { return pathPart(read, "outTangents"); },
  isClosed: function (read) { return pathPart(read, "closed"); },
  pointOnPath: function (read) { return alongPath(read, "point"); },
  tangentOnPath: function (read) { return alongPath(read, "tangent"); },
  normalOnPath: function (read) { return alongPath(read, "normal"); },
  createPath: function () { return createPath; },
  getStyleAt: function (read, key) { return styleAt(key); },
  createStyle: function () { return function () { return textStyle(null, []); }; }
};
function member(name, read, key) {
  if (name === "__property") { return true; }
  if (name === "__read") { return read; }
  if (name === "__key") { return key; }
  if (name === Symbol.toPrimitive) {
    return function (hint) {
      var value = read(now);
      return Array.isArray(value) ? value.join(",") : hint === "string" ? String(value) : value;
    };
  }
  if (ATTRIBUTES.hasOwnProperty(name)) { return ATTRIBUTES[name](read, key); }
  if (METHODS.hasOwnProperty(name)) { return METHODS[name](read, key); }
  var value = read(now);
  if (name === Symbol.iterator) { return value[Symbol.iterator] ? value[Symbol.iterator].bind(value) : undefined; }
  if (typeof value === "string") {
    if (name === "text") { return value; }
    if (name === "style") { return styleAt(key)(0); }
    if (/^is(Point|Paragraph|Horizontal|Vertical)Text$/.test(name)) { return ask("frame|" + key)[name]; }
  }
  var part = Object(value)[name];
  if (part === undefined && typeof name === "string") {
    if (camel(name) !== name) { return member(camel(name), read, key); }
    var below = ask("child|" + key + "|" + name);
    if (below !== null) { return child(key.split("|")[0], key.split("|")[1], name); }
  }
  return typeof part === "function" ? part.bind(value) : part;
}
function slope(read, at) { return div(sub(read(at + 0.001), read(at - 0.001)), 0.002); }

function keyed(keys, index) {
  var found = typeof index === "number" ? keys[index - 1] : keys.filter(function (key) { return key.comment === index; })[0];
  return found || fail("there is no keyframe " + index);
}
function nearest(keys, at) {
  var best = null;
  keys.forEach(function (key) {
    if (best === null || Math.abs(key.time - at) < Math.abs(best.time - at)) { best = key; }
  });
  return best || fail("there are no keyframes");
}
function smoother(read) {
  return function (width, samples, at) {
    at = moment(at); width = width === undefined ? 0.2 : plain(width);
    samples = Math.max(1, Math.min(100, samples === undefined ? 5 : Math.floor(plain(samples))));
    var total = null;
    for (var i = 0; i < samples; i++) {
      var value = read(samples < 2 ? at : at - width / 2 + width * i / (samples - 1));
      total = total === null ? value : add(total, value);
    }
    return div(total, samples);
  };
}

// loopIn and loopOut: `count` keyframes, or so many seconds, at the beginning or the end come again and again.
function looped(read, key, out, bySeconds) {
  return function (kind, count) {
    kind = kind || "cycle"; count = plain(count) || 0;
    if (["cycle", "pingpong", "offset", "continue"].indexOf(kind) < 0) { fail("there is no loop “" + kind + "”"); }
    var keys = ask("keys|" + key), last = keys.length - 1;
    tellTime();
    if (last < 1) { return read(now); }
    var first = keys[0].time, end = keys[last].time, life = bySeconds ? ask("of|" + key.split("|")[0]) : null;
    if (out) {
      first = !bySeconds ? keys[count ? Math.max(0, last - count) : 0].time : count ? end - count : life.inPoint;
    } else {
      end = !bySeconds ? keys[count ? Math.min(last, count) : last].time : count ? first + count : life.outPoint;
    }
    var span = end - first;
    if ((out && now <= end) || (!out && now >= first) || span <= 0) { return read(now); }
    if (kind === "continue") {
      var edge = out ? end : first, inner = out ? edge - 0.001 : edge + 0.001;
      return add(read(edge), mul(div(sub(read(edge), read(inner)), edge - inner), now - edge));
    }
    var away = out ? now - end : first - now, turns = Math.floor(away / span), rest = away - turns * span;
    if (kind === "pingpong") { return read(out === (turns % 2 === 0) ? end - rest : first + rest); }
    var value = read(out ? first + rest : end - rest);
    if (kind === "cycle") { return value; }
    var gain = mul(sub(read(end), read(first)), turns + 1);
    return out ? add(value, gain) : sub(value, gain);
  };
}
