// The stage's floors: one for each track that is seen, one above the other as the tracks are. What two pictures of a track
// look like where they meet is made on their floor alone; only then does it lie on what is below (film/transitions.py).

export class Floors {
  constructor(host) {
    this.host = host;
    this.made = new Map(); // track id -> element
  }

  /** Lays a clip's layer on its track's floor; `height`: the track's place among the tracks. */
  lay(layer, track, height) {
    let floor = this.made.get(track.id);
    if (!floor) {
      floor = Object.assign(document.createElement("div"), { className: "stage-floor" });
      this.made.set(track.id, floor);
      this.host.append(floor);
    }
    if (floor.style.zIndex !== String(height)) floor.style.zIndex = String(height);
    if (layer.parentElement !== floor) floor.append(layer);
  }

  /** Takes the floors of tracks away that are gone. */
  setDocument({ tracks }) {
    const ids = new Set(tracks.map((track) => track.id));
    for (const [id, floor] of this.made) {
      if (ids.has(id)) continue;
      floor.remove();
      this.made.delete(id);
    }
  }
}
