// Versions of a project to go back to: named by hand, kept by the server now and then, and before each restore.
import { useEffect, useState } from "react";
import { History as HistoryIcon, RotateCcw, TagX } from "lucide-react";
import { toast } from "sonner";
import { Shown } from "$/public/external/flatrender/ui/components/palette/shown.jsx";
import { call } from "./api.js";
import { useDoing } from "./doing.js";
import { moment, say } from "./words.js";

export function Versions({ session, open, onOpenChange }) {
  const [versions, setVersions] = useState(null);
  const [name, setName] = useState("");
  const { busy, problem, setProblem, act } = useDoing(say("offline_versions"));
  const [unnamed, setUnnamed] = useState(null); // whose name was taken off last: to be taken back
  const path = `/projects/${session.project.id}/versions`;
  const addressOf = (revision) => `${path}/${revision}/name`;

  useEffect(() => {
    if (!open) return;
    setProblem("");
    setUnnamed(null);
    call(path).then(setVersions, (error) => setProblem(error.status ? error.message : say("offline_versions")));
  }, [open, path]);

  const keep = (event) => {
    event.preventDefault();
    act(async () => {
      session.flush();
      await session.saved();
      await call(path, { method: "POST", body: { name } });
      setName("");
      setVersions(await call(path));
    });
  };
  const takeNameOff = (version) =>
    act(async () => {
      await call(addressOf(version.revision), { method: "DELETE" });
      setVersions(await call(path));
      setUnnamed(version);
    });
  const nameAgain = ({ revision, name: before }) =>
    act(async () => {
      await call(addressOf(revision), { method: "PUT", body: { name: before } });
      setUnnamed(null);
      setVersions(await call(path));
    });
  const goBack = (version) =>
    act(async () => {
      const before = await session.restore(version.revision);
      onOpenChange(false);
      const action = { label: say("undo"), onClick: () => session.unrestore(before) };
      toast(say("restored", { name: version.name || moment(version.created_at) }), { duration: 15000, action });
    });

  return (
    <Shown title={say("versions")} back={say("close")} open={open} onOpenChange={onOpenChange} data-dialog="versions">
      <form className="row g8 version-form" onSubmit={keep}>
        <span className="field grow">
          <input
            aria-label={say("version_name")}
            placeholder={say("version_name")}
            dir="auto"
            required
            maxLength={160}
            value={name}
            onChange={(event) => setName(event.target.value)}
          />
        </span>
        <button type="submit" className="btn primary" disabled={busy || !name.trim()}>
          {say("keep_version")}
        </button>
      </form>
      {problem && (
        <p className="says danger" role="alert">
          {problem}
        </p>
      )}
      {unnamed && (
        <p className="notice row g8" role="status" data-part="unnamed">
          <span className="grow">{say("unnamed", { name: unnamed.name })}</span>
          <button type="button" className="btn sm" disabled={busy} onClick={() => nameAgain(unnamed)}>
            {say("undo")}
          </button>
        </p>
      )}
      {versions?.length === 0 && <p className="hint">{say("no_versions")}</p>}
      <ol className="version-list">
        {versions?.map((version) => (
          <li key={version.revision} className="version-row" data-revision={version.revision}>
            <HistoryIcon className="ic" aria-hidden="true" />
            <span className="grow">
              <b className="trunc" dir="auto">
                {version.name || say("version_auto")}
              </b>
              <small className="t3">{moment(version.created_at)}</small>
            </span>
            {version.name && (
              <button
                type="button"
                className="btn ghost version-unname"
                disabled={busy}
                aria-label={say("unname_version", { name: version.name })}
                title={say("unname_version", { name: version.name })}
                onClick={() => takeNameOff(version)}
              >
                <TagX className="ic s14" aria-hidden="true" />
                <span>{say("unname")}</span>
              </button>
            )}
            <button
              type="button"
              className="btn ghost"
              disabled={busy}
              aria-label={say("restore_version", { name: version.name || moment(version.created_at) })}
              onClick={() => goBack(version)}
            >
              <RotateCcw className="ic s14" aria-hidden="true" />
              {say("restore")}
            </button>
          </li>
        ))}
      </ol>
    </Shown>
  );
}
