// A job as two lines, where a table has no room: what it is and how it stands, how far it is and what to do about it.
import { useEffect, useState } from "react";
import { ChevronsUp, Download, RotateCw, X } from "lucide-react";
import { boost, cancel, retry } from "./actions.js";
import { ProgressCell, StatePill, took, when } from "./state.jsx";
import { say } from "./words.js";

const PHONE = "(max-width: 640px)";

/** Whether the page is as narrow as a phone, followed. */
export function usePhone() {
  const [phone, setPhone] = useState(() => window.matchMedia(PHONE).matches);
  useEffect(() => {
    const query = window.matchMedia(PHONE);
    const look = () => setPhone(query.matches);
    query.addEventListener("change", look);
    return () => query.removeEventListener("change", look);
  }, []);
  return phone;
}

export const CARD_HEIGHT = 108;

export function JobCard({ job, site, mayBoost, onNotice }) {
  const acts = [
    ["boost", ChevronsUp, boost, mayBoost && job.can_boost],
    ["retry", RotateCw, retry, job.can_retry],
    ["cancel", X, cancel, job.can_cancel],
  ];
  return (
    <span className="job-card" data-job={job.id}>
      <span className="job-card-head">
        {job.has_picture ? <img src={`/api/v1/renders/${job.id}/picture`} alt="" loading="lazy" /> : <i />}
        <span className="job-card-words">
          <b className="trunc" dir="auto" title={job.title}>
            {job.title}
          </b>
          <small className="t3 num">
            {when(job.created_at)}
            {site && <> · <bdi dir="auto">{site}</bdi></>}
            {took(job) && <> · <bdi className="ltr">{took(job)}</bdi></>}
          </small>
        </span>
        <StatePill job={job} />
      </span>
      <span className="job-card-line">
        <span className="job-card-progress">
          <ProgressCell job={job} />
        </span>
        {acts.map(
          ([name, Icon, act, allowed]) =>
            allowed && (
              <button key={name} type="button" className="ib" aria-label={say(`${name}_of`, { name: job.title })} data-act={name} onClick={() => act(job).catch((error) => onNotice(error.message))}>
                <Icon className="ic" />
              </button>
            ),
        )}
        {job.can_download && (
          <a className="ib" href={`/api/v1/renders/${job.id}/download`} aria-label={say("download_of", { name: job.title })} download>
            <Download className="ic" />
          </a>
        )}
      </span>
    </span>
  );
}
