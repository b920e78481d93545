// A person's picture, or the initials of their name; one's own is chosen and taken away here.
import { useRef, useState } from "react";
import { ImageUp, LoaderCircle, Trash2 } from "lucide-react";
import { Problem as Refusal } from "$/public/external/flatrender/ui/components/studio/api.js";
import { Problem } from "$/public/external/flatrender/ui/components/sites/inputs.jsx";
import { failure, say } from "./words.js";

const KINDS = "image/png,image/jpeg,image/webp";
const MOST = 2_000_000; // bytes that the server takes
const SIDE = 1024; // px, of what a larger picture becomes before it is sent

export function Face({ name, picture, size = "lg" }) {
  const words = name.trim().split(/\s+/);
  const letters = (words.length > 1 ? [words[0], words.at(-1)] : words).map((word) => [...word][0]).join("");
  return <span className={`av ${size}`} aria-hidden="true">{picture ? <img src={picture} alt="" /> : letters}</span>;
}

/** The file, or a smaller picture of it where a camera's is too large. What cannot be read here is the server's to judge. */
async function small(file) {
  if (file.size <= MOST) return file;
  const seen = await createImageBitmap(file).catch(() => null);
  if (!seen) return file;
  const share = Math.min(1, SIDE / Math.min(seen.width, seen.height));
  const canvas = document.createElement("canvas");
  canvas.width = Math.round(seen.width * share);
  canvas.height = Math.round(seen.height * share);
  canvas.getContext("2d").drawImage(seen, 0, 0, canvas.width, canvas.height);
  return (await new Promise((done) => canvas.toBlob(done, "image/jpeg", 0.9))) || file;
}

async function send(method, body) {
  const answer = await fetch("/api/v1/auth/me/picture", { method, body, headers: body ? { "Content-Type": body.type || "application/octet-stream" } : {} });
  if (!answer.ok) throw new Refusal(answer.status, await answer.json().catch(() => null));
}

export function OwnFace({ me, onDone }) {
  const input = useRef(null);
  const [busy, setBusy] = useState(false);
  const [problem, setProblem] = useState(null);
  const run = async (work) => {
    setBusy(true);
    setProblem(null);
    try {
      await work();
      await onDone();
    } catch (error) {
      setProblem({ ...failure(error), field: "file" });
    }
    setBusy(false);
    if (input.current) input.current.value = "";
  };
  const choose = (event) => {
    const [file] = event.target.files;
    if (file) run(async () => send("PUT", await small(file)));
  };
  return (
    <div className="fieldset">
      <span className="label">{say("picture_own")}</span>
      <div className="row g12">
        <Face name={me.name} picture={me.picture} size="xl" />
        <input ref={input} type="file" accept={KINDS} className="vh" aria-label={say("picture_own")} tabIndex={-1} onChange={choose} />
        <button type="button" className="btn line" aria-busy={busy} onClick={() => input.current.click()} data-act="picture">
          {busy ? <LoaderCircle className="ic spin" aria-hidden="true" /> : <ImageUp className="ic" aria-hidden="true" />}
          {say(me.picture ? "picture_change" : "picture_add")}
        </button>
        {me.picture && (
          <button type="button" className="ib" aria-label={say("picture_remove")} title={say("picture_remove")} onClick={() => run(() => send("DELETE"))}>
            <Trash2 className="ic" aria-hidden="true" />
          </button>
        )}
      </div>
      <Problem problem={problem} field="file" />
      {!problem && <p className="hint">{say("picture_hint")}</p>}
    </div>
  );
}
