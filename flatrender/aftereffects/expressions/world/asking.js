// What a run asks of Python, and values: numbers, arrays, texts, paths ({__path, points, …}), text styles.

var table = Object.create(null), touched = {}, pending = null, lacking = null, lackingLine = 1;
var copies = Object.create(null), timed = false, now = 0, here = null, before = null;

function Question(text) { this.text = text; }
function ask(text) {
  var parts = text.split("|");
  // What a property is before its own expression is no other layer's business.
  if (parts[0].indexOf("before") !== 0 && parts[1].indexOf("/") > 0) { touched[parts[1]] = 1; }
  if (!(text in table)) { pending = pending || text; throw new Question(text); }
  return table[text];
}
// Asked first without a time; only what moves is asked for at each time.
function askAt(kind, rest, at) {
  var known = ask(kind + "|" + rest);
  if (known.fixed) { return own(kind + "|" + rest, known.value); }
  var question = (kind === "value" ? "at|" : kind + "at|") + rest + "|";
  timed = true;
  if (at !== now) { clocked = true; } else if (trace.indexOf(question) < 0) { trace.push(question); }
  return own(question + at, ask(question + at));
}
// A run's own copy of an answer: an expression may write into it, and finds that again, but no other run does.
function own(question, answer) {
  if (answer === null || typeof answer !== "object") { return answer; }
  return copies[question] = copies[question] || copied(answer);
}
function copied(thing) {
  if (Array.isArray(thing)) { return thing.map(copied); }
  if (thing === null || typeof thing !== "object") { return thing; }
  var made = {};
  Object.keys(thing).forEach(function (name) { made[name] = copied(thing[name]); });
  return made;
}
// Where a layer stands and how large it is may hang on the very property that asks, which then counts as it was before its
// expression. Such an answer is the asker's alone: others would take the layer for one without that expression.
function asker(address, transform) {
  var place = here.split("|"), moves = place[1].indexOf("0.") === 0;  // a layer's first group is its transform
  return place[0] === address && moves === transform ? "|" + place[1] : "";
}
function fail(text) { throw new Error(text); }
// What After Effects has and this has not; reported even where the expression catches the error.
function lack(text) {
  var error = new Error("“" + text + "” is not supported yet");
  if (lacking === null) { lacking = error.message; lackingLine = line(error); }
  throw error;
}

function plain(thing) {
  if (thing !== null && typeof thing === "function" && thing.__property) { return thing.__read(now); }
  if (Array.isArray(thing)) { return thing.map(plain); }
  return thing;
}
function moment(at) {
  if (at === undefined) { tellTime(); return now; }
  return plain(at);
}
// The old engine wrote names as this_comp; the new one knows thisComp alone.
function camel(name) { return name.replace(/([a-z])_([a-z])/g, function (all, a, b) { return a + b.toUpperCase(); }); }

// Arithmetic that knows arrays: `operators.py` writes calls of these for + - * /.
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
function texts(a) { return Array.isArray(a) && a.some(function (part) { return typeof part === "string"; }); }
function add(a, b) {
  a = plain(a); b = plain(b);
  if (typeof a === "string" || typeof b === "string" || texts(a) || texts(b)) { return a + b; }
  return each(a, b, function (x, y) { return x + y; });
}
function sub(a, b) { return each(a, b, function (x, y) { return x - y; }); }
function mul(a, b) { return scaled(a, b, function (x, y) { return x * y; }); }
function div(a, b) { return scaled(a, b, function (x, y) { return x / y; }); }
function size(a) {
  a = plain(a);
  return Array.isArray(a) ? Math.sqrt(a.reduce(function (sum, part) { return sum + part * part; }, 0)) : Math.abs(a);
}
