// One site: name, look, languages, who may sign up, sender of letters, first page, legal pages, domains. Saved as a whole; a refusal stands beside its field.
import { useCallback, useEffect, useRef, useState } from "react";
import { ExternalLink } from "lucide-react";
import { call } from "$/public/external/flatrender/ui/components/studio/api.js";
import { Catalogue } from "./catalogue.jsx";
import { BrandSample, ColorField, fromColor, isColor, surfaces, unread } from "./colors.jsx";
import { Domains } from "./domains.jsx";
import { Typeface } from "./fonts.jsx";
import { Choices, Problem, Switch, TextField } from "./inputs.jsx";
import { LandingSettings, LegalSettings } from "./landing.jsx";
import { Picture, showMark } from "./pictures.jsx";
import { Providers } from "./providers.jsx";
import { Waiting } from "./waiting.jsx";
import { failure, say } from "./words.js";

const FIELDS = ["name", "brand", "language", "languages", "sign_up", "sign_up_domains", "credit", "terms_url", "privacy_url", "sender_name", "sender_address", "reply_to", "landing", "legal"];
const KNOWN = new Set([...FIELDS, "solid", "on_solid", "text_dark", "text_light", "radius"]);
const pick = ({ landing: { picture, ...landing }, ...site }) => ({ ...Object.fromEntries(FIELDS.map((name) => [name, site[name]])), landing });
// Beside which field a problem stands: that of a text which is on the page in one language alone has a dot.
const isShown = (problem) => KNOWN.has(problem.field) || /^(landing|legal)\./.test(problem.field ?? "");
const split = (text) => text.split(/[\s,،]+/).filter(Boolean);

export function SiteSettings({ site: id, onNotice }) {
  const site = id || "mine";
  const [seen, setSeen] = useState(null);
  const [draft, setDraft] = useState(null);
  const [busy, setBusy] = useState(false);
  const [problem, setProblem] = useState(null);

  const form = useRef(null);
  useEffect(() => {
    if (problem) form.current?.querySelector("[aria-invalid=true]")?.focus(); // the form is long, the button at its end
  }, [problem]);

  const load = useCallback(async () => {
    try {
      const found = await call(`/sites/${site}`);
      setSeen(found);
      setProblem(null);
      setDraft((old) => old ?? { ...pick(found), sign_up_domains: found.sign_up_domains.join(", ") });
    } catch (error) {
      setProblem(failure(error));
    }
  }, [site]);
  useEffect(() => {
    load();
  }, [load]);

  if (!draft) return <Waiting word={say("loading")} problem={problem?.message} onRetry={load} />;
  const set = (name) => (value) => setDraft((old) => ({ ...old, [name]: value }));
  const color = (name) => (value) => setDraft((old) => ({ ...old, brand: { ...old.brand, [name]: value } }));
  // Another fill makes inks and words anew, as the wizard does; half a colour changes nothing else.
  const fill = (value) => setDraft((old) => ({ ...old, brand: { ...old.brand, solid: value, ...(isColor(value) ? fromColor(value) : {}) } }));
  const save = async (event) => {
    event.preventDefault();
    const odd = unread(draft.brand);
    setProblem(odd);
    if (odd) return;
    setBusy(true);
    try {
      await call(`/sites/${site}`, { method: "PATCH", body: { ...draft, sign_up_domains: split(draft.sign_up_domains) } });
      onNotice?.(say("saved"));
      await load();
    } catch (error) {
      setProblem(failure(error));
    }
    setBusy(false);
  };
  const marked = async () => {
    await load();
    if (site === "mine") await showMark();
  };
  const both = draft.languages.length > 1;
  return (
    <div className="site-page">
      <form className="site-form" ref={form} onSubmit={save} noValidate aria-label={say("settings")}>
        <section className="site-card" aria-labelledby="site-look">
          <header className="row between g12 wrap">
            <h2 id="site-look" className="h16">{say("look")}</h2>
            <div className="col g4 site-addresses">
              {[...new Set([seen.own_address, seen.address])].map((address) => <a key={address} className="link row g4 ltr" href={address} target="_blank" rel="noopener">{address}<ExternalLink className="ic s14" aria-hidden="true" /></a>)}
            </div>
          </header>
          <TextField name="name" label={say("name")} value={draft.name} onChange={set("name")} problem={problem} required />
          <div className="site-pair">
            <Picture site={site} kind="logo" there={seen.pictures.logo} onDone={marked} />
            <Picture site={site} kind="icon" there={seen.pictures.icon} onDone={marked} />
          </div>
          <div className="site-pair">
            <Typeface site={site} script="latin" font={seen.fonts.latin} onDone={load} />
            <Typeface site={site} script="persian" font={seen.fonts.persian} onDone={load} />
          </div>
          <div className="site-colors">
            <ColorField name="solid" label={say("solid")} value={draft.brand.solid} onChange={fill} problem={problem} />
            <ColorField name="on_solid" label={say("on_solid")} value={draft.brand.on_solid} onChange={color("on_solid")} problem={problem} against={draft.brand.solid} />
            <ColorField name="text_dark" label={say("text_dark")} value={draft.brand.text_dark} onChange={color("text_dark")} problem={problem} against={surfaces.text_dark} />
            <ColorField name="text_light" label={say("text_light")} value={draft.brand.text_light} onChange={color("text_light")} problem={problem} against={surfaces.text_light} />
          </div>
          <p className="hint">{say("solid_hint")}</p>
          <label className="fieldset">
            <span className="label">{say("radius")} <span className="num t3">{say("px", { count: draft.brand.radius })}</span></span>
            <input type="range" className="range" min={0} max={12} value={draft.brand.radius} onChange={(event) => color("radius")(Number(event.target.value))} />
          </label>
          <div className="site-pair">
            <BrandSample brand={draft.brand} theme="light" name={draft.name} />
            <BrandSample brand={draft.brand} theme="dark" name={draft.name} />
          </div>
        </section>
        <section className="site-card" aria-labelledby="site-rules">
          <h2 id="site-rules" className="h16">{say("rules")}</h2>
          <div className="site-pair">
            <Choices
              label={say("languages")} value={both ? "both" : draft.languages[0]}
              options={[["both", say("language_both")], ["en", "English"], ["fa", "فارسی"]]}
              onChange={(key) => setDraft((old) => ({ ...old, languages: key === "both" ? ["en", "fa"] : [key], language: key === "both" ? old.language : key }))}
            />
            {both && <Choices label={say("language_first")} value={draft.language} options={[["en", "English"], ["fa", "فارسی"]]} onChange={set("language")} />}
          </div>
          <Switch label={say("sign_up")} hint={say("sign_up_hint")} checked={draft.sign_up} onChange={set("sign_up")} />
          {draft.sign_up && <TextField name="sign_up_domains" label={say("sign_up_domains")} hint={say("sign_up_domains_hint")} value={draft.sign_up_domains} onChange={set("sign_up_domains")} problem={problem} dir="ltr" />}
          <div className="site-pair">
            <TextField name="sender_name" label={say("sender_name")} value={draft.sender_name} onChange={set("sender_name")} problem={problem} />
            <TextField name="sender_address" label={say("sender_address")} hint={say("sender_address_hint")} value={draft.sender_address} onChange={set("sender_address")} problem={problem} type="email" dir="ltr" />
          </div>
          <TextField name="reply_to" label={say("reply_to")} hint={seen.sends_as ? say("sends_as", { address: seen.sends_as }) : say("sends_nothing")} value={draft.reply_to} onChange={set("reply_to")} problem={problem} type="email" dir="ltr" />
          <div className="site-pair">
            <TextField name="terms_url" label={say("terms_at")} hint={say("page_at_hint")} value={draft.terms_url} onChange={set("terms_url")} problem={problem} type="url" dir="ltr" />
            <TextField name="privacy_url" label={say("privacy_at")} value={draft.privacy_url} onChange={set("privacy_url")} problem={problem} type="url" dir="ltr" />
          </div>
          <Switch label={say("credit")} checked={draft.credit} onChange={set("credit")} />
        </section>
        <LandingSettings site={site} seen={seen} landing={draft.landing} languages={draft.languages} brand={draft.brand} onChange={set("landing")} onDone={load} problem={problem} />
        <LegalSettings legal={draft.legal} languages={draft.languages} first={draft.language} onChange={set("legal")} problem={problem} />
        <div className="site-save">
          {problem && !isShown(problem) && <p className="notice danger grow" role="alert"><bdi dir="auto">{problem.message}</bdi></p>}
          <Problem problem={problem?.field === "brand" ? problem : null} field="brand" />
          <button type="submit" className="btn primary" aria-busy={busy}>{say("save")}</button>
        </div>
      </form>
      <Catalogue site={site} onNotice={onNotice} />
      <Providers site={site} onNotice={onNotice} />
      <Domains site={site} address={seen.own_address} domains={seen.domains} onChange={load} onNotice={onNotice} />
    </div>
  );
}
