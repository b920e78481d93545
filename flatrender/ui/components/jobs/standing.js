// Whether the farm is stopped, for those who run it: asked once for all that show it.
import { useCallback, useEffect, useSyncExternalStore } from "react";
import { listen } from "$/public/external/flatrender/ui/components/live/live.js";
import { call } from "$/public/external/flatrender/ui/components/studio/api.js";

let stopped = false;
const told = new Set();
const hear = (tell) => {
  told.add(tell);
  return () => told.delete(tell);
};

/** True while the farm is stopped, as far as it is known here. */
export const useStopped = () => useSyncExternalStore(hear, () => stopped, () => false);

/** Follows the farm where that is allowed; the function asks anew. */
export function useFarm(allowed) {
  const look = useCallback(
    () =>
      allowed &&
      call("/farm").then(
        (farm) => {
          stopped = farm.stopped;
          told.forEach((tell) => tell());
        },
        () => {},
      ),
    [allowed],
  );
  useEffect(() => {
    look();
    return allowed ? listen({ onMessage: (message) => message.kind === "farm" && look() }) : undefined;
  }, [allowed, look]);
  return look;
}
