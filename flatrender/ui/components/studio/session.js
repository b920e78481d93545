// The editing session: the working copy, its history, the outbox and the stage. A store outside React; components read
// it with `useSession(select)` and are rendered only when what they selected has changed.
import { useSyncExternalStore } from "react";
import { problem as sentenceOf } from "$/public/external/flatrender/ui/catalogues/assets/speak.js";
import { listen } from "$/public/external/flatrender/ui/components/live/live.js";
import { call, Problem, socketTo } from "./api.js";
import { BakeLine } from "./bake_line.js";
import { Baker } from "./baker.js";
import { clipById, clipsOf, findClip, newId, sameFilm, sceneTrack } from "./document.js";
import { applyAll } from "./edits.js";
import { History } from "./history.js";
import { Outbox } from "./outbox.js";
import { isFilm } from "./patches.js";
import { Clock } from "./preview/clock.js";
import { Mixer } from "./preview/mixer.js";
import { filmFrames, sceneFrame } from "./rates.js";
import { remember, remembered } from "./remembered.js";
import { Store } from "./store.js";
import { Thumbnails } from "./thumbnails.js";
import { Library } from "./timeline/library.js";
import { filmLength, placesOf } from "./timeline/places.js";
import { say } from "./words.js";

const REST = 300; // ms without typing until a text is saved
const PATIENCE = 12_000; // ms for a version of the document
const DRAWING = 10_000; // ms for a bake: what is typed next waits for it

let sessions = 0;

/** What does not fit the template (any more), by the field that it stands beside. */
const besideFields = (problems = []) =>
  Object.fromEntries(problems.filter(({ clip, key }) => clip && key).map((one) => [`${one.clip}/${one.key}`, sentenceOf(one)]));

/** The id of the scene at a frame; of two that overlap, the later one. */
const sceneAt = (document, frame) => placesOf(sceneTrack(document)).findLast(({ start, end }) => frame >= start && frame < end)?.clip.id;

export class Session {
  /** `given` = { project: { id, name, revision }, document, definition: { kind, scenes, colors, presets, … } } */
  constructor(given, callbacks) {
    this.number = ++sessions;
    this.project = given.project;
    this.template = given.definition;
    this.callbacks = callbacks; // { onNotice(text), onOffer(text, label, act) }
    this.listeners = new Set();
    this.history = new History();
    this.theatre = null;
    this.pending = new Map(); // field -> operation being typed
    this.dragging = false; // something is in the hand on the timeline
    this.exchanging = false; // the server is asked for another version of the document
    this.asking = null; // settles when it has answered
    this.library = new Library(given.media);
    this.mixer = new Mixer(this.library);
    const first = clipsOf(given.document)[0];
    this.state = {
      document: given.document,
      film: given.document, // as it was before the scenes' values were last typed: for what shows none of them
      save: { kind: "saved", count: 0 },
      frame: 0,
      playing: false,
      speed: 1,
      ...remembered(given.project.id, filmLength(given.document)), // { range, loop }; of the range, `out` is the first frame after it
      selected: first?.id ?? null, // the clip whose values are shown
      selection: [], // the clips that are chosen in the timeline
      asked: null, // the clip whose values somebody wants to see, whichever panel is open: { id, words: in its text's field }
      joint: null, // the clip after which a transition is chosen
      marker: null, // the marker that is chosen
      problems: besideFields(given.problems), // "clip/key" -> sentence
      missing: {}, // "clip/key" -> characters of the text that no font has
      overflows: {}, // "clip/key" -> whether the text is longer than its box
      canUndo: false,
      canRedo: false,
      previewStale: false,
      focused: null, // the element whose field has the focus
    };
    this.clock = new Clock(
      (frame) => this.onFrame(frame),
      (playing, speed) => this.onPlaying(playing, speed),
      this.mixer,
    );
    Object.assign(this.clock, { range: this.state.range, loop: this.state.loop });
    this.mixer.setDocument(given.document);
    const project = `/projects/${this.project.id}`;
    this.outbox = new Outbox({
      document: given.document,
      revision: this.project.revision,
      send: async (body, signal) => {
        if (!this.outbox.closing) await this.baker.rest();
        await this.asking?.catch(() => {}); // an edit made meanwhile is not lost with the document that goes
        return call(`${project}/ops`, { method: "POST", body, signal });
      },
      read: (signal) => call(project, { signal }),
      since: (revision, signal) => call(`${project}/edits?after=${revision}`, { signal }),
      store: new Store(this.project.id),
      on: {
        state: (save) => this.set({ save: save.kind === "saved" ? this.standing : save }),
        answer: (answer, commit, last) => this.onAnswer(answer, commit, last),
        refused: (problem, commit, again) => this.onRefused(problem, commit, again),
        rebased: () => this.onRebased(),
      },
    });
    this.line = new BakeLine({
      open: () => socketTo(`${project}/bakes`),
      request: (body) => call(`${project}/bake`, { method: "POST", body, signal: AbortSignal.timeout(DRAWING) }),
      refusal: (problem) => new Problem(problem.status, problem),
    });
    this.baker = new Baker({
      ask: (body) => this.line.ask(body),
      onPatches: async (clip, answer, { key }, of) => {
        const patches = this.heard(clip, key, answer);
        if (this.theatre && !this.theatre.fits(clip, of)) return this.onOtherTemplate(clip);
        if (patches.some(isFilm)) this.stale.add(clip); // fetched anew when it is saved
        return this.theatre?.patch(clip, patches);
      },
      onError: (error, body) => this.onBakeError(error, body),
    });
    this.thumbnails = new Thumbnails(this.project.id, {
      sceneOf: (clip) => this.scene(clip),
      loadedOf: (clip) => (this.stale.has(clip.id) ? null : this.theatre?.lottieOf(clip.id)),
      quiet: () => !this.dragging && !this.state.playing && !this.state.previewStale && !this.pending.size && this.baker.idle && this.outbox.idle,
    });
    this.thumbnails.setDocument(given.document);
    this.unlisten = this.followOthers();
    this.configureClock();
  }

  /** Another tab, another machine of the same person: what they save is read as they save it. */
  followOthers() {
    return listen({
      onMessage: (message) => {
        if (message.kind === "project" && message.id === this.project.id) this.outbox.follow(message.revision);
        if (message.kind !== "resync") return;
        this.outbox.follow(Infinity);
        this.compareBuilds();
      },
    });
  }

  /** The server that is there again may be another one: edits of a page of before would follow other rules than its own. */
  async compareBuilds() {
    const own = window.flatrenderBuild;
    const isBuild = ({ ok, headers }) => ok && headers.get("content-type")?.startsWith("text/plain"); // no page of a proxy
    const now = await fetch("/tenant-build", { cache: "no-store" }).then((answer) => (isBuild(answer) ? answer.text() : own)).catch(() => own);
    if (own && now !== own) this.offerLoading(say("site_updated"), { duration: Infinity, cancel: { label: say("close"), onClick() {} } });
  }

  /** What the scenes that are loaded sound is heard with the rest. */
  hearScenes() {
    const heard = [...this.theatre.sounds].filter(([, name]) => name);
    const place = `/api/v1/projects/${this.project.id}/scenes`;
    this.mixer.setScenes(new Map(heard.map(([clip, name]) => [clip, { name, play: `${place}/${clip}/sound?of=${name}` }])));
    if (this.clock.playing && this.clock.speed === 1 && !this.mixer.running && this.mixer.sounds) this.clock.anchor();
  }

  get document() {
    return this.state.document;
  }

  scene(clip) {
    return this.template.scenes.find((scene) => scene.key === clip.scene);
  }

  subscribe = (listener) => {
    this.listeners.add(listener);
    return () => this.listeners.delete(listener);
  };

  set(change) {
    this.state = { ...this.state, ...change };
    this.listeners.forEach((listener) => listener());
  }

  attach(theatre) {
    this.theatre = theatre;
    theatre.onSounds = () => this.hearScenes();
    theatre.frameOf = (clip, frame) => sceneFrame(frame, this.scene(clip), this.document.rate);
    this.line.connect();
    theatre.setDocument(this.document);
    if (this.state.frame) return theatre.show(this.state.frame);
    // A scene is shown at its designed moment first: frame 0 of most scenes is empty.
    const first = clipsOf(this.document)[0];
    if (first) this.seek(this.posterOf(first));
    return undefined;
  }

  destroy() {
    this.flush();
    this.clock.destroy();
    this.mixer.destroy();
    this.thumbnails.destroy();
    this.unlisten();
    this.line.close();
    this.outbox.close();
  }

  configureClock() {
    const [num, den] = this.document.rate;
    this.clock.configure({ rate: num / den, length: filmLength(this.document) });
  }

  onFrame(frame) {
    const { playing, speed } = this.clock;
    this.theatre?.show(frame, { playing, speed });
    const { selected } = this.state;
    const { scenes } = this;
    const inside = (placed, at) => at >= placed.start && at < placed.end;
    // The values of the scene on the stage are shown: where the playhead leaves the one whose values were, and where no
    // clip's are.
    const shown = scenes.find((placed) => placed.clip.id === selected);
    const left = shown && inside(shown, this.state.frame) && !inside(shown, frame);
    const here = (playing || left || selected === null) && scenes.findLast((placed) => inside(placed, frame));
    this.set({ frame, selected: here ? here.clip.id : selected });
  }

  onPlaying(playing, speed) {
    this.set({ playing, speed });
    // What stands is exact; what ran was only near.
    if (!playing) this.theatre?.show(this.state.frame, { playing, speed });
  }

  /** Where the scenes lie. */
  get scenes() {
    return placesOf(sceneTrack(this.document));
  }

  posterOf(clip) {
    const placed = this.scenes.find((one) => one.clip.id === clip.id);
    const scene = this.scene(clip);
    const cover = scene?.cover_frame === undefined ? Math.floor(clip.duration * 0.6) : filmFrames(scene.cover_frame, scene, this.document.rate);
    const local = cover - (clip.offset ?? 0);
    return placed ? placed.start + Math.min(Math.max(0, local), clip.duration - 1) : 0;
  }

  /** Whether a scene is the one that stands at a frame. */
  shows(clip, frame) {
    const placed = this.scenes.find((one) => one.clip.id === clip.id);
    return Boolean(placed) && frame >= placed.start && frame < placed.start + clip.duration;
  }

  seek(frame) {
    this.clock.seek(frame);
  }

  /** Selects a clip and shows it at its designed moment, unless the playhead is inside it already. */
  select(id, { move = true } = {}) {
    const placed = this.scenes.find((one) => one.clip.id === id);
    this.set({ selected: id, selection: [id], joint: null, marker: null });
    if (!placed || !move) return;
    const inside = this.state.frame >= placed.start + placed.overlap && this.state.frame < placed.end;
    if (!inside) this.seek(this.posterOf(placed.clip));
  }

  /** Chooses clips in the timeline; the last one's values are shown. */
  choose(ids) {
    const { selection, selected, joint, marker } = this.state;
    // The playhead may have gone to another clip since, and shown that one's values. Where nothing is chosen, the values
    // are those of the scene on the stage, where there is none those of the last one that was shown.
    const scene = sceneAt(this.document, this.state.frame) ?? (clipById(this.document, selected) ? selected : null);
    const shown = ids.at(-1) ?? scene;
    if (shown === selected && ids.length === selection.length && ids.every((id, at) => id === selection[at]) && !joint && !marker) return;
    this.set({ selection: ids, selected: shown, joint: null, marker: null });
  }

  /** Shows the values of a clip that somebody chose, also where a panel of the film's lies over them. */
  showValues(id, { words = false } = {}) {
    this.set({ asked: { id, words } });
  }

  /** Makes sure that an edit of this clip can be seen: a film that is not playing stands on its designed moment. */
  reveal(id) {
    if (this.state.playing) this.clock.pause();
    const clip = clipById(this.document, id);
    if (clip) this.seek(this.posterOf(clip));
    this.set({ selected: id });
  }

  /** The same for a text of the timeline: the playhead goes to where it is seen, and stays where it is seen already. */
  revealText(id) {
    if (this.state.playing) this.clock.pause();
    const found = findClip(this.document, id);
    const place = found && placesOf(found.track).find((one) => one.clip.id === id);
    if (place && (this.state.frame < place.start || this.state.frame >= place.end)) this.seek((place.start + place.end) / 2);
  }

  /** One gesture: applied here, kept in the history, sent to the server. */
  edit(ops, { merge = null } = {}) {
    this.flush();
    const { document, inverses } = applyAll(this.document, ops);
    this.history.record(inverses, merge, ops);
    this.commit(document, ops, merge);
  }

  /** A keystroke: shown at once, saved after a rest. */
  type(clip, key, value) {
    const op = { op: "set_value", clip, key, value };
    const { document, inverses } = applyAll(this.document, [op]);
    this.picture([op]); // first of all: while the server draws, the page goes on
    this.history.record(inverses, `${clip}/${key}`, [op]);
    this.pending.set(`${clip}/${key}`, op);
    if (this.state.save.kind === "saved") this.set({ save: this.standing });
    this.accept(document);
    clearTimeout(this.rest);
    this.rest = setTimeout(() => this.flush(), REST);
  }

  /** A field is entered: its text is drawn once as it is, for the server and the stage to have at hand what it takes. */
  async rehearse(key) {
    const clip = clipById(this.document, this.state.selected);
    const element = clip && this.scene(clip)?.elements.find((one) => one.key === key);
    if (element?.kind !== "text" || !this.theatre) return;
    try {
      const answer = await this.line.ask({ clip: clip.id, key, value: clip.values[key] ?? null, side: this.theatre.side });
      const patches = this.heard(clip.id, key, answer.patches);
      if (!this.theatre?.fits(clip.id, answer.of)) this.onOtherTemplate(clip.id);
      else if (this.state.focused === key && this.baker.idle) this.theatre?.prepare(clip.id, patches);
    } catch {
      // The keystroke will tell.
    }
  }

  /** Which characters of a text no font has, the rest of it is drawn; and whether it has no room. */
  told(at, missing, overflows) {
    if ((this.state.missing[at] ?? "") !== missing) this.set({ missing: { ...this.state.missing, [at]: missing } });
    if (Boolean(this.state.overflows[at]) !== overflows) this.set({ overflows: { ...this.state.overflows, [at]: overflows } });
  }

  /** What a bake says beside the picture. */
  heard(clip, key, patches) {
    if (key) {
      const missing = patches.find((patch) => patch.missing)?.missing ?? "";
      this.told(`${clip}/${key}`, missing, patches.some((patch) => patch.overflow));
    }
    return patches.filter((patch) => patch.missing === undefined && patch.overflow === undefined);
  }

  setLoop(loop) {
    this.clock.loop = loop;
    this.set({ loop });
    remember(this.project.id, this.state.range, loop);
  }

  /** The range that loops and that can be exported: `in` is its first frame, `out` the one after its last. */
  setRange(edge, frame) {
    const range = { ...this.state.range };
    if (edge === "in") {
      range.in = Math.max(0, Math.min(frame, this.clock.length - 1));
      if (range.out !== null && range.out <= range.in) range.out = null;
    } else {
      range.out = Math.min(this.clock.length, Math.max(1, frame));
      if (range.in !== null && range.in >= range.out) range.in = null;
    }
    this.putRange(range);
  }

  putRange(range) {
    this.clock.range = range;
    this.set({ range });
    remember(this.project.id, range, this.state.loop);
  }

  clearRange() {
    this.putRange({ in: null, out: null });
  }

  /** How the document stands where the server has all that was sent: what is being typed is not sent yet. */
  get standing() {
    return this.pending.size ? { kind: "saving", count: this.pending.size } : { kind: "saved", count: 0 };
  }

  /** Whether there is a step back, and one on. */
  get steps() {
    return { canUndo: !this.exchanging && this.history.undos.length > 0, canRedo: !this.exchanging && this.history.redos.length > 0 };
  }

  offerSteps() {
    this.set(this.steps);
  }

  /** Resolves when all is saved. */
  saved() {
    return this.when(() => this.outbox.idle);
  }

  /** Resolves when it is so. Rejects when the server is out of reach, or knows this page's session no longer. */
  when(so) {
    return new Promise((resolve, reject) => {
      const look = () => {
        if (so()) resolve();
        else if (["offline", "signed-out"].includes(this.state.save.kind)) reject(new TypeError(this.state.save.kind));
        else return false;
        this.listeners.delete(look);
        return true;
      };
      if (!look()) this.listeners.add(look);
    });
  }

  /** Saves what is being typed now, as when a field is left. */
  flush() {
    clearTimeout(this.rest);
    if (!this.pending.size) return;
    const ops = [...this.pending.values()];
    this.pending.clear();
    this.history.seal();
    this.outbox.push(ops);
  }

  undo() {
    if (!this.exchanging) this.step(this.history.undo(this.document));
  }

  redo() {
    if (!this.exchanging) this.step(this.history.redo(this.document));
  }

  step(made) {
    if (!made) return;
    if (made.revision !== undefined) return void this.stepTo(made);
    // What was typed and not sent yet is taken back with the rest: send it first, in order.
    this.flush();
    this.commit(made.document, made.ops);
    const clip = made.ops.find((op) => op.clip && clipById(made.document, op.clip));
    if (clip) this.select(clip.clip);
  }

  /** Back to the document of a revision, or on to it, as one step of undo. */
  async stepTo({ revision, entry }) {
    try {
      await this.exchange(revision, entry);
    } catch (error) {
      this.callbacks.onNotice(error.status ? error.message : say("offline_versions"));
    }
  }

  /** Takes the document of a kept version back: one gesture, which undo takes back. Resolves to the revision that was
   *  there before. */
  restore(revision) {
    return this.exchange(revision);
  }

  /** Asks the server for the document of a version, and waits until it is shown. What was there is a version, too: that
   *  one's revision is the answer. `entry`: the step of the history that asks. */
  async exchange(revision, entry) {
    this.exchanging = true; // nothing is undone meanwhile: it would be undone in a document that goes
    this.offerSteps();
    try {
      do {
        this.flush();
        await this.saved();
      } while (this.pending.size || !this.outbox.idle); // what was done while that was sent goes with the document, too
      const done = this.history.exchange(entry);
      this.asking = this.ask(`/projects/${this.project.id}/versions/${revision}/restore`);
      const { project, document } = await this.asking;
      const before = project.revision - 1; // others may have edited after what was read here
      this.outbox.own.add(project.revision);
      this.outbox.follow(project.revision);
      await this.when(() => this.outbox.revision >= project.revision).finally(() => done(before, document));
      return before;
    } finally {
      this.exchanging = false;
      this.asking = null;
      this.offerSteps();
    }
  }

  /** Asks once more where no answer came: it is done once by its key. Edits wait behind it, so it has an end. */
  async ask(path) {
    const headers = { "Idempotency-Key": newId() + newId() };
    const once = () => call(path, { method: "POST", headers, signal: AbortSignal.timeout(PATIENCE) });
    try {
      return await once().catch((error) => (error.status ? Promise.reject(error) : once()));
    } catch (error) {
      // The answer that was lost was too large to be given again.
      if (error.code === "idempotency-key-done") return call(`/projects/${this.project.id}`, { signal: AbortSignal.timeout(PATIENCE) });
      throw error;
    }
  }

  /** Undoes a restore by its notice: the last step where it is that, else by a step of its own. */
  async unrestore(before) {
    if (this.history.undos.at(-1)?.revision === before) return this.undo();
    return this.restore(before).catch((error) => this.callbacks.onNotice(error.status ? error.message : say("offline_versions")));
  }

  commit(document, ops, merge = null) {
    this.accept(document);
    this.picture(ops);
    this.outbox.push(ops, merge);
  }

  accept(document) {
    const there = (id) => findClip(document, id) !== null;
    const { selected, selection } = this.state;
    this.set({
      document,
      film: sameFilm(this.state.film, document) ? this.state.film : document,
      selected: selected && !there(selected) ? (sceneAt(document, this.state.frame) ?? clipsOf(document)[0]?.id ?? null) : selected,
      selection: selection.every(there) ? selection : selection.filter(there),
      ...this.steps,
    });
    this.configureClock();
    this.theatre?.setDocument(document);
    this.mixer.setDocument(document);
    this.thumbnails.setDocument(document);
  }

  /** Brings the picture up to date after operations: by a bake where one will do, else by the saved document. */
  picture(ops) {
    if (!this.theatre) return;
    for (const op of ops) {
      const { side } = this.theatre;
      if (this.changesSound(op)) this.stale.add(op.clip);
      if (op.op === "set_value") this.baker.bake(op.clip, { key: op.key, value: op.value, side });
      else if (op.op === "reset_value") this.baker.bake(op.clip, { key: op.key, value: null, side });
      else if (op.op === "set_color" || op.op === "apply_preset") {
        const changed = op.op === "set_color" ? [op.key] : undefined; // else all of them are drawn anew
        for (const clip of this.theatre.players.keys()) this.baker.color(clip, { colors: this.document.colors, changed, side });
      }
    }
  }

  /** Whether a value may change what a scene sounds: its sound is asked for anew when that is saved. */
  changesSound({ op, clip, key }) {
    if (op !== "set_value" && op !== "reset_value") return false;
    const found = clipById(this.document, clip);
    const kind = found && this.scene(found)?.elements.find((element) => element.key === key)?.kind;
    return kind === "audio" || (Boolean(this.theatre.sounds.get(clip)) && kind !== "text" && kind !== "color");
  }

  stale = new Set();

  onAnswer(answer, commit, last) {
    if (answer.notices?.length) this.callbacks.onNotice(say("written_over"));
    const problems = { ...this.state.problems };
    for (const op of commit.ops) if (op.key) delete problems[`${op.clip}/${op.key}`];
    this.set({ problems });
    if (!last) return;
    this.redraw();
  }

  /** The document of record changed by more than our edits: show it, with ours on top. */
  onRebased() {
    const before = this.document;
    this.accept(this.outbox.rebase([...this.pending.values()]));
    for (const id of this.theatre?.players.keys() ?? []) {
      const [was, is] = [clipById(before, id), clipById(this.document, id)];
      if (before.colors !== this.document.colors || was?.values !== is?.values) this.stale.add(id);
    }
    if (this.outbox.idle) this.redraw();
  }

  onRefused(problem, commit, again) {
    this.history.refuse(commit.ops);
    this.offerSteps();
    if (again) {
      // What was refused can be done after all, with the clip that was gone put back.
      this.callbacks.onOffer(problem.message, say("put_back"), () => this.edit(again));
      this.redraw();
      return;
    }
    const beside = besideFields(problem.body?.problems);
    if (Object.keys(beside).length) {
      this.set({ problems: { ...this.state.problems, ...beside } });
      this.redraw();
      return;
    }
    const op = commit.ops.find((one) => one.key === problem.field) || commit.ops.find((one) => one.key);
    if (op?.key) this.set({ problems: { ...this.state.problems, [`${op.clip}/${op.key}`]: problem.message } });
    else this.callbacks.onNotice([...new Set((problem.body?.problems ?? []).map(sentenceOf))].join(" ") || problem.message);
    this.redraw();
  }

  async redraw() {
    const late = [...this.stale];
    this.stale.clear();
    this.theatre?.retry();
    await Promise.all(late.map((clip) => this.theatre?.reload(clip)));
    if (this.state.previewStale && !this.stale.size) this.set({ previewStale: false });
  }

  onBakeError(error, { clip }) {
    // Refusals stand beside the field when the save is refused. Else the last picture stays, marked as such, until the scene
    // is fetched as it was saved: with the save, or now where that was quicker.
    if (error.status >= 400 && error.status < 500) return;
    this.late(clip);
  }

  /** The designer has changed the template since the scene was drawn: what is on the stage is not patched but fetched. The
   *  fields are those of before until the page is loaded again, which is offered. */
  onOtherTemplate(clip) {
    this.late(clip);
    this.offerLoading(say("template_changed"));
  }

  /** Offers to load the page again, which waits until all is saved. */
  offerLoading(why, how) {
    const load = () => {
      this.flush();
      this.saved().then(() => location.reload(), () => this.callbacks.onNotice(say("offline_versions")));
    };
    this.callbacks.onOffer(why, say("load_again"), load, how);
  }

  /** A scene's picture is older than its values until it is fetched anew: with the save, or now where nothing is saved. */
  late(clip) {
    this.stale.add(clip);
    this.set({ previewStale: true });
    if (this.outbox.idle && !this.pending.size) this.redraw();
  }
}

/** Reads a part of the session's state and follows it. `select` must return the same value for the same state. */
export function useSession(session, select) {
  return useSyncExternalStore(session.subscribe, () => select(session.state));
}
