// The macOS accounts a person works under, by which After Effects projects that they send are theirs: asked for on the
// first page, where it can be left for later, and kept in the profile.
import { useEffect, useState } from "react";
import { Dialog } from "radix-ui";
import { call } from "$/public/external/flatrender/ui/components/studio/api.js";
import { TextField } from "$/public/external/flatrender/ui/components/sites/inputs.jsx";
import { failure, say } from "./words.js";

const LATER = "fr_mac_later"; // asked again after a month
const left = () => document.cookie.split("; ").some((one) => one.startsWith(`${LATER}=`));
const leave = () => (document.cookie = `${LATER}=1; path=/; max-age=2592000; samesite=lax`);
const split = (text) => text.split(/[\s,،]+/).filter(Boolean);

function useNames() {
  const [seen, setSeen] = useState(null);
  useEffect(() => {
    call("/auth/me/mac-usernames").then(setSeen, () => {});
  }, []);
  return [seen, setSeen];
}

function Form({ names, word, onKept, children }) {
  const [value, setValue] = useState(names.join(" "));
  const [busy, setBusy] = useState(false);
  const [problem, setProblem] = useState(null);
  const keep = async (event) => {
    event.preventDefault();
    setBusy(true);
    setProblem(null);
    try {
      onKept(await call("/auth/me/mac-usernames", { method: "PUT", body: { items: split(value) } }));
    } catch (error) {
      setProblem({ ...failure(error), field: "items" });
    }
    setBusy(false);
  };
  return (
    <form className="mac-names" onSubmit={keep} noValidate>
      <TextField name="items" label={say("mac_names")} hint={say("mac_hint")} value={value} onChange={setValue} problem={problem} dir="ltr" />
      <div className="acts">
        {children}
        <button type="submit" className="btn primary" aria-busy={busy} disabled={split(value).join(" ") === names.join(" ")} data-act="mac-keep">{word}</button>
      </div>
    </form>
  );
}

/** On the profile, where the render manager is on. */
export function MacNames({ onNotice }) {
  const [seen, setSeen] = useNames();
  if (!seen?.on) return null;
  return (
    <section className="site-card" aria-labelledby="profile-mac">
      <h2 id="profile-mac" className="h16">{say("mac")}</h2>
      <p className="t2">{say("mac_about")}</p>
      <Form key={seen.items.join()} names={seen.items} word={say("save")} onKept={(kept) => { setSeen(kept); onNotice?.(say("saved")); }} />
    </section>
  );
}

/** Asks once, on the first page after the sign-in. */
export function AskMacNames({ onNotice }) {
  const [seen] = useNames();
  const [done, setDone] = useState(left);
  const later = () => {
    leave();
    setDone(true);
  };
  if (!seen?.ask || done) return null;
  return (
    <Dialog.Root open onOpenChange={(open) => open || later()}>
      <Dialog.Portal>
        <Dialog.Overlay className="scrim" />
        <Dialog.Content className="dialog" data-dialog="mac">
          <Dialog.Title className="h16">{say("mac_ask")}</Dialog.Title>
          <Dialog.Description className="t2">{say("mac_about")}</Dialog.Description>
          <Form names={[]} word={say("save")} onKept={() => { setDone(true); onNotice?.(say("mac_kept")); }}>
            <button type="button" className="btn ghost" onClick={later} data-act="mac-later">{say("mac_later")}</button>
          </Form>
        </Dialog.Content>
      </Dialog.Portal>
    </Dialog.Root>
  );
}
