// The transition from a clip to the one that follows: its kind, length, direction or colour. For the inspector.
import { useEffect, useRef } from "react";
import { ArrowDown, ArrowLeft, ArrowRight, ArrowUp } from "lucide-react";
import { newId } from "../document.js";
import { chooseTransition, kindsOn } from "./menus.jsx";
import { Numeric } from "../numeric.jsx";
import { useSession } from "../session.js";
import { longestJoint, planTransition, transitionAfter } from "./plans.js";
import { say } from "./words.js";

const WAYS = { left: ArrowLeft, right: ArrowRight, up: ArrowUp, down: ArrowDown };

export function Joining({ desk, after }) {
  const section = useRef(null);
  const chosen = useSession(desk.session, (state) => state.joint === after);
  useEffect(() => {
    if (chosen) section.current?.scrollIntoView({ block: "nearest" });
  }, [chosen]);
  const entry = desk.index.byId.get(after);
  const next = entry?.places[entry.index + 1];
  // Only clips that meet can have one.
  if (!next || next.start > entry.end) return null;
  const transition = transitionAfter(desk.index, after);
  const second = desk.rate[0] / desk.rate[1];
  const set = (change, merge = null) => {
    const { type, ...rest } = transition;
    desk.do(planTransition(desk.index, after, { ...rest, ...change }, newId), null, { merge: merge && `${transition.id}/${merge}` });
  };
  const seal = () => desk.session.history.seal();
  const most = longestJoint(entry);
  return (
    <section className="sect" ref={section}>
      <h3>{say("transition_to_next")}</h3>
      <select className="studio-select" aria-label={say("transition")} value={transition?.kind ?? "cut"} onChange={(event) => chooseTransition(desk, after, event.target.value === "cut" ? null : event.target.value)}>
        {kindsOn(entry.track).map(([kind, , word = kind]) => (
          <option key={word} value={word}>
            {say(`transition_${word}`)}
          </option>
        ))}
      </select>
      {transition && (
        <div className="row g8 wrap">
          <Numeric
            label={say("transition_seconds")}
            value={Math.round((Math.min(most, transition.duration) / second) * 100) / 100}
            step={0.1}
            least={Math.ceil(100 / second) / 100}
            onChange={(seconds) => set({ duration: Math.min(most, Math.max(1, Math.round(seconds * second))) }, "length")}
            onEnd={seal}
          />
          {transition.params?.direction && (
            <div className="seg ltr" role="group" aria-label={say("transition_way")}>
              {Object.entries(WAYS).map(([way, Icon]) => (
                <button key={way} type="button" aria-pressed={transition.params.direction === way} aria-label={say(`way_${way}`)} title={say(`way_${way}`)} onClick={() => set({ params: { direction: way } })}>
                  <Icon className="ic s14" />
                </button>
              ))}
            </div>
          )}
          {transition.params?.color && (
            <label className="color-chip">
              <input type="color" value={transition.params.color.slice(0, 7).toLowerCase()} onChange={(event) => set({ params: { color: event.target.value.toUpperCase() } }, "color")} onBlur={seal} />
              <span>{say("transition_color")}</span>
            </label>
          )}
        </div>
      )}
    </section>
  );
}
