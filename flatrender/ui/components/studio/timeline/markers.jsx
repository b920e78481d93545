// Markers on the ruler, and the card in which one gets its name and colour. They stand beside the ruler's slider, not in
// it: each is a stop for Tab, goes with the pointer (field_gestures.js), and Enter or a double click opens its card.
import { useEffect, useState } from "react";
import { Trash2 } from "lucide-react";
import { Popover } from "radix-ui";
import { timecode } from "../document.js";
import { useSession } from "../session.js";
import { say } from "./words.js";

const COLORS = ["scene", "video", "voice", "sfx", "subtitle"]; // tokens of track colours; markers have that of music

const tint = (color) => (color ? `var(--track-${color}-ink)` : undefined);

export function Markers({ desk }) {
  const { session, rate } = desk;
  const markers = useSession(session, (state) => state.document.markers);
  const chosen = useSession(session, (state) => state.marker);
  const choose = (marker) => session.set({ marker: marker.id, selection: [], joint: null });
  return (markers ?? []).map((marker) => {
    const name = marker.name || say("marker");
    return (
      <button
        key={marker.id}
        type="button"
        className={`tl-marker${marker.id === chosen ? " on" : ""}`}
        style={{ "--at": marker.frame, "--tint": tint(marker.color) }}
        data-marker={marker.id}
        title={name}
        aria-label={say("marker_said", { name, at: timecode(marker.frame, rate) })}
        onFocus={() => choose(marker)}
        onClick={(event) => !event.detail && desk.openMarker(marker.id)}
      />
    );
  });
}

/** Opened through `desk.openMarker(id)`. */
export function MarkerCard({ desk }) {
  const { session } = desk;
  const [id, setId] = useState(null);
  const marker = useSession(session, (state) => state.document.markers?.find((one) => one.id === id));
  useEffect(() => {
    desk.openMarker = (next) => {
      session.set({ marker: next, selection: [], joint: null });
      setId(next);
    };
    return () => (desk.openMarker = null);
  }, [desk, session]);
  if (!marker) return null;
  const element = desk.scroller?.querySelector(`[data-marker="${CSS.escape(id)}"]`);
  const rename = (name) => name !== marker.name && desk.do([{ op: "rename_marker", marker: id, name }], null, { merge: `name/${id}` });
  const paint = (color) => color !== marker.color && desk.do([{ op: "color_marker", marker: id, color }], say("did_marker"));
  const remove = () => {
    setId(null);
    desk.do([{ op: "remove_marker", marker: id }], say("did_marker_removed"));
    session.set({ marker: null });
  };
  return (
    <Popover.Root open onOpenChange={(open) => !open && setId(null)}>
      <Popover.Anchor virtualRef={{ current: element }} />
      <Popover.Portal>
        <Popover.Content
          className="popover tl-track-menu"
          side="top"
          sideOffset={6}
          collisionPadding={8}
          aria-label={say("marker")}
          onCloseAutoFocus={(event) => {
            event.preventDefault();
            element?.focus();
          }}
        >
          <label className="fieldset">
            <span className="fs12 t2">{say("marker_name")}</span>
            <span className="field sm">
              <input
                dir="auto"
                defaultValue={marker.name}
                maxLength={80}
                onChange={(event) => rename(event.target.value.trim())}
                onBlur={() => session.history.seal()}
                onKeyDown={(event) => event.key === "Enter" && setId(null)}
              />
            </span>
          </label>
          <div className="row g8" role="group" aria-label={say("marker_color")}>
            {[null, ...COLORS].map((color) => (
              <button
                key={color ?? "none"}
                type="button"
                className="tl-swatch"
                style={{ "--tint": tint(color) }}
                aria-pressed={marker.color === color}
                aria-label={say(color ? `color_${color}` : "color_none")}
                title={say(color ? `color_${color}` : "color_none")}
                onClick={() => paint(color)}
              />
            ))}
          </div>
          <button type="button" className="btn xs danger" onClick={remove}>
            <Trash2 className="ic s12" aria-hidden="true" />
            {say("remove_marker")}
          </button>
        </Popover.Content>
      </Popover.Portal>
    </Popover.Root>
  );
}
