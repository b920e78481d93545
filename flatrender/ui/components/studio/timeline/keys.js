// Keys to commands. Letters are told by where they lie on the keyboard: a Persian layout has the same shortcuts.
import { useEffect } from "react";
import { COMMANDS, run } from "./commands.js";

const TYPING = "input:not([type=range]):not([type=checkbox]):not([type=color]), textarea, select, [contenteditable=true], [contenteditable=plaintext-only], [role=menu], [role=dialog]";
// A slider and a list have uses of their own for these.
const OWN = "input[type=range], [role=slider], [role=separator], [role=tab], [role=radio]";
const MOVES = new Set(["ArrowLeft", "ArrowRight", "ArrowUp", "ArrowDown", "Home", "End"]);

/** "Ctrl+Shift+Z" for an event: Meta counts as Ctrl. */
export function keyOf(event) {
  let name = event.key;
  if (/^Key[A-Z]$/.test(event.code)) name = event.code.slice(3);
  else if (name === " ") name = "Space";
  else if (name === "+") name = "=";
  const parts = [];
  if (event.ctrlKey || event.metaKey) parts.push("Ctrl");
  if (event.altKey) parts.push("Alt");
  if (event.shiftKey) parts.push("Shift");
  return [...parts, name].join("+");
}

const BY_KEY = new Map(Object.entries(COMMANDS).flatMap(([name, { keys }]) => keys.map((key) => [key, name])));

/** How a shortcut is written for people. */
export function written(key) {
  const names = { ArrowLeft: "←", ArrowRight: "→", ArrowUp: "↑", ArrowDown: "↓", "Shift+?": "?", Escape: "Esc", Delete: "Del" };
  if (names[key]) return names[key];
  return key.split("+").map((part) => names[part] ?? part).join(" ") || "+";
}

export const shown = (name) => (COMMANDS[name].keys[0] ? written(COMMANDS[name].keys[0]) : "");

/** Whether the keys belong to what has the focus. */
export function silent(event, key) {
  const target = event.target.closest ? event.target : document.body;
  if (target.closest(TYPING)) return true;
  // A scene of the list that is shown already has nothing more to do with Space.
  if (key === "Space" && target.matches(".scene-pick[aria-current=true]")) return false;
  if ((key === "Space" || key === "Enter") && target.closest("button, a, summary, [role=switch]")) return true;
  return MOVES.has(event.key) && !event.ctrlKey && !event.altKey && Boolean(target.closest(OWN)) && !target.closest("[data-transport]");
}

/** A press on a control leaves the keys to the film: Space plays then, it does not press the control again. For
 *  `onMouseDown`; what opens a menu takes the focus itself. */
export function leaveKeys(event) {
  if (!event.target.closest("button:not([aria-haspopup])")) return;
  event.preventDefault();
  const { activeElement } = document;
  if (activeElement?.closest(TYPING)) activeElement.blur();
}

// What opens a menu takes the focus, and gets it back when the menu is closed.
const OPENS = "[aria-haspopup], [data-joint], [data-act=clip-menu]";

/** After a menu that a press has opened, too, Space plays: its button does not open it once more. Enter does. */
function useSpaceAfterMenus(desk) {
  useEffect(() => {
    let pressed = null;
    let held = false;
    const onPress = (event) => (pressed = event.target.closest?.(OPENS) ?? null);
    const onKey = (event) => {
      if (["Tab", "Enter"].includes(event.key)) pressed = null; // from here on it is the keyboard's
      held = keyOf(event) === "Space" && Boolean(pressed) && event.target === pressed;
      if (!held) return;
      event.preventDefault();
      event.stopPropagation();
      if (!event.repeat) run(desk, "play", event);
    };
    // A button is pressed when the key is let go.
    const onRelease = (event) => event.key === " " && held && event.preventDefault();
    window.addEventListener("pointerdown", onPress, true);
    window.addEventListener("keydown", onKey, true);
    window.addEventListener("keyup", onRelease, true);
    return () => {
      window.removeEventListener("pointerdown", onPress, true);
      window.removeEventListener("keydown", onKey, true);
      window.removeEventListener("keyup", onRelease, true);
    };
  }, [desk]);
}

export function useKeys(desk) {
  useSpaceAfterMenus(desk);
  useEffect(() => {
    const onKey = (event) => {
      if (event.defaultPrevented || event.isComposing) return;
      const key = keyOf(event);
      // What was typed is undone by its own field only while it has the focus and the browser can.
      const name = BY_KEY.get(key);
      const always = name === "undo" || name === "redo";
      if (!name || (silent(event, key) && !(always && !event.target.closest("[contenteditable]")))) return;
      if (name === "copy" && !document.getSelection()?.isCollapsed) return;
      event.preventDefault();
      run(desk, name, event);
    };
    window.addEventListener("keydown", onKey);
    return () => window.removeEventListener("keydown", onKey);
  }, [desk]);
}
