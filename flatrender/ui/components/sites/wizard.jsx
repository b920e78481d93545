// A new site in four questions; it ends with the site's address, its owner's password, shown once, and what comes next.
import { useState } from "react";
import { ArrowRight, ExternalLink } from "lucide-react";
import { call } from "$/public/external/flatrender/ui/components/studio/api.js";
import { Catalogue } from "./catalogue.jsx";
import { BrandSample, ColorField, fromColor } from "./colors.jsx";
import { CopyButton, Value } from "./copy.jsx";
import { Domains } from "./domains.jsx";
import { Choices, Problem, Switch, TextArea, TextField } from "./inputs.jsx";
import { LandingSample } from "./landing.jsx";
import { failure, say, speak } from "./words.js";

const STEPS = [["name", "slug"], ["solid"], ["landing"], ["admin_email"]];
const START = { name: "", slug: "", language: document.documentElement.lang === "fa" ? "fa" : "en", sign_up: true, color: "#0E7C86", headline: "", text: "", action: "", admin_email: "" };
// Which question a refusal belongs to: of a text in one language its field names both.
const stepOf = (field) => STEPS.findIndex((fields) => fields.includes((field ?? "").split(".")[0]));
const wishOf = ({ headline, text, action, ...wish }) => (headline.trim() ? { ...wish, landing: { on: true, texts: { [wish.language]: { headline, text, action } } } } : wish);
const slugOf = (name) => name.normalize("NFKD").replace(/\p{M}/gu, "").toLowerCase().replace(/[^a-z0-9]+/g, "-").replace(/^[^a-z]+|-+$/g, "").slice(0, 40);

const sampleOf = (color) => ({ ...fromColor(color), radius: 6 });

export function Wizard({ onMade, onLeave, onNotice }) {
  const [wish, setWish] = useState(START);
  const [step, setStep] = useState(0);
  const [made, setMade] = useState(null);
  const [domains, setDomains] = useState([]);
  const [busy, setBusy] = useState(false);
  const [problem, setProblem] = useState(null);
  const set = (name) => (value) => setWish((old) => ({ ...old, [name]: value, ...(name === "name" && (!old.slug || old.slug === slugOf(old.name)) ? { slug: slugOf(value) } : {}) }));

  const next = async (event) => {
    event.preventDefault();
    const unread = STEPS[step].includes("solid") && !/^#[0-9a-f]{6}$/i.test(wish.color.trim());
    setProblem(unread ? { field: "solid", message: speak("errors.color-invalid") } : null);
    if (unread) return;
    if (busy) return;
    setBusy(true);
    try {
      if (step === 0) await call(`/short-names?${new URLSearchParams({ slug: wish.slug })}`); // refused here, not after the last question
      if (step < STEPS.length - 1) {
        setStep(step + 1);
        setBusy(false);
        return;
      }
      setMade(await call("/sites", { method: "POST", body: wishOf(wish) }));
      onMade();
    } catch (error) {
      const told = failure(error);
      const where = stepOf(told.field);
      setProblem(told);
      if (where >= 0) setStep(where);
    }
    setBusy(false);
  };

  if (made) {
    return (
      <section className="site-card site-made" aria-labelledby="site-made">
        <h2 id="site-made" className="h20">{say("made", { name: made.site.name })}</h2>
        <div className="row g8 wrap">
          <a className="btn primary lg" href={made.site.address} target="_blank" rel="noopener" data-act="visit"><bdi className="ltr">{made.site.address}</bdi><ExternalLink className="ic" aria-hidden="true" /></a>
          <CopyButton label={say("address")} text={made.site.address} />
        </div>
        {wish.headline.trim() ? <LandingSample brand={sampleOf(wish.color)} text={wish} language={wish.language} /> : <BrandSample brand={sampleOf(wish.color)} theme="light" name={made.site.name} />}
        <p className="hint">{say("made_shown")}</p>
        {made.admin && (
          <>
            <p className="t2">{say("made_admin")}</p>
            <dl className="site-records">
              <Value label={say("admin_email")} text={made.admin.email} />
              <Value label={say("password")} text={made.admin.password} said="password" />
            </dl>
          </>
        )}
        <Catalogue site={made.site.id} onNotice={onNotice} />
        <Domains site={made.site.id} address={made.site.own_address} domains={domains} onNotice={onNotice} onChange={async () => setDomains((await call(`/sites/${made.site.id}`)).domains)} />
        <button type="button" className="btn line" onClick={onLeave}>{say("done")}</button>
      </section>
    );
  }
  return (
    <form className="site-card site-wizard" onSubmit={next} noValidate aria-labelledby="site-new">
      <header className="row between g12">
        <h2 id="site-new" className="h16">{say(`step_${step}`)}</h2>
        <span className="t3 num">{say("step_of", { step: step + 1, count: STEPS.length })}</span>
      </header>
      {step === 0 && (
        <>
          <TextField name="name" label={say("name")} value={wish.name} onChange={set("name")} problem={problem} autoFocus />
          <TextField name="slug" label={say("slug")} hint={say("slug_hint")} value={wish.slug} onChange={set("slug")} problem={problem} dir="ltr" />
          <Choices label={say("language_first")} value={wish.language} options={[["en", "English"], ["fa", "فارسی"]]} onChange={set("language")} />
        </>
      )}
      {step === 1 && (
        <>
          <ColorField name="solid" label={say("color")} value={wish.color} onChange={set("color")} problem={problem} />
          <p className="hint">{say("color_hint")}</p>
          <BrandSample brand={sampleOf(wish.color)} theme="light" name={wish.name} />
        </>
      )}
      {step === 2 && (
        <>
          <p className="hint">{say("landing_later")}</p>
          <TextField name={`landing.headline.${wish.language}`} label={say("landing_headline")} value={wish.headline} onChange={set("headline")} problem={problem} autoFocus />
          <TextArea name={`landing.text.${wish.language}`} label={say("landing_text")} value={wish.text} onChange={set("text")} problem={problem} rows={3} />
          <TextField name={`landing.action.${wish.language}`} label={say("landing_action")} value={wish.action} onChange={set("action")} problem={problem} />
          {wish.headline.trim() && <LandingSample brand={sampleOf(wish.color)} text={wish} language={wish.language} />}
        </>
      )}
      {step === 3 && (
        <>
          <TextField name="admin_email" label={say("admin_email")} hint={say("admin_hint")} value={wish.admin_email} onChange={set("admin_email")} problem={problem} type="email" dir="ltr" autoFocus />
          <Switch label={say("sign_up")} hint={say("sign_up_hint")} checked={wish.sign_up} onChange={set("sign_up")} />
        </>
      )}
      {problem && stepOf(problem.field) < 0 && <Problem problem={{ ...problem, field: "" }} field="" />}
      <div className="row g8 site-acts">
        <button type="button" className="btn ghost" onClick={() => (step ? setStep(step - 1) : onLeave())}>{say(step ? "back" : "cancel")}</button>
        <button type="submit" className="btn primary" aria-busy={busy} disabled={step === 0 && !(wish.name.trim() && wish.slug)}>
          {say(step < STEPS.length - 1 ? "next" : "create")}
          {step < STEPS.length - 1 && <ArrowRight className="ic flip" aria-hidden="true" />}
        </button>
      </div>
    </form>
  );
}
