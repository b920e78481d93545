// A dialog that shows something and asks nothing: a title, what is shown, one button to close it.
import { Dialog } from "radix-ui";

/** `back`: the word on the button; `trigger`: the button that opens it, where it is not opened from outside. `more` goes
 *  to the dialog itself. */
export function Shown({ title, back, className, open, onOpenChange, trigger, children, ...more }) {
  return (
    <Dialog.Root open={open} onOpenChange={onOpenChange}>
      {trigger && <Dialog.Trigger asChild>{trigger}</Dialog.Trigger>}
      <Dialog.Portal>
        <Dialog.Overlay className="scrim" />
        <Dialog.Content className={className ? `dialog ${className}` : "dialog"} aria-describedby={undefined} {...more}>
          <Dialog.Title className="h16">{title}</Dialog.Title>
          {children}
          <div className="acts">
            <Dialog.Close asChild>
              <button type="button" className="btn ghost">
                {back}
              </button>
            </Dialog.Close>
          </div>
        </Dialog.Content>
      </Dialog.Portal>
    </Dialog.Root>
  );
}
