// Rows of a table in groups: the choice, the column that the table is sorted by, and how many stand in each group.
import { useMemo } from "react";
import { number, say } from "./words.js";

const MOST = 12; // sums that are shown, the largest

/** `groups`: name to a row's group in words; `rows`: those that are loaded. */
export function useGroup(groups, chosen, rows) {
  const of = groups[chosen];
  const column = useMemo(
    () => (of ? { headerName: say("group"), width: 150, valueGetter: ({ data }) => of(data), sort: "asc", sortIndex: 0, cellClass: "strong" } : null),
    [of],
  );
  const sums = useMemo(() => {
    const found = new Map();
    if (of) for (const row of rows ?? []) found.set(of(row), (found.get(of(row)) ?? 0) + 1);
    return [...found].sort((one, other) => other[1] - one[1]).slice(0, MOST);
  }, [rows, of]);
  return { column, sums };
}

export function GroupChoice({ names, value, onChoose }) {
  return (
    <select className="studio-select jobs-user" aria-label={say("group")} value={value ?? ""} onChange={(event) => onChoose(event.target.value)} data-group>
      <option value="">{say("no_group")}</option>
      {names.map((name) => <option key={name} value={name}>{say(`by_${name}`)}</option>)}
    </select>
  );
}

export function Sums({ sums }) {
  if (!sums.length) return null;
  return (
    <p className="farm-sums t2">
      {sums.map(([name, count]) => <span key={name}><bdi dir="auto">{name}</bdi> <b className="num">{number(count)}</b></span>)}
    </p>
  );
}
