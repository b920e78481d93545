// One template as its designer sees it: read whole, changed piece by piece, read again after every change.
import { useCallback, useEffect, useRef, useState } from "react";
import { call } from "$/public/external/flatrender/ui/components/studio/api.js";

/**
 * `{ data, problem, busy, change, reload }`. `change(path, options)` asks the server and reads the template again;
 * it answers true, or false after telling `onNotice` what was refused.
 */
export function useTemplate(id, onNotice) {
  const [data, setData] = useState(null);
  const [problem, setProblem] = useState(null);
  const [busy, setBusy] = useState(false);
  const alive = useRef(true);

  const reload = useCallback(async () => {
    try {
      const found = await call(`/templates/${id}/review`);
      if (alive.current) setData(found);
    } catch (error) {
      if (alive.current) setProblem(error);
    }
  }, [id]);

  useEffect(() => {
    alive.current = true;
    setData(null);
    setProblem(null);
    if (id) reload(); // the address's part arrives a moment after the page
    return () => {
      alive.current = false;
    };
  }, [id, reload]);

  // Pictures are drawn in the background: look again while one is missing.
  const waiting = data?.scenes.some((scene) => scene.enabled && !scene.gone && !scene.picture);
  useEffect(() => {
    if (!waiting) return undefined;
    const timer = setInterval(reload, 2000);
    return () => clearInterval(timer);
  }, [waiting, reload]);

  const change = useCallback(
    async (path, options) => {
      setBusy(true);
      try {
        await call(`/templates/${id}${path}`, options);
        await reload();
        return true;
      } catch (error) {
        onNotice(error.message);
        await reload();
        return false;
      } finally {
        setBusy(false);
      }
    },
    [id, reload, onNotice],
  );
  return { data, problem, busy, change, reload };
}

export const patch = (body) => ({ method: "PATCH", body });
export const put = (body) => ({ method: "PUT", body });
export const post = (body) => ({ method: "POST", body });
export const remove = { method: "DELETE" };

/** `ids` with the one at `from` moved to `to`. */
export function moved(ids, from, to) {
  const rest = ids.filter((_, index) => index !== from);
  rest.splice(to, 0, ids[from]);
  return rest;
}
