// A list of files with search, filters and sorting, as the panel and the page show it.
import { useEffect, useState } from "react";
import { LoaderCircle, Search } from "lucide-react";
import { Tile } from "./tile.jsx";
import { UploadButton } from "./receiving.jsx";
import { say } from "./words.js";

const KINDS = ["", "video", "image", "audio"];
const SORTS = ["newest", "oldest", "name", "largest", "longest"];
const REST = 200; // ms without typing until a search is sent

export function Filters({ library, query, kinds = true }) {
  const [text, setText] = useState(query.q ?? "");
  useEffect(() => {
    if (text === (library.state.query.q ?? "")) return undefined;
    const timer = setTimeout(() => library.query({ q: text }), REST);
    return () => clearTimeout(timer);
  }, [text]);
  return (
    <div className="media-filters">
      <label className="field sm grow">
        <Search className="ic s14 t3" aria-hidden="true" />
        <input type="search" dir="auto" placeholder={say("search")} aria-label={say("search")} value={text} onChange={(event) => setText(event.target.value)} />
      </label>
      <select className="studio-select media-sort" aria-label={say("sort")} value={query.sort} onChange={(event) => library.query({ sort: event.target.value })}>
        {SORTS.map((sort) => (
          <option key={sort} value={sort}>
            {say(`sort_${sort}`)}
          </option>
        ))}
      </select>
      {kinds && (
        <div className="seg fill media-kinds" role="group" aria-label={say("kind")}>
          {KINDS.map((kind) => (
            <button key={kind} type="button" aria-pressed={(query.kind ?? "") === kind} onClick={() => library.query({ kind })}>
              {say(`kinds_${kind || "all"}`)}
            </button>
          ))}
        </div>
      )}
    </div>
  );
}

export function Grid({ library, state, rate, acts, folder }) {
  const { items, loading, problem, query, next } = state;
  if (problem)
    return (
      <p className="empty-line" role="alert">
        {problem}
      </p>
    );
  if (!items.length && loading) return <LoaderCircle className="ic spin media-busy" aria-label={say("loading")} />;
  if (!items.length) {
    const searched = query.q || query.kind || query.use;
    return (
      <div className="media-empty">
        <p>{say(query.q ? "none_found" : query.kind === "audio" ? "empty_audio" : searched ? "none_of_kind" : "empty")}</p>
        {!query.q && <UploadButton folder={folder} kind={query.kind} primary />}
      </div>
    );
  }
  return (
    <>
      <ul className="media-grid" aria-label={say("files")}>
        {items.map((file) => (
          <Tile key={file.id} file={file} rate={rate} acts={acts} />
        ))}
      </ul>
      {next && (
        <button type="button" className="btn sm" onClick={() => library.load(true)}>
          {say("show_more")}
        </button>
      )}
    </>
  );
}
