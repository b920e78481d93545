// What was sent to a webhook, and sent again.
import { useCallback, useEffect, useState } from "react";
import { RefreshCw, RotateCw } from "lucide-react";
import { call } from "$/public/external/flatrender/ui/components/studio/api.js";
import { ago, failure, named, say } from "./words.js";

const TONES = { sent: "ok", failed: "danger", waiting: "warn" };

export function Log({ id, onNotice }) {
  const [items, setItems] = useState(null);
  const [next, setNext] = useState(null);
  const load = useCallback(async (after) => {
    try {
      const found = await call(`/webhooks/${id}/deliveries${after ? `?after=${after}` : ""}`);
      setItems((old) => (after ? [...old, ...found.items] : found.items));
      setNext(found.next);
    } catch (error) {
      onNotice?.(failure(error).message);
    }
  }, [id, onNotice]);
  useEffect(() => {
    load();
  }, [id]);
  const again = async (item) => {
    try {
      await call(`/webhooks/${id}/deliveries/${item.id}/resend`, { method: "POST", body: {} });
      onNotice?.(say("resent"));
    } catch (error) {
      onNotice?.(failure(error).message);
    }
    load();
  };
  if (!items) return <p className="empty-line t3">{say("loading")}</p>;
  return (
    <div className="hook-log" role="region" aria-label={say("log")}>
      <div className="row between g8">
        <span className="t2 fs12">{say("log_about")}</span>
        <button type="button" className="btn ghost sm" onClick={() => load()} data-act="log-refresh"><RefreshCw className="ic" aria-hidden="true" /> {say("refresh")}</button>
      </div>
      {items.length === 0 && <p className="empty-line t3">{say("log_none")}</p>}
      <ul className="site-list">
        {items.map((item) => (
          <li key={item.id} className="site-row" data-delivery={item.state}>
            <div className="grow site-row-words">
              <span title={item.type}>{named(item.type)}</span>
              {item.error && <span className="t3 fs12"><bdi dir="auto">{item.error}</bdi></span>}
            </div>
            <span className="t3 fs12">{ago(item.created_at)}</span>
            <span className="t3 fs12 num">{say("tries", { count: item.tries })}</span>
            <span className={`pill ${TONES[item.state]}`}>{say(`state_${item.state}`)}</span>
            {item.state !== "waiting" && <button type="button" className="ib" aria-label={say("resend")} title={say("resend")} onClick={() => again(item)} data-act="resend"><RotateCw className="ic" aria-hidden="true" /></button>}
          </li>
        ))}
      </ul>
      {next && <button type="button" className="btn line sm" onClick={() => load(next)}>{say("older")}</button>}
    </div>
  );
}
