// A list that is read page by page and kept true: what is read anew is read as far as it was before, so that nobody who
// has gone down a list is back at its first page when something on it changes.

export class Pages {
  next = null; // where the list goes on
  #count = 1; // pages that are shown, or on their way
  #turn = 0; // a late answer to an older question is not shown

  /** Another list from here on: it begins with its first page. */
  reset() {
    this.next = null;
    this.#count = 1;
    this.#turn += 1;
  }

  /** All pages that are shown, as they are by now; null where another question was asked meanwhile. `ask(cursor)` gives
   * `{ items, next, … }`, where `next` is the cursor of the next page. */
  async read(ask) {
    const mine = ++this.#turn;
    const count = this.#count;
    const items = [];
    let cursor = null;
    let page = null;
    for (let number = 0; number < count && (!page || cursor); number += 1) {
      try {
        page = await ask(cursor);
      } catch (error) {
        if (mine === this.#turn) throw error;
      }
      if (mine !== this.#turn) return null;
      cursor = page.next ?? null;
      items.push(...page.items);
    }
    this.next = cursor;
    return { ...page, items };
  }

  /** The next page; null where there is none, or another question was asked meanwhile. */
  async more(ask) {
    const from = this.next;
    if (from === null) return null;
    const mine = this.#turn;
    this.next = null; // asked for once
    this.#count += 1; // whoever reads anew meanwhile reads this one, too
    try {
      const page = await ask(from);
      if (mine !== this.#turn) return null;
      this.next = page.next ?? null;
      return page;
    } catch (error) {
      if (mine !== this.#turn) return null;
      this.next = from;
      this.#count -= 1;
      throw error;
    }
  }
}
