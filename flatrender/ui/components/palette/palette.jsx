// The command palette: pages, projects, templates and commands by name. A combobox over a list, as ARIA has it.
import { useEffect, useId, useMemo, useRef, useState } from "react";
import { Clapperboard, Command, LayoutTemplate, Search, X } from "lucide-react";
import { Dialog } from "radix-ui";
import { useNavigate } from "react-router";
import { call } from "$/public/external/flatrender/ui/components/studio/api.js";
import { matching } from "./matching.js";
import { offered } from "./offers.js";
import { actions, places } from "./places.js";
import { Shortcuts } from "./shortcuts.jsx";
import { ago, language, number, say } from "./words.js";

const REST_MS = 140;
const SHOWN = 6;
const TYPING = "input:not([type=range]):not([type=checkbox]):not([type=color]), textarea, select, [contenteditable]:not([contenteditable=false])";

/** Projects and templates by their names, from the server; the newest question wins. */
function useFound(open, query, signedIn, go) {
  const [found, setFound] = useState({ projects: [], templates: [] });
  useEffect(() => {
    if (!open) return undefined;
    const words = query.trim();
    const asked = new AbortController();
    const ask = async () => {
      const at = `limit=${SHOWN}&q=${encodeURIComponent(words)}`;
      const read = (address) => call(address, { signal: asked.signal }).then(({ items }) => items, () => []);
      const [projects, templates] = await Promise.all([
        signedIn ? read(`/projects?${at}`) : [],
        words.length > 1 ? read(`/templates?${at}`) : [],
      ]);
      if (!asked.signal.aborted) setFound({ projects, templates });
    };
    const timer = setTimeout(ask, words ? REST_MS : 0);
    return () => {
      clearTimeout(timer);
      asked.abort();
    };
  }, [open, query, signedIn]);
  return useMemo(
    () => ({
      projects: found.projects.map((one) => ({
        id: `project-${one.id}`,
        label: one.name,
        name: true,
        picture: one.cover,
        Icon: Clapperboard,
        hint: ago(one.updated_at),
        run: () => go(`/studio/${one.id}`),
      })),
      templates: found.templates.map((one) => ({
        id: `template-${one.id}`,
        label: (language === "fa" && one.name_fa) || one.name,
        name: true,
        picture: one.poster,
        Icon: LayoutTemplate,
        run: () => go(`/templates/${one.id}`),
      })),
    }),
    [found],
  );
}

function Option({ entry, id, active, onPoint, onRun }) {
  const element = useRef(null);
  useEffect(() => {
    if (active) element.current.scrollIntoView({ block: "nearest" });
  }, [active]);
  const Icon = entry.Icon ?? Command;
  return (
    <li
      ref={element}
      id={id}
      role="option"
      aria-selected={active}
      className="palette-item"
      data-command={entry.id}
      onPointerMove={onPoint}
      onClick={onRun}
    >
      {entry.picture ? <img className="palette-picture" src={entry.picture} alt="" loading="lazy" /> : <Icon className="ic" aria-hidden="true" />}
      <span className="grow trunc">{entry.name ? <bdi dir="auto">{entry.label}</bdi> : entry.label}</span>
      {entry.hint && <span className="t3 fs12">{entry.hint}</span>}
      {entry.key && <kbd className="kbd">{entry.key}</kbd>}
    </li>
  );
}

function Finder({ rights, go, onDone, onShortcuts }) {
  const [query, setQuery] = useState("");
  const [at, setAt] = useState(0);
  const base = useId();
  const found = useFound(true, query, rights.signedIn, go);
  const groups = useMemo(() => {
    const here = matching(offered(), query);
    const wanted = [
      ["here", query ? here : here.slice(0, SHOWN)],
      ["recent", found.projects],
      ["pages", matching(places(rights, go), query)],
      ["actions", matching(actions(rights, go, onShortcuts), query)],
      ["templates", found.templates],
    ];
    return wanted.filter(([, entries]) => entries.length);
  }, [query, found, rights.signedIn, rights.designs, rights.runsFarm, rights.runsSite, rights.runsHouse]);
  const flat = groups.flatMap(([, entries]) => entries);
  const chosen = Math.min(at, flat.length - 1);
  const run = (entry) => {
    onDone();
    // After the dialog has given the focus back: what is run may want it elsewhere.
    setTimeout(entry.run);
  };
  const keys = (event) => {
    if (event.nativeEvent.isComposing) return;
    const step = { ArrowDown: 1, ArrowUp: -1, PageDown: 5, PageUp: -5 }[event.key];
    if (step && flat.length) {
      event.preventDefault();
      const next = chosen + step;
      // One step goes round; a page ends at the end.
      setAt(Math.abs(step) === 1 ? (next + flat.length) % flat.length : Math.max(0, Math.min(flat.length - 1, next)));
    } else if (event.key === "Enter" && flat[chosen]) {
      event.preventDefault();
      run(flat[chosen]);
    }
  };
  let index = -1;
  return (
    <>
      <div className="palette-field">
        <Search className="ic s18" aria-hidden="true" />
        <input
          autoFocus
          type="text"
          role="combobox"
          aria-expanded="true"
          aria-controls={`${base}-list`}
          aria-activedescendant={flat[chosen] ? `${base}-${chosen}` : undefined}
          aria-autocomplete="list"
          aria-label={say("title")}
          placeholder={say("placeholder")}
          dir="auto"
          spellCheck={false}
          autoComplete="off"
          maxLength={120}
          value={query}
          onChange={(event) => {
            setQuery(event.target.value);
            setAt(0);
          }}
          onKeyDown={keys}
        />
        <kbd className="kbd">Esc</kbd>
        <Dialog.Close asChild>
          <button type="button" className="ib palette-close" aria-label={say("close")}>
            <X className="ic" />
          </button>
        </Dialog.Close>
      </div>
      <p className="vh" role="status">
        {flat.length ? say("found", { count: flat.length }) : say("none")}
      </p>
      <ul className="palette-list" id={`${base}-list`} role="listbox" aria-label={say("title")}>
        {groups.map(([name, entries]) => (
          <li key={name} role="group" aria-labelledby={`${base}-${name}`}>
            <span id={`${base}-${name}`} role="presentation" className="palette-head">
              {say(name === "recent" && query ? "projects" : name)}
            </span>
            <ul role="presentation">
              {entries.map((entry) => {
                index += 1;
                const own = index;
                return (
                  <Option key={entry.id} entry={entry} id={`${base}-${own}`} active={own === chosen} onPoint={() => own !== chosen && setAt(own)} onRun={() => run(entry)} />
                );
              })}
            </ul>
          </li>
        ))}
      </ul>
      {!flat.length && <p className="palette-none">{say("none")}</p>}
      <p className="palette-foot" aria-hidden="true">
        <span>
          <kbd className="kbd">↑</kbd> <kbd className="kbd">↓</kbd> {say("walk")}
        </span>
        <span>
          <kbd className="kbd">Enter</kbd> {say("choose")}
        </span>
        <span className="grow" />
        <span className="num">{number(flat.length)}</span>
      </p>
    </>
  );
}

export function Palette({ signedIn = false, designs = false, runsFarm = false, runsSite = false, runsHouse = false, studio = false }) {
  const [open, setOpen] = useState(false);
  const [sheet, setSheet] = useState(false);
  const go = useNavigate();

  useEffect(() => {
    const down = (event) => {
      if (event.isComposing) return;
      const command = (event.ctrlKey || event.metaKey) && !event.altKey && event.code === "KeyK";
      if (command && (event.shiftKey || !studio)) {
        event.preventDefault();
        setSheet(false);
        setOpen((before) => !before);
      }
      const help = (event.key === "?" || event.key === "؟") && !event.ctrlKey && !event.metaKey && !event.altKey;
      if (help && !studio && !event.defaultPrevented && !event.target.closest?.(TYPING) && !document.querySelector("[role=dialog]")) {
        event.preventDefault();
        setSheet(true);
      }
    };
    const show = () => setOpen(true);
    const explain = () => setSheet(true);
    window.addEventListener("keydown", down);
    window.addEventListener("flatrender:palette", show);
    window.addEventListener("flatrender:shortcuts", explain);
    window.dispatchEvent(new CustomEvent("flatrender:palette-ready"));
    if (window.flatrender?.paletteWanted) setOpen(true); // pressed before this was here (look.js)
    if (window.flatrender) window.flatrender.paletteWanted = false;
    document.documentElement.dataset.keys = "heard"; // for tests: what is pressed before, but for Ctrl K, is lost
    return () => {
      window.removeEventListener("keydown", down);
      window.removeEventListener("flatrender:palette", show);
      window.removeEventListener("flatrender:shortcuts", explain);
    };
  }, [studio]);

  const rights = { signedIn, designs, runsFarm, runsSite, runsHouse };
  return (
    <>
      <Dialog.Root open={open} onOpenChange={setOpen}>
        <Dialog.Portal>
          <Dialog.Overlay className="scrim" />
          <Dialog.Content className="palette" aria-describedby={undefined}>
            <Dialog.Title className="vh">{say("title")}</Dialog.Title>
            <Finder rights={rights} go={go} onDone={() => setOpen(false)} onShortcuts={studio ? null : () => setSheet(true)} />
          </Dialog.Content>
        </Dialog.Portal>
      </Dialog.Root>
      {!studio && <Shortcuts open={sheet} onOpenChange={setSheet} />}
    </>
  );
}
