// Of what the person is told, in the bell and by letter.
import { useEffect, useState } from "react";
import { call } from "$/public/external/flatrender/ui/components/studio/api.js";
import { failure, say } from "./words.js";

const CHANNELS = ["page", "email"];

export function Notified({ onNotice }) {
  const [chosen, setChosen] = useState(null);
  useEffect(() => {
    call("/notifications/choices").then(setChosen, () => {});
  }, []);
  if (!chosen) return null;
  const channels = CHANNELS.filter((channel) => channel !== "email" || chosen.letters);
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
