// Live tasks and rating without a new page. Everything here also works without it: pages are made on the server.
"use strict";

const PATIENCE_MS = 250;
const grid = document.getElementById("grid");
const take = document.querySelector("main.take");
const ended = new Set(["SUCCEEDED", "FAILED", "CANCELLED"]);
const waiting = new Map();

function part(html) {
  return new DOMParser().parseFromString(html, "text/html").body.firstElementChild;
}

async function refresh(id) {
  const answer = await fetch(`/take/${id}/card`, { headers: { accept: "text/html" } });
  if (!answer.ok) return;
  const fresh = part(await answer.text());
  const old = document.getElementById(`v-${id}`);
  if (old) old.replaceWith(fresh);
  else if (grid && !new URLSearchParams(location.search).get("q") && !new URLSearchParams(location.search).get("cursor")) {
    grid.querySelector(".nothing")?.remove();
    grid.prepend(fresh);
  }
}

function soon(id) {
  clearTimeout(waiting.get(id));
  waiting.set(id, setTimeout(() => { waiting.delete(id); refresh(id); }, PATIENCE_MS));
}

function follow(video) {
  if (take) {
    if (take.dataset.id === video.id && take.dataset.status !== video.status && ended.has(video.status)) location.reload();
    return;
  }
  const card = document.getElementById(`v-${video.id}`);
  const bar = card?.querySelector("progress");
  if (bar && !ended.has(video.status)) {
    bar.value = video.progress ?? 0;
    card.querySelector(".state").textContent = `${video.status.toLowerCase()} ${Math.round((video.progress ?? 0) * 100)}%`;
    card.dataset.status = video.status;
  } else {
    soon(video.id);
  }
}

if (grid || take) {
  const events = new EventSource("/v1/events");
  events.addEventListener("video", (event) => follow(JSON.parse(event.data)));
  addEventListener("pagehide", () => events.close());
}

document.addEventListener("submit", async (event) => {
  const form = event.target.closest("form.stars");
  if (!form || !event.submitter) return;
  event.preventDefault();
  const id = form.closest("[data-id]").dataset.id;
  const rating = Number(event.submitter.value);
  const answer = await fetch(`/v1/videos/${id}`, {
    method: "PATCH",
    headers: { "content-type": "application/json" },
    body: JSON.stringify({ rating }),
  });
  if (!answer.ok) return form.submit();
  form.querySelectorAll("button").forEach((button, index) => {
    button.className = index < rating ? "on" : "off";
    button.value = index + 1 === rating ? 0 : index + 1;
  });
});
