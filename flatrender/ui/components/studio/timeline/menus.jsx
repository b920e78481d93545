// The menus of a clip and of a transition, where the pointer is or under the button that asked for them.
import { useEffect, useState } from "react";
import { AudioLines, Blend, ClipboardPaste, Copy, CopyPlus, Droplet, Group, Link2, Link2Off, MoveHorizontal, PanelLeftClose, Scissors, SquareX, Trash2, Ungroup } from "lucide-react";
import { DropdownMenu } from "radix-ui";
import { newId } from "../document.js";
import { say } from "./words.js";
import { run } from "./commands.js";
import { SOUNDING } from "./geometry.js";
import { shown } from "./keys.js";
import { planTransition, transitionAfter } from "./plans.js";

const KINDS = [
  [null, SquareX, "cut"],
  ["crossfade", Blend],
  ["dip", Droplet],
  ["wipe", PanelLeftClose],
  ["slide", MoveHorizontal],
];
/** The kinds that there are between clips of a track: sounds only cross-fade. */
export const kindsOn = (track) => KINDS.filter(([kind]) => !kind || kind === "crossfade" || !SOUNDING.has(track.kind));
export const DEFAULTS = { crossfade: {}, dip: { color: "#000000" }, wipe: { direction: "left" }, slide: { direction: "left" } };

export function chooseTransition(desk, after, kind) {
  const now = transitionAfter(desk.index, after);
  const second = desk.rate[0] / desk.rate[1];
  const transition = kind && { id: now?.id ?? newId(), kind, duration: now?.duration ?? Math.round(second / 2), params: DEFAULTS[kind] };
  desk.do(planTransition(desk.index, after, transition, newId), say(kind ? "did_transition" : "did_cut"));
  desk.session.set({ joint: kind ? after : null });
}

function Entry({ desk, name, icon: Icon, danger, disabled }) {
  return (
    <DropdownMenu.Item className={`item${danger ? " danger" : ""}`} disabled={disabled} data-act={name} onSelect={() => run(desk, name)}>
      <Icon className="ic" /> <span className="grow">{say(`do_${name}`)}</span> {shown(name) && <span className="kbd">{shown(name)}</span>}
    </DropdownMenu.Item>
  );
}

function ClipEntries({ desk }) {
  const ids = desk.session.state.selection;
  const entries = ids.map((id) => desk.index.byId.get(id)).filter(Boolean);
  const any = (test) => entries.some(test);
  return (
    <>
      <Entry desk={desk} name="split" icon={Scissors} />
      <Entry desk={desk} name="duplicate" icon={CopyPlus} disabled={!entries.length} />
      <Entry desk={desk} name="copy" icon={Copy} disabled={!entries.length} />
      <Entry desk={desk} name="paste" icon={ClipboardPaste} disabled={!desk.board} />
      <div className="rule" />
      <Entry desk={desk} name="group" icon={Group} disabled={entries.length < 2} />
      <Entry desk={desk} name="ungroup" icon={Ungroup} disabled={!any((entry) => entry.clip.group)} />
      <Entry desk={desk} name="link" icon={Link2} disabled={entries.length < 2} />
      <Entry desk={desk} name="unlink" icon={Link2Off} disabled={!any((entry) => entry.clip.link)} />
      {any((entry) => entry.track.kind === "video") && <Entry desk={desk} name="detach" icon={AudioLines} />}
      <div className="rule" />
      <Entry desk={desk} name="remove" icon={Trash2} danger disabled={!entries.length} />
      <Entry desk={desk} name="ripple_remove" icon={Trash2} danger disabled={!entries.length} />
    </>
  );
}

function JointEntries({ desk, id }) {
  const now = transitionAfter(desk.index, id)?.kind ?? null;
  const track = desk.index.byId.get(id)?.track;
  if (!track) return null; // somebody else has removed it
  return (
    <DropdownMenu.RadioGroup value={now ?? "cut"}>
      {kindsOn(track).map(([kind, Icon, word = kind]) => (
        <DropdownMenu.RadioItem key={word} value={word} className="item" onSelect={() => chooseTransition(desk, id, kind)}>
          <Icon className="ic" /> <span className="grow">{say(`transition_${word}`)}</span>
          <i className="tick">✓</i>
        </DropdownMenu.RadioItem>
      ))}
    </DropdownMenu.RadioGroup>
  );
}

/** Opened through `desk.openMenu({ kind: "clip" | "joint", id?, element? | x, y })`. */
export function Menus({ desk }) {
  const [asked, setAsked] = useState(null);
  useEffect(() => {
    desk.openMenu = (next) => {
      const box = next.element?.getBoundingClientRect();
      setAsked({ ...next, x: next.x ?? box.left, y: next.y ?? box.top, width: box?.width ?? 0, height: box?.height ?? 0 });
    };
    return () => (desk.openMenu = null);
  }, [desk]);
  if (!asked) return null;
  const { kind, id, x, y, width, height } = asked;
  return (
    <DropdownMenu.Root open modal={false} onOpenChange={(open) => !open && setAsked(null)}>
      <DropdownMenu.Trigger asChild>
        <span aria-hidden="true" style={{ position: "fixed", insetBlockStart: y, left: x, inlineSize: width, blockSize: height, pointerEvents: "none" }} />
      </DropdownMenu.Trigger>
      <DropdownMenu.Portal>
        <DropdownMenu.Content
          className="menu"
          side="top"
          align="start"
          sideOffset={4}
          collisionPadding={8}
          aria-label={say(kind === "clip" ? "clip_menu" : "transition")}
          onFocusOutside={(event) => {
            // A tap opens it before the button that was tapped gets the focus.
            if (asked.element?.contains(event.target)) event.preventDefault();
          }}
          onCloseAutoFocus={(event) => {
            event.preventDefault();
            asked.element?.focus?.();
          }}
        >
          {kind === "clip" ? <ClipEntries desk={desk} /> : <JointEntries desk={desk} id={id} />}
        </DropdownMenu.Content>
      </DropdownMenu.Portal>
    </DropdownMenu.Root>
  );
}
