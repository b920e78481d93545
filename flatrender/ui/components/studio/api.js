// The studio's calls to the server. A refusal is a Problem (problem+json): `code`, `detail`, `field`; its message is for
// people, in the page's language.
import { problem, speak } from "$/public/external/flatrender/ui/catalogues/assets/speak.js";

export class Problem extends Error {
  constructor(status, body) {
    super(body?.code ? problem(body) : speak("errors.unreachable"));
    this.status = status;
    this.code = body?.code || "error";
    this.field = body?.field || null;
    this.body = body || {};
  }
}

/** The server is out of reach; says so in the page's language, where a browser would say "Failed to fetch". */
export class Unreachable extends TypeError {
  constructor() {
    super(speak("errors.unreachable"));
  }
}

const LONGEST = 300_000; // ms, more than a scan takes: a browser waits for ever for an answer that was lost on its way

/** Fetches JSON. Throws Problem for an answer that is none, Unreachable when the server is out of reach or does not answer. */
export async function call(path, { method = "GET", body, signal = AbortSignal.timeout(LONGEST), headers = {} } = {}) {
  let answer, text;
  try {
    answer = await fetch(`/api/v1${path}`, {
      method,
      signal,
      headers: body === undefined ? headers : { "Content-Type": "application/json", ...headers },
      body: body === undefined ? undefined : JSON.stringify(body),
    });
    text = await answer.text();
  } catch (error) {
    throw error instanceof TypeError || error.name === "TimeoutError" ? new Unreachable() : error;
  }
  let json = null;
  try {
    json = text ? JSON.parse(text) : null;
  } catch {
    json = null;
  }
  if (!answer.ok) throw new Problem(answer.status, json);
  return json;
}

/** A web socket to an address of the API. */
export const socketTo = (path) => new WebSocket(`${location.origin.replace("http", "ws")}/api/v1${path}`);

/** Uploads one file, and `fields` before it, with progress: `onProgress(share)`. Resolves to the answer's JSON. */
export function upload(path, file, onProgress, fields = {}) {
  return new Promise((resolve, reject) => {
    const request = new XMLHttpRequest();
    request.open("POST", `/api/v1${path}`);
    request.upload.onprogress = (event) => event.lengthComputable && onProgress(event.loaded / event.total);
    request.onerror = () => reject(new Unreachable());
    request.onload = () => {
      let json = null;
      try {
        json = JSON.parse(request.responseText);
      } catch {
        json = null;
      }
      if (request.status >= 200 && request.status < 300) resolve(json);
      else reject(new Problem(request.status, json));
    };
    const form = new FormData();
    for (const [name, value] of Object.entries(fields)) form.append(name, value);
    form.append("file", file);
    request.send(form);
  });
}
