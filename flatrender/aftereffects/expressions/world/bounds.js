// The engine asks for the time between calls, and its regular expressions do; loops of its own over what is said to be
// billions of elements do not. These are kept short, or written here, where the time is asked for: so what is too much is
// told, and where. What still does not stop is killed with its process (`worlds.py`), whatever an expression does to these.

var root = globalThis, LONG = 1e6, PAIRS = 2e8, PATTERN = 20000;
// Ours alone: it would let anything pass for an array.
var Proxy = root.Proxy;
delete root.Proxy;

function define(owner, name, value) {
  Object.defineProperty(owner, name, { value: value, writable: true, configurable: true });
}
function tooLong(what) { throw new RangeError("more than " + LONG + " elements for " + what); }
// A true array's length is a plain number; another thing's may change each time that it is read, so it is copied.
function shortArray(thing, name, changes) {
  if (Array.isArray(thing)) { return thing.length > LONG ? tooLong(name) : thing; }
  if (changes) { throw new TypeError(name + " is for arrays"); }
  var copy = [], size = Object(thing).length;
  if (size > LONG) { tooLong(name); }
  for (var i = 0; i < size; i++) { copy.push(thing[i]); }
  return copy;
}
["join", "slice", "toLocaleString", "toReversed", "toSorted", "toSpliced", "with"].forEach(function (name) {
  var native = Array.prototype[name];
  define(Array.prototype, name, function () { return native.apply(shortArray(this, name, false), arguments); });
});
["copyWithin", "reverse", "shift", "sort", "splice", "unshift"].forEach(function (name) {
  var native = Array.prototype[name];
  define(Array.prototype, name, function () { return native.apply(shortArray(this, name, true), arguments); });
});
function flatInto(out, array, depth) {
  if (array.length > LONG) { tooLong("flat"); }
  for (var i = 0; i < array.length; i++) {
    if (depth > 0 && Array.isArray(array[i])) { flatInto(out, array[i], depth - 1); }
    else if (i in array) { out.push(array[i]); }
  }
  return out;
}
define(Array.prototype, "flat", function (depth) { return flatInto([], this, depth === undefined ? 1 : depth); });
define(Array.prototype, "flatMap", function (make, own) { return flatInto([], this.map(make, own), 1); });
define(Array.prototype, "concat", function () {
  var out = this.slice();
  for (var k = 0; k < arguments.length; k++) {
    if (Array.isArray(arguments[k])) {
      shortArray(arguments[k], "concat", false);
      for (var i = 0; i < arguments[k].length; i++) { out.push(arguments[k][i]); }
    }
    else { out.push(arguments[k]); }
  }
  return out;
});
define(String, "raw", function (parts) {
  var size = parts.raw.length;
  if (size > LONG) { tooLong("raw"); }
  for (var out = "", i = 0; i < size; i++) {
    out += parts.raw[i] + (i + 1 < size && i + 1 < arguments.length ? arguments[i + 1] : "");
  }
  return out;
});
var stringify = JSON.stringify;
define(JSON, "stringify", function (thing, names, space) {
  return stringify(thing, Array.isArray(names) ? shortArray(names, "stringify") : names, space);
});

// A text sought in a text: each letter may be compared with each.
["includes", "indexOf", "lastIndexOf", "replace", "replaceAll", "split"].forEach(function (name) {
  var native = String.prototype[name];
  define(String.prototype, name, function (sought, more) {
    if (this === null || this === undefined || sought instanceof RegExp) { return native.call(this, sought, more); }
    var text = String(this), part = String(sought);
    if (text.length * part.length > PAIRS) { throw new RangeError("too much text for " + name); }
    return native.call(text, part, more);
  });
});

// A regular expression is compiled in one go, and its every “|” moves all that stands after it.
function shortPattern(pattern) {
  if (pattern instanceof RegExp || pattern === undefined) { return pattern; }
  pattern = String(pattern);
  if (pattern.length > PATTERN) { throw new RangeError("more than " + PATTERN + " letters for a regular expression"); }
  return pattern;
}
["match", "matchAll", "search"].forEach(function (name) {
  var native = String.prototype[name];
  define(String.prototype, name, function (pattern) { return native.call(this, shortPattern(pattern)); });
});
var compile = RegExp.prototype.compile;
define(RegExp.prototype, "compile", function (pattern, flags) { return compile.call(this, shortPattern(pattern), flags); });
root.RegExp = (function (native) {
  function RegExp(pattern, flags) {
    pattern = shortPattern(pattern);
    return new.target ? Reflect.construct(native, [pattern, flags], new.target) : native(pattern, flags);
  }
  Object.defineProperties(RegExp, Object.getOwnPropertyDescriptors(native));
  define(native.prototype, "constructor", RegExp);
  return RegExp;
})(root.RegExp);
