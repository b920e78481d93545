// The timeline's tools: what the pointer does, cuts, snapping, markers, text, zoom; and one line that tells of a drag.
import { BetweenVerticalStart, Bookmark, ChevronDown, CopyCheck, Ellipsis, Magnet, MousePointer2, MoveHorizontal, Rows3, Scissors, SquareSplitHorizontal, ArrowLeftToLine, ArrowRightToLine, Trash2, Type, ZoomIn, ZoomOut } from "lucide-react";
import { DropdownMenu } from "radix-ui";
import { useSession } from "../session.js";
import { isRtl, say } from "./words.js";
import { COMMANDS, run } from "./commands.js";
import { scaleOf, zoomOf } from "./geometry.js";
import { leaveKeys, shown } from "./keys.js";
import { useView } from "./view.js";

const TOOLS = { select: MousePointer2, split: Scissors, slip: MoveHorizontal, ripple: BetweenVerticalStart, roll: SquareSplitHorizontal };

export function Tool({ desk, name, icon: Icon, disabled = false, label = say(`do_${name}`), ...rest }) {
  const key = COMMANDS[name] ? shown(name) : "";
  return (
    <button
      type="button"
      className="ib"
      aria-label={label}
      title={key ? `${label} (${key})` : label}
      aria-keyshortcuts={COMMANDS[name]?.keys[0]?.replaceAll("Ctrl", "Control") || undefined}
      disabled={disabled}
      data-act={name}
      onClick={() => run(desk, name)}
      {...rest}
    >
      <Icon className="ic" />
    </button>
  );
}

function Pointer({ desk }) {
  const tool = useView(desk.view, (state) => state.tool);
  const Icon = TOOLS[tool];
  return (
    <DropdownMenu.Root modal={false}>
      <DropdownMenu.Trigger asChild>
        <button type="button" className="ib on tl-pointer" aria-label={say("tool_now", { name: say(`do_tool_${tool}`) })} title={say("pointer_tool")} data-act="tool">
          <Icon className="ic" />
          <ChevronDown className="ic s12" />
        </button>
      </DropdownMenu.Trigger>
      <DropdownMenu.Portal>
        <DropdownMenu.Content className="menu" side="top" align="start" sideOffset={6} collisionPadding={8}>
          {Object.entries(TOOLS).map(([name, Each]) => (
            <DropdownMenu.Item key={name} className="item" onSelect={() => run(desk, `tool_${name}`)}>
              <Each className="ic" /> <span className="grow">{say(`do_tool_${name}`)}</span> <span className="kbd">{shown(`tool_${name}`)}</span>
            </DropdownMenu.Item>
          ))}
        </DropdownMenu.Content>
      </DropdownMenu.Portal>
    </DropdownMenu.Root>
  );
}

function Zoom({ desk }) {
  const scale = useView(desk.view, (state) => state.scale);
  useView(desk.view, (state) => state.width);
  useView(desk.view, (state) => state.length);
  const { limits } = desk.view;
  return (
    <>
      <Tool desk={desk} name="zoom_out" icon={ZoomOut} />
      <input
        type="range"
        className="range tl-zoom"
        min="0"
        max="1000"
        aria-label={say("zoom")}
        value={Math.round(zoomOf(scale, limits) * 1000)}
        onChange={(event) => desk.view.zoom(scaleOf(Number(event.target.value) / 1000, limits) / scale)}
      />
      <Tool desk={desk} name="zoom_in" icon={ZoomIn} />
      <button type="button" className="btn ghost sm" title={`${say("do_zoom_fit")} (${shown("zoom_fit")})`} onClick={() => run(desk, "zoom_fit")} data-act="fit">
        {say("zoom_fit")}
      </button>
    </>
  );
}

export function Tools({ desk }) {
  const snapping = useView(desk.view, (state) => state.snapping);
  const narrow = useView(desk.view, (state) => state.narrow);
  const several = useView(desk.view, (state) => state.several);
  const chosen = useSession(desk.session, (state) => state.selection.length > 0 || Boolean(state.joint) || Boolean(state.marker));
  return (
    <div className="tl-tools" role="toolbar" aria-label={say("timeline_tools")} onMouseDown={leaveKeys}>
      <div className="row g4">
        <Pointer desk={desk} />
        <Tool desk={desk} name="split" icon={Scissors} />
        <Tool desk={desk} name="trim_start" icon={ArrowLeftToLine} />
        <Tool desk={desk} name="trim_end" icon={ArrowRightToLine} />
        <Tool desk={desk} name="remove" icon={Trash2} disabled={!chosen} />
        <span className="sep" />
        <Tool desk={desk} name="snapping" icon={Magnet} aria-pressed={snapping} className={`ib${snapping ? " brand" : ""}`} />
        <Tool desk={desk} name="mark" icon={Bookmark} />
        <span className="sep" />
        <Tool desk={desk} name="add_text" icon={Type} label={say("add_text")} data-act="add-text" />
        <button type="button" className="ib" aria-label={say("clip_more")} title={say("clip_more")} data-act="clip-menu" disabled={!chosen} onClick={(event) => desk.openMenu({ kind: "clip", element: event.currentTarget })}>
          <Ellipsis className="ic" />
        </button>
        {narrow && (
          <button type="button" className={`ib${several ? " brand" : ""}`} aria-pressed={several} aria-label={say("choose_several")} title={say("choose_several")} data-act="several" onClick={() => desk.view.set({ several: !several })}>
            <CopyCheck className="ic" />
          </button>
        )}
        {narrow && (
          <button type="button" className="ib" aria-label={say("show_tracks")} title={say("show_tracks")} data-act="tracks" onClick={() => desk.showTracks()}>
            <Rows3 className="ic" />
          </button>
        )}
      </div>
      <span className="tl-told trunc" dir={isRtl ? "rtl" : "ltr"} ref={(element) => (desk.line = element)} />
      <div className="row g4 end">
        <Zoom desk={desk} />
      </div>
    </div>
  );
}
