// Publishing: what stands in the gallery beside the film is asked once, with what the template itself suggests.
import { useEffect, useId, useState } from "react";
import { TriangleAlert } from "lucide-react";
import { Dialog } from "radix-ui";
import { call } from "$/public/external/flatrender/ui/components/studio/api.js";
import { patch, post } from "./template.js";
import { language, named, say } from "./words.js";

const TAG = /[,،]/;
const wordsOf = (text) => text.split(TAG).map((tag) => tag.trim()).filter(Boolean);

/** The scenes that customers get, with a picture. */
const shownOf = (data) => data.scenes.filter((scene) => scene.enabled && !scene.gone && scene.picture);

/** A first sentence for the gallery, out of the template itself. */
function suggested(data) {
  const scenes = data.scenes.filter((scene) => scene.enabled && !scene.gone);
  const elements = scenes.flatMap((scene) => scene.elements).filter((element) => element.enabled && !element.gone);
  const count = (kind) => elements.filter((element) => element.kind === kind).length;
  const seconds = Math.round((data.frames * data.rate[1]) / data.rate[0]);
  return say("suggested", { scenes: say("scenes_count", { count: scenes.length }), seconds, texts: say("texts_count", { count: count("text") }), images: say("images_count", { count: count("image") }) });
}

function Said({ id, problem, field }) {
  if (problem?.field !== field) return null;
  return (
    <p className="says danger" id={id} role="alert">
      <TriangleAlert className="ic s12" aria-hidden="true" />
      {problem.message}
    </p>
  );
}

function Form({ data, onDone, onCancel }) {
  const id = useId();
  const own = language === "fa" ? "description_fa" : "description";
  const scenes = shownOf(data);
  const [categories, setCategories] = useState([]);
  const [cover, setCover] = useState(data.cover.scene ?? scenes[0]?.key ?? null);
  const [category, setCategory] = useState(data.category ?? "");
  const [fresh, setFresh] = useState("");
  const [tags, setTags] = useState(data.tags.join(", "));
  const [about, setAbout] = useState(data[own] || suggested(data));
  const [busy, setBusy] = useState(false);
  const [problem, setProblem] = useState(null);

  useEffect(() => {
    let alive = true;
    call("/categories").then(
      (found) => alive && setCategories(found),
      () => {},
    );
    return () => {
      alive = false;
    };
  }, []);

  const send = async (event) => {
    event.preventDefault();
    setBusy(true);
    setProblem(null);
    try {
      let shelf = category;
      if (fresh.trim()) {
        shelf = (await call("/categories", post({ name: fresh.trim() }))).id;
        setCategory(shelf);
        setFresh("");
      }
      const scene = scenes.find((one) => one.key === cover);
      const place = scene && { scene: scene.key, frame: scene.cover_frame };
      const kept = data.cover.scene === cover ? {} : { cover: place ?? null };
      await call(`/templates/${data.id}`, patch({ [own]: about.trim(), category: shelf || null, tags: wordsOf(tags), ...kept }));
      await call(`/templates/${data.id}/publish`, { method: "POST" });
      onDone();
    } catch (error) {
      setProblem(error.status ? error : { message: say("unreachable_short"), field: null });
      setBusy(false);
    }
  };
  const elsewhere = problem && !["description", "description_fa", "category", "tags", "cover", "name"].includes(problem.field);
  return (
    <form className="publish" onSubmit={send} noValidate>
      {scenes.length > 0 && (
        <fieldset className="covers">
          <legend className="fs12 t2">{say("cover")}</legend>
          <div className="row g8 wrap">
            {scenes.map((scene) => (
              <button key={scene.id} type="button" className="cover" aria-pressed={cover === scene.key} onClick={() => setCover(scene.key)}>
                <img src={scene.picture} alt={named(scene)} />
              </button>
            ))}
          </div>
          <Said problem={problem} field="cover" />
        </fieldset>
      )}
      <div className="row g12 wrap end-align">
        <div className="fieldset grow">
          <label htmlFor={`${id}-category`} className="fs12 t2">
            {say("category")}
          </label>
          <select id={`${id}-category`} className="studio-select" value={category} onChange={(event) => setCategory(event.target.value)}>
            <option value="">{say("no_category")}</option>
            {categories.map((one) => (
              <option key={one.id} value={one.id}>
                {named(one)}
              </option>
            ))}
          </select>
        </div>
        <div className="fieldset grow">
          <label htmlFor={`${id}-fresh`} className="fs12 t2">
            {say("new_category")}
          </label>
          <span className="field">
            <input id={`${id}-fresh`} value={fresh} maxLength={120} dir="auto" onChange={(event) => setFresh(event.target.value)} />
          </span>
        </div>
      </div>
      <Said problem={problem} field="name" />
      <Said problem={problem} field="category" />
      <div className="fieldset">
        <label htmlFor={`${id}-tags`} className="fs12 t2">
          {say("tags")}
        </label>
        <span className="field">
          <input id={`${id}-tags`} value={tags} maxLength={400} dir="auto" placeholder={say("tags_hint")} onChange={(event) => setTags(event.target.value)} />
        </span>
        <Said problem={problem} field="tags" />
      </div>
      <div className="fieldset">
        <label htmlFor={`${id}-about`} className="fs12 t2">
          {say("description")}
        </label>
        <span className="field area">
          <textarea id={`${id}-about`} rows={3} value={about} maxLength={2000} dir="auto" onChange={(event) => setAbout(event.target.value)} />
        </span>
        <Said problem={problem} field={own} />
      </div>
      {elsewhere && <Said problem={problem} field={problem.field} />}
      <div className="acts">
        <button type="button" className="btn ghost" onClick={onCancel}>
          {say("not_yet")}
        </button>
        <button type="submit" className="btn primary" disabled={busy} aria-busy={busy} data-act="publish-now">
          {say("publish")}
        </button>
      </div>
    </form>
  );
}

/** The button and its dialog. `onPublished()` after the template stands in the gallery. */
export function Publish({ data, disabled, onPublished }) {
  const [open, setOpen] = useState(false);
  return (
    <Dialog.Root open={open} onOpenChange={setOpen}>
      <Dialog.Trigger asChild>
        <button type="button" className="btn primary" disabled={disabled} data-act="publish">
          {say("publish")}
        </button>
      </Dialog.Trigger>
      <Dialog.Portal>
        <Dialog.Overlay className="scrim" />
        <Dialog.Content className="dialog wide" aria-describedby={undefined}>
          <Dialog.Title className="h16">
            {say("publish_heading")} <bdi>{named(data)}</bdi>
          </Dialog.Title>
          <Form
            data={data}
            onCancel={() => setOpen(false)}
            onDone={() => {
              setOpen(false);
              onPublished();
            }}
          />
        </Dialog.Content>
      </Dialog.Portal>
    </Dialog.Root>
  );
}
