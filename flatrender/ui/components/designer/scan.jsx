// Reading the file again, or a newer one: what was added, changed, removed; the designer ticks what to take.
import { useId, useState } from "react";
import { Combine, ScanLine, Upload } from "lucide-react";
import { DropdownMenu } from "radix-ui";
import { call, upload } from "$/public/external/flatrender/ui/components/studio/api.js";
import { say } from "./words.js";

/** `{ scan, ticked, toggle, look, send, merge, busy }`: a scan that is looked at before it is taken. */
export function useScan(id, pending, { reload, onNotice }) {
  const [scan, setScan] = useState(pending ?? null);
  const [ticked, setTicked] = useState(new Set());
  const [busy, setBusy] = useState("");
  const take = (found) => {
    setScan(found);
    setTicked(new Set(found.changes.filter((one) => one.state !== "removed").map((one) => one.id)));
    onNotice(found.changes.length ? say("found_changes", { count: found.changes.length }) : say("nothing_new"));
  };
  const run = (name, work) => async (...given) => {
    setBusy(name);
    try {
      await work(...given);
    } catch (error) {
      onNotice(error.message);
    }
    setBusy("");
  };
  return {
    scan,
    ticked,
    busy,
    changes: scan?.changes ?? [],
    toggle: (one) =>
      setTicked((old) => {
        const next = new Set(old);
        if (!next.delete(one)) next.add(one);
        return next;
      }),
    look: run("scan", async () => take(await call(`/templates/${id}/scan/preview`, { method: "POST" }))),
    send: run("scan", async (file) => file && take(await upload(`/templates/${id}/scan/preview`, file, () => {}))),
    merge: run("merge", async () => {
      await call(`/templates/${id}/scan/apply`, { method: "POST", body: { scan_id: scan.scan_id, ticked: [...ticked] } });
      setScan(null);
      await reload();
    }),
  };
}

export function ScanButtons({ state }) {
  const field = useId();
  const count = state.changes.filter((one) => state.ticked.has(one.id)).length;
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
      {state.changes.length > 0 && (
        <button type="button" className="btn primary" onClick={state.merge} disabled={Boolean(state.busy)} data-act="merge">
          <Combine className="ic" /> {say("merge_ticked", { count })}
        </button>
      )}
    </>
  );
}
