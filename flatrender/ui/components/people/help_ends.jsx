// Help in somebody's name lasts for a while: when it is over, the page that was theirs gives way to one that says so.
import { useEffect } from "react";

const SURE = 1000; // ms after which the server has ended it too

export function HelpEnds({ seconds }) {
  useEffect(() => {
    if (!seconds) return undefined;
    const at = Date.now() + seconds * 1000 + SURE;
    const look = () => Date.now() >= at && location.assign("/people?help=over");
    const waiting = setTimeout(look, at - Date.now());
    document.addEventListener("visibilitychange", look); // a machine that slept has kept no time
    return () => {
      clearTimeout(waiting);
      document.removeEventListener("visibilitychange", look);
    };
  }, [seconds]);
  return null;
}
