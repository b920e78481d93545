// Justified rows: each child keeps its true shape (its `--ratio`), each full row fills the width, the last keeps the height.
import { useLayoutEffect, useRef } from "react";
import { filling, heights } from "./row_heights.js";

export function Rows({ height = 214, phoneHeight = 150, children, className = "", label, fill = false }) {
  const box = useRef(null);
  useLayoutEffect(() => {
    const element = box.current;
    function lay() {
      const style = getComputedStyle(element);
      const width = element.clientWidth - parseFloat(style.paddingInlineStart) - parseFloat(style.paddingInlineEnd);
      const gap = parseFloat(style.columnGap) || 0;
      const items = [...element.children];
      const ratios = items.map((item) => Number(getComputedStyle(item).getPropertyValue("--ratio")) || 16 / 9);
      const tall = element.clientHeight - parseFloat(style.paddingBlockStart) - parseFloat(style.paddingBlockEnd);
      const found = fill
        ? filling(ratios, width, tall, gap, parseFloat(style.rowGap) || 0)
        : heights(ratios, width, gap, innerWidth <= 640 ? phoneHeight : height);
      items.forEach((item, index) => {
        const wide = `${Math.floor(found[index].height * ratios[index] * 100) / 100}px`;
        if (item.style.inlineSize !== wide) item.style.inlineSize = wide;
      });
    }
    lay();
    const sizes = new ResizeObserver(() => lay());
    sizes.observe(element);
    const list = new MutationObserver(lay);
    list.observe(element, { childList: true });
    return () => { sizes.disconnect(); list.disconnect(); };
  }, [height, phoneHeight, fill]);
  return <div ref={box} className={`rows ${className}`} role={label ? "group" : undefined} aria-label={label}>{children}</div>;
}
