// Commands that the page itself has to offer, while it is shown: `offer(list)` returns the call that takes them back.
// A command is { id, label, also?, key?, run }.
const offers = new Set();

export function offer(commands) {
  offers.add(commands);
  return () => offers.delete(commands);
}

export const offered = () => [...offers].flat();
