// The names that an expression finds, and the run itself.

var self = null, mine = null, owner = null;

function getter(name, read) {
  Object.defineProperty(root, name, { get: read, set: function () {}, configurable: true });
  // The old engine's spelling. An expression's own variables of either name stand before these.
  var old = name.replace(/[A-Z]/g, function (letter) { return "_" + letter.toLowerCase(); });
  if (old !== name) { Object.defineProperty(root, old, { get: read, set: function () {}, configurable: true }); }
}
Object.keys(FUNCTIONS).forEach(function (name) {
  [name, name.replace(/[A-Z]/g, function (letter) { return "_" + letter.toLowerCase(); })].forEach(function (one) {
    Object.defineProperty(root, one, { value: FUNCTIONS[name], writable: true, configurable: true });
  });
});
getter("time", function () { tellTime(); return now; });
getter("value", function () { return before(now); });
getter("thisComp", function () { return owner; });
getter("thisLayer", function () { return mine; });
getter("thisProperty", function () { return self; });
getter("colorDepth", function () { return 8; });
// A path would tell about the machine.
getter("thisProject", function () { return { bitsPerChannel: 8, fullPath: "", linearBlending: false }; });
// Undocumented, and used to tell the two engines apart: the old one has no name.
getter("$", function () { return ask("engine|"); });
// Of the character, word or line that a text's expression selector is asked about.
var unit = { textIndex: 1, textTotal: 1, selectorValue: [100, 100, 100] };
Object.keys(unit).forEach(function (name) { getter(name, function () { return unit[name]; }); });
INFO.concat(Object.keys(SPACES), Object.keys(PARADE), ["transform", "text", "position", "scale", "rotation", "opacity",
  "anchorPoint", "xRotation", "yRotation", "zRotation", "rotationX", "rotationY", "rotationZ", "orientation", "parent",
  "source", "active", "sourceTime", "sourceRectAtTime", "marker", "timeRemap", "audioLevels"]).forEach(function (name) {
  getter(name, function () { return mine[name]; });
});
Object.keys(METHODS).concat(Object.keys(ATTRIBUTES)).forEach(function (name) {
  if (name !== "value" && name !== "name") { getter(name, function () { return self[name]; }); }
});
Math.random = function () { return drawn(); };
define(root, "__add", add); define(root, "__sub", sub); define(root, "__mul", mul); define(root, "__div", div);
define(root, "__neg", function (a) { return mul(a, -1); });

function answer(value) {
  value = plain(value);
  if (value === undefined || value === null || typeof value === "function") { fail("the expression gives no value"); }
  if (value.__style) {
    return { __style: true, base: value.base === null ? null : askStyle(value.base), changes: value.changes };
  }
  return value;
}
// Where the expression's own code was at work: its statement (“eval” in the stack), else, in a stack that is cut because it
// is deep, the innermost of its functions. Lines after `OWN` are ours.
var OWN = 20000;
function line(error) {
  var stack = String(error && error.stack || "");
  var found = error instanceof SyntaxError && /^\s*at <input>:(\d+)/.exec(stack) || /<eval> \(<input>:(\d+)/.exec(stack);
  if (found) { return Number(found[1]); }
  var lines = (stack.match(/<input>:\d+/g) || []).map(function (one) { return Number(one.slice(8)); });
  return lines.filter(function (number) { return number <= OWN; })[0] || 1;
}
// The engine says that something is no function, and where, but not what.
function told(error, source) {
  var said = String(error && error.message || error).slice(0, 300), stack = String(error && error.stack || "");
  if (said !== "not a function" && said !== "not a constructor") { return said; }
  var given = /^\s*at (\w+) \(native\)/.exec(stack);
  if (given) { return "what “" + given[1] + "” is given is " + said; }
  var at = /^\s*at [\w<>]+ \(<input>:(\d+):(\d+)\)/.exec(stack), text = at ? source.split("\n")[at[1] - 1] || "" : "";
  var name = at ? /[\w$.]*$/.exec(text.slice(0, at[2] - 1))[0] : "";
  name += at ? (/^\.?[\w$]+|^\[[^\]]{0,40}\]/.exec(text.slice(at[2] - 1)) || [""])[0] : "";
  return name === "" ? said : "“" + name + "” is " + said;
}
function run(make, source, tree, comp, address, path, at) {
  timed = clocked = frozen = false; touched = {}; trace = []; copies = Object.create(null); pending = lacking = null;
  now = at; seed = draws = 0;
  here = address + "|" + path;
  owner = composition(comp); mine = layer(address);
  before = function (when) { return askAt("before", here, when); };
  self = new Proxy(function () {}, { get: function (target, name) { return member(name, before, here); } });
  try {
    var result = answer(make());
    // An expression's own try and catch may have swallowed a question.
    if (pending !== null) { return JSON.stringify({ ask: pending }); }
    if (lacking !== null) { return JSON.stringify({ error: lacking, line: lackingLine }); }
    var said = JSON.stringify({ value: result, timed: timed, read: Object.keys(touched) });
    remember(tree, at, said);
    return said;
  } catch (error) {
    if (pending !== null) { return JSON.stringify({ ask: pending }); }
    return JSON.stringify({ error: lacking || told(error, source), line: lacking ? lackingLine : line(error) });
  }
}
// Names that an expression set without declaring them: the next one finds none of them.
var namesOf = Object.keys, forgetName = Reflect.deleteProperty, ours = Object.create(null);
namesOf(root).forEach(function (name) { ours[name] = true; });
function tidy() {
  var names = namesOf(root);
  for (var i = 0; i < names.length; i++) { if (!ours[names[i]]) { forgetName(root, names[i]); } }
}
function runAll(source, comp, address, path, times) {
  var tree = treeOf([address, path, unit.textIndex, unit.textTotal, source].join("|"));
  var make = new Function("return eval(" + JSON.stringify(source) + ")");
  try {
    return ["[", times.map(function (at) {
      return recalled(tree, at) || run(make, source, tree, comp, address, path, at);
    }).join(","), "]"].join("");  // not by “+”: the binding knows no texts in pieces
  } finally { tidy(); }
}
// Only Python calls these. A run that breaks off for a limit's sake takes the whole world with it, “busy” or not.
var busy = false;
function guarded(work) {
  return function () {
    if (busy) { fail("the expression meddles with the sandbox"); }
    busy = true;
    try { return work.apply(null, arguments); } finally { busy = false; }
  };
}
return Object.freeze({
  run: guarded(runAll),
  unit: guarded(function (index, total) { unit.textIndex = index; unit.textTotal = total; }),
  put: guarded(function (answers) { JSON.parse(answers).forEach(function (pair) { table[pair[0]] = pair[1]; }); }),
  forget: guarded(function () { table = Object.create(null); forgetRuns(); })
});
