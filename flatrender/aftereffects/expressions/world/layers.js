// Compositions, layers, footage and markers.

var PARADE = { effect: "ADBE Effect Parade", mask: "ADBE Mask Parade", content: "ADBE Root Vectors Group" };
var INFO = ["name", "index", "inPoint", "outPoint", "startTime", "width", "height", "enabled", "hasParent", "comment",
  "hasVideo", "hasAudio", "audioActive"];
var SPACES = {
  toComp: [false, true], fromComp: [true, true], toWorld: [false, true], fromWorld: [true, true],
  toCompVec: [false, false], fromCompVec: [true, false], toWorldVec: [false, false], fromWorldVec: [true, false],
  fromCompToSurface: [true, true]
};
var LACKING = ["sampleImage", "light", "camera", "active3d"];

function layer(address) {
  var open = function (name) {
    return typeof name === "number" ? lack("a layer's property group by number, (" + name + ")") : child(address, "", name);
  };
  return new Proxy(open, {
    get: function (target, name) {
      if (name === "__property") { return false; }
      if (name === "__address") { return address; }
      if (typeof name === "symbol") { return undefined; }
      if (INFO.indexOf(name) >= 0) { return ask("of|" + address)[name]; }
      if (name === "active") {
        var life = ask("of|" + address);
        tellTime();
        return life.enabled && life.inPoint <= now && now < life.outPoint;
      }
      if (name === "parent") {
        var above = ask("of|" + address).parent;
        return above === null ? null : layer(above);
      }
      if (name === "source") { return source(ask("of|" + address)); }
      if (name === "sourceTime") {
        return function (at) {
          var life = ask("of|" + address);
          return (moment(at) - life.startTime) / life.stretch;
        };
      }
      if (name === "sourceRectAtTime") {
        return function (at, extents) {
          return askAt("rect", address + "|" + (extents ? 1 : 0) + asker(address, false), moment(at));
        };
      }
      if (name === "marker") { return markers(address); }
      if (SPACES[name]) { return space(address, SPACES[name][0], SPACES[name][1]); }
      if (PARADE[name]) { return function (which) { return child(address, "", PARADE[name])(which); }; }
      if (LACKING.indexOf(name) >= 0) { lack(name); }
      if (name === "audioLevels") { return child(address, "", "ADBE Audio Group")(name); }
      if (TRANSFORM.test(name)) { return child(address, "", "ADBE Transform Group")(name); }
      return camel(name) !== name ? this.get(target, camel(name)) : child(address, "", name);
    }
  });
}
function source(about) {
  if (about.source !== null) { return composition(about.source); }
  return about.footage === null ? fail("the layer has no source") : footage(about.footage);
}

// A matrix [a, b, c, d, x, y] maps a layer's pixels to the composition's: x' = ax + cy + x, y' = bx + dy + y.
function space(address, back, placed) {
  return function (point, at) {
    point = plain(point);
    var m = askAt("matrix", address + "|" + asker(address, true), moment(at)), x = point[0], y = point[1], moved;
    if (back) {
      if (placed) { x -= m[4]; y -= m[5]; }
      var area = m[0] * m[3] - m[1] * m[2];
      moved = [(m[3] * x - m[2] * y) / area, (m[0] * y - m[1] * x) / area];
    } else {
      moved = [m[0] * x + m[2] * y, m[1] * x + m[3] * y];
      if (placed) { moved = [moved[0] + m[4], moved[1] + m[5]]; }
    }
    return moved.concat(point.slice(2));
  };
}

function markers(place) {
  return {
    get numKeys() { return ask("marks|" + place).length; },
    key: function (which) { return keyed(ask("marks|" + place), plain(which)); },
    nearestKey: function (at) { return nearest(ask("marks|" + place), plain(at)); },
    get num_keys() { return this.numKeys; }, nearest_key: function (at) { return this.nearestKey(at); }
  };
}
function found(about, name) {
  if (name in about) { return about[name]; }
  return camel(name) in about ? about[camel(name)] : lack(String(name));
}
function composition(id) {
  return new Proxy({}, {
    get: function (target, name) {
      if (typeof name === "symbol") { return undefined; }
      if (name === "layer") { return function (which, step) { return layerOf(id, which, step); }; }
      if (name === "marker") { return markers(id); }
      if (name === "layerByComment") { return function (comment) { return layerOf(id, plain(comment), 0, "c"); }; }
      return found(ask("about|" + id), name);
    }
  });
}
function layerOf(id, which, step, kind) {
  if (typeof which === "function" && which.__address) { which = ask("of|" + which.__address).index + (plain(step) || 0); }
  which = plain(which);
  var address = ask("layer|" + id + "|" + (kind || (typeof which === "number" ? "n" : "s")) + "|" + which);
  return address === null ? fail("there is no layer “" + which + "”") : layer(address);
}
function footage(name) {
  return new Proxy({}, {
    get: function (target, part) {
      if (typeof part === "symbol") { return undefined; }
      var about = ask("footage|" + name);
      if (about === null) { fail("there is no footage “" + name + "”"); }
      if (part === "sourceText") { return ask("data|" + name); }
      if (part === "sourceData") { return JSON.parse(ask("data|" + name)); }
      return found(about, part);
    }
  });
}
function comp(name) {
  var id = ask("comp|" + plain(name));
  return id === null ? fail("there is no composition “" + plain(name) + "”") : composition(id);
}
