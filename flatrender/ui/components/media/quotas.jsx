// How much each person, and the site as a whole, may keep: for administrators.
import { useEffect, useId, useState } from "react";
import { call } from "$/public/external/flatrender/ui/components/studio/api.js";
import { Sheet, told } from "./acts.jsx";
import { bytes, gigabytes, problem, say, speak, typedGigabytes } from "./words.js";

function Row({ id, name, detail, used, set, usual, fixed, onChange }) {
  const [text, setText] = useState(gigabytes(set));
  const [wrong, setWrong] = useState("");
  const says = useId();
  const limit = set ?? usual;
  const save = async () => {
    const wanted = typedGigabytes(text);
    if (wanted === undefined) return setWrong(say("quota_odd"));
    if (wanted === set) return setWrong("");
    try {
      await call("/media/quota", { method: "PUT", body: { user_id: id, limit: wanted } });
      setWrong("");
      onChange();
    } catch (error) {
      setWrong(error.status ? problem(error.body) : say("unreachable"));
    }
  };
  return (
    <li className="media-quota-row" data-user={id || "site"}>
      <span className="grow">
        <bdi className="trunc" dir="auto">{name}</bdi>
        <small className={used >= 0.9 * limit ? "warn-text" : "t3"}>{detail && <><bdi className="ltr">{detail}</bdi> · </>}{say("used_of", { used: bytes(used), limit: bytes(limit) })}</small>
        <progress max={Math.max(1, limit)} value={Math.min(used, limit)} aria-hidden="true" />
        {wrong && <p className="says" id={says} role="alert">{wrong}</p>}
      </span>
      {!fixed && <span className="field sm">
        <input
          className="num ltr" inputMode="decimal" maxLength={10} value={text} placeholder={gigabytes(usual)} aria-label={say("quota_of", { name })}
          aria-invalid={wrong ? "true" : "false"} aria-describedby={wrong ? says : undefined}
          onChange={(event) => setText(event.target.value)} onBlur={save} onKeyDown={(event) => event.key === "Enter" && save()}
        />
        <span className="unit">{speak("units.GB")}</span>
      </span>}
    </li>
  );
}

export function Quotas({ onClose, onChange }) {
  const [found, setFound] = useState(null);
  const look = () => told(async () => setFound(await call("/media/quotas")));
  useEffect(() => {
    look();
  }, []);
  const changed = () => {
    look();
    onChange();
  };
  return (
    <Sheet wide title={say("quotas")} onClose={onClose}>
      <p className="hint">{say("quotas_hint")}</p>
      {!found && <p className="t3" role="status">{say("quotas_loading")}</p>}
      {found && (
        <ul className="media-quotas">
          <Row id="" name={say("quota_site")} used={found.site.used} set={found.site.set} usual={found.site.usual} fixed={!found.site.sets} onChange={changed} />
          {found.items.map((item) => (
            <Row key={item.user_id} id={item.user_id} name={item.name} detail={item.email} used={item.used} set={item.set} usual={found.usual} onChange={changed} />
          ))}
        </ul>
      )}
    </Sheet>
  );
}
