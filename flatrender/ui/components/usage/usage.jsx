// What a site uses, day by day. Time runs left to right in every language.
import { useEffect, useState } from "react";
import { TriangleAlert } from "lucide-react";
import { call } from "$/public/external/flatrender/ui/components/studio/api.js";
import { failure } from "$/public/external/flatrender/ui/components/people/words.js";
import { Choices } from "$/public/external/flatrender/ui/components/sites/inputs.jsx";
import { Waiting } from "$/public/external/flatrender/ui/components/sites/waiting.jsx";
import { Limits, MonthUse } from "./limits.jsx";
import { bytes, date, number, speak, tenths } from "$/public/external/flatrender/ui/catalogues/assets/speak.js";

const say = (key, values) => speak(`usage.${key}`, values);
const WIDTH = 480;
const HEIGHT = 96;
const CHARTS = [["films", number], ["film_minutes", tenths], ["calls", number], ["storage", bytes]];

function Chart({ name, show, items, total }) {
  const most = Math.max(...items.map((item) => item[name]), 0);
  const step = WIDTH / items.length;
  return (
    <figure className="site-card usage-chart" data-chart={name}>
      <figcaption className="row between g8">
        <h2 className="h16">{say(name)}</h2>
        <b>{show(total)}</b>
      </figcaption>
      {!most && <p className="t3 fs12 usage-none">{say("none")}</p>}
      <svg viewBox={`0 0 ${WIDTH} ${HEIGHT}`} preserveAspectRatio="none" role="img" aria-label={say("chart_says", { name: say(name), value: show(total), most: say("most", { value: show(most) }) })}>
        {items.map((item, index) => {
          const tall = most ? (item[name] / most) * (HEIGHT - 4) : 0;
          return (
            <rect key={item.day} x={index * step + step * 0.1} y={HEIGHT - tall} width={step * 0.8} height={tall}>
              <title>{say("day_says", { day: date(item.day), value: show(item[name]) })}</title>
            </rect>
          );
        })}
      </svg>
      <div className="row between t3 fs12" dir="ltr"><span dir="auto">{date(items[0].day)}</span><span dir="auto">{date(items.at(-1).day)}</span></div>
    </figure>
  );
}

/** `site`: the id of one of the house's sites; without it the visited one. */
export function Usage({ site }) {
  const [days, setDays] = useState("30");
  const [seen, setSeen] = useState(null);
  const [problem, setProblem] = useState("");
  const [turn, setTurn] = useState(0); // asked again
  useEffect(() => {
    let current = true; // a late answer to an older choice is not shown
    const since = new Date(Date.now() - (Number(days) - 1) * 86400000).toISOString().slice(0, 10);
    call(`${site ? `/sites/${site}` : ""}/usage?since=${since}`).then(
      (found) => { if (current) { setSeen(found); setProblem(""); } },
      (error) => { if (current) setProblem(failure(error).message); },
    );
    return () => { current = false; };
  }, [days, site, turn]);
  if (!seen) return <Waiting word={say("loading")} problem={problem} onRetry={() => setTurn((old) => old + 1)} />;
  const room = { used: bytes(seen.storage.used), limit: bytes(seen.storage.limit) };
  return (
    <div className="site-page">
      <div className="row between g12 wrap">
        <p className="t2">{say("about")}</p>
        <Choices label={say("days")} value={days} options={["30", "90", "365"].map((each) => [each, say(`last_${each}`)])} onChange={setDays} />
      </div>
      {problem && <p className="notice warn" role="alert">{problem}</p>}
      {seen.storage.warning
        ? <p className="notice warn" role="alert"><TriangleAlert className="ic" aria-hidden="true" />{say(seen.storage.used >= seen.storage.limit ? "full" : "warning", room)}</p>
        : <p className="t2">{say("room", room)}</p>}
      <MonthUse month={seen.month} />
      {site && <Limits key={site} site={site} month={seen.month} storage={seen.storage} onSaved={(now) => setSeen((old) => ({ ...old, ...now }))} />}
      <div className="usage-charts">
        {CHARTS.map(([name, show]) => <Chart key={name} name={name} show={show} items={seen.items} total={name === "storage" ? seen.storage.used : seen.totals[name]} />)}
      </div>
    </div>
  );
}
