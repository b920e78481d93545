// Asks before something is done that cannot be taken back: what it is called, what it means, the way back first.
import { AlertDialog } from "radix-ui";

/** `trigger`: the button that asks; `act`: its `data-act`, that of the answer ends in `-now`. Children stand above the
 *  answers. */
export function Sure({ act, trigger, title, body, back, word, tone = "destroy", onSure, children }) {
  return (
    <AlertDialog.Root>
      <AlertDialog.Trigger asChild>{trigger}</AlertDialog.Trigger>
      <AlertDialog.Portal>
        <AlertDialog.Overlay className="scrim" />
        <AlertDialog.Content className="dialog">
          <AlertDialog.Title className="h16">{title}</AlertDialog.Title>
          <AlertDialog.Description className="t2">{body}</AlertDialog.Description>
          {children}
          <div className="acts">
            <AlertDialog.Cancel asChild><button type="button" className="btn ghost">{back}</button></AlertDialog.Cancel>
            <AlertDialog.Action asChild><button type="button" className={`btn ${tone}`} onClick={onSure} data-act={`${act}-now`}>{word}</button></AlertDialog.Action>
          </div>
        </AlertDialog.Content>
      </AlertDialog.Portal>
    </AlertDialog.Root>
  );
}
