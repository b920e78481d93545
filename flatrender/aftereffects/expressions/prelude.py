"""The JavaScript that expressions find: compositions, layers and properties as objects, and After Effects' functions.

The sandbox has no way to call Python (a time limit forbids it). What an expression asks for is looked up in a table;
what is not there yet ends the run with the question, Python writes the answer into the table, and the run begins again.
Several times are run together: their questions are answered together too.
Questions are strings: "comp|name", "about|17", "layer|17|name", "of|17/43", "child|17/43|1.2|name", "value|17/43|1.2",
"at|17/43|1.2|seconds", "keys|17/43|1.2".
"""

PRELUDE = r"""
"use strict";
var __engine = (function () {
  var table = Object.create(null), touched = {}, pending = null, lacking = null;
  var timed = false, now = 0, here = null, before = null, seed = 0, draws = 0;

  function Question(text) { this.text = text; }
  function ask(text) {
    var parts = text.split("|");
    // What a property is before its own expression is no other layer's business.
    if (parts[0].indexOf("before") !== 0 && parts[1].indexOf("/") > 0) { touched[parts[1]] = 1; }
    if (!(text in table)) { pending = pending || text; throw new Question(text); }
    return table[text];
  }
  function fail(text) { throw new Error(text); }
  // What After Effects has and this has not; reported even where the expression catches the error.
  function lack(text) { lacking = lacking || "“" + text + "” is not supported yet"; throw new Error(lacking); }

  function plain(thing) {
    if (thing !== null && typeof thing === "function" && thing.__property) { return thing.__read(now); }
    if (Array.isArray(thing)) { return thing.map(plain); }
    return thing;
  }
  function each(a, b, rule) {
    a = plain(a); b = plain(b);
    if (Array.isArray(a) || Array.isArray(b)) {
      a = Array.isArray(a) ? a : [a]; b = Array.isArray(b) ? b : [b];
      var size = Math.max(a.length, b.length), out = [];
      for (var i = 0; i < size; i++) { out.push(rule(a[i] || 0, b[i] || 0)); }
      return out;
    }
    return rule(a, b);
  }
  function scaled(a, b, rule) {
    a = plain(a); b = plain(b);
    if (Array.isArray(a)) { return a.map(function (part) { return rule(part, b); }); }
    if (Array.isArray(b)) { return b.map(function (part) { return rule(a, part); }); }
    return rule(a, b);
  }
  function add(a, b) { return each(a, b, function (x, y) { return x + y; }); }
  function sub(a, b) { return each(a, b, function (x, y) { return x - y; }); }
  function mul(a, b) { return scaled(a, b, function (x, y) { return x * y; }); }
  function div(a, b) { return scaled(a, b, function (x, y) { return x / y; }); }

  function child(address, path, name) {
    name = plain(name);
    var found = SHORT[name] ? ask("child|" + address + "|" + path + "|" + SHORT[name]) : null;
    if (found === null) { found = ask("child|" + address + "|" + path + "|" + name); }
    if (found === null) { fail("there is no property “" + name + "”"); }
    return found.group ? group(address, found) : property(address, found.path);
  }
  var SHORT = {
    transform: "ADBE Transform Group", effects: "ADBE Effect Parade", masks: "ADBE Mask Parade",
    content: "ADBE Root Vectors Group", contents: "ADBE Root Vectors Group", text: "ADBE Text Properties",
    sourceText: "ADBE Text Document", timeRemap: "ADBE Time Remapping",
    position: "ADBE Position", xPosition: "ADBE Position_0", yPosition: "ADBE Position_1",
    scale: "ADBE Scale", rotation: "ADBE Rotate Z", opacity: "ADBE Opacity", anchorPoint: "ADBE Anchor Point",
    maskPath: "ADBE Mask Shape", maskOpacity: "ADBE Mask Opacity"
  };
  function group(address, found) {
    function open(name) { return child(address, found.path, name); }
    return new Proxy(open, {
      get: function (target, name) {
        if (name === "__property") { return false; }
        if (name === "name") { return found.name; }
        if (name === "numProperties") { return found.count; }
        if (name === "propertyIndex") { return order(found.path); }
        if (name === "propertyGroup") {
          return function (steps) { return above(address + "|" + found.path, steps || 1); };
        }
        if (name === "property" || name === "param" || name === "content" || name === "mask") { return open; }
        if (name === "effect") { return function (which) { return open("ADBE Effect Parade")(which); }; }
        if (typeof name === "symbol") { return undefined; }
        return child(address, found.path, name);
      }
    });
  }

  function property(address, path) {
    var key = address + "|" + path;
    function read(at) {
      var known = ask("value|" + key);
      if (known.fixed) { return known.value; }
      timed = true;
      return ask("at|" + key + "|" + at);
    }
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
  var UNKNOWN = /^(createPath|points|inTangents|outTangents|isClosed|getTextAt|style|fillColor|fontSize)$/;
  function member(name, read, key) {
    if (name === "__property") { return true; }
    if (name === "__read") { return read; }
    if (name === "value") { return read(now); }
    if (name === "valueAtTime") { return function (at) { return read(plain(at)); }; }
    if (name === "velocityAtTime") { return function (at) { return slope(read, plain(at)); }; }
    if (name === "velocity") { return slope(read, now); }
    if (name === "speed") { return size(slope(read, now)); }
    if (name === "propertyGroup") { return function (steps) { return above(key, steps || 1); }; }
    if (name === "propertyIndex") { return order(key.split("|")[1]); }
    if (typeof name === "string" && UNKNOWN.test(name)) { lack(name); }
    if (name === "numKeys") { return ask("keys|" + key).length; }
    if (name === "key") { return function (index) { return keyed(ask("keys|" + key), index); }; }
    if (name === "nearestKey") { return function (at) { return nearest(ask("keys|" + key), plain(at)); }; }
    if (name === Symbol.toPrimitive) {
      return function (hint) {
        var value = read(now);
        return Array.isArray(value) ? value.join(",") : hint === "string" ? String(value) : value;
      };
    }
    var value = read(now);
    if (name === Symbol.iterator) { return value[Symbol.iterator] ? value[Symbol.iterator].bind(value) : undefined; }
    if (name === "text" && typeof value === "string") { return value; }
    var part = Object(value)[name];
    return typeof part === "function" ? part.bind(value) : part;
  }
  function slope(read, at) { return div(sub(read(at + 0.001), read(at - 0.001)), 0.002); }
  function keyed(keys, index) {
    if (!keys[index - 1]) { fail("there is no keyframe " + index); }
    return keys[index - 1];
  }
  function nearest(keys, at) {
    var best = null;
    keys.forEach(function (key) {
      if (best === null || Math.abs(key.time - at) < Math.abs(best.time - at)) { best = key; }
    });
    if (best === null) { fail("there are no keyframes"); }
    timed = true;
    return best;
  }

  var ROOT = ["effect", "mask", "content"];
  var PARADE = { effect: "ADBE Effect Parade", mask: "ADBE Mask Parade", content: "ADBE Root Vectors Group" };
  var INFO = ["name", "index", "inPoint", "outPoint", "startTime", "width", "height", "active", "enabled", "hasParent",
    "comment"];
  function layer(address) {
    var open = function (name) {
      return typeof name === "number" ? lack("layer(" + name + ")") : child(address, "", name);
    };
    return new Proxy(open, {
      get: function (target, name) {
        if (name === "__property") { return false; }
        if (name === "__address") { return address; }
        if (typeof name === "symbol") { return undefined; }
        if (INFO.indexOf(name) >= 0) { return ask("of|" + address)[name]; }
        if (name === "parent") {
          var above = ask("of|" + address).parent;
          return above === null ? null : layer(above);
        }
        if (name === "source") {
          var source = ask("of|" + address).source;
          return source === null ? fail("the layer has no composition as its source") : composition(source);
        }
        if (ROOT.indexOf(name) >= 0) { return function (which) { return child(address, "", PARADE[name])(which); }; }
        if (/^(position|xPosition|yPosition|scale|rotation|opacity|anchorPoint)$/.test(name)) {
          return child(address, "", "ADBE Transform Group")(name);
        }
        if (name === "sourceRectAtTime" || /^(to|from)(Comp|World)(Vec)?$/.test(name)) {
          lack(name);
        }
        return child(address, "", name);
      }
    });
  }
  function composition(id) {
    return new Proxy({}, {
      get: function (target, name) {
        if (typeof name === "symbol") { return undefined; }
        if (name === "layer") {
          return function (which, step) {
            if (typeof which === "function" && which.__address) {
              which = ask("of|" + which.__address).index + (step || 0);
            }
            which = plain(which);
            var address = ask("layer|" + id + "|" + which);
            if (address === null) { fail("there is no layer “" + which + "”"); }
            return layer(address);
          };
        }
        var about = ask("about|" + id);
        if (name in about) { return about[name]; }
        lack(String(name));
      }
    });
  }

  function size(a) {
    a = plain(a);
    return Array.isArray(a) ? Math.sqrt(a.reduce(function (sum, part) { return sum + part * part; }, 0)) : Math.abs(a);
  }
  function between(rule) {
    return function (at, tMin, tMax, first, last) {
      at = plain(at);
      if (arguments.length === 3) { first = tMin; last = tMax; tMin = 0; tMax = 1; }
      tMin = plain(tMin); tMax = plain(tMax); first = plain(first); last = plain(last);
      var share = tMin === tMax ? (at >= tMax ? 1 : 0) : (at - tMin) / (tMax - tMin);
      share = rule(Math.min(1, Math.max(0, share)));
      return add(first, mul(sub(last, first), share));
    };
  }
  function noiseAt(step, track) {
    var x = Math.sin(step * 127.1 + track * 311.7 + seed * 74.7 + 19.19) * 43758.5453;
    return (x - Math.floor(x)) * 2 - 1;
  }
  function smoothNoise(at, track) {
    var step = Math.floor(at), rest = at - step, soft = rest * rest * (3 - 2 * rest);
    return noiseAt(step, track) * (1 - soft) + noiseAt(step + 1, track) * soft;
  }
  function wiggle(rate, amount, octaves, share, at) {
    timed = true;
    at = at === undefined ? now : plain(at); rate = plain(rate); amount = plain(amount);
    octaves = octaves || 1; share = share === undefined ? 0.5 : share;
    function one(part, track) {
      var total = part;
      for (var o = 0; o < octaves; o++) {
        total += smoothNoise(at * rate * Math.pow(2, o), track * 17 + o * 5 + 1) * amount * Math.pow(share, o);
      }
      return total;
    }
    var value = before(at);
    return Array.isArray(value) ? value.map(one) : one(value, 0);
  }
  function random() {
    timed = timed || !seeded;
    var x = Math.sin((draws++ + (frozen ? 0 : now * 1000)) * 12.9898 + seed * 78.233 + 4.1) * 43758.5453;
    x = x - Math.floor(x);
    var low = arguments.length > 1 ? plain(arguments[0]) : 0;
    var high = arguments.length > 1 ? plain(arguments[1]) : arguments.length ? plain(arguments[0]) : 1;
    return add(low, mul(sub(high, low), x));
  }
  var seeded = false, frozen = false;
  function seedRandom(offset, timeless) { seed = plain(offset); frozen = !!timeless; seeded = frozen; draws = 0; }

  function loop(out) {
    return function (kind, count) {
      var keys = ask("keys|" + here), last = keys.length - 1;
      timed = true;
      if (last < 1) { return before(now); }
      kind = kind || "cycle"; count = count || last;
      var first = out ? keys[Math.max(0, last - count)].time : keys[0].time;
      var end = out ? keys[last].time : keys[Math.min(last, count)].time, span = end - first;
      if ((out && now <= end) || (!out && now >= first) || span <= 0) { return before(now); }
      if (kind === "continue") {
        var edge = out ? end : first, inner = out ? edge - 0.001 : edge + 0.001;
        var speed = div(sub(before(edge), before(inner)), out ? 0.001 : -0.001);
        return add(before(edge), mul(speed, now - edge));
      }
      var away = out ? now - end : first - now, turns = Math.floor(away / span), rest = away - turns * span;
      if (kind === "pingpong") {
        var back = turns % 2 === 0;
        return before(out === back ? end - rest : first + rest);
      }
      var value = before(out ? first + rest : end - rest);
      if (kind !== "offset") { return value; }
      var gain = mul(sub(before(end), before(first)), turns + 1);
      return out ? add(value, gain) : sub(value, gain);
    };
  }

  var root = (0, eval)("this");
  var shared = {
    add: add, sub: sub, mul: mul, div: div, length: function (a, b) { return size(b === undefined ? a : sub(a, b)); },
    normalize: function (a) { return div(a, size(a)); },
    dot: function (a, b) {
      return each(a, b, function (x, y) { return x * y; }).reduce(function (s, x) { return s + x; }, 0);
    },
    clamp: function (a, low, high) {
      low = plain(low); high = plain(high);
      return each(a, 0, function (x) { return Math.min(Math.max(x, low), high); });
    },
    linear: between(function (x) { return x; }),
    ease: between(function (x) { return x * x * (3 - 2 * x); }),
    easeIn: between(function (x) { return x * x; }),
    easeOut: between(function (x) { return x * (2 - x); }),
    degreesToRadians: function (a) { return plain(a) * Math.PI / 180; },
    radiansToDegrees: function (a) { return plain(a) * 180 / Math.PI; },
    wiggle: wiggle, random: random, seedRandom: seedRandom,
    noise: function (a) { a = plain(a); return smoothNoise(Array.isArray(a) ? a[0] + 31 * (a[1] || 0) : a, 3); },
    loopOut: loop(true), loopIn: loop(false),
    valueAtTime: function (at) { timed = true; return before(plain(at)); },
    posterizeTime: function (rate) {},
    timeToFrames: function (at, rate) {
      rate = rate || 1 / root.thisComp.frameDuration;
      if (at === undefined) { timed = true; at = now; }
      return Math.floor(plain(at) * rate + 1e-6);
    },
    framesToTime: function (frames, rate) { return plain(frames) / (rate || 1 / root.thisComp.frameDuration); },
    rgbToHsl: function (c) {
      c = plain(c);
      var max = Math.max(c[0], c[1], c[2]), min = Math.min(c[0], c[1], c[2]), l = (max + min) / 2, d = max - min;
      if (!d) { return [0, 0, l, c[3]]; }
      var s = l > 0.5 ? d / (2 - max - min) : d / (max + min);
      var h = (c[0] - c[1]) / d + 4;
      if (max === c[0]) { h = (c[1] - c[2]) / d + (c[1] < c[2] ? 6 : 0); }
      else if (max === c[1]) { h = (c[2] - c[0]) / d + 2; }
      return [h / 6, s, l, c[3]];
    },
    hslToRgb: function (c) {
      c = plain(c);
      function part(n) {
        var k = (n + c[0] * 12) % 12, a = c[1] * Math.min(c[2], 1 - c[2]);
        return c[2] - a * Math.max(-1, Math.min(k - 3, 9 - k, 1));
      }
      return [part(0), part(8), part(4), c[3] === undefined ? 1 : c[3]];
    },
    comp: function (name) {
      var id = ask("comp|" + plain(name));
      return id === null ? fail("there is no composition “" + name + "”") : composition(id);
    }
  };
  Object.keys(shared).forEach(function (name) {
    Object.defineProperty(root, name, { value: shared[name], writable: true, configurable: true });
  });
  function getter(name, read) {
    Object.defineProperty(root, name, { get: read, set: function () {}, configurable: true });
  }
  getter("time", function () { timed = true; return now; });
  getter("value", function () { return before(now); });
  var self = null, mine = null, owner = null;
  getter("thisComp", function () { return owner; });
  getter("thisLayer", function () { return mine; });
  getter("thisProperty", function () { return self; });
  ["transform", "effect", "mask", "content", "text", "position", "scale", "rotation", "opacity", "anchorPoint",
    "name", "index", "inPoint", "outPoint", "startTime", "width", "height", "hasParent", "parent", "source",
    "numKeys", "key", "nearestKey", "velocity", "speed"].forEach(function (name) {
    getter(name, function () {
      return /^(numKeys|key|nearestKey|velocity|speed)$/.test(name) ? self[name] : mine[name];
    });
  });
  root.__add = add; root.__sub = sub; root.__mul = mul; root.__div = div;
  root.__neg = function (a) { return mul(a, -1); };

  function run(source, comp, address, path, at) {
    timed = false; touched = {}; pending = lacking = null; now = at; seed = 0; draws = 0; seeded = frozen = false;
    here = address + "|" + path;
    owner = composition(comp); mine = layer(address);
    before = function (when) {
      var known = ask("before|" + here);
      if (known.fixed) { return known.value; }
      timed = true;
      return ask("beforeat|" + here + "|" + when);
    };
    self = new Proxy(function () {}, { get: function (target, name) { return member(name, before, here); } });
    try {
      var result = plain(new Function("return eval(" + JSON.stringify(source) + ")")());
      // An expression's own try and catch may have swallowed a question.
      if (pending !== null) { return JSON.stringify({ ask: pending }); }
      if (lacking !== null) { return JSON.stringify({ error: lacking }); }
      if (result === undefined || typeof result === "function") { fail("the expression gives no value"); }
      return JSON.stringify({ value: result, timed: timed, read: Object.keys(touched) });
    } catch (error) {
      if (pending !== null) { return JSON.stringify({ ask: pending }); }
      return JSON.stringify({ error: lacking || String(error && error.message || error).slice(0, 300) });
    }
  }
  function runAll(source, comp, address, path, times) {
    return "[" + times.map(function (at) { return run(source, comp, address, path, at); }).join(",") + "]";
  }
  return {
    run: runAll,
    put: function (answers) { answers.forEach(function (pair) { table[pair[0]] = JSON.parse(pair[1]); }); },
    forget: function () { table = Object.create(null); }
  };
})();
"""
