// Months of the two calendars. Run by tests/ui/test_days.py; the folder of the module is the first argument.
import assert from "node:assert/strict";

const { calendar, today } = await import(`file://${process.argv[2]}/calendar.js`);
const gregorian = calendar(false);
const persian = calendar(true);
const ends = ({ month }, day) => [month(day)[0], month(day).at(-1), month(day).length];

assert.deepEqual(ends(gregorian, "2024-02-10"), ["2024-02-01", "2024-02-29", 29]);
assert.deepEqual(ends(gregorian, "2026-12-31"), ["2026-12-01", "2026-12-31", 31]);
// Farvardin has 31 days, Mehr 30; Esfand of the leap year 1403 has 30, that of 1404 has 29.
assert.deepEqual(ends(persian, "2026-03-25"), ["2026-03-21", "2026-04-20", 31]);
assert.deepEqual(ends(persian, "2026-10-01"), ["2026-09-23", "2026-10-22", 30]);
assert.deepEqual(ends(persian, "2025-03-20"), ["2025-02-19", "2025-03-20", 30]);
assert.deepEqual(ends(persian, "2026-03-20"), ["2026-02-20", "2026-03-20", 29]);
// Weeks begin on Monday, or on Saturday: the 21st of March 2026 is one.
assert.equal(gregorian.weekday("2026-03-23"), 0);
assert.equal(gregorian.weekday("2026-03-22"), 6);
assert.equal(persian.weekday("2026-03-21"), 0);
assert.equal(persian.weekday("2026-03-20"), 6);
// As far on in another month, or its last day.
assert.equal(gregorian.inOther("2026-01-31", 1), "2026-02-28");
assert.equal(gregorian.inOther("2026-03-31", -1), "2026-02-28");
assert.equal(gregorian.inOther("2026-01-15", -1), "2025-12-15");
assert.equal(persian.inOther("2026-04-20", 6), "2026-10-22"); // the 31st of Farvardin, the 30th of Mehr
// A person's own day, not Greenwich's.
assert.equal(today(new Date(2026, 0, 5, 23, 59)), "2026-01-05");
