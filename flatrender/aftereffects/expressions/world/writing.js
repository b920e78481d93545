// Text styles and paths: values that expressions take apart and make.

// A style is the place it was read from (null: the layer's own) and what was set since: [name, value, start, count].
var STYLE = ["font", "fontSize", "fillColor", "strokeColor", "strokeWidth", "applyFill", "applyStroke", "tracking",
  "leading", "isAutoLeading", "baselineShift", "baselineOption", "horizontalScaling", "verticalScaling", "isFauxBold",
  "isFauxItalic", "isAllCaps", "isSmallCaps", "isLigature", "justification", "direction", "firstLineIndent",
  "leftMargin", "rightMargin", "spaceBefore", "spaceAfter", "kerning", "kerningType"];

function styleAt(key) {
  return function (index, at) { return textStyle(key + "|" + (plain(index) || 0) + "|" + moment(at), []); };
}
function textStyle(base, changes) {
  return new Proxy({ __style: true, base: base, changes: changes }, {
    get: function (target, name) {
      if (name in target || typeof name === "symbol" || name === "toJSON") { return target[name]; }
      name = camel(name);
      if (name === "setText") { return function (text) { return changed(["text", String(plain(text)), 0, -1]); }; }
      if (name === "replaceText") {
        return function (text, start, count) { return changed(stretch("replace", String(plain(text)), start, count)); };
      }
      var setting = name.replace(/^set(.)/, function (all, letter) { return letter.toLowerCase(); });
      var known = [setting, "is" + name.slice(3)].filter(function (one) { return STYLE.indexOf(one) >= 0; })[0];
      if (name.indexOf("set") === 0 && known) {
        return function (value, start, count) {
          return changed(stretch(known, plain(value), start, count));
        };
      }
      if (STYLE.indexOf(name) < 0) { lack(name); }
      for (var i = changes.length - 1; i >= 0; i--) { if (changes[i][0] === name) { return changes[i][1]; } }
      return askStyle(base)[name];
    }
  });
  function stretch(name, value, start, count) {
    return [name, value, start === undefined ? 0 : plain(start), count === undefined ? -1 : plain(count)];
  }
  function changed(change) { return textStyle(base, changes.concat([change])); }
}
function askStyle(base) {
  if (base === null) { base = here + "|0|" + now; tellTime(); }
  var parts = base.split("|"), own = parts[0] + "|" + parts[1] === here;
  return askAt(own ? "beforestyle" : "style", parts.slice(0, 3).join("|"), parts[3]);
}

function createPath(points, inTangents, outTangents, closed) {
  points = points === undefined ? [[0, 0], [100, 0], [100, 100], [0, 100]] : plain(points);
  function or0(tangents) {
    tangents = plain(tangents);
    return tangents && tangents.length ? tangents : points.map(function () { return [0, 0]; });
  }
  return { __path: true, points: points, inTangents: or0(inTangents), outTangents: or0(outTangents),
    closed: closed === undefined ? true : !!plain(closed) };
}
function pathAt(read, at) {
  var path = read(moment(at));
  return path && path.__path ? path : fail("this is no path");
}
function pathPart(read, part) { return function (at) { return pathAt(read, at)[part]; }; }

// A place on a path by its share of the whole length, along chords.
function alongPath(read, what) {
  return function (share, at) {
    var path = pathAt(read, at), count = path.points.length, places = [], length = 0;
    share = Math.max(0, Math.min(1, share === undefined ? 0.5 : plain(share)));
    for (var side = 0; side < (path.closed ? count : count - 1); side++) {
      var a = path.points[side], d = path.points[(side + 1) % count];
      var b = add(a, path.outTangents[side]), c = add(d, path.inTangents[(side + 1) % count]);
      for (var step = side ? 1 : 0; step <= 40; step++) {
        var t = step / 40, u = 1 - t;
        var place = add(add(mul(a, u * u * u), mul(b, 3 * u * u * t)), add(mul(c, 3 * u * t * t), mul(d, t * t * t)));
        length += places.length ? size(sub(place, places[places.length - 1][1])) : 0;
        places.push([length, place]);
      }
    }
    for (var i = 1; i < places.length - 1 && places[i][0] < length * share; i++) { }
    if (places.length < 2) { return what === "point" ? path.points[0] : [0, 0]; }
    var from = places[i - 1], to = places[i], gone = to[0] > from[0] ? (length * share - from[0]) / (to[0] - from[0]) : 0;
    if (what === "point") { return add(from[1], mul(sub(to[1], from[1]), gone)); }
    var along = sub(to[1], from[1]), far = size(along) || 1;
    return what === "tangent" ? div(along, far) : [-along[1] / far, along[0] / far];
  };
}
