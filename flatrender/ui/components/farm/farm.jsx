// Nodes and tasks: two tables of the farm, and which one is shown.
import { useCallback, useEffect, useState } from "react";
import { Nodes } from "./nodes.jsx";
import { Tasks } from "./tasks.jsx";
import { say } from "./words.js";

const asked = () => (window.location.hash === "#tasks" ? "tasks" : "nodes");

export function Farm({ onNotice }) {
  const [shown, setShown] = useState(asked);
  useEffect(() => {
    const follow = () => setShown(asked());
    window.addEventListener("hashchange", follow);
    return () => window.removeEventListener("hashchange", follow);
  }, []);
  const notice = useCallback((text) => onNotice?.(text), []);
  const show = (name) => {
    history.replaceState(null, "", `#${name}`);
    setShown(name);
  };
  return (
    <div className="farm">
      <div className="farm-tabs" role="group" aria-label={say("title")}>
        {["nodes", "tasks"].map((name) => (
          <button key={name} type="button" className="chip" aria-pressed={shown === name} onClick={() => show(name)} data-tab={name}>
            {say(name)}
          </button>
        ))}
      </div>
      {shown === "nodes" ? <Nodes onNotice={notice} /> : <Tasks onNotice={notice} />}
    </div>
  );
}
