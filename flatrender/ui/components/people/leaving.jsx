// One's data: taken along, and deleted with the account.
import { useState } from "react";
import { Download, Trash2 } from "lucide-react";
import { AlertDialog } from "radix-ui";
import { call } from "$/public/external/flatrender/ui/components/studio/api.js";
import { Problem, TextField } from "$/public/external/flatrender/ui/components/sites/inputs.jsx";
import { failure, say } from "./words.js";

/** `vouched`: why the password may stay empty, where it may. */
export function Leaving({ vouched }) {
  const [password, setPassword] = useState("");
  const [problem, setProblem] = useState(null);
  const [busy, setBusy] = useState(false);
  const leave = async (event) => {
    event.preventDefault();
    setBusy(true);
    setProblem(null);
    try {
      const answer = await call("/auth/delete", { method: "POST", body: { password } });
      location.assign(answer.next);
    } catch (error) {
      setProblem(failure(error));
      setBusy(false);
    }
  };
  return (
    <section className="site-card" aria-labelledby="profile-data">
      <h2 id="profile-data" className="h16">{say("data")}</h2>
      <p className="t2">{say("data_about")}</p>
      <div className="row g8 wrap">
        <a className="btn line" href="/api/v1/auth/export" download="account.json" data-act="export"><Download className="ic" aria-hidden="true" /> {say("data_take")}</a>
        <AlertDialog.Root>
          <AlertDialog.Trigger asChild>
            <button type="button" className="btn danger" data-act="delete-account"><Trash2 className="ic" aria-hidden="true" /> {say("delete")}</button>
          </AlertDialog.Trigger>
          <AlertDialog.Portal>
            <AlertDialog.Overlay className="scrim" />
            <AlertDialog.Content className="dialog">
              <AlertDialog.Title className="h16">{say("delete_title")}</AlertDialog.Title>
              <AlertDialog.Description className="t2">{say("delete_body")}</AlertDialog.Description>
              <form onSubmit={leave} noValidate className="site-form">
                <TextField name="password" label={say("old_password")} type="password" dir="ltr" hint={vouched} value={password} onChange={setPassword} problem={problem} autoFocus />
                {problem && problem.field !== "password" && <Problem problem={{ ...problem, field: "" }} field="" />}
                <div className="acts">
                  <AlertDialog.Cancel asChild><button type="button" className="btn ghost">{say("delete_back")}</button></AlertDialog.Cancel>
                  <button type="submit" className="btn destroy" aria-busy={busy} disabled={busy || (!password && !vouched)} data-act="delete-now">{say("delete_now")}</button>
                </div>
              </form>
            </AlertDialog.Content>
          </AlertDialog.Portal>
        </AlertDialog.Root>
      </div>
    </section>
  );
}
