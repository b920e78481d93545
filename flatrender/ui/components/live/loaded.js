import { useEffect } from "react";
import { begun } from "./live.js";

const TYPING = 200; // milliseconds until the next letter

/** Reads a table's rows anew with each new `load`, once its messages are heard; a moment later while somebody `types`. */
export function useLoaded(pages, load, types) {
  useEffect(() => {
    pages.reset();
    let gone = false;
    const timer = setTimeout(() => begun().then(() => gone || load()), types ? TYPING : 0);
    return () => {
      gone = true;
      clearTimeout(timer);
    };
  }, [load]);
}
