// Runs that need not be made: an expression that learns the time only through values that it reads (a text's scale under
// its keyframes) gives the same wherever those values are the same, and most frames lie where nothing moves.
//
// What an expression read at its own moment makes a tree: a node's question, the next node by its answer, the result at
// the end. What knows the time by itself (`time`, `random`, `wiggle`, a value at another time) is `clocked`, not kept.

var ROOM = 4e6; // characters of results that are kept
var trees = Object.create(null), room = ROOM, clocked = false, trace = [];

function tellTime() { timed = clocked = true; }
function node() { return { asks: null, next: Object.create(null), said: null }; }
function treeOf(name) { return trees[name] = trees[name] || node(); }

// What a run at `at` would say: its result, or the question it would come to; null where it has to be made.
function recalled(tree, at) {
  while (tree && tree.asks !== null) {
    var question = tree.asks + at;
    if (!(question in table)) { return JSON.stringify({ ask: question }); }
    tree = tree.next[JSON.stringify(table[question])];
  }
  return tree ? tree.said : null;
}
// Keeps what the run that has just been made at `at` said.
function remember(tree, at, said) {
  if (clocked || said.length > room) { return; }
  room -= said.length;
  trace.forEach(function (asks) {
    tree.asks = asks;
    var answered = JSON.stringify(table[asks + at]);
    tree = tree.next[answered] = tree.next[answered] || node();
  });
  tree.said = said;
}
function forgetRuns() { trees = Object.create(null); room = ROOM; }
