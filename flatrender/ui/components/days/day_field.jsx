// A field that holds a day, chosen in a month of the page's calendar; arrows walk, Page Up and Down turn the month.
import { useEffect, useMemo, useRef, useState } from "react";
import { Calendar, ChevronLeft, ChevronRight, X } from "lucide-react";
import { Popover } from "radix-ui";
import { isRtl, number, speak } from "$/public/external/flatrender/ui/catalogues/assets/speak.js";
import { calendar, today } from "./calendar.js";

const say = (key, values) => speak(`days.${key}`, values);
const locale = isRtl ? "fa-IR" : "en-GB";
const days = calendar(isRtl);
const written = (options) => {
  const format = new Intl.DateTimeFormat(locale, { ...options, timeZone: "UTC" });
  return (day) => format.format(new Date(`${day}T00:00Z`));
};
const short = written({ day: "numeric", month: "short", year: "numeric" });
const full = written({ weekday: "long", day: "numeric", month: "long", year: "numeric" });
const names = [written({ month: "long" }), written({ year: "numeric" })];
const monthName = (day) => names.map((name) => name(day)).join(" ");
const weekdays = { narrow: written({ weekday: "narrow" }), long: written({ weekday: "long" }) };
const STEPS = { ArrowLeft: isRtl ? 1 : -1, ArrowRight: isRtl ? -1 : 1, ArrowUp: -7, ArrowDown: 7 };

function Month({ value, onChoose }) {
  const [here, setHere] = useState(value || today()); // where the keyboard stands
  const [byKey, setByKey] = useState(true);
  const button = useRef(null);
  const month = useMemo(() => days.month(here), [here]);
  const week = useMemo(() => [0, 1, 2, 3, 4, 5, 6].map((day) => days.moved(month[0], day - days.weekday(month[0]))), [month]);
  useEffect(() => {
    if (byKey) button.current?.focus();
  }, [here, byKey]);
  const turn = (months) => () => {
    setByKey(false);
    setHere((day) => days.inOther(day, months));
  };
  const walk = (event) => {
    const { key } = event;
    const to =
      key in STEPS ? days.moved(here, STEPS[key])
      : key === "PageUp" || key === "PageDown" ? days.inOther(here, key === "PageUp" ? -1 : 1)
      : key === "Home" ? days.moved(here, -days.weekday(here))
      : key === "End" ? days.moved(here, 6 - days.weekday(here))
      : null;
    if (to === null) return;
    event.preventDefault();
    setByKey(true);
    setHere(to);
  };
  return (
    <div className="days">
      <header className="row between">
        <button type="button" className="ib" aria-label={say("before")} onClick={turn(-1)} data-month="before"><ChevronLeft className="ic flip" /></button>
        <span className="strong" aria-live="polite">{monthName(here)}</span>
        <button type="button" className="ib" aria-label={say("next")} onClick={turn(1)} data-month="next"><ChevronRight className="ic flip" /></button>
      </header>
      <div className="days-grid" role="group" aria-label={monthName(here)} onKeyDown={walk}>
        {week.map((day) => <abbr key={day} className="t3 fs12" title={weekdays.long(day)}>{weekdays.narrow(day)}</abbr>)}
        {month.map((day, place) => (
          <button
            key={day}
            ref={day === here ? button : null}
            type="button"
            className="day"
            style={place === 0 ? { gridColumnStart: days.weekday(day) + 1 } : undefined}
            tabIndex={day === here ? 0 : -1}
            aria-label={full(day)}
            aria-pressed={day === value}
            aria-current={day === today() ? "date" : undefined}
            onClick={() => onChoose(day)}
            data-day={day}
          >
            {number(days.inMonth(day))}
          </button>
        ))}
      </div>
    </div>
  );
}

/** `value`: an ISO day or "". `size`: "sm" where people work. */
export function DayField({ label, value, onChange, size = "", name }) {
  const [open, setOpen] = useState(false);
  const choose = (day) => {
    setOpen(false);
    onChange(day);
  };
  return (
    <span className={`field day-field ${size}`} data-day-field={name}>
      <Popover.Root open={open} onOpenChange={setOpen}>
        <Popover.Trigger asChild>
          <button type="button" className="row g8">
            <Calendar className="ic s14" aria-hidden="true" />
            <span className="unit">{label}</span>
            <span className={value ? "num" : size === "sm" ? "vh" : "t3"}>{value ? short(value) : say("any")}</span>
          </button>
        </Popover.Trigger>
        <Popover.Portal>
          <Popover.Content className="popover days-popover" align="start" sideOffset={6} collisionPadding={8} aria-label={label} onOpenAutoFocus={(event) => event.preventDefault()}>
            <Month value={value} onChoose={choose} />
          </Popover.Content>
        </Popover.Portal>
      </Popover.Root>
      {value && <button type="button" className="ib dense" aria-label={say("clear", { name: label })} onClick={() => onChange("")}><X className="ic s12" /></button>}
    </span>
  );
}
