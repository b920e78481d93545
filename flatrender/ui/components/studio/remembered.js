// What this browser remembers of how a project was left: the range, and whether it repeats. Of the projects seen last.
const NAME = "flatrender.ranges";
const MOST = 50; // projects

function all() {
  try {
    const kept = JSON.parse(localStorage.getItem(NAME));
    return Array.isArray(kept) ? kept : [];
  } catch {
    return [];
  }
}

/** `{ range: { in, out }, loop }` of a project, as far as its film of `length` frames has such frames. */
export function remembered(project, length) {
  const { from = null, to = null, loop = false } = all().find((one) => one?.project === project) ?? {};
  const first = Number.isInteger(from) && from >= 0 && from < length ? from : null;
  const end = Number.isInteger(to) && to > (first ?? 0) ? Math.min(to, length) : null;
  return { range: { in: first, out: end }, loop: loop === true };
}

export function remember(project, range, loop) {
  const others = all().filter((one) => one?.project !== project);
  const plain = range.in === null && range.out === null && !loop;
  const kept = plain ? others : [{ project, from: range.in, to: range.out, loop }, ...others].slice(0, MOST);
  try {
    localStorage.setItem(NAME, JSON.stringify(kept));
  } catch {
    // private windows keep nothing
  }
}
