// Saved views: a table's filters under a name, kept by this browser.
import { useState } from "react";
import { Bookmark, X } from "lucide-react";
import { say } from "./words.js";

const MOST = 12;

function read(table) {
  try {
    const kept = JSON.parse(localStorage.getItem(`flatrender.views.${table}`) ?? "[]");
    return Array.isArray(kept) ? kept.filter((view) => typeof view?.name === "string" && view.filters) : [];
  } catch {
    return [];
  }
}

/** Chips of the views that were saved, and a field that saves the filters as they are. */
export function Views({ table, filters, onChoose }) {
  const [views, setViews] = useState(() => read(table));
  const [name, setName] = useState(null);
  const keep = (next) => {
    localStorage.setItem(`flatrender.views.${table}`, JSON.stringify(next));
    setViews(next);
  };
  const same = (view) => JSON.stringify(view.filters) === JSON.stringify(filters);
  const save = (event) => {
    event.preventDefault();
    const wanted = name.trim();
    if (wanted) keep([...views.filter((view) => view.name !== wanted), { name: wanted, filters }].slice(-MOST));
    setName(null);
  };
  return (
    <span className="views" role="group" aria-label={say("views")}>
      {views.map((view) => (
        <span key={view.name} className="view">
          <button type="button" className="chip" aria-pressed={same(view)} onClick={() => onChoose(view.filters)}>
            <bdi dir="auto">{view.name}</bdi>
          </button>
          <button type="button" className="ib dense" aria-label={say("forget_view", { name: view.name })} onClick={() => keep(views.filter((one) => one !== view))}>
            <X className="ic s14" />
          </button>
        </span>
      ))}
      {name === null ? (
        <button type="button" className="btn sm ghost" onClick={() => setName("")} data-act="save-view">
          <Bookmark className="ic s14" aria-hidden="true" /> {say("save_view")}
        </button>
      ) : (
        <form onSubmit={save}>
          <input
            className="field-input"
            autoFocus
            maxLength={40}
            value={name}
            aria-label={say("view_name")}
            placeholder={say("view_name")}
            onChange={(event) => setName(event.target.value)}
            onKeyDown={(event) => event.key === "Escape" && setName(null)}
          />
        </form>
      )}
    </span>
  );
}
