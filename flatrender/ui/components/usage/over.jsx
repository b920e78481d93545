// Says what the site has used up, where one would render or upload. Whoever closes it is left alone until the tab ends.
import { useEffect, useState } from "react";
import { TriangleAlert, X } from "lucide-react";
import { call } from "$/public/external/flatrender/ui/components/studio/api.js";
import { date, speak } from "$/public/external/flatrender/ui/catalogues/assets/speak.js";

const say = (key, values) => speak(`usage.${key}`, values);
const CLOSED = "fr-over-closed";
// Of each the first that is used up; calls are the programs' matter, which hear of it themselves.
const SAID = [["films", "film_minutes"], ["storage"]];

export function OverQuota() {
  const [seen, setSeen] = useState(null);
  useEffect(() => {
    let current = true;
    call("/usage/over").then((found) => current && setSeen(found), () => {}); // a visitor, or a server away: nothing to say
    return () => { current = false; };
  }, []);
  const over = SAID.map((names) => names.find((name) => seen?.over.includes(name))).filter(Boolean);
  if (!over.length || sessionStorage.getItem(CLOSED) === over.join()) return null;
  const close = () => {
    sessionStorage.setItem(CLOSED, over.join());
    setSeen(null);
  };
  return (
    <div className="over-quota" role="status">
      <TriangleAlert className="ic" aria-hidden="true" />
      <div className="col g4 grow">{over.map((name) => <p key={name} data-over={name}>{say(`used_up_${name}`, { day: date(`${seen.ends}T12:00:00`) })}</p>)}</div>
      <button type="button" className="ib dense" aria-label={say("used_up_close")} onClick={close}><X className="ic s14" aria-hidden="true" /></button>
    </div>
  );
}
