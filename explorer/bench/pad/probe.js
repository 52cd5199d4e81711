// Stopwatches inside a page, put there before its own scripts run. All times are milliseconds of
// performance.now(), which counts from the start of the navigation.

window.bench = (() => {
  // Components live in shadow roots, into which document.querySelectorAll does not look.
  const roots = [document];
  const attach = Element.prototype.attachShadow;
  Element.prototype.attachShadow = function (options) {
    const root = attach.call(this, options);
    roots.push(root);
    if (stopwatch) watch(root);
    return root;
  };
  const all = (selector) =>
    roots
      .filter((root) => root === document || root.host.isConnected)
      .flatMap((root) => [...root.querySelectorAll(selector)]);

  // ---- when the page was ready: `selector` finds `count` elements, and they are painted

  let readyAt = null;

  function untilReady(selector, count) {
    const look = () => {
      if (all(selector).length >= count) readyAt = performance.now();
      else requestAnimationFrame(look);
    };
    requestAnimationFrame(look);
  }

  // ---- when frames began, by the clock of the compositor

  let stamps = null;

  function startFrames() {
    const mine = [];
    stamps = mine;
    const note = (stamp) => {
      if (stamps !== mine) return;
      mine.push(stamp);
      requestAnimationFrame(note);
    };
    requestAnimationFrame(note);
  }

  function stopFrames() {
    const noted = stamps;
    stamps = null;
    return noted;
  }

  // ---- from the release of a mouse button to a picture that was not there before

  let stopwatch = null; // {selector, known, from, to}

  // What pictures show: a canvas names the place for which its picture is exact; an image is
  // identified by its URL and counts once it is decoded.
  function pictures({ selector }) {
    return all(selector).map(
      (element) => element.dataset.exact ?? (element.complete && element.naturalWidth && element.src),
    );
  }

  function check() {
    const { from, to, known } = stopwatch;
    if (from === null || to !== null) return;
    if (pictures(stopwatch).some((picture) => picture && !known.has(picture))) {
      stopwatch.to = performance.now();
    }
  }

  function watch(root) {
    new MutationObserver(check).observe(root, { subtree: true, childList: true, attributes: true });
    root.addEventListener("load", check, true); // images
  }

  function armStopwatch(selector) {
    const isFirst = stopwatch === null;
    stopwatch = { selector, from: null, to: null };
    stopwatch.known = new Set(pictures(stopwatch));
    if (!isFirst) return;
    roots.forEach(watch);
    window.addEventListener("mouseup", (event) => (stopwatch.from ??= event.timeStamp), true);
  }

  return {
    untilReady,
    startFrames,
    stopFrames,
    armStopwatch,
    readyAt: () => readyAt,
    answeredAfter: () => (stopwatch?.to == null ? null : stopwatch.to - stopwatch.from),
  };
})();
