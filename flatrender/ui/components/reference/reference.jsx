// The API's description, to read and to try. RapiDoc is our own file and asks nobody but this site.
import { useEffect, useState, useSyncExternalStore } from "react";
import { speak } from "$/public/external/flatrender/ui/catalogues/assets/speak.js";

const COLORS = {
  "bg-color": "--bg",
  "text-color": "--text-1",
  "primary-color": "--brand-text",
  "nav-bg-color": "--surface-1",
  "nav-text-color": "--text-2",
  "nav-hover-bg-color": "--surface-3",
  "nav-hover-text-color": "--text-1",
  "nav-accent-color": "--brand-text",
};

/** What a token's colour is in the present theme, as RapiDoc reads colours: #rrggbb. */
function hex(token) {
  const brush = document.createElement("canvas").getContext("2d");
  const probe = document.body.appendChild(document.createElement("i"));
  probe.style.color = `var(${token})`;
  brush.fillStyle = getComputedStyle(probe).color;
  probe.remove();
  brush.fillRect(0, 0, 1, 1);
  const seen = brush.getImageData(0, 0, 1, 1).data;
  return `#${[...seen.slice(0, 3)].map((part) => part.toString(16).padStart(2, "0")).join("")}`;
}

const look = () => ({
  theme: document.documentElement.classList.contains("light") ? "light" : "dark",
  ...Object.fromEntries(Object.entries(COLORS).map(([name, token]) => [name, hex(token)])),
});

// Where it is narrow RapiDoc hides its list of operations: there they stand one below the other, to be opened.
const NARROW = matchMedia("(max-width: 767px)");
const onNarrow = (changed) => {
  NARROW.addEventListener("change", changed);
  return () => NARROW.removeEventListener("change", changed);
};

/** Whoever is here is signed in, and the browser sends their cookie: RapiDoc cannot know, and says that nobody is. */
function signedIn(element) {
  const say = () => {
    const session = element.resolvedSpec?.securitySchemes?.find((each) => each.securitySchemeId === "session");
    if (session && !session.finalKeyValue) element.setApiKey("session", "fr_session");
  };
  element?.addEventListener("spec-loaded", say);
  element?.addEventListener("click", say); // its buttons take keys away: the session stays all the same
}

export function Reference() {
  const narrow = useSyncExternalStore(onNarrow, () => NARROW.matches);
  const [state, setState] = useState("waits");
  const [colors, setColors] = useState(look);
  useEffect(() => {
    import("rapidoc").then(() => setState("there"), () => setState("failed"));
    const changed = () => requestAnimationFrame(() => setColors(look()));
    addEventListener("flatrender:theme", changed);
    return () => removeEventListener("flatrender:theme", changed);
  }, []);
  if (state === "failed") return <p className="empty" role="alert">{speak("reference.failed")}</p>;
  return (
    <div className="reference">
      <p className="t2 reference-says">
        {speak("reference.says")} <a href="/api/openapi.json" className="ltr" dir="ltr">/api/openapi.json</a>
        {/* RapiDoc has no other language: who reads another is told what its words mean. */}
        {document.documentElement.lang !== "en" && <><br />{speak("reference.words")}</>}
      </p>
      {state === "there" && (
        <rapi-doc
          ref={signedIn}
          dir="ltr"
          spec-url="/api/openapi.json"
          render-style={narrow ? "view" : "focused"}
          schema-style="table"
          show-header="false"
          show-info="true"
          allow-server-selection="false"
          allow-spec-url-load="false"
          allow-spec-file-load="false"
          fetch-credentials="same-origin"
          load-fonts="false"
          regular-font="Inter, Vazirmatn, system-ui, sans-serif"
          mono-font="JetBrains Mono, ui-monospace, monospace"
          font-size="largest"
          update-route="false"
          persist-auth="false"
          {...colors}
        />
      )}
    </div>
  );
}
