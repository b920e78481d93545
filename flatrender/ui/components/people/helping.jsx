// Acting as somebody of the site, to help: asks why, for they are told.
import { useState } from "react";
import { UserRoundCog } from "lucide-react";
import { AlertDialog } from "radix-ui";
import { call } from "$/public/external/flatrender/ui/components/studio/api.js";
import { Problem, TextField } from "$/public/external/flatrender/ui/components/sites/inputs.jsx";
import { failure, tell } from "./words.js";

export function Helping({ item }) {
  const [reason, setReason] = useState("");
  const [problem, setProblem] = useState(null);
  const [busy, setBusy] = useState(false);
  const begin = async (event) => {
    event.preventDefault(); // the dialog stays open until it is done
    setBusy(true);
    setProblem(null);
    try {
      const { next } = await call(`/people/${item.id}/help`, { method: "POST", body: { reason } });
      location.assign(next); // everything on the page was the administrator's
    } catch (error) {
      setProblem(failure(error));
      setBusy(false);
    }
  };
  const name = tell("help", { name: item.name });
  return (
    <AlertDialog.Root>
      <AlertDialog.Trigger asChild>
        <button type="button" className="ib" aria-label={name} title={name} data-act="help"><UserRoundCog className="ic" aria-hidden="true" /></button>
      </AlertDialog.Trigger>
      <AlertDialog.Portal>
        <AlertDialog.Overlay className="scrim" />
        <AlertDialog.Content className="dialog">
          <form onSubmit={begin} noValidate className="site-form">
            <AlertDialog.Title className="h16">{name}</AlertDialog.Title>
            <AlertDialog.Description className="t2">{tell("help_about")}</AlertDialog.Description>
            <TextField name="reason" label={tell("help_reason")} value={reason} onChange={setReason} problem={problem} autoFocus />
            {problem && problem.field !== "reason" && <Problem problem={{ ...problem, field: "" }} field="" />}
            <div className="row g8 site-acts">
              <AlertDialog.Cancel asChild><button type="button" className="btn line">{tell("help_back")}</button></AlertDialog.Cancel>
              <button type="submit" className="btn primary" aria-busy={busy} disabled={busy || !reason.trim()} data-act="help-now">{tell("help_now")}</button>
            </div>
          </form>
        </AlertDialog.Content>
      </AlertDialog.Portal>
    </AlertDialog.Root>
  );
}
