// Logo, icon and the picture of the first page: chosen, sent as they are, and shown as the server wrote them anew.
import { useRef, useState } from "react";
import { ImageUp, LoaderCircle, Trash2 } from "lucide-react";
import { call, Problem as Refusal } from "$/public/external/flatrender/ui/components/studio/api.js";
import { Problem } from "./inputs.jsx";
import { failure, say } from "./words.js";

const KINDS = "image/png,image/jpeg,image/webp";

async function send(site, kind, file) {
  const answer = await fetch(`/api/v1/sites/${site}/${kind}`, { method: "PUT", headers: { "Content-Type": file.type || "application/octet-stream" }, body: file });
  const body = await answer.json().catch(() => null);
  if (!answer.ok) throw new Refusal(answer.status, body);
  return body;
}

/** The visited site's mark and logo on this page as they are now: `/tenant.js` said them when it was loaded. */
export async function showMark() {
  const script = document.createElement("script");
  script.src = `/tenant.js?at=${Date.now()}`;
  const there = new Promise((resolve) => { script.onload = script.onerror = resolve; });
  document.head.append(script);
  await there;
  script.remove();
  const { logo, mark } = window.flatrenderTenant ?? {};
  for (const [now, start] of [[mark, "/tenant-icon"], [logo, "/tenant-logo"]]) {
    if (now) document.querySelectorAll(`img[src^="${start}"]`).forEach((image) => image.setAttribute("src", now));
  }
}

/** `there`: which picture there is, empty for none. */
export function Picture({ site, kind, there, onDone, label = say(kind) }) {
  const input = useRef(null);
  const [busy, setBusy] = useState(false);
  const [problem, setProblem] = useState(null);
  const run = async (work) => {
    setBusy(true);
    setProblem(null);
    try {
      onDone(await work());
    } catch (error) {
      setProblem({ ...failure(error), field: "file" });
    }
    setBusy(false);
    if (input.current) input.current.value = "";
  };
  return (
    <div className="fieldset">
      <span className="label">{label}</span>
      <div className="row g8 wrap">
        {there && <img className={`site-picture ${kind}`} src={`/api/v1/sites/${site}/pictures/${kind}?v=${there}`} alt={label} />}
        <input ref={input} type="file" accept={KINDS} className="vh" aria-label={label} tabIndex={-1} onChange={(event) => event.target.files[0] && run(() => send(site, kind, event.target.files[0]))} />
        <button type="button" className="btn line" aria-busy={busy} onClick={() => input.current.click()} data-act={kind}>
          {busy ? <LoaderCircle className="ic spin" aria-hidden="true" /> : <ImageUp className="ic" aria-hidden="true" />}
          {say(there ? "picture_change" : "picture_add")}
        </button>
        {there && (
          <button type="button" className="ib" aria-label={say(`${kind}_remove`)} onClick={() => run(() => call(`/sites/${site}/${kind}`, { method: "DELETE" }))}>
            <Trash2 className="ic" aria-hidden="true" />
          </button>
        )}
      </div>
      <Problem problem={problem} field="file" />
      {!problem && <p className="hint">{say(`${kind}_hint`)}</p>}
    </div>
  );
}
