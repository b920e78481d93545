// How many jobs waited and ran, as a picture: two areas over time, drawn from what the jobs themselves tell. Time runs
// left to right in every language.
import { isRtl, number, say } from "./words.js";

const WIDTH = 960;
const HEIGHT = 160;

function area(points, name, top) {
  const step = WIDTH / Math.max(1, points.length - 1);
  const y = (value) => HEIGHT - (value / top) * (HEIGHT - 8);
  const line = points.map((point, index) => `${index ? "L" : "M"}${(index * step).toFixed(1)} ${y(point[name]).toFixed(1)}`).join("");
  return { line, fill: `${line}L${WIDTH} ${HEIGHT}L0 ${HEIGHT}Z` };
}

const time = (instant, long) =>
  new Date(instant).toLocaleString(isRtl ? "fa-IR" : "en-GB", long ? { day: "2-digit", month: "2-digit", hour: "2-digit", minute: "2-digit" } : { hour: "2-digit", minute: "2-digit" });

export function Depth({ points, hours }) {
  const most = Math.max(1, ...points.map((point) => Math.max(point.waiting, point.running)));
  const now = points.at(-1) ?? { waiting: 0, running: 0 };
  const waiting = area(points, "waiting", most);
  const running = area(points, "running", most);
  const label = say("depth_says", { hours: number(hours), most: number(most), waiting: number(now.waiting), running: number(now.running) });
  return (
    <figure className="depth" dir="ltr">
      <div className="depth-frame">
        <span className="depth-top num t3">{number(most)}</span>
        <svg viewBox={`0 0 ${WIDTH} ${HEIGHT}`} preserveAspectRatio="none" role="img" aria-label={label}>
          <path d={waiting.fill} className="waiting-fill" />
          <path d={running.fill} className="running-fill" />
          <path d={waiting.line} className="waiting-line" />
          <path d={running.line} className="running-line" />
        </svg>
      </div>
      <figcaption className="row between t3 num">
        <bdi className="ltr">{points.length ? time(points[0].at, hours > 24) : ""}</bdi>
        <span className="row g12">
          <span className="key waiting">{say("waiting")}</span>
          <span className="key running">{say("running")}</span>
        </span>
        <span>{say("now")}</span>
      </figcaption>
    </figure>
  );
}
