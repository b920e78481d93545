// The site's own fonts, one a script: sent as they are, and shown as the server wrote them anew.
import { useEffect, useRef, useState } from "react";
import { LoaderCircle, Trash2, Type } from "lucide-react";
import { call, Problem as Refusal } from "$/public/external/flatrender/ui/components/studio/api.js";
import { Problem } from "./inputs.jsx";
import { failure, say } from "./words.js";

const KINDS = ".woff2,.ttf,.otf,font/woff2,font/ttf,font/otf";

async function send(site, script, file) {
  const answer = await fetch(`/api/v1/sites/${site}/fonts/${script}`, { method: "PUT", headers: { "Content-Type": "application/octet-stream" }, body: file });
  const body = await answer.json().catch(() => null);
  if (!answer.ok) throw new Refusal(answer.status, body);
  return body;
}

/** A face that only the sample uses: the page itself keeps its look until it is loaded again. */
function useFace(site, script, version) {
  const [family, setFamily] = useState("");
  useEffect(() => {
    if (!version) return setFamily("");
    const face = new FontFace(`sample-${script}-${version}`, `url(/api/v1/sites/${site}/fonts/${script}?v=${version})`);
    let alive = true;
    face.load().then(() => alive && (document.fonts.add(face), setFamily(face.family)), () => {});
    return () => {
      alive = false;
      document.fonts.delete(face);
    };
  }, [site, script, version]);
  return family;
}

export function Typeface({ site, script, font, onDone }) {
  const input = useRef(null);
  const [busy, setBusy] = useState(false);
  const [problem, setProblem] = useState(null);
  const family = useFace(site, script, font?.version);
  const run = async (work) => {
    setBusy(true);
    setProblem(null);
    try {
      await work();
      onDone();
    } catch (error) {
      setProblem({ ...failure(error), field: "file" });
    }
    setBusy(false);
    if (input.current) input.current.value = "";
  };
  return (
    <div className="fieldset" data-font={script}>
      <span className="label">{say(`font_${script}`)}</span>
      <div className="row g8">
        <input ref={input} type="file" accept={KINDS} className="vh" aria-label={say(`font_${script}`)} tabIndex={-1} onChange={(event) => event.target.files[0] && run(() => send(site, script, event.target.files[0]))} />
        <button type="button" className="btn line" aria-busy={busy} onClick={() => input.current.click()} data-act={`font-${script}`}>
          {busy ? <LoaderCircle className="ic spin" aria-hidden="true" /> : <Type className="ic" aria-hidden="true" />}
          {say(font ? "picture_change" : "font_add")}
        </button>
        {font && (
          <button type="button" className="ib" aria-label={say("font_remove", { name: font.family })} onClick={() => run(() => call(`/sites/${site}/fonts/${script}`, { method: "DELETE" }))}>
            <Trash2 className="ic" aria-hidden="true" />
          </button>
        )}
      </div>
      {font && (
        <p className="site-face" lang={script === "persian" ? "fa" : "en"} dir={script === "persian" ? "rtl" : "ltr"} style={family ? { fontFamily: family } : undefined}>
          <bdi>{font.family}</bdi> · {say(`font_${script}_sample`)}
        </p>
      )}
      <Problem problem={problem} field="file" />
      {!problem && !font && <p className="hint">{say("font_hint")}</p>}
    </div>
  );
}
