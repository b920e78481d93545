// In which order dropped files lie down. Run by tests/ui/test_timeline.py; STUDIO is the folder of the studio's modules.
import assert from "node:assert/strict";
import test from "node:test";

const { inTurn } = await import(`file://${process.env.STUDIO}/timeline/in_turn.js`);

test("files of a kind keep their order, and wait for no other kind and for none that is missed", async () => {
  const [long, short, missed, last, song] = ["long", "short", "missed", "last"].map((name) => ({ name, kind: "video" })).concat({ name: "song", kind: "audio" });
  const turns = inTurn([long, short, missed, last, song], ({ kind }) => kind);
  const laid = [];
  const read = async (file) => {
    await turns.of(file);
    laid.push(file.name);
    turns.end(file);
  };
  const later = [read(last), read(short)];
  turns.end(missed);
  await read(song);
  assert.deepEqual(laid, ["song"]);
  await Promise.all([read(long), ...later]);
  assert.deepEqual(laid, ["song", "long", "short", "last"]);
});
