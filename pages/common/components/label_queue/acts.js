// Acts on their way to the server: kept in the browser until they are saved there.

const PATIENCE_MS = 10_000;
const WAITS_MS = [300, 700, 1500, 3000];

function newId() {
  const bytes = crypto.getRandomValues(new Uint8Array(16)); // randomUUID needs https
  return [...bytes].map((byte) => byte.toString(16).padStart(2, "0")).join("");
}

const keptUnder = ({ queue_id, who }) => `morph-label-${queue_id}-${who}`;

// The act that was not saved when the page was left, if any.
function keptAct(data) {
  try {
    const act = JSON.parse(localStorage.getItem(keptUnder(data)));
    return act && { ...act, permit: data.permit };
  } catch {
    return null;
  }
}

function keepAct(data, act) {
  try {
    if (act) localStorage.setItem(keptUnder(data), JSON.stringify(act));
    else localStorage.removeItem(keptUnder(data));
  } catch {
    // A browser that keeps nothing: the act is still sent again while the page is open.
  }
}

// The answer of the server, once it has one; `waiting` is told why there is none yet.
// An Error has the server's words where it refuses the act.
async function posted(data, act, waiting) {
  for (let tries = 0; ; tries++) {
    const answer = await answered(data, act);
    if (answer?.ok) return answer.json();
    const words = answer && (await answer.text().catch(() => "")).trim();
    if (answer && answer.status >= 400 && answer.status < 500) throw new Error(words);
    waiting(words || "the server does not answer");
    const wait = WAITS_MS[Math.min(tries, WAITS_MS.length - 1)];
    await new Promise((done) => setTimeout(done, wait));
  }
}

// Null where the server is away.
async function answered(data, act) {
  const given = {
    method: "POST",
    headers: { "Content-Type": "application/json" },
    body: JSON.stringify(act),
    signal: AbortSignal.timeout(PATIENCE_MS),
  };
  try {
    return await fetch(new URL(data.address, location.origin), given);
  } catch {
    return null;
  }
}
