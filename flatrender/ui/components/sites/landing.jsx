// What strangers see first on the site, and its legal pages: texts in each of its languages, never HTML.
import { useEffect, useState } from "react";
import { X } from "lucide-react";
import { call } from "$/public/external/flatrender/ui/components/studio/api.js";
import { Choices, Switch, TextArea, TextField } from "./inputs.jsx";
import { Picture } from "./pictures.jsx";
import { say } from "./words.js";

const NAMES = { en: "English", fa: "فارسی" };
const LEGAL = ["imprint", "privacy", "terms"];
const DIRECTION = { en: "ltr", fa: "rtl" };
const EMPTY = { headline: "", text: "", action: "" };

/** Which of the site's languages is written in now. */
function Written({ languages, language, onChange }) {
  if (languages.length < 2) return null;
  return <Choices label={say("written_in")} options={languages.map((key) => [key, NAMES[key]])} value={language} onChange={onChange} />;
}

/** The first page in small: as strangers will see it. */
export function LandingSample({ brand, text, language, picture }) {
  const style = { "--tenant-solid": brand.solid, "--tenant-on-solid": brand.on_solid, "--tenant-radius": `${brand.radius}px` };
  return (
    <div className="landing sample light" lang={language} dir={DIRECTION[language]} style={style} role="img" aria-label={say("landing_sample")}>
      <div className="landing-words">
        <b className="h26">{text.headline || say("landing_headline")}</b>
        {text.text && <p className="t2">{text.text}</p>}
        <span className="site-sample-button">{text.action || say("landing_action")}</span>
      </div>
      {picture && <img src={picture} alt="" />}
    </div>
  );
}

/** Published templates of the site, to be shown first. */
function Chosen({ slug, chosen, onChange }) {
  const [all, setAll] = useState([]);
  useEffect(() => {
    let alive = true;
    call("/templates?limit=100&sort=name", { headers: { "X-App": slug } }).then((found) => alive && setAll(found.items), () => {});
    return () => {
      alive = false;
    };
  }, [slug]);
  const named = (id) => all.find((each) => each.id === id)?.name ?? id;
  const free = all.filter((each) => !chosen.includes(each.id));
  return (
    <div className="fieldset">
      <span className="label">{say("landing_templates")}</span>
      {chosen.length > 0 && (
        <ul className="font-chips">
          {chosen.map((id) => (
            <li key={id} className="pill">
              <bdi dir="auto">{named(id)}</bdi>
              <button type="button" aria-label={say("landing_template_off", { name: named(id) })} onClick={() => onChange(chosen.filter((each) => each !== id))}><X className="ic s12" aria-hidden="true" /></button>
            </li>
          ))}
        </ul>
      )}
      <span className="field">
        <select className="people-role" aria-label={say("landing_templates")} value="" onChange={(event) => event.target.value && onChange([...chosen, event.target.value])}>
          <option value="">{say(free.length ? "landing_template_add" : "landing_template_none")}</option>
          {free.map((each) => <option key={each.id} value={each.id}>{each.name}</option>)}
        </select>
      </span>
    </div>
  );
}

/** `landing`: as the server keeps it; `seen`: the site as it is. */
export function LandingSettings({ site, seen, landing, languages, brand, onChange, onDone, problem }) {
  const [chosen, setChosen] = useState(seen.language);
  const language = languages.includes(chosen) ? chosen : languages[0];
  const text = { ...EMPTY, ...landing.texts[language] };
  const write = (name) => (value) => onChange({ ...landing, texts: { ...landing.texts, [language]: { ...text, [name]: value } } });
  const near = { ...problem, field: problem?.field === "landing.headline" ? `landing.headline.${language}` : problem?.field };
  const field = (name) => ({ name: `landing.${name}.${language}`, value: text[name], onChange: write(name), problem: near, dir: DIRECTION[language] });
  const picture = seen.landing.picture ? `/api/v1/sites/${site}/pictures/landing?v=${seen.landing.picture}` : "";
  return (
    <section className="site-card" aria-labelledby="site-landing">
      <h2 id="site-landing" className="h16">{say("landing")}</h2>
      <Switch label={say("landing_on")} hint={say("landing_on_hint")} checked={landing.on} onChange={(on) => onChange({ ...landing, on })} />
      <Written languages={languages} language={language} onChange={setChosen} />
      <TextField label={say("landing_headline")} {...field("headline")} />
      <TextArea label={say("landing_text")} rows={4} {...field("text")} />
      <div className="site-pair">
        <TextField label={say("landing_action")} {...field("action")} />
        <TextField name="landing.link" label={say("landing_link")} hint={say("landing_link_hint")} value={landing.link} onChange={(link) => onChange({ ...landing, link })} problem={problem} dir="ltr" />
      </div>
      <div className="site-pair">
        <Picture site={site} kind="landing" label={say("landing_picture")} there={seen.landing.picture} onDone={onDone} />
        <Chosen slug={seen.slug} chosen={landing.templates} onChange={(templates) => onChange({ ...landing, templates })} />
      </div>
      <LandingSample brand={brand} text={text} language={language} picture={picture} />
    </section>
  );
}

export function LegalSettings({ legal, languages, first, onChange, problem }) {
  const [chosen, setChosen] = useState(first);
  const language = languages.includes(chosen) ? chosen : languages[0];
  return (
    <section className="site-card" aria-labelledby="site-legal">
      <h2 id="site-legal" className="h16">{say("legal")}</h2>
      <p className="t2">{say("legal_about")}</p>
      <Written languages={languages} language={language} onChange={setChosen} />
      {LEGAL.map((page) => (
        <TextArea
          key={page} name={`legal.${page}.${language}`} label={say(page)} rows={5} problem={problem} dir={DIRECTION[language]}
          value={legal[page]?.[language] ?? ""} onChange={(value) => onChange({ ...legal, [page]: { ...legal[page], [language]: value } })}
        />
      ))}
    </section>
  );
}
