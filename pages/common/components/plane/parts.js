// The parts of a plane that are fetched beside it. One that fails is said to, and can be
// tried again; meanwhile the one before is shown.

const wanted = new WeakMap(); // plane -> part -> how it was last asked for
const failed = new WeakMap(); // plane -> parts that did not load

const of = (map, plane, empty) => map.get(plane) ?? map.set(plane, empty).get(plane);

async function load(plane, part, fetchIt) {
  const asked = of(wanted, plane, new Map());
  asked.set(part, fetchIt);
  let came = true;
  try {
    await fetchIt();
  } catch {
    came = false;
  }
  if (asked.get(part) !== fetchIt) return; // another was asked for meanwhile
  const missing = of(failed, plane, new Set());
  if (came) missing.delete(part);
  else missing.add(part);
  tell(plane, missing);
}

// Nothing: what is shown of a part that a scene does not have.
function forgotten(plane, part) {
  wanted.get(plane)?.delete(part);
  if (failed.get(plane)?.delete(part)) tell(plane, failed.get(plane));
  return null;
}

function tell(plane, missing) {
  notLoaded(plane.root.querySelector(".stage"), missing.size > 0, () => {
    for (const part of missing) load(plane, part, wanted.get(plane).get(part));
  });
}
