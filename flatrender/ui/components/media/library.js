// The files that a list shows: read page by page, kept true by the event stream. A store outside React.
import { useEffect, useMemo, useSyncExternalStore } from "react";
import { call } from "$/public/external/flatrender/ui/components/studio/api.js";
import { begun, listen } from "$/public/external/flatrender/ui/components/live/live.js";
import { Pages } from "$/public/external/flatrender/ui/components/live/pages.js";

const PAGE = 60;

export class Library {
  constructor(query = {}) {
    this.listeners = new Set();
    this.pages = new Pages();
    this.heard = new Map();
    this.state = { items: [], total: 0, next: null, loading: true, problem: "", folders: [], quota: null, query: { sort: "newest", ...query } };
  }

  subscribe = (listener) => {
    this.listeners.add(listener);
    return () => this.listeners.delete(listener);
  };

  set(change) {
    this.state = { ...this.state, ...change };
    this.listeners.forEach((listener) => listener());
  }

  /** Follows the server until the answer is called. */
  open() {
    const quiet = listen({
      waits: true,
      onMessage: (message) => {
        if (message.kind === "media") this.take(message.media);
        else if (message.kind === "media.gone") this.drop(message.id);
        else if (message.kind === "resync") this.load();
      },
    });
    begun().then(() => this.load());
    this.loadAround();
    return quiet;
  }

  query(change) {
    this.set({ query: { ...this.state.query, ...change } });
    this.pages.reset();
    return this.load();
  }

  /** All that is shown, anew; `more`: the next page. */
  async load(more = false) {
    const heard = (this.heard = new Map()); // what is told while the answer is on its way: it may not be in it
    const ask = (cursor) => {
      const wanted = Object.entries({ ...this.state.query, limit: PAGE, cursor });
      const query = new URLSearchParams(wanted.filter(([, value]) => value !== null && value !== undefined && value !== ""));
      return call(`/media?${query}`);
    };
    if (!more) this.set({ loading: true });
    try {
      const page = await (more ? this.pages.more(ask) : this.pages.read(ask));
      if (!page) return; // another question was asked meanwhile
      const before = more ? this.state.items : [];
      const known = new Set(before.map((item) => item.id));
      const items = [...before, ...page.items.filter((item) => !known.has(item.id))];
      this.set({ items, total: page.total, next: page.next ?? null, loading: false, problem: "" });
      for (const [id, file] of heard) file ? this.take(file) : this.drop(id);
    } catch (error) {
      this.set({ loading: false, problem: error.message });
    }
  }

  async loadAround() {
    try {
      const [folders, quota] = await Promise.all([call("/media/folders"), call("/media/quota")]);
      this.set({ folders: folders.items, quota });
    } catch {
      // the list says what is wrong
    }
  }

  fits(file) {
    const { kind, folder, q, use } = this.state.query;
    return (
      (!kind || file.kind === kind) &&
      (!use || file.use === use) &&
      (!folder || (folder === "root" ? !file.folder_id : file.folder_id === folder)) &&
      (!q || q.toLowerCase().split(/\s+/).every((word) => file.name.toLowerCase().includes(word)))
    );
  }

  take(file) {
    this.heard.set(file.id, file);
    const known = this.state.items.some((item) => item.id === file.id);
    if (!this.fits(file)) return known ? this.drop(file.id) : undefined;
    if (!known && this.state.next && file.created_at < this.state.items.at(-1).created_at) return; // on a later page
    if (known) this.set({ items: this.state.items.map((item) => (item.id === file.id ? file : item)) });
    else this.set({ items: [file, ...this.state.items], total: this.state.total + 1 });
    if (!known || file.state === "ready" || file.state === "failed") this.loadAround();
  }

  drop(id) {
    this.heard.set(id, null);
    const items = this.state.items.filter((item) => item.id !== id);
    if (items.length === this.state.items.length) return;
    this.set({ items, total: Math.max(0, this.state.total - 1) });
    this.loadAround();
  }
}

/** A library of this component's own, and its state. */
export function useLibrary(query) {
  const library = useMemo(() => new Library(query), []);
  const state = useSyncExternalStore(library.subscribe, () => library.state);
  useEffect(() => library.open(), [library]);
  return [library, state];
}

/** Waits until a file is read; resolves to its facts, also when it could not be; to null when it is deleted. `onShare(0…1)`
 * tells how far it is. */
export function whenRead(id, onShare) {
  return new Promise((resolve) => {
    const end = listen({
      onMessage: (message) => {
        if (message.kind === "media" && message.media.id === id) look(message.media);
        else if (message.kind === "media.gone" && message.id === id) gone();
        else if (message.kind === "resync") ask();
      },
    });
    const look = (file) => {
      if (file.state !== "ready" && file.state !== "failed") return void onShare?.(file.progress);
      end();
      resolve(file);
    };
    const gone = () => {
      end();
      resolve(null);
    };
    const ask = () => call(`/media/${id}`).then(look, (error) => error.status === 404 && gone());
    ask();
  });
}
