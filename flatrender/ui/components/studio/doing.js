// What a form or a field does: whether it is at it, how far, what went wrong, and what is dropped on it.
import { useState } from "react";

/** `act(work)` does it, `work` is async; `unreachable` is said where the server did not answer. */
export function useDoing(unreachable) {
  const [busy, setBusy] = useState(false);
  const [problem, setProblem] = useState("");
  const act = async (work) => {
    setProblem("");
    setBusy(true);
    try {
      await work();
    } catch (error) {
      setProblem(error.status ? error.message : unreachable);
    } finally {
      setBusy(false);
    }
  };
  return { busy, problem, setProblem, act };
}

/** The same for a file: `work(onShare)` sends it; `share` is how much of it was sent, null while none is. */
export function useSending(unreachable) {
  const [share, setShare] = useState(null);
  const { problem, setProblem, act } = useDoing(unreachable);
  const send = (work) =>
    act(async () => {
      setShare(0);
      try {
        await work(setShare);
      } finally {
        setShare(null);
      }
    });
  return { share, problem, setProblem, send };
}

/** Whether something hangs over an element, and the element's properties: `take(dataTransfer)` gets what is dropped. */
export function useDropped(take) {
  const [over, setOver] = useState(false);
  const onDragOver = (event) => {
    event.preventDefault();
    setOver(true);
  };
  const onDrop = (event) => {
    event.preventDefault();
    setOver(false);
    take(event.dataTransfer);
  };
  return { over, onto: { onDragOver, onDragLeave: () => setOver(false), onDrop } };
}
