// Reading the file again, or a newer one: what was added, changed, removed; the designer ticks what to take.
import { useId, useState } from "react";
import { Combine, ScanLine, Trash2, TriangleAlert, Upload } from "lucide-react";
import { DropdownMenu } from "radix-ui";
import { call, upload } from "$/public/external/flatrender/ui/components/studio/api.js";
import { say } from "./words.js";

/**
 * `{ scan, changes, ticked, toggle, sure, setSure, look, send, merge, discard, busy, problem }`: the scan that waits, as
 * the template tells it, so that leaving the page loses nothing. What was ticked by hand holds for that scan alone.
 */
export function useScan(id, pending, { reload, onNotice }) {
  const [chosen, setChosen] = useState(null);
  const [busy, setBusy] = useState("");
  const [problem, setProblem] = useState(null);
  const scan = pending && (pending.changes.length > 0 || !pending.same_file) ? pending : null;
  const own = chosen?.of === scan?.scan_id ? chosen : null;
  const ticked = own?.ticked ?? new Set(scan?.ticked);
  const sure = own?.sure ?? false;
  const choose = (more) => setChosen({ ticked, sure, ...more, of: scan.scan_id });
  const run = (name, work) => async (...given) => {
    setBusy(name);
    setProblem(null);
    try {
      await work(...given);
    } catch (error) {
      if (name === "scan") onNotice(error.message);
      else setProblem(error);
    }
    setBusy("");
  };
  const take = async (found) => {
    await reload();
    if (found.changes.length) onNotice(say("found_changes", { count: found.changes.length }));
    else onNotice(say(found.same_file ? "nothing_new" : "nothing_new_of_names"));
  };
  return {
    scan,
    ticked,
    sure,
    busy,
    problem,
    changes: scan?.changes ?? [],
    toggle: (one) => {
      const next = new Set(ticked);
      if (!next.delete(one)) next.add(one);
      choose({ ticked: next });
    },
    setSure: (value) => choose({ sure: value }),
    look: run("scan", async () => take(await call(`/templates/${id}/scan/preview`, { method: "POST" }))),
    send: run("scan", async (file) => file && take(await upload(`/templates/${id}/scan/preview`, file, () => {}))),
    merge: run("merge", async () => {
      const known = scan.changes.map((one) => one.id).filter((one) => ticked.has(one));
      await call(`/templates/${id}/scan/apply`, { method: "POST", body: { scan_id: scan.scan_id, ticked: known, other_project: sure } });
      await reload();
    }),
    discard: run("discard", async () => {
      await call(`/templates/${id}/scan/${scan.scan_id}`, { method: "DELETE" });
      await reload();
    }),
  };
}

/** What merging will do, said before it is done; a file of another project is confirmed here. */
export function ScanNote({ state, file }) {
  const { scan, problem } = state;
  if (!scan) return null;
  return (
    <section className="scan-note" aria-label={say("this_scan")} data-part="scan-note">
      {!scan.same_file && (
        <p>
          <bdi>{say("scan_takes_place", { new: `\u2068${scan.file_name}\u2069`, old: `\u2068${file.name}\u2069` })}</bdi>
        </p>
      )}
      {scan.other_project && (
        <label className="row g8 warn-text">
          <input type="checkbox" checked={state.sure} onChange={(event) => state.setSure(event.target.checked)} data-act="other-project" />
          <span>
            <b>{say("scan_other_project", { count: scan.elements })}</b> {say("scan_other_sure")}
          </span>
        </label>
      )}
      {problem && (
        <p className="says danger" role="alert">
          <TriangleAlert className="ic s12" aria-hidden="true" /> {problem.message}
        </p>
      )}
    </section>
  );
}

export function ScanButtons({ state }) {
  const field = useId();
  const { scan } = state;
  const count = state.changes.filter((one) => state.ticked.has(one.id)).length;
  const unsure = scan?.other_project && !state.sure;
  const empty = scan?.same_file && count === 0; // of a newer file, nothing ticked means: take the file alone
  return (
    <>
      <DropdownMenu.Root modal={false}>
        <DropdownMenu.Trigger asChild>
          <button type="button" className="btn line" disabled={Boolean(state.busy)} data-act="scan">
            <ScanLine className="ic" />
            {say(state.busy === "scan" ? "scanning" : "scan")}
          </button>
        </DropdownMenu.Trigger>
        <DropdownMenu.Portal>
          <DropdownMenu.Content className="menu" align="end" sideOffset={6}>
            <DropdownMenu.Item className="item" onSelect={state.look}>
              <ScanLine className="ic" /> {say("scan_again")}
            </DropdownMenu.Item>
            <DropdownMenu.Item className="item" onSelect={() => document.getElementById(field)?.click()}>
              <Upload className="ic" /> {say("scan_newer")}
            </DropdownMenu.Item>
          </DropdownMenu.Content>
        </DropdownMenu.Portal>
      </DropdownMenu.Root>
      <input
        id={field}
        className="vh"
        type="file"
        accept=".aep,.zip"
        aria-label={say("scan_newer")}
        onChange={(event) => {
          state.send(event.target.files[0]);
          event.target.value = "";
        }}
      />
      {scan && (
        <>
          <button type="button" className="btn" onClick={state.discard} disabled={Boolean(state.busy)} data-act="discard-scan">
            <Trash2 className="ic" /> {say("discard_scan")}
          </button>
          <button type="button" className="btn primary" onClick={state.merge} disabled={Boolean(state.busy) || unsure || empty} data-act="merge">
            <Combine className="ic" /> {count || scan.same_file ? say("merge_ticked", { count }) : say("merge_file")}
          </button>
        </>
      )}
    </>
  );
}
