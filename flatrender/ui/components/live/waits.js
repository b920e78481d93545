// Whether a job that has begun waits for its turn: then it says so, in place of the time that is left.
import { useEffect, useState } from "react";

const SETTLED_MS = 1500;

/** True when a job waits: for a while already, not in the moment between two of its tasks. */
export function useWaits(job) {
  const waits = job?.waits === true;
  const [settled, setSettled] = useState(waits);
  useEffect(() => {
    if (!waits) {
      setSettled(false);
      return undefined;
    }
    const timer = setTimeout(() => setSettled(true), SETTLED_MS);
    return () => clearTimeout(timer);
  }, [waits]);
  return waits && settled;
}
