// The studio: a project on stage, its scenes beside it, its values to edit. Wrapped by studio.py.
import { useEffect, useLayoutEffect, useMemo, useRef, useState } from "react";
import { ChevronLeft, Clapperboard, CloudAlert, CloudCheck, CloudOff, Footprints, Images, LoaderCircle, Music, Palette, Redo2, Rows3, Undo2 } from "lucide-react";
import { Link } from "react-router";
import { toast } from "sonner";
import { MediaPanel, useNarrow } from "$/public/external/flatrender/ui/components/media/panel.jsx";
import { DropZone, UploadRows } from "$/public/external/flatrender/ui/components/media/receiving.jsx";
import { offer as offerCommands } from "$/public/external/flatrender/ui/components/palette/offers.js";
import { beginTour, Tour } from "$/public/external/flatrender/ui/components/tour/tour.jsx";
import { ClipInspector } from "./clip_inspector.jsx";
import { clipById, findClip } from "./document.js";
import { Export } from "./export.jsx";
import { ColorPanel, MusicPanel, SceneInspector } from "./inspector.jsx";
import { Marks, SafeAreas, StageBar } from "./marks.jsx";
import { ProjectMenu } from "./project_menu.jsx";
import { Shape } from "./shape.jsx";
import { ScenePanel } from "./scenes.jsx";
import { Frames, Picks } from "./preview/frames.jsx";
import { Session, useSession } from "./session.js";
import { passing } from "./preview/theatre.js";
import { Stage } from "./stage.jsx";
import { Desk } from "./timeline/desk.js";
import { COMMANDS, run } from "./timeline/commands.js";
import { shown, useKeys } from "./timeline/keys.js";
import { Timeline } from "./timeline/timeline.jsx";
import { say as sayCommand } from "./timeline/words.js";
import { Transport } from "./transport.jsx";
import { both, say } from "./words.js";

function SaveState({ session }) {
  const save = useSession(session, (state) => state.save);
  const looks = {
    saved: [CloudCheck, "saved", ""],
    saving: [LoaderCircle, "saving", " spin"],
    offline: [CloudOff, "offline", ""],
    "signed-out": [CloudOff, "signed_out", ""],
    refused: [CloudAlert, "refused", ""],
  };
  const [Icon, key, extra] = looks[save.kind] ?? looks.saved;
  return (
    <span className={`saved ${save.kind}`} role="status" data-save={save.kind}>
      <Icon className={`ic s14${extra}`} aria-hidden="true" />
      {say(key, { count: save.count })}
    </span>
  );
}

function Name({ session, onRename }) {
  const [name, setName] = useState(session.project.name);
  const keep = () => {
    const clean = name.trim() || session.project.name;
    setName(clean);
    if (clean !== session.project.name) {
      session.project.name = clean;
      onRename(clean);
    }
  };
  return (
    <>
      <h1 className="vh">{name}</h1>
      <input
        className="project-name"
        aria-label={say("project_name")}
        dir="auto"
        value={name}
        maxLength={120}
        size={Math.min(40, Math.max(8, name.length))}
        onChange={(event) => setName(event.target.value)}
        onBlur={keep}
        onKeyDown={(event) => event.key === "Enter" && event.currentTarget.blur()}
      />
    </>
  );
}

// "order" is the list of scenes where there is no room for it beside the stage.
const PANELS = [
  ["order", Rows3],
  ["scenes", Clapperboard],
  ["media", Images],
  ["colors", Palette],
  ["audio", Music],
];

/** What the command palette can do here: every command of the timeline, the film, the walk. */
function paletteCommands(session, desk) {
  const own = (name, act, Icon) => ({ id: `studio-${name}`, label: say(name), also: both(`studio.${name}`), Icon, run: act });
  return [
    own("export_as", () => session.chooseExport?.(), Clapperboard),
    own("take_tour", beginTour, Footprints),
    ...Object.keys(COMMANDS).map((name) => ({
      id: `do-${name}`,
      label: sayCommand(`do_${name}`),
      also: both(`timeline.do_${name}`),
      key: shown(name),
      run: () => run(desk, name),
    })),
  ];
}

/** What does not fit the template, in the language of the page where it is one of the two that mostly happen. */
function sayProblem(session, { field, clip, detail }) {
  if (field === "template") return say("template_unpublished");
  const gone = field === "scene" && clipById(session.document, clip);
  return gone ? say("scene_gone", { name: gone.name || gone.scene }) : detail;
}

/** A notice with something to do about it. */
const offer = (text, label, act, how) => toast(text, { id: text, duration: 15000, ...how, action: { label, onClick: act } }); // said again, it stands once

/**
 * The session of what the server handed in. The framework hands it in again whenever the connection comes back, and after
 * a reload of the page first as it was, then as it is: only what the session does not know yet makes a new one.
 */
function useSessionOf(given, onNotice) {
  const kept = useRef(null);
  const definition = JSON.stringify(given.definition);
  return useMemo(() => {
    const { session, of } = kept.current ?? {};
    const same = session?.project.id === given.project.id && of === definition;
    if (same && given.project.revision <= session.outbox.revision) return session;
    const made = new Session(given, { onNotice: (text) => onNotice?.(text), onOffer: offer });
    kept.current = { session: made, of: definition };
    return made;
  }, [given.project.id, given.project.revision, definition]);
}

export function Studio({ given, onNotice, onRename }) {
  const session = useSessionOf(given, onNotice);
  const [panel, setPanel] = useState("scenes");
  const narrow = useNarrow();
  const [over, setOver] = useState(false); // a clip was chosen since the panel was opened
  const open = (name) => {
    setPanel(name);
    setOver(false);
  };
  // Who chooses a clip wants to see its values: the film's colours and its music make way. Not drawn for each choice.
  useLayoutEffect(() => {
    let known = session.state.asked;
    return session.subscribe(() => {
      const { asked } = session.state;
      if (asked === known) return;
      known = asked;
      if (!asked) return;
      setOver(true);
      setPanel((now) => (now === "colors" || (narrow && (now === "audio" || asked.words)) ? "scenes" : now));
    });
  }, [session, narrow]);
  const chosen = useSession(session, (state) => over && (state.selection.length > 0 || Boolean(state.joint)));
  const values = panel === "scenes" || (!narrow && (panel === "media" || (panel === "audio" && chosen)));
  const files = (panel === "media" || (panel === "audio" && !narrow)) && (
    <MediaPanel key={panel} session={session} kind={panel === "audio" ? "audio" : ""} />
  );
  const [safe, setSafe] = useState(false);
  const stage = useRef(null);
  const aside = useRef(null);
  const shown = values ? "scenes" : panel;
  useLayoutEffect(() => void aside.current.scrollTo(0, 0), [shown]); // another panel begins at its top
  // Not the whole document: a keystroke draws the field, the strip and the scenes anew, not the page.
  const size = useSession(session, (state) => state.document.size);
  const rate = useSession(session, (state) => state.document.rate);
  const canUndo = useSession(session, (state) => state.canUndo);
  const canRedo = useSession(session, (state) => state.canRedo);
  const scene = useSession(session, (state) => Boolean(clipById(state.document, state.selected)) || !findClip(state.document, state.selected));
  const stale = useSession(session, (state) => state.previewStale);
  const desk = useMemo(() => new Desk(session), [session]);
  const [view, setView] = useState({ zoom: null, quality: 1, scale: 1 });
  useKeys(desk);
  useEffect(() => offerCommands(paletteCommands(session, desk)), [session, desk]);

  useEffect(() => {
    // What of the project does not fit its template any more and has no field to stand beside.
    const fields = (clip) => session.scene(clipById(given.document, clip) ?? {})?.elements ?? [];
    const beside = ({ clip, key }) => key && fields(clip).some((element) => element.key === key);
    const said = (given.problems ?? []).filter((problem) => !beside(problem)).map((problem) => sayProblem(session, problem));
    for (const sentence of new Set(said)) onNotice?.(sentence);
  }, [given.project.id]);

  useEffect(() => {
    const leave = (event) => {
      session.flush();
      if (!session.outbox.idle) event.preventDefault();
    };
    window.addEventListener("beforeunload", leave);
    return () => {
      window.removeEventListener("beforeunload", leave);
      session.destroy();
    };
  }, [session]);

  return (
    <div className="studio" data-panel={panel} data-project={session.project.id}>
      <DropZone within=".studio" />
      <Tour />
      <header className="studio-top">
        <div className="row g8 start">
          <Link className="ib" to="/projects" aria-label={say("to_projects")}>
            <ChevronLeft className="ic flip" />
          </Link>
          <Name key={session.number} session={session} onRename={(name) => onRename?.(name)} />
          <ProjectMenu key={`menu ${session.number}`} session={session} />
          <SaveState session={session} />
        </div>
        <div className="row g4">
          <button type="button" className="ib" aria-label={say("undo")} title={`${say("undo")} (Ctrl Z)`} disabled={!canUndo} onClick={() => session.undo()} data-act="undo">
            <Undo2 className="ic flip" />
          </button>
          <button type="button" className="ib" aria-label={say("redo")} title={`${say("redo")} (Ctrl Shift Z)`} disabled={!canRedo} onClick={() => session.redo()} data-act="redo">
            <Redo2 className="ic flip" />
          </button>
          <span className="sep" />
          <Shape session={session} size={size} rate={rate} />
        </div>
        <Export session={session} />
      </header>
      <nav className="studio-rail" aria-label={say("panels")}>
        {PANELS.map(([name, Icon]) => (
          <button key={name} type="button" data-panel={name} className={panel === name ? "on" : ""} aria-pressed={panel === name} onClick={() => open(name)}>
            <Icon className="ic s18" aria-hidden="true" />
            {say(`panel_${name}`)}
          </button>
        ))}
      </nav>
      {(!narrow && files) || <ScenePanel session={session} />}
      {!files && (
        <div className="studio-coming">
          <UploadRows placing />
        </div>
      )}
      <main className="studio-stage" id="main" ref={stage}>
        <StageBar session={session} safe={safe} onSafe={() => setSafe(!safe)} stage={stage} view={view} onView={(change) => setView((before) => ({ ...before, ...change }))} />
        <Stage
          key={session.number}
          projectId={session.project.id}
          size={size}
          library={session.library}
          zoom={view.zoom}
          quality={view.quality}
          onScale={(scale) => setView((before) => (before.scale === scale ? before : { ...before, scale }))}
          label={say("stage")}
          busyLabel={say("loading_scene")}
          backgroundOf={(clip) => session.scene(clip)?.background}
          onReady={(theatre) => session.attach(theatre)}
          onTold={(clip, missing, overflows) => session.told(`${clip}/text`, missing, overflows)}
          onError={(error) => onNotice?.(passing(error) ? say("scene_missed") : error.message)}
        >
          <Marks session={session} />
          <Picks session={session} desk={desk} />
          <Frames session={session} />
          {safe && <SafeAreas />}
          {stale && <span className="stage-stale pill warn">{say("stale_picture")}</span>}
        </Stage>
        <Transport session={session} />
      </main>
      <aside
        className="studio-inspector"
        ref={aside}
        aria-label={say("inspector")}
        onFocus={(event) => {
          const key = event.target.closest("[data-element]")?.dataset.element ?? null;
          session.set({ focused: key });
          session.rehearse(key);
        }}
        onBlur={(event) => !event.currentTarget.contains(event.relatedTarget) && session.set({ focused: null })}
      >
        {panel === "order" && <ScenePanel session={session} />}
        {values &&
          (scene ? <SceneInspector session={session} desk={desk} /> : <ClipInspector session={session} desk={desk} />)}
        {narrow && files}
        {panel === "colors" && <ColorPanel session={session} />}
        {panel === "audio" && !values && <MusicPanel session={session} media={given.media ?? {}} />}
      </aside>
      <Timeline key={`timeline-${session.number}`} desk={desk} />
    </div>
  );
}
