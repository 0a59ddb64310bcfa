/**
 * Runs in the window's page before its own scripts and measures what somebody in front of it would see. Reads nothing of
 * the window but its grid. Times are milliseconds since the page was opened.
 */
(() => {
  let firstTickMs = null;
  let frameMs = [];
  let longTaskMs = [];

  let last = performance.now();
  const frame = () => {
    const now = performance.now();
    frameMs.push(now - last);
    last = now;
    requestAnimationFrame(frame);
  };
  requestAnimationFrame(frame);

  new PerformanceObserver((list) => {
    for (const entry of list.getEntries()) longTaskMs.push(entry.duration);
  }).observe({ type: 'longtask', buffered: true });

  // A number that was there and is another one now: not one that appears.
  const seen = new WeakSet();
  new MutationObserver((changes, observer) => {
    for (const { target } of changes) {
      if (target.nodeType !== Node.TEXT_NODE || !/\d/.test(target.textContent)) continue;
      if (target.parentElement?.closest('[role="grid"]') == null) continue;
      if (seen.has(target)) {
        firstTickMs = performance.now();
        observer.disconnect();
        return;
      }
      seen.add(target);
    }
  }).observe(document, { subtree: true, characterData: true });

  /** What scrolls the grid, itself or something around it. */
  const scroller = () => {
    let element = document.querySelector('[role="grid"]');
    while (element !== null && element.scrollHeight <= element.clientHeight + 1) element = element.parentElement;
    return element;
  };

  window.windowProbe = {
    restart() {
      frameMs = [];
      longTaskMs = [];
    },
    read() {
      const paint = performance.getEntriesByName('first-contentful-paint')[0];
      const rows = document.querySelectorAll('[role="grid"] [role="row"]').length;
      return { firstPaintMs: paint?.startTime ?? null, firstTickMs, frameMs, longTaskMs, rows };
    },
    /** Down and up again, without an end, a few rows a frame. */
    scroll(pixelsPerFrame) {
      const element = scroller();
      let by = pixelsPerFrame;
      const step = () => {
        const end = element.scrollHeight - element.clientHeight;
        if (element.scrollTop >= end - 1) by = -pixelsPerFrame;
        if (element.scrollTop <= 0) by = pixelsPerFrame;
        element.scrollTop += by;
        requestAnimationFrame(step);
      };
      if (element !== null) requestAnimationFrame(step);
    },
  };
})();
