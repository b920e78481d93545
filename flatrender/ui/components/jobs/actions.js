// What may be done to jobs. Every act is a request of its own; the answer comes back as a patch for every open browser.
import { call } from "$/public/external/flatrender/ui/components/studio/api.js";

const post = (id, act, body) => call(`/renders/${id}/${act}`, { method: "POST", body });

export const cancel = (job) => post(job.id, "cancel");
export const retry = (job) => post(job.id, "retry");
export const boost = (job) => post(job.id, "boost", {});
export const removeJob = (job) => call(`/renders/${job.id}`, { method: "DELETE" });

/** Does `act` to each job that `allowed` lets; returns how many were done and the first refusal. */
export async function each(jobs, allowed, act) {
  const chosen = jobs.filter(allowed);
  const results = await Promise.allSettled(chosen.map(act));
  const refused = results.find((result) => result.status === "rejected");
  return { done: results.length - results.filter((result) => result.status === "rejected").length, problem: refused?.reason?.message ?? "" };
}
