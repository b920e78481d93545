// A paste that has more characters than its field takes: the browser cuts it off in silence, this says so.
import { toast } from "sonner";
import { say } from "./words.js";

export function sayCutOff(event) {
  const { maxLength, value, selectionStart, selectionEnd } = event.currentTarget;
  const room = maxLength - value.length + (selectionEnd - selectionStart);
  const left = event.clipboardData.getData("text").length - room;
  if (left > 0) toast(say("paste_cut_off", { most: maxLength, count: left }), { duration: 10_000 });
}
