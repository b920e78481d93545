// Edits of what a clip is set to; groups and links. See flatrender/projects/edits/settings.py.
import { clipKind, completed } from "./document.js";
import { needClip, withClip } from "./named.js";

/** A field of a clip, or a part of one (`style.color`). */
export function valueOf(clip, field) {
  const [name, part] = field.split(".");
  const value = part ? clip[name]?.[part] : clip[name];
  return value ?? null;
}

const NULLABLE = { sound: ["duration"], style: ["background"] };

/** The object with a field changed; null is the default, unless it is a value there. */
function changed(data, name, value, nullable = []) {
  if (value === null && !nullable.includes(name)) {
    const { [name]: gone, ...rest } = data;
    return rest;
  }
  return { ...data, [name]: value };
}

function withField(kind, clip, field, value) {
  const [name, part] = field.split(".");
  if (part) return completed(kind, { ...clip, [name]: changed(clip[name], part, value, NULLABLE[name]) });
  return completed(kind, changed(clip, name, value, NULLABLE[kind]));
}

function patch(document, clips) {
  const back = {};
  let after = document;
  for (const [id, fields] of Object.entries(clips)) {
    let { track, clip } = needClip(after, id);
    back[id] = {};
    for (const [field, value] of Object.entries(fields)) {
      back[id] = { [field]: valueOf(clip, field), ...back[id] };
      clip = withField(clipKind(track), clip, field, value);
    }
    after = withClip(after, clip);
  }
  return [after, { op: "patch_clips", clips: back }];
}

const mark = (field, value) => (document, op) =>
  patch(document, Object.fromEntries(op.clips.map((id) => [id, { [field]: value(op) }])));

export const SETTINGS = {
  set_clip(document, op) {
    const { track, clip } = needClip(document, op.clip);
    const inverse = { op: "set_clip", clip: clip.id, field: op.field, value: valueOf(clip, op.field) };
    return [withClip(document, withField(clipKind(track), clip, op.field, op.value ?? null)), inverse];
  },
  patch_clips: (document, op) => patch(document, op.clips),
  group: mark("group", (op) => op.id),
  ungroup: mark("group", () => null),
  link: mark("link", (op) => op.id),
  unlink: mark("link", () => null),
};
