// The film's shape: its size and rate, and a switch to another aspect ratio.
import { ChevronDown, RectangleHorizontal } from "lucide-react";
import { DropdownMenu } from "radix-ui";
import { frameRate, say } from "./words.js";

const ASPECTS = [[16, 9], [9, 16], [1, 1], [4, 5]];
const even = (pixels) => 2 * Math.round(pixels / 2);

/** The size of another aspect with the same shorter side. */
export function reshaped([width, height], [across, down]) {
  const short = Math.min(width, height);
  return across >= down ? [even((short * across) / down), even(short)] : [even(short), even((short * down) / across)];
}

const same = ([width, height], [across, down]) => Math.abs(width / height - across / down) < 0.01;

/** The aspects to choose from, as items of a menu. */
export function Shapes({ session, size }) {
  const now = ASPECTS.find((aspect) => same(size, aspect));
  return (
    <DropdownMenu.RadioGroup value={now?.join(":") ?? ""}>
      {ASPECTS.map((aspect) => {
        const [width, height] = reshaped(size, aspect);
        return (
          <DropdownMenu.RadioItem key={aspect.join(":")} value={aspect.join(":")} className="item" onSelect={() => !same(size, aspect) && session.edit([{ op: "set_size", size: [width, height] }])}>
            <span className="num ltr">{aspect.join(":")}</span>
            <span className="grow num ltr t3">
              {width} × {height}
            </span>
            <i className="tick">✓</i>
          </DropdownMenu.RadioItem>
        );
      })}
    </DropdownMenu.RadioGroup>
  );
}

export function Shape({ session, size, rate }) {
  const now = ASPECTS.find((aspect) => same(size, aspect));
  return (
    <DropdownMenu.Root modal={false}>
      <DropdownMenu.Trigger asChild>
        <button type="button" className="btn ghost sm format" aria-label={say("aspect")} title={say("aspect")} data-act="aspect">
          <RectangleHorizontal className="ic" aria-hidden="true" />
          <span className="num">
            <bdi className="ltr">{`${now ? now.join(":") : `${size[0]} × ${size[1]}`} · ${Math.min(...size)}p`}</bdi> · {frameRate(rate)}
          </span>
          <ChevronDown className="ic s12" aria-hidden="true" />
        </button>
      </DropdownMenu.Trigger>
      <DropdownMenu.Portal>
        <DropdownMenu.Content className="menu" align="center" sideOffset={4} collisionPadding={8}>
          <Shapes session={session} size={size} />
        </DropdownMenu.Content>
      </DropdownMenu.Portal>
    </DropdownMenu.Root>
  );
}
