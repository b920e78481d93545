// What the house offers at all, and what it offers on each site.
import { useCallback, useEffect, useState } from "react";
import { call } from "$/public/external/flatrender/ui/components/studio/api.js";
import { Switch } from "$/public/external/flatrender/ui/components/sites/inputs.jsx";
import { failure } from "$/public/external/flatrender/ui/components/people/words.js";
import { speak } from "$/public/external/flatrender/ui/catalogues/assets/speak.js";

const say = (key, values) => speak(`features.${key}`, values);

function Card({ title, about, address, part, hints, onNotice, onChanged }) {
  const [seen, setSeen] = useState(null);
  const load = useCallback(async () => {
    try {
      setSeen(await call(address));
    } catch (error) {
      onNotice?.(failure(error).message);
    }
  }, [address]); // eslint-disable-line react-hooks/exhaustive-deps -- the notice is no reason to read anew
  useEffect(() => {
    load();
  }, [load]);
  const change = async (name, on) => {
    try {
      setSeen(await call(address, { method: "PATCH", body: { features: { [name]: on } } }));
      onChanged?.();
    } catch (error) {
      onNotice?.(failure(error).message);
      load();
    }
  };
  return (
    <section className="site-card" aria-label={title}>
      <h2 className="h16"><bdi dir="auto">{title}</bdi></h2>
      <p className="t2">{about}</p>
      {seen && Object.entries(seen[part]).map(([name, on]) => (
        <Switch key={name} label={say(name)} hint={hints && seen.house?.[name] === false ? say("off_everywhere") : say(`${name}_hint`)} checked={on} onChange={(next) => change(name, next)} />
      ))}
    </section>
  );
}

export function Features({ onNotice }) {
  const [sites, setSites] = useState([]);
  const [chosen, setChosen] = useState("");
  const [turn, setTurn] = useState(0); // a site's card tells what the house has switched
  useEffect(() => {
    call("/sites").then(({ items }) => {
      setSites(items);
      setChosen(items[0].id);
    }, (error) => onNotice?.(failure(error).message));
  }, []); // eslint-disable-line react-hooks/exhaustive-deps -- once
  const site = sites.find((each) => each.id === chosen);
  return (
    <div className="site-page">
      <Card title={say("everywhere")} about={say("about")} address="/features" part="features" onNotice={onNotice} onChanged={() => setTurn((old) => old + 1)} />
      {site && (
        <>
          <label className="fieldset">
            <span className="label">{say("site")}</span>
            <span className="field">
              <select className="people-role" value={chosen} onChange={(event) => setChosen(event.target.value)}>
                {sites.map((each) => <option key={each.id} value={each.id}>{each.name}</option>)}
              </select>
            </span>
          </label>
          <Card key={`${chosen} ${turn}`} title={site.name} about={say("about_site")} address={`/sites/${chosen}/features`} part="here" hints onNotice={onNotice} />
        </>
      )}
    </div>
  );
}
