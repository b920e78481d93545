// Of what the person is told, in the bell, by letter and on Slack; and who they are there.
import { useEffect, useState } from "react";
import { call } from "$/public/external/flatrender/ui/components/studio/api.js";
import { TextField } from "$/public/external/flatrender/ui/components/sites/inputs.jsx";
import { failure, say } from "./words.js";

const CHANNELS = ["page", "email", "slack"];

/** The person's id on Slack; an empty one ends the messages there. */
function SlackMember({ id, onKept }) {
  const [value, setValue] = useState(id);
  const [busy, setBusy] = useState(false);
  const [problem, setProblem] = useState(null);
  const keep = async (event) => {
    event.preventDefault();
    setBusy(true);
    setProblem(null);
    try {
      const kept = await call("/notifications/slack", { method: "PUT", body: { slack_id: value } });
      setValue(kept.slack_id);
      onKept(kept);
    } catch (error) {
      setProblem(failure(error));
    }
    setBusy(false);
  };
  return (
    <form className="slack-member" onSubmit={keep} noValidate>
      <TextField name="slack_id" label={say("slack_id")} hint={say("slack_hint")} dir="ltr" value={value} problem={problem} onChange={setValue} />
      <button type="submit" className="btn" aria-busy={busy} disabled={value.trim() === id}>{say("save")}</button>
    </form>
  );
}

export function Notified({ onNotice }) {
  const [chosen, setChosen] = useState(null);
  useEffect(() => {
    call("/notifications/choices").then(setChosen, () => {});
  }, []);
  if (!chosen) return null;
  const open = { page: true, email: chosen.letters, slack: chosen.slack && chosen.slack_id };
  const channels = CHANNELS.filter((channel) => open[channel]);
  const change = async (item, channel) => {
    const wish = { ...item, [channel]: !item[channel] };
    const shown = chosen.items;
    setChosen((old) => ({ ...old, items: old.items.map((each) => (each.kind === item.kind ? wish : each)) }));
    try {
      await call("/notifications/choices", { method: "PUT", body: { items: [wish] } });
    } catch (error) {
      setChosen((old) => ({ ...old, items: shown }));
      onNotice?.(failure(error).message);
    }
  };
  return (
    <section className="site-card" aria-labelledby="profile-notified">
      <h2 id="profile-notified" className="h16">{say("notified")}</h2>
      <p className="t2">{say(chosen.letters ? "notified_about" : "notified_no_letters")}</p>
      {chosen.slack && <SlackMember id={chosen.slack_id} onKept={(kept) => { setChosen(kept); onNotice?.(say("saved")); }} />}
      <div className="notified" style={{ "--channels": channels.length }}>
        <span />
        {channels.map((channel) => <span key={channel} className="t3 fs12" aria-hidden="true">{say(`notified_by.${channel}`)}</span>)}
        {chosen.items.map((item) => {
          const name = say(`notified_of.${item.kind}`);
          return [
            <span key={item.kind}>{name}</span>,
            ...channels.map((channel) => (
              <button
                key={`${item.kind} ${channel}`} type="button" role="switch" className="sw" aria-checked={item[channel]} data-kind={item.kind} data-channel={channel}
                aria-label={`${name}: ${say(`notified_by.${channel}`)}`} onClick={() => change(item, channel)}
              />
            )),
          ];
        })}
      </div>
    </section>
  );
}
