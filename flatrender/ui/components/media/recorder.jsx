// Recording a voice-over in the browser: level, countdown, take, listen, again, insert.
import { useEffect, useRef, useState } from "react";
import { Circle, Mic, RotateCcw, Square } from "lucide-react";
import { Sheet } from "./acts.jsx";
import { addFiles } from "./uploads.js";
import { clock, number, say } from "./words.js";

const KINDS = [
  ["audio/webm;codecs=opus", "webm"],
  ["audio/mp4", "m4a"],
  ["audio/ogg;codecs=opus", "ogg"],
];
const COUNT = 3; // seconds
const LONGEST = 30 * 60;
const HELD = new Set(["recording", "taken"]); // closed by its buttons alone: a key pressed by mistake ends a take, and loses none

/** Why the microphone cannot be had, and what to do. */
function refusal(error) {
  if (!navigator.mediaDevices || typeof MediaRecorder === "undefined") return say("record_insecure");
  if (error?.name === "NotFoundError") return say("record_none");
  if (error?.name === "NotReadableError") return say("record_busy");
  return say("record_refused");
}

/** The level of a stream as a bar, drawn without React. */
function Meter({ stream }) {
  const bar = useRef(null);
  useEffect(() => {
    const context = new AudioContext();
    const analyser = new AnalyserNode(context, { fftSize: 1024 });
    context.createMediaStreamSource(stream).connect(analyser);
    const samples = new Float32Array(analyser.fftSize);
    let held = 0;
    let frame = requestAnimationFrame(function look() {
      analyser.getFloatTimeDomainData(samples);
      held = Math.max(held * 0.92, ...samples.map(Math.abs));
      const decibels = 20 * Math.log10(held || 1e-5);
      const share = Math.min(1, Math.max(0, (decibels + 60) / 60));
      bar.current?.style.setProperty("--level", share.toFixed(3));
      bar.current?.classList.toggle("loud", held > 0.97);
      bar.current?.setAttribute("aria-valuenow", Math.round(share * 100));
      frame = requestAnimationFrame(look);
    });
    return () => {
      cancelAnimationFrame(frame);
      context.close();
    };
  }, [stream]);
  return <div ref={bar} className="media-meter" role="meter" aria-label={say("level")} aria-valuemin={0} aria-valuemax={100} aria-valuenow={0} />;
}

/** `onInsert()`: called for a place, answers with what lays the take down there once it is read. */
export function Recorder({ onInsert, onClose }) {
  const [stream, setStream] = useState(null);
  const [problem, setProblem] = useState("");
  const [state, setState] = useState("asking"); // asking, ready, counting, recording, taken, saving
  const [count, setCount] = useState(COUNT);
  const [seconds, setSeconds] = useState(0);
  const [take, setTake] = useState(null); // { url, file }
  const recorder = useRef(null);
  const closed = useRef(false);

  const ask = async () => {
    setProblem("");
    setState("asking");
    try {
      const heard = await navigator.mediaDevices.getUserMedia({ audio: { echoCancellation: true, noiseSuppression: true } });
      if (closed.current) return heard.getTracks().forEach((track) => track.stop());
      setStream(heard);
      setState("ready");
    } catch (error) {
      setProblem(refusal(error));
    }
  };
  useEffect(() => {
    closed.current = false;
    ask();
    return () => {
      closed.current = true;
    };
  }, []);
  useEffect(() => () => stream?.getTracks().forEach((track) => track.stop()), [stream]);
  useEffect(() => () => take && URL.revokeObjectURL(take.url), [take]);

  useEffect(() => {
    if (state !== "counting") return undefined;
    const timer = setTimeout(() => (count > 1 ? setCount(count - 1) : record()), 1000);
    return () => clearTimeout(timer);
  }, [state, count]);
  useEffect(() => {
    if (state !== "recording") return undefined;
    const began = performance.now();
    const timer = setInterval(() => {
      const passed = (performance.now() - began) / 1000;
      setSeconds(passed);
      if (passed >= LONGEST) recorder.current?.stop();
    }, 200);
    return () => clearInterval(timer);
  }, [state]);

  const record = () => {
    const [type, ending] = KINDS.find(([one]) => MediaRecorder.isTypeSupported(one)) ?? ["", "webm"];
    const parts = [];
    const made = new MediaRecorder(stream, type ? { mimeType: type, audioBitsPerSecond: 128_000 } : {});
    made.ondataavailable = (event) => event.data.size && parts.push(event.data);
    made.onstop = () => {
      if (closed.current) return;
      const now = new Date();
      const stamp = [now.getHours(), now.getMinutes(), now.getSeconds()].map((part) => String(part).padStart(2, "0")).join("-");
      const file = new File(parts, `${say("take")} ${stamp}.${ending}`, { type: type.split(";")[0] });
      setTake({ url: URL.createObjectURL(file), file });
      setState("taken");
    };
    made.start(1000);
    recorder.current = made;
    setSeconds(0);
    setState("recording");
  };
  const count3 = () => {
    setTake(null);
    setCount(COUNT);
    setState("counting");
  };
  const use = (insert) => {
    setState("saving");
    const place = insert && onInsert(); // where the playhead is now: until the take is read, it may be elsewhere
    addFiles([take.file], { use: "voice", onRead: place || null });
    onClose();
  };
  const close = () => {
    closed.current = true;
    if (recorder.current?.state === "recording") recorder.current.stop();
    onClose();
  };

  return (
    <Sheet
      title={say("record")}
      onClose={close}
      held={HELD.has(state) && (() => state === "recording" && recorder.current?.stop())}
      acts={
        state === "taken" && (
          <>
            <button type="button" className="btn" data-act="keep-take" onClick={() => use(false)}>
              {say("keep_take")}
            </button>
            {onInsert && (
              <button type="button" className="btn primary" data-act="insert-take" onClick={() => use(true)}>
                {say("insert_take")}
              </button>
            )}
          </>
        )
      }
    >
      <div className="media-recorder" data-recorder={problem ? "refused" : state}>
        {problem ? (
          <>
            <p className="says danger" role="alert">
              {problem}
            </p>
            {navigator.mediaDevices && (
              <button type="button" className="btn" onClick={ask}>
                {say("record_again")}
              </button>
            )}
          </>
        ) : (
          <>
            {stream && <Meter stream={stream} />}
            <p className="media-count num" role="status">
              {state === "asking" && say("record_asking")}
              {state === "ready" && say("record_ready")}
              {state === "counting" && number(count)}
              {(state === "recording" || state === "taken") && <span className="tc">{clock(seconds)}</span>}
            </p>
            {take && <audio className="media-play" src={take.url} controls />}
            {state === "ready" && (
              <button type="button" className="btn primary" data-act="record" onClick={count3}>
                <Mic className="ic" aria-hidden="true" />
                {say("record_start")}
              </button>
            )}
            {state === "counting" && (
              <button type="button" className="btn" onClick={() => setState("ready")}>
                {say("cancel")}
              </button>
            )}
            {state === "recording" && (
              <button type="button" className="btn" data-act="stop" onClick={() => recorder.current?.stop()}>
                <Square className="ic solid" aria-hidden="true" />
                {say("record_stop")}
              </button>
            )}
            {state === "taken" && (
              <button type="button" className="btn" data-act="retake" onClick={count3}>
                <RotateCcw className="ic" aria-hidden="true" />
                {say("retake")}
              </button>
            )}
            {state === "recording" && <Circle className="ic s12 solid media-live" aria-hidden="true" />}
          </>
        )}
      </div>
    </Sheet>
  );
}
