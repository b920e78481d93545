// A site's people: invited by e-mail, given roles, their accounts closed and opened.
import { useCallback, useEffect, useState } from "react";
import { LockKeyhole, LockKeyholeOpen, UserPlus } from "lucide-react";
import { call } from "$/public/external/flatrender/ui/components/studio/api.js";
import { Problem, TextField } from "$/public/external/flatrender/ui/components/sites/inputs.jsx";
import { Waiting, useOnce } from "$/public/external/flatrender/ui/components/sites/waiting.jsx";
import { Face } from "./face.jsx";
import { Helping } from "./helping.jsx";
import { date, failure, tell } from "./words.js";

const ROLES = ["member", "designer", "admin", "owner", "platform_admin"]; // from the least to the most

function Roles({ label, value, most, own = [], onChange, disabled }) {
  const offered = ROLES.filter((role, rank) => rank <= most || value === role); // nobody gives more than they have
  return (
    <span className="field sm">
      <select className="people-role" aria-label={label} value={value} disabled={disabled} onChange={(event) => onChange(event.target.value)}>
        {offered.map((role) => <option key={role} value={role}>{tell(`role_${role}`)}</option>)}
        {own.length > 0 && <optgroup label={tell("own_roles")}>{own.map((role) => <option key={role.id} value={role.id}>{role.name}</option>)}</optgroup>}
      </select>
    </span>
  );
}

export function People({ onNotice }) {
  const [items, setItems] = useState(null);
  const [own, setOwn] = useState([]); // the site's own roles
  const [email, setEmail] = useState("");
  const [role, setRole] = useState("member");
  const [unread, setUnread] = useState(""); // why the people could not be had
  const [problem, setProblem] = useState(null);
  const [inviting, onceInvited] = useOnce();
  const [over] = useState(() => new URLSearchParams(location.search).get("help") === "over");
  const load = useCallback(async () => {
    try {
      const [people, roles] = await Promise.all([call("/people"), call("/roles")]);
      setOwn(roles.items);
      setItems(people.items);
      setUnread("");
    } catch (error) {
      setUnread(failure(error).message);
    }
  }, []);
  useEffect(() => {
    load();
  }, [load]);
  useEffect(() => {
    if (over) history.replaceState(history.state, "", location.pathname); // said once
  }, [over]);
  const invite = onceInvited(async () => {
    setProblem(null);
    try {
      const usual = ROLES.includes(role);
      const made = await call("/people", { method: "POST", body: { email, role: usual ? role : "member" } });
      if (!usual) await call(`/people/${made.id}`, { method: "PATCH", body: { custom_role_id: role } });
      onNotice?.(tell("invited", { email }));
      setEmail("");
    } catch (error) {
      setProblem(failure(error));
    }
    await load();
  });
  const change = async (item, body) => {
    try {
      await call(`/people/${item.id}`, { method: "PATCH", body });
      onNotice?.(tell("changed", { name: item.name }));
    } catch (error) {
      onNotice?.(failure(error).message);
    }
    load();
  };
  if (!items) return <Waiting word={tell("loading")} problem={unread} onRetry={load} />;
  const rank = ROLES.indexOf(items.find((item) => item.you)?.role); // only who may do less is helped
  return (
    <div className="site-page">
      {over && <p className="notice" role="status">{tell("help_over")}</p>}
      <form className="site-card" onSubmit={(event) => { event.preventDefault(); invite(); }} noValidate aria-label={tell("invite")}>
        <div className="people-invite">
          <TextField name="email" label={tell("email")} type="email" value={email} onChange={setEmail} problem={problem} dir="ltr" />
          <Roles label={tell("role")} value={role} own={own} most={rank} onChange={setRole} />
          <button type="submit" className="btn primary" aria-busy={inviting} disabled={!email.trim()}><UserPlus className="ic" aria-hidden="true" /> {tell("invite")}</button>
        </div>
        {problem && problem.field !== "email" && <Problem problem={{ ...problem, field: "" }} field="" />}
      </form>
      {unread && <p className="notice warn" role="alert"><bdi dir="auto">{unread}</bdi></p>}
      <ul className="site-list">
        {items.map((item) => (
          <li key={item.id} className="site-row people-row" data-person={item.email}>
            <Face name={item.name} picture={item.picture} />
            <div className="grow site-row-words">
              <b className="trunc"><bdi dir="auto">{item.name}</bdi></b>
              <span className="t3 fs12 ltr trunc" title={item.email}>{item.email}</span>
            </div>
            <div className="people-marks">
              {item.you && <span className="pill">{tell("you")}</span>}
              {item.second_factor && <span className="pill ok">{tell("second")}</span>}
              {!item.verified && <span className="pill warn">{tell("waits")}</span>}
              {!item.active && <span className="pill danger">{tell("closed")}</span>}
            </div>
            <span className="t3 fs12 site-since">{tell("since", { date: date(item.created_at) })}</span>
            {item.you ? <span className="t2 fs12 people-own">{tell(`role_${item.role}`)}</span> : (
              <div className="people-acts">
                <Roles label={tell("role_of", { name: item.name })} value={item.custom_role_id || item.role} own={own} most={rank} onChange={(next) => change(item, ROLES.includes(next) ? { role: next } : { custom_role_id: next })} disabled={ROLES.indexOf(item.role) > rank} />
                {item.active && ROLES.indexOf(item.role) < rank ? <Helping item={item} /> : <span className="people-gap" />}
                <button type="button" className="ib" aria-label={tell(item.active ? "close" : "open")} title={tell(item.active ? "close" : "open")} disabled={ROLES.indexOf(item.role) > rank} onClick={() => change(item, { active: !item.active })}>
                  {item.active ? <LockKeyhole className="ic" aria-hidden="true" /> : <LockKeyholeOpen className="ic" aria-hidden="true" />}
                </button>
              </div>
            )}
          </li>
        ))}
      </ul>
    </div>
  );
}
