// A new text on the film, at the playhead, in the middle of the frame.
import { newId } from "../document.js";
import { isRtl, say } from "./words.js";

export function addText(desk) {
  const { document, frame, rate } = desk;
  const ops = [];
  const duration = Math.round((rate[0] / rate[1]) * 4);
  const free = (track) => !desk.index.placesOf(track).some((place) => place.start < frame + duration && place.end > frame);
  let track = document.tracks.find((one) => one.kind === "text" && !one.locked && free(one))?.id;
  if (!track) {
    track = newId();
    ops.push({ op: "add_track", track: { id: track, kind: "text" } });
  }
  const id = newId();
  const style = { font: isRtl ? "Vazirmatn" : "Inter", size: 96, color: "#FFFFFF", background: null, align: "center", direction: "auto", weight: 700 };
  const place = { x: 0.1, y: 0.4, width: 0.8, height: 0.2, rotation: 0 };
  const clip = { id, duration, text: say("new_text"), style, place, opacity: 1, fade_in: 0, fade_out: 0 };
  ops.push({ op: "insert_clip", track, at: frame, clip, mode: "overwrite" });
  if (!desk.do(ops, say("did_text_added"))) return;
  desk.choose([id]);
  desk.session.showValues(id, { words: true }); // what is typed next is its words
}
