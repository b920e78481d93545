// How often the timeline's components were rendered: gestures must not cause any, and a test reads the count.
let count = 0;

export const counted = () => {
  count += 1;
};
export const rendered = () => count;
