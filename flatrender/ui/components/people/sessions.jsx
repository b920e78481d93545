// Where the person is signed in, and the way out of each.
import { useCallback, useEffect, useState } from "react";
import { LogOut } from "lucide-react";
import { call } from "$/public/external/flatrender/ui/components/studio/api.js";
import { ago, browserIn, failure, say } from "./words.js";

export function Sessions({ onNotice }) {
  const [items, setItems] = useState([]);
  const load = useCallback(() => call("/auth/sessions").then((found) => setItems(found.items), () => {}), []);
  useEffect(() => {
    load();
  }, [load]);
  const end = (path) => async () => {
    try {
      await call(`/auth/sessions${path}`, { method: "DELETE" });
      onNotice?.(say("ended"));
    } catch (error) {
      onNotice?.(failure(error).message);
    }
    load();
  };
  return (
    <section className="site-card" aria-labelledby="profile-sessions">
      <header className="row between g12 wrap">
        <h2 id="profile-sessions" className="h16">{say("sessions")}</h2>
        {items.length > 1 && <button type="button" className="btn line sm" onClick={end("")} data-act="end-others">{say("end_others")}</button>}
      </header>
      <ul className="site-list">
        {items.map((item) => (
          <li key={item.id} className="site-row" data-session={item.id}>
            <div className="grow site-row-words">
              <b dir="auto" title={item.agent}>{browserIn(item.agent)}</b>
              <span className="t3 fs12"><span className="ltr">{item.address}</span> · {say("since", { when: ago(item.created_at) })}</span>
            </div>
            {item.current
              ? <span className="pill ok">{say("this_one")}</span>
              : <button type="button" className="ib" aria-label={say("end")} onClick={end(`/${item.id}`)}><LogOut className="ic" aria-hidden="true" /></button>}
          </li>
        ))}
      </ul>
    </section>
  );
}
