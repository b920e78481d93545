// A site's own roles: what they open, and what may be seen and done of which things, which fields stay or are hidden.
import { useCallback, useEffect, useState } from "react";
import { Pencil, ShieldPlus, Trash2 } from "lucide-react";
import { call } from "$/public/external/flatrender/ui/components/studio/api.js";
import { Problem, Switch, TextField } from "$/public/external/flatrender/ui/components/sites/inputs.jsx";
import { Waiting } from "$/public/external/flatrender/ui/components/sites/waiting.jsx";
import { failure } from "$/public/external/flatrender/ui/components/people/words.js";
import { number, speak } from "$/public/external/flatrender/ui/catalogues/assets/speak.js";

const say = (key, values) => speak(`roles.${key}`, values);
const EMPTY = { name: "", permissions: ["projects"], rules: {} };
const toggled = (list, value, on) => (on ? [...list, value] : list.filter((each) => each !== value));

function Things({ name, fields, hideable, actions, rule, onChange }) {
  const said = { may: actions, own: false, fixed: [], read: "all", hidden: [], ...rule };
  return (
    <fieldset className="role-things" data-things={name}>
      <legend className="label">{say(`of_${name}`)}</legend>
      <Switch label={say("read_own")} checked={said.read === "own"} onChange={(own) => onChange({ ...said, read: own ? "own" : "all" })} />
      {actions.map((action) => (
        <Switch key={action} label={say(`may_${action}`)} checked={said.may.includes(action)} onChange={(on) => onChange({ ...said, may: toggled(said.may, action, on) })} />
      ))}
      <Switch label={say("own")} checked={said.own} onChange={(own) => onChange({ ...said, own })} />
      <details className="role-fields">
        <summary>{say("fixed", { count: number(said.fixed.length) })}</summary>
        {fields.map((field) => (
          <Switch key={field} label={say(`field_${field}`)} checked={said.fixed.includes(field)} onChange={(on) => onChange({ ...said, fixed: toggled(said.fixed, field, on) })} />
        ))}
      </details>
      {hideable.length > 0 && (
        <details className="role-fields" data-part="hidden">
          <summary>{say("hidden", { count: number(said.hidden.length) })}</summary>
          {hideable.map((field) => (
            <Switch key={field} label={say(`field_${field}`)} checked={said.hidden.includes(field)} onChange={(on) => onChange({ ...said, hidden: toggled(said.hidden, field, on) })} />
          ))}
        </details>
      )}
    </fieldset>
  );
}

function Form({ role, seen, onDone, onNotice }) {
  const [wish, setWish] = useState(role);
  const [problem, setProblem] = useState(null);
  const set = (part) => setWish((old) => ({ ...old, ...part }));
  const keep = async (event) => {
    event.preventDefault();
    setProblem(null);
    const { name, permissions, rules } = wish;
    try {
      await call(role.id ? `/roles/${role.id}` : "/roles", { method: role.id ? "PATCH" : "POST", body: { name, permissions, rules } });
      onNotice?.(say("kept", { name }));
      onDone();
    } catch (error) {
      setProblem(failure(error));
    }
  };
  return (
    <form className="site-card" onSubmit={keep} noValidate aria-label={say(role.id ? "change" : "new")}>
      <TextField name="name" label={say("name")} value={wish.name} onChange={(name) => set({ name })} problem={problem} />
      <div className="role-opens" role="group" aria-label={say("opens")}>
        {seen.permissions.map((permission) => (
          <Switch
            key={permission} label={speak(`keys.scope_${permission.replace(":", "_")}`)} checked={wish.permissions.includes(permission)}
            onChange={(on) => set({ permissions: toggled(wish.permissions, permission, on) })}
          />
        ))}
      </div>
      <div className="role-grid">
        {Object.entries(seen.resources).map(([name, fields]) => (
          <Things key={name} name={name} fields={fields} hideable={seen.hideable[name]} actions={seen.actions} rule={wish.rules[name]} onChange={(rule) => set({ rules: { ...wish.rules, [name]: rule } })} />
        ))}
      </div>
      {problem && problem.field !== "name" && <Problem problem={{ ...problem, field: "" }} field="" />}
      <div className="row g8 site-acts">
        <button type="submit" className="btn primary" disabled={!wish.name.trim()}><ShieldPlus className="ic" aria-hidden="true" /> {say("keep")}</button>
        {role.id && <button type="button" className="btn ghost" onClick={onDone}>{say("back")}</button>}
      </div>
    </form>
  );
}

export function Roles({ onNotice }) {
  const [seen, setSeen] = useState(null);
  const [open, setOpen] = useState(EMPTY);
  const [turn, setTurn] = useState(0); // a form begins anew when the last one is done
  const [problem, setProblem] = useState("");
  const load = useCallback(async () => {
    try {
      setSeen(await call("/roles"));
    } catch (error) {
      setProblem(failure(error).message);
    }
  }, []);
  useEffect(() => {
    load();
  }, [load]);
  const choose = (role) => {
    setOpen(role);
    setTurn((old) => old + 1);
  };
  const remove = async (role) => {
    try {
      await call(`/roles/${role.id}`, { method: "DELETE" });
      onNotice?.(say("removed", { name: role.name }));
      if (open.id === role.id) choose(EMPTY);
    } catch (error) {
      onNotice?.(failure(error).message);
    }
    load();
  };
  if (!seen) return <Waiting word={say("loading")} problem={problem} onRetry={load} />;
  return (
    <div className="site-page">
      <p className="t2">{say("about")}</p>
      <Form key={turn} role={open} seen={seen} onNotice={onNotice} onDone={() => { choose(EMPTY); load(); }} />
      <ul className="site-list">
        {seen.items.map((role) => (
          <li key={role.id} className="site-row" data-role={role.name}>
            <div className="grow site-row-words">
              <b className="trunc"><bdi dir="auto">{role.name}</bdi></b>
              <span className="t3 fs12">{role.permissions.map((each) => speak(`keys.scope_${each.replace(":", "_")}`)).join(" · ")}</span>
            </div>
            <span className="t2 fs12">{say("people", { count: number(role.people) })}</span>
            <button type="button" className="ib" aria-label={say("change_of", { name: role.name })} data-act="change" onClick={() => choose(role)}><Pencil className="ic" aria-hidden="true" /></button>
            <button type="button" className="ib" aria-label={say("remove_of", { name: role.name })} data-act="remove" onClick={() => remove(role)}><Trash2 className="ic" aria-hidden="true" /></button>
          </li>
        ))}
      </ul>
    </div>
  );
}
