// Watches a page until nothing changes any more; put there before its own scripts run. All times
// are milliseconds of performance.now(), which counts from the start of the navigation.

window.watch = (() => {
  // What is shown while something is still to come: Streamlit's placeholders, pulsing words (of what
  // is being computed), a plane without its picture, and words that end in an ellipsis.
  const PENDING =
    "[data-testid=stSpinner], [data-testid=stSkeleton], [data-testid=stAppSkeleton], .stMarkdownShimmer, .pad:not([data-ready=true])";
  const EVERY = 50; // milliseconds
  const PAINTS = ["clearRect", "fillRect", "fill", "stroke", "fillText", "drawImage", "putImageData"];

  let since = 0; // when the watch began
  let last = { above: 0, all: 0 };
  let changed = new Map(); // node → when, since the last look
  let looked = 0;

  const change = (node) => changed.set(node, performance.now());

  // Components live in shadow roots, into which document.querySelectorAll does not look.
  const roots = [document];
  const observer = new MutationObserver((records) => {
    for (const { type, target, addedNodes, nextSibling, previousSibling } of records) {
      if (type !== "childList") change(target);
      else if (addedNodes.length) for (const node of addedNodes) change(node);
      else change(nextSibling ?? previousSibling ?? target);
    }
  });
  // Styles and states of buttons change without a change of what they say.
  const what = { subtree: true, childList: true, characterData: true, attributes: true, attributeFilter: ["src", "d"] };
  observer.observe(document, what);
  const attach = Element.prototype.attachShadow;
  Element.prototype.attachShadow = function (options) {
    const root = attach.call(this, options);
    roots.push(root);
    observer.observe(root, what);
    return root;
  };
  for (const name of PAINTS) {
    const paint = CanvasRenderingContext2D.prototype[name];
    CanvasRenderingContext2D.prototype[name] = function (...words) {
      change(this.canvas);
      return paint.apply(this, words);
    };
  }
  document.addEventListener("load", ({ target }) => change(target), true); // images

  const elementOf = (node) => (node instanceof Element ? node : (node.parentElement ?? node.host ?? null));

  // Where a node is: "above" the fold, "below" it, or null if it is not on the page.
  function place(node) {
    const element = elementOf(node);
    if (!element?.isConnected || element.closest("head, header, [data-testid=stStatusWidget]")) return null;
    const { top, bottom, width, height } = element.getBoundingClientRect();
    if (!width || !height) return null;
    return top < innerHeight && bottom > 0 ? "above" : "below";
  }

  function* pending() {
    for (const root of roots) {
      if (root !== document && !root.host.isConnected) continue;
      yield* root.querySelectorAll(PENDING);
      const texts = document.createTreeWalker(root === document ? document.body ?? document : root, NodeFilter.SHOW_TEXT);
      while (texts.nextNode()) {
        if (texts.currentNode.data.trimEnd().endsWith("…")) yield texts.currentNode;
      }
    }
  }

  function isRunning() {
    return document.querySelector("[data-testid=stApp]")?.dataset.testScriptState !== "notRunning";
  }

  function note(where, now) {
    if (where === "above") last.above = Math.max(last.above, now);
    if (where) last.all = Math.max(last.all, now);
  }

  function look() {
    requestAnimationFrame(look);
    const now = performance.now();
    if (now - looked < EVERY) return; // looking takes time from what is measured
    looked = now;
    for (const [node, when] of changed) if (when >= since) note(place(node), when);
    changed = new Map();
    for (const node of pending()) note(place(node), now);
    if (isRunning()) note("below", now);
  }
  requestAnimationFrame(look);

  return {
    // Count from now on.
    restart() {
      since = performance.now();
      last = { above: since, all: since };
    },
    // Seconds until what is above the fold and until everything was there; null before `quiet`
    // milliseconds have passed without a change.
    seen(quiet) {
      if (!last.above || performance.now() - last.all < quiet) return null;
      return { above: (last.above - since) / 1000, all: (last.all - since) / 1000 };
    },
  };
})();
