// What the person is told: a bell with the number of what is unread, and a panel with the latest. The stream says only
// that there is news; what is shown is always what the server keeps.
import { useCallback, useEffect, useRef, useState } from "react";
import { Bell as BellIcon, CheckCheck, CircleAlert, Clapperboard, Globe, HardDrive, LayoutTemplate, Settings2, UserPlus, UserRoundCog } from "lucide-react";
import { Popover } from "radix-ui";
import { Link } from "react-router";
import { begun, listen } from "$/public/external/flatrender/ui/components/live/live.js";
import { Pages } from "$/public/external/flatrender/ui/components/live/pages.js";
import { call } from "$/public/external/flatrender/ui/components/studio/api.js";
import { ago, knows, number, speak } from "$/public/external/flatrender/ui/catalogues/assets/speak.js";

const say = (key, values) => speak(`bell.${key}`, values);
const MOST = 100; // the server counts no further
const ICONS = {
  "render.completed": Clapperboard,
  "render.failed": CircleAlert,
  "template.published": LayoutTemplate,
  "domain.lost": Globe,
  "account.helped": UserRoundCog,
  "account.joined": UserPlus,
  "quota.warning": HardDrive,
};
const apart = (text) => `\u2068${text}\u2069`; // a name keeps its own direction in a line of another

function words({ kind, about }) {
  const percent = about.limit ? Math.min(99, Math.round((100 * about.used) / about.limit)) : 0;
  const full = "limit" in about && about.limit !== null && about.used >= about.limit;
  const quota = [about.of, full && "full"].filter(Boolean).join("_");
  return say(`says.${quota ? `quota.${quota}` : kind}`, { title: apart(about.title ?? ""), name: apart(about.name ?? ""), reason: apart(about.reason ?? ""), percent });
}

function Item({ item, onRead }) {
  const Icon = ICONS[item.kind] ?? BellIcon;
  const why = `errors.${item.about.error_code}`;
  return (
    <li>
      <Link className="bell-item" to={item.href} data-kind={item.kind} data-unread={item.read_at ? undefined : ""} onClick={() => onRead(item)}>
        <Icon className="ic" aria-hidden="true" />
        <span className="col g4 grow">
          <span className="bell-words">{words(item)}</span>
          {item.about.error_code && knows(why) && <span className="t3 fs12">{speak(why)}</span>}
          <time className="t3 fs12" dateTime={item.created_at}>{ago(item.created_at)}</time>
        </span>
        {!item.read_at && <span className="bell-dot" role="img" aria-label={say("unread")} />}
      </Link>
    </li>
  );
}

export function Bell() {
  const [news, setNews] = useState(null);
  const [open, setOpen] = useState(false);
  const [lost, setLost] = useState(false);
  const list = useRef(null);
  const [pages] = useState(() => new Pages());
  const load = useCallback(async (older = false) => {
    const ask = (after) => call(`/notifications${after ? `?after=${after}` : ""}`);
    try {
      const found = await (older ? pages.more(ask) : pages.read(ask));
      if (!found) return;
      setNews((old) => (older && old ? { ...found, items: [...old.items, ...found.items] } : found));
      setLost(false);
    } catch {
      setLost(true);
    }
  }, [pages]);
  useEffect(() => {
    const quiet = listen({ waits: true, onMessage: ({ kind }) => (kind === "notifications" || kind === "resync") && load() });
    begun().then(() => load());
    return quiet;
  }, [load]);

  const read = async (ids) => {
    try {
      await call("/notifications/read", { method: "POST", body: { ids } });
    } catch {
      setLost(true);
    }
    load();
  };
  const follow = (item) => {
    setOpen(false);
    if (!item.read_at) read([item.id]);
  };
  const walk = (event) => {
    const step = { ArrowDown: 1, ArrowUp: -1 }[event.key];
    if (!step) return;
    event.preventDefault();
    const links = [...list.current.querySelectorAll("a")];
    const now = links.indexOf(document.activeElement);
    links[now < 0 ? 0 : Math.min(Math.max(now + step, 0), links.length - 1)]?.focus();
  };
  const unread = news?.unread ?? 0;
  const count = unread >= MOST ? `${number(MOST - 1)}+` : number(unread);
  return (
    <Popover.Root open={open} onOpenChange={setOpen}>
      <Popover.Trigger asChild>
        <button type="button" className="ib lg bell" aria-label={unread ? say("new", { count: unread }) : say("title")} title={say("title")}>
          <BellIcon className="ic" aria-hidden="true" />
          {unread > 0 && <span className="bell-count num" aria-hidden="true">{count}</span>}
        </button>
      </Popover.Trigger>
      <Popover.Portal>
        <Popover.Content className="popover bell-panel" align="end" sideOffset={6} collisionPadding={8} aria-label={say("title")} onKeyDown={walk}>
          <header className="row between g8">
            <h2 className="h16">{say("title")}</h2>
            <span className="row">
              {unread > 0 && <button type="button" className="btn ghost sm" data-act="read-all" onClick={() => read(null)}><CheckCheck className="ic" aria-hidden="true" /> {say("read_all")}</button>}
              <Link className="ib" to="/profile#profile-notified" aria-label={say("choose")} title={say("choose")} onClick={() => setOpen(false)}><Settings2 className="ic" aria-hidden="true" /></Link>
            </span>
          </header>
          {lost && <p className="notice warn" role="alert">{speak("errors.unreachable")}</p>}
          {!news && !lost && <p className="empty-line t3">{say("loading")}</p>}
          {news?.items.length === 0 && <p className="empty-line t3">{say("none")}</p>}
          <ul className="bell-list" ref={list}>{news?.items.map((item) => <Item key={item.id} item={item} onRead={follow} />)}</ul>
          {news?.next && <button type="button" className="btn line sm" data-act="older" onClick={() => load(true)}>{say("older")}</button>}
        </Popover.Content>
      </Popover.Portal>
    </Popover.Root>
  );
}
