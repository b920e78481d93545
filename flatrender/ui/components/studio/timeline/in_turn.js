/** Files of one kind lie one after the other, as they were handed in, whichever is read first: `of(file)` waits until all
 * of its kind before it came to an `end`. */
export function inTurn(files, kindOf) {
  const [before, ends, last] = [new Map(), new Map(), new Map()];
  for (const file of files) {
    const earlier = last.get(kindOf(file)) ?? Promise.resolve();
    const ended = new Promise((resolve) => ends.set(file, resolve));
    before.set(file, earlier);
    last.set(kindOf(file), Promise.all([earlier, ended]));
  }
  return { of: (file) => before.get(file), end: (file) => ends.get(file)() };
}
