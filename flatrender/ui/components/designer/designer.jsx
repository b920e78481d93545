// The designer's templates: upload one, see those there are. Wrapped by __init__.py, with the editor of one template.
import { useCallback, useEffect, useId, useRef, useState } from "react";
import { FileUp, TriangleAlert } from "lucide-react";
import { Link, useNavigate } from "react-router";
import { call, upload } from "$/public/external/flatrender/ui/components/studio/api.js";
import { useDropped, useSending } from "$/public/external/flatrender/ui/components/studio/doing.js";
import { named, number, say } from "./words.js";

export { TemplateEditor } from "./editor.jsx";

const STATES = ["draft", "published", "archived"];

function UploadBox() {
  const field = useId();
  const navigate = useNavigate();
  const file = useRef(null);
  const { share, problem, send } = useSending(say("unreachable"));
  const [choices, setChoices] = useState([]);

  const take = (chosen, project = "") => {
    if (!chosen) return;
    file.current = chosen;
    setChoices([]);
    send(async (onShare) => {
      try {
        const made = await upload("/templates", chosen, onShare, project ? { project } : {});
        navigate(`/designer/${made.id}`);
      } catch (error) {
        if (error.code === "which-project") setChoices(error.body.choices ?? []);
        throw error;
      }
    });
  };
  const { over, onto } = useDropped((data) => take(data.files[0]));
  const percent = Math.round((share ?? 0) * 100);
  return (
    <section
      className={`upload-box${over ? " over" : ""}`}
      aria-label={say("upload")}
      {...onto}
    >
      <FileUp className="ic s24" aria-hidden="true" />
      <div className="grow">
        <h2 className="h16">{say("upload")}</h2>
        <p className="hint">{say("upload_hint")}</p>
        {share !== null && (
          <>
            <div className="bar" role="progressbar" aria-valuemin={0} aria-valuemax={100} aria-valuenow={percent} aria-label={say("upload")}>
              <i style={{ inlineSize: `${percent}%` }} />
            </div>
            <p className="hint" role="status">
              {share < 1 ? say("uploading", { percent }) : say("reading")}
            </p>
          </>
        )}
        {problem && (
          <p className="says" role="alert">
            <TriangleAlert className="ic" aria-hidden="true" />
            {problem}
          </p>
        )}
        {choices.length > 0 && (
          <div className="row g8 wrap" role="group" aria-label={say("which_project")}>
            {choices.map((name) => (
              <button key={name} type="button" className="btn sm" onClick={() => take(file.current, name)}>
                <bdi>{name}</bdi>
              </button>
            ))}
          </div>
        )}
      </div>
      <label className="btn primary" htmlFor={field} aria-busy={share !== null}>
        {say("choose_file")}
      </label>
      <input
        id={field}
        className="vh"
        type="file"
        accept=".aep,.zip"
        disabled={share !== null}
        onChange={(event) => {
          take(event.target.files[0]);
          event.target.value = "";
        }}
      />
    </section>
  );
}

export function DesignerTemplates({ onNotice }) {
  const [groups, setGroups] = useState(null);
  const notice = useCallback((text) => onNotice?.(text), []);
  useEffect(() => {
    Promise.all(STATES.map((state) => call(`/templates?state=${state}&limit=200`)))
      .then((pages) => setGroups(pages.map((page) => page.items)))
      .catch((error) => notice(error.message));
  }, [notice]);
  return (
    <div className="designer">
      <UploadBox />
      {groups === null && <p className="empty-line">{say("loading")}</p>}
      {groups !== null && groups.every((items) => !items.length) && (
        <div className="empty">
          <h2 className="h20">{say("none_heading")}</h2>
          <p>{say("none")}</p>
        </div>
      )}
      {groups?.map(
        (items, index) =>
          items.length > 0 && (
            <section key={STATES[index]} aria-label={say(`group_${STATES[index]}`)}>
              <h2 className="h16 designer-head">
                {say(`group_${STATES[index]}`)} <span className="t3 num">{number(items.length)}</span>
              </h2>
              <ul className="designer-grid">
                {items.map((card) => (
                  <li key={card.id}>
                    <Link className="designer-card" to={`/designer/${card.id}`}>
                      <span className="designer-poster" style={{ aspectRatio: `${card.size[0]} / ${card.size[1]}`, background: card.dominant_color || undefined }}>
                        {card.poster && <img src={card.poster} alt="" loading="lazy" />}
                      </span>
                      <b className="trunc">
                        <bdi>{named(card)}</bdi>
                      </b>
                      <small className="t3">
                        {say("scenes_count", { count: card.scenes })} · <span className="num ltr">{card.size[0]} × {card.size[1]}</span>
                      </small>
                    </Link>
                  </li>
                ))}
              </ul>
            </section>
          ),
      )}
    </div>
  );
}
