// Months of a calendar. A day is an ISO text ("2026-11-27") without a clock or a place: it is counted in UTC alone.
const DAY = 86_400_000;
const at = (day) => Date.parse(`${day}T00:00Z`);
const isoOf = (time) => new Date(time).toISOString().slice(0, 10);

/** The Gregorian calendar with weeks from Monday, or the Persian one with weeks from Saturday. */
export function calendar(persian) {
  const dates = new Intl.DateTimeFormat(`en-u-ca-${persian ? "persian" : "gregory"}-nu-latn`, { day: "numeric", timeZone: "UTC" });
  const inMonth = (day) => Number(dates.formatToParts(at(day)).find(({ type }) => type === "day").value);
  const moved = (day, days) => isoOf(at(day) + days * DAY);
  const first = (day) => moved(day, 1 - inMonth(day));
  const weekday = (day) => (new Date(at(day)).getUTCDay() + (persian ? 1 : 6)) % 7;
  // No month is longer than 31 days: the 32nd day from a first one lies in the next month.
  const next = (day) => first(moved(first(day), 31));
  const before = (day) => first(moved(first(day), -1));
  return {
    inMonth,
    moved,
    first,
    /** 0 for the day that weeks begin with, to 6. */
    weekday,
    /** The day as far on in the month that lies `months` away, or that month's last. */
    inOther(day, months) {
      let other = first(day);
      for (let step = 0; step < Math.abs(months); step += 1) other = months > 0 ? next(other) : before(other);
      const last = moved(next(other), -1);
      const wanted = moved(other, inMonth(day) - 1);
      return wanted > last ? last : wanted;
    },
    /** The days of the month that the day lies in. */
    month(day) {
      const days = [];
      const end = next(day);
      for (let each = first(day); each < end; each = moved(each, 1)) days.push(each);
      return days;
    },
  };
}

/** Today by the person's own clock. */
export function today(now = new Date()) {
  const two = (value) => String(value).padStart(2, "0");
  return `${now.getFullYear()}-${two(now.getMonth() + 1)}-${two(now.getDate())}`;
}
