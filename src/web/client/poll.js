/**
 * Does something again and again while the page is seen.
 *
 * @module
 */

/**
 * Does `work` now and again `pauseMs()` after it has ended, not while the page
 * is hidden. The function it returns does it at once; `work` must not throw.
 * @param {() => Promise<void>} work
 * @param {() => number} pauseMs
 * @returns {() => void}
 */
export function poll(work, pauseMs) {
  let timer = 0;
  let busy = false;
  let again = false;
  const run = async () => {
    clearTimeout(timer);
    if (busy) {
      again = true;
      return;
    }
    busy = true;
    await work();
    busy = false;
    if (again) {
      again = false;
      run();
    } else if (!document.hidden) {
      timer = setTimeout(run, pauseMs());
    }
  };
  document.addEventListener("visibilitychange", () => {
    if (document.hidden) {
      clearTimeout(timer);
    } else {
      run();
    }
  });
  run();
  return run;
}
