// A template under review: scenes beside, the chosen scene in the middle, what was found and the customer's view at the end.
import { useCallback, useState } from "react";
import { Link } from "react-router";
import { Capabilities, Footage, Fonts } from "./report.jsx";
import { CustomerView } from "./customer.jsx";
import { Elements } from "./elements.jsx";
import { About, Colors, Presets } from "./manager.jsx";
import { Publish } from "./publish.jsx";
import { SceneFacts, SceneFrame, SceneList } from "./scenes.jsx";
import { ScanButtons, ScanNote, useScan } from "./scan.jsx";
import { useTemplate } from "./template.js";
import { ago, frameRate, named, say, tenths } from "./words.js";

const TABS = ["scenes", "colors", "presets", "about"];
const STATES = { draft: "", published: "ok", archived: "warn" };

/** Why it cannot be published yet, in few words; the server's sentence stands in the tooltip. */
function blocker({ problems: [first], fonts }) {
  if (first.field === "fonts") return say("fonts_to_choose", { count: fonts.filter((font) => font.state === "missing").length });
  return first.field === "scenes" ? say("no_scene_on") : first.short;
}

function Editor({ data, change, reload, busy, onNotice }) {
  const [tab, setTab] = useState("scenes");
  const [side, setSide] = useState("report");
  const [sceneId, setSceneId] = useState(data.scenes[0]?.id);
  const [marked, setMarked] = useState(null);
  const scan = useScan(data.id, data.pending, { reload, onNotice });
  const scene = data.scenes.find((one) => one.id === sceneId) ?? data.scenes[0];
  const gone = scan.changes.filter((one) => one.kind !== "element");
  const published = data.state === "published";

  return (
    <div className="review">
      <header className="review-top">
        <div className="row g8 start">
          <Link className="t2 link-quiet" to="/designer">
            {say("templates")}
          </Link>
          <span className="t3">/</span>
          <b className="trunc">
            <bdi>{named(data)}</bdi>
          </b>
          <span className={`pill ${STATES[data.state] ?? ""}`} data-state={data.state}>
            {say(`state_${data.state}`)}
          </span>
          <span className="t3 trunc file-line">
            <bdi>{data.file.name}</bdi> · <span className="ltr">md5 {data.file.md5.slice(0, 6)}</span> · {say("scan_took", { seconds: tenths(data.file.seconds) })} · {ago(data.file.scanned_at)}
          </span>
        </div>
        <div className="row g8 review-acts">
          <ScanButtons state={scan} />
          {published ? (
            <>
              <button type="button" className="btn" disabled={busy} onClick={() => change("/unpublish", { method: "POST" })} data-act="unpublish">
                {say("unpublish")}
              </button>
              <Link className="btn primary" to={`/templates/${data.id}`} data-act="in-gallery">
                {say("see_in_gallery")}
              </Link>
            </>
          ) : (
            <Publish
              data={data}
              disabled={busy || data.problems.length > 0}
              onPublished={async () => {
                await reload();
                onNotice(say("published"));
              }}
            />
          )}
          {!published && data.problems.length > 0 && (
            <span className="warn-text fs12" title={data.problems.map((one) => one.detail).join("\n")}>
              {blocker(data)}
            </span>
          )}
        </div>
      </header>
      <nav className="review-tabs" role="tablist" aria-label={say("parts")}>
        {TABS.map((name) => (
          <button key={name} type="button" role="tab" aria-selected={tab === name} className={tab === name ? "on" : ""} onClick={() => setTab(name)}>
            {say(`tab_${name}`)}
          </button>
        ))}
      </nav>
      {tab === "scenes" && scene && (
        <>
          <SceneList data={data} chosen={scene.id} onChoose={setSceneId} change={change} changes={scan.changes} />
          <div className="review-main">
            <ScanNote state={scan} file={data.file} />
            <header className="row g12 between">
              <h2 className="h16 trunc">
                <bdi>{named(scene)}</bdi> <small className="mono t3">{scene.key}</small>
              </h2>
              {scene.gone ? (
                <span className="pill danger">{say("gone")}</span>
              ) : (
                <span className="t2 num">
                  {say("seconds", { seconds: tenths((scene.frames * scene.rate[1]) / scene.rate[0]) })} · <bdi className="ltr">{`${scene.size[0]} × ${scene.size[1]}`}</bdi> · {frameRate(scene.rate)}
                </span>
              )}
            </header>
            <div className="review-stage">
              <SceneFrame scene={scene} marked={marked} onMark={setMarked} />
              <SceneFacts key={scene.id} scene={scene} change={change} />
            </div>
            {gone.length > 0 && (
              <ul className="scan-news">
                {gone.map((one) => (
                  <li key={one.id}>
                    <label className="row g8">
                      <input type="checkbox" checked={scan.ticked.has(one.id)} onChange={() => scan.toggle(one.id)} />
                      <span className="pill">{say(`change_${one.state}`)}</span>
                      <b>
                        <bdi>{one.name}</bdi>
                      </b>
                      <span className="hint">{one.sentence}</span>
                    </label>
                  </li>
                ))}
              </ul>
            )}
            <Elements templateId={data.id} scene={scene} change={change} changes={scan.changes} ticked={scan.ticked} onTick={scan.toggle} marked={marked} onMark={setMarked} />
          </div>
        </>
      )}
      {tab !== "scenes" && (
        <div className="review-main wide">
          <ScanNote state={scan} file={data.file} />
          {tab === "colors" && <Colors data={data} change={change} />}
          {tab === "presets" && <Presets data={data} change={change} />}
          {tab === "about" && <About data={data} change={change} onNotice={onNotice} />}
        </div>
      )}
      <aside className="review-side">
        <div className="seg fill side-tabs" role="tablist" aria-label={say("beside")}>
          {["report", "customer"].map((name) => (
            <button key={name} type="button" role="tab" aria-selected={side === name} className={side === name ? "on" : ""} onClick={() => setSide(name)}>
              {say(`side_${name}`)}
            </button>
          ))}
        </div>
        {side === "report" ? (
          <>
            <Fonts data={data} change={change} reload={reload} onNotice={onNotice} />
            <Footage data={data} />
            <Capabilities data={data} />
          </>
        ) : (
          scene && <CustomerView key={scene.id} data={data} scene={scene} />
        )}
      </aside>
    </div>
  );
}

export function TemplateEditor({ id, onNotice }) {
  const notice = useCallback((text) => onNotice?.(text), []);
  const template = useTemplate(id, notice);
  if (template.problem)
    return (
      <div className="empty">
        <h2 className="h20">{template.problem.message}</h2>
        <Link className="btn" to="/designer">
          {say("templates")}
        </Link>
      </div>
    );
  if (!template.data) return <p className="empty-line">{say("loading")}</p>;
  return <Editor {...template} onNotice={notice} />;
}
