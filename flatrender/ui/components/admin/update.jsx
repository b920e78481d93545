// Is there a newer version, what is in it, and the way to it.
import { useState } from "react";
import { CircleCheck, Download, RefreshCw } from "lucide-react";
import { call } from "$/public/external/flatrender/ui/components/studio/api.js";
import { say } from "./words.js";

const ENDED = new Set(["done", "failed"]);

export function Update({ version, latest, Confirm, onNotice }) {
  const [found, setFound] = useState(null);
  const [busy, setBusy] = useState(false);
  const [problem, setProblem] = useState("");
  const check = async () => {
    setBusy(true);
    setProblem("");
    try {
      setFound(await call("/farm/update"));
    } catch (error) {
      setProblem(error.message);
    } finally {
      setBusy(false);
    }
  };
  const execute = async () => {
    try {
      await call("/farm/update", { method: "POST" });
      setFound(null);
      onNotice(say("update_asked"));
    } catch (error) {
      setProblem(error.message);
    }
  };
  return (
    <section className="admin-card" aria-labelledby="admin-update">
      <header className="row between">
        <h2 id="admin-update" className="h16">{say("update")}</h2>
        <button type="button" className="btn sm line" onClick={check} aria-busy={busy} data-act="check-update">
          <RefreshCw className={`ic${busy ? " spin" : ""}`} /> {say("check")}
        </button>
      </header>
      <p className="t2">
        {say("runs")} <bdi className="mono ltr">{found?.currentVersion ?? version}</bdi>
      </p>
      {latest && !ENDED.has(latest.step) && <p className="notice info">{say(`step_${latest.step}`)}</p>}
      {latest?.step === "failed" && (
        <p className="notice danger">
          {say("update_failed")} <bdi dir="auto">{latest.detail}</bdi>
        </p>
      )}
      {problem && <p className="notice warn" role="alert"><bdi dir="auto">{problem}</bdi></p>}
      {found && !found.updateAvailable && (
        <p className="row g8 t2">
          <CircleCheck className="ic ok-text" aria-hidden="true" /> {say("newest")}
        </p>
      )}
      {found?.updateAvailable && (
        <>
          <ul className="changes">
            {found.changes.map((change, index) => (
              <li key={index}><bdi dir="auto">{change}</bdi></li>
            ))}
          </ul>
          <Confirm act="update" word={say("update_now")} icon={Download} title={say("update_title")} body={say("update_body")} onSure={execute} />
        </>
      )}
    </section>
  );
}
