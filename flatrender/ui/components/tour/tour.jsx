// A short walk through the studio. It never blocks the page: what it points at can be used while it is shown.
// The browser keeps that it was seen, as it keeps theme and language; Esc, the cross and the last step end it.
import { useCallback, useEffect, useRef, useState } from "react";
import { X } from "lucide-react";
import { Popover } from "radix-ui";
import { number, say } from "./words.js";

const SEEN = "fr_tour";
const STEPS = [
  ["scenes", ".studio-panel, .scene-strip", "right"],
  ["stage", ".studio-stage", "bottom"],
  ["inspector", ".studio-inspector", "left"],
  ["timeline", ".timeline", "top"],
  ["export", '[data-act="render"]', "bottom"],
];

const visible = (selector) =>
  [...document.querySelectorAll(selector)].find((element) => {
    const { width, height } = element.getBoundingClientRect();
    return width > 0 && height > 0;
  });

const seen = () => document.cookie.split("; ").some((one) => one.startsWith(`${SEEN}=`));
const remember = () => (document.cookie = `${SEEN}=done; path=/; max-age=31536000; samesite=lax`);

/** Begins the walk from anywhere on the page. */
export const beginTour = () => window.dispatchEvent(new CustomEvent("flatrender:tour"));

/** Where an element lies, followed while it is pointed at. */
function usePlace(element) {
  const [box, setBox] = useState(null);
  useEffect(() => {
    if (!element) return setBox(null);
    const look = () => setBox(element.getBoundingClientRect());
    look();
    const sizes = new ResizeObserver(look);
    sizes.observe(element);
    window.addEventListener("resize", look);
    window.addEventListener("scroll", look, true);
    return () => {
      sizes.disconnect();
      window.removeEventListener("resize", look);
      window.removeEventListener("scroll", look, true);
    };
  }, [element]);
  return box;
}

export function Tour({ ready = true }) {
  const [steps, setSteps] = useState(null);
  const [at, setAt] = useState(0);
  const next = useRef(null);
  const begin = useCallback(() => {
    // On a phone some parts are not there: they are left out.
    const there = STEPS.map(([name, selector, side]) => ({ name, side, element: visible(selector) })).filter(({ element }) => element);
    setAt(0);
    setSteps(there.length ? there : null);
  }, []);
  const end = useCallback(() => {
    remember();
    setSteps(null);
  }, []);

  useEffect(() => {
    window.addEventListener("flatrender:tour", begin);
    return () => window.removeEventListener("flatrender:tour", begin);
  }, [begin]);
  useEffect(() => {
    if (ready && !seen()) begin();
  }, [ready, begin]);
  useEffect(() => {
    if (!steps) return undefined;
    // Before the editor's own Esc, also while the focus is on the page.
    const down = (event) => {
      if (event.key !== "Escape" || document.querySelector(".dialog, .menu")) return;
      event.preventDefault();
      event.stopPropagation();
      end();
    };
    window.addEventListener("keydown", down, true);
    return () => window.removeEventListener("keydown", down, true);
  }, [steps, end]);
  useEffect(() => {
    if (steps) next.current?.focus({ preventScroll: true });
  }, [steps, at]);

  const step = steps?.[at];
  const box = usePlace(step?.element ?? null);
  if (!step || !box) return null;
  const last = at === steps.length - 1;
  const hold = (event) => event.preventDefault();
  return (
    <Popover.Root open>
      <Popover.Anchor virtualRef={{ current: { getBoundingClientRect: () => step.element.getBoundingClientRect() } }} />
      <Popover.Portal>
        <div className="tour-ring" style={{ insetBlockStart: box.top, left: box.left, inlineSize: box.width, blockSize: box.height }} aria-hidden="true" />
      </Popover.Portal>
      <Popover.Portal>
        <Popover.Content
          key={step.name}
          className="popover tour"
          side={step.side}
          sideOffset={12}
          collisionPadding={12}
          sticky="always"
          data-step={step.name}
          aria-labelledby="tour-title"
          aria-describedby="tour-text"
          onOpenAutoFocus={(event) => {
            event.preventDefault();
            next.current?.focus({ preventScroll: true });
          }}
          onCloseAutoFocus={hold}
          onInteractOutside={hold}
          onEscapeKeyDown={hold}
        >
          <div className="row g8">
            <h2 id="tour-title" className="h16 grow">
              {say(step.name)}
            </h2>
            <button type="button" className="ib" aria-label={say("close")} onClick={end} data-act="tour-close">
              <X className="ic" />
            </button>
          </div>
          <p id="tour-text" className="t2">
            {say(`${step.name}_text`)}
          </p>
          <div className="row g8">
            <span className="t3 fs12 num grow">{say("step", { at: number(at + 1), total: number(steps.length) })}</span>
            {at > 0 && (
              <button type="button" className="btn ghost" onClick={() => setAt(at - 1)}>
                {say("back")}
              </button>
            )}
            <button ref={next} type="button" className="btn primary" onClick={() => (last ? end() : setAt(at + 1))} data-act="tour-next">
              {say(last ? "done" : "next")}
            </button>
          </div>
        </Popover.Content>
      </Popover.Portal>
    </Popover.Root>
  );
}
