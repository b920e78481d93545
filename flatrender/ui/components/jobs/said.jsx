// What the server says: ours in the page's language; what a renderer printed as it is, left to right, and marked.
import { told } from "./told.js";
import { clockOf } from "./state.jsx";
import { isRtl, say } from "./words.js";

export function Said({ text }) {
  if (!text) return null;
  const ours = told(text);
  if (ours !== null) return <bdi dir={isRtl ? "rtl" : "auto"}>{ours}</bdi>;
  return <bdi dir="ltr" lang="en" className="theirs" title={say("theirs")}>{text}</bdi>;
}

/** The lines of a log, each with its time. */
export function Lines({ lines, empty }) {
  if (lines.length === 0) return <p className="t3">{empty}</p>;
  return lines.map((line) => (
    <p key={line.id} className={line.level}>
      <time className="t3 ltr" dateTime={line.at}>{clockOf(line.at)}</time> <Said text={line.message} />
    </p>
  ));
}
