// What a log answers to a search, newest first, page after page.
import { useCallback, useEffect, useRef, useState } from "react";
import { call } from "$/public/external/flatrender/ui/components/studio/api.js";
import { failure } from "./words.js";

const PAUSE = 250; // ms after the last key

/** `query(more)` writes the search, with `more` of it, as a query string; a new one is asked anew. `load(next)` goes on. */
export function useFound(path, query) {
  const [items, setItems] = useState(null);
  const [next, setNext] = useState(null);
  const [problem, setProblem] = useState("");
  const turn = useRef(0);
  const load = useCallback(async (after) => {
    const mine = ++turn.current; // a late answer to an older search is not shown
    try {
      const found = await call(`${path}?${query(after ? { after } : {})}`);
      if (mine !== turn.current) return;
      setItems((old) => (after ? [...old, ...found.items] : found.items));
      setNext(found.next);
      setProblem("");
    } catch (error) {
      if (mine === turn.current) setProblem(failure(error).message);
    }
  }, [path, query]);
  useEffect(() => {
    const waiting = setTimeout(() => load(), PAUSE);
    return () => clearTimeout(waiting);
  }, [load]);
  return { items, next, problem, load };
}
