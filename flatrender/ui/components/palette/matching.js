// Which entries fit what was typed, the best first. Pure.

const ARABIC = { "\u064a": "\u06cc", "\u0643": "\u06a9", "\u0629": "\u0647" };

/** A text as it is compared: no case, no joiners, Arabic letters as Persian keyboards write them. */
export function plain(text) {
  return String(text ?? "")
    .toLowerCase()
    .replace(/\u200c/g, "")
    .replace(/[\u064a\u0643\u0629]/g, (letter) => ARABIC[letter]);
}

/** How well a name fits: 0 begins with it, 1 a word of it does, 2 holds it, 3 only its other names do, -1 not at all. */
export function rank(entry, words) {
  if (!words.length) return 0;
  const label = plain(entry.label);
  const every = `${label} ${plain(entry.also)}`;
  if (!words.every((word) => every.includes(word))) return -1;
  const [first] = words;
  if (label.startsWith(first)) return 0;
  if (label.split(/\s+/).some((part) => part.startsWith(first))) return 1;
  return label.includes(first) ? 2 : 3;
}

/** The entries that hold every word, the best first; where two are as good, in their own order. */
export function matching(entries, query) {
  const words = plain(query).split(/\s+/).filter(Boolean);
  return entries
    .map((entry) => [rank(entry, words), entry])
    .filter(([fit]) => fit >= 0)
    .sort(([one], [other]) => one - other)
    .map(([, entry]) => entry);
}
