/**
 * Ways around in a chart, by pointer, touch and keyboard: pointing at runs, choosing a stretch, zooming, panning. It knows
 * pixels and says what is wanted; what that means is the chart's business.
 */

export interface Navigation {
  /** Something is pointed at, in pixels of the canvas; null when nothing is any more. */
  readonly point: (at: { readonly x: number; readonly y: number } | null) => void;
  /** To the next run in a direction. */
  readonly step: (by: -1 | 1) => void;
  /** A stretch is being chosen; null when that is over. */
  readonly choosing: (stretch: { readonly from: number; readonly to: number } | null) => void;
  readonly choose: (stretch: { readonly from: number; readonly to: number }) => void;
  /** Shows `factor` times as much, around a pixel or what is pointed at. */
  readonly zoom: (factor: number, around: number | null) => void;
  /** By a share of what is seen. */
  readonly pan: (share: number) => void;
  readonly reset: () => void;
  /** Opens what is pointed at; `range`: from the run before to this one. */
  readonly open: (what: 'run' | 'range') => void;
}

/** Fewer pixels are a click. */
const LEAST_DRAG = 6;

export function followInput(canvas: HTMLCanvasElement, navigation: Navigation): void {
  followPointer(canvas, navigation);
  followKeyboard(canvas, navigation);
  canvas.addEventListener(
    'wheel',
    (event) => {
      // Without a key the wheel scrolls the page, as everywhere; pinching on a touchpad arrives with ctrlKey.
      if (!event.ctrlKey && !event.metaKey) return;
      event.preventDefault();
      navigation.zoom(Math.exp(Math.max(-1, Math.min(1, event.deltaY / 200))), event.offsetX);
    },
    { passive: false },
  );
  canvas.addEventListener('dblclick', () => navigation.reset());
}

function followPointer(canvas: HTMLCanvasElement, navigation: Navigation): void {
  const fingers = new Map<number, number>();
  let drag: { readonly from: number; last: number; readonly pans: boolean; moved: boolean } | null = null;
  let spread = 0;

  canvas.addEventListener('pointerdown', (event) => {
    if (event.button !== 0) return;
    fingers.set(event.pointerId, event.offsetX);
    canvas.setPointerCapture(event.pointerId);
    const pans = event.shiftKey || event.pointerType === 'touch';
    drag = fingers.size === 1 ? { from: event.offsetX, last: event.offsetX, pans, moved: false } : null;
    if (fingers.size === 2) spread = measureSpread(fingers);
  });
  canvas.addEventListener('pointermove', (event) => {
    if (fingers.has(event.pointerId)) fingers.set(event.pointerId, event.offsetX);
    if (fingers.size === 2) {
      const now = measureSpread(fingers);
      if (now > 0 && spread > 0) navigation.zoom(spread / now, middle(fingers));
      spread = now;
      return;
    }
    if (drag === null) {
      navigation.point({ x: event.offsetX, y: event.offsetY });
      return;
    }
    if (Math.abs(event.offsetX - drag.from) > LEAST_DRAG) drag.moved = true;
    if (!drag.moved) return;
    if (drag.pans) navigation.pan((drag.last - event.offsetX) / canvas.clientWidth);
    else navigation.choosing({ from: drag.from, to: event.offsetX });
    drag.last = event.offsetX;
  });
  const end = (event: PointerEvent, done: boolean) => {
    fingers.delete(event.pointerId);
    const over = drag;
    drag = null;
    if (over === null) return;
    navigation.choosing(null);
    if (!done) return;
    if (over.moved && !over.pans) navigation.choose({ from: over.from, to: event.offsetX });
    if (over.moved) return;
    navigation.point({ x: event.offsetX, y: event.offsetY });
    navigation.open(event.ctrlKey || event.metaKey ? 'range' : 'run');
  };
  canvas.addEventListener('pointerup', (event) => end(event, true));
  canvas.addEventListener('pointercancel', (event) => end(event, false));
  canvas.addEventListener('pointerleave', () => {
    if (drag === null) navigation.point(null);
  });
}

function measureSpread(fingers: ReadonlyMap<number, number>): number {
  const [first = 0, second = 0] = fingers.values();
  return Math.abs(first - second);
}

function middle(fingers: ReadonlyMap<number, number>): number {
  const [first = 0, second = 0] = fingers.values();
  return (first + second) / 2;
}

function followKeyboard(canvas: HTMLCanvasElement, navigation: Navigation): void {
  const keys: { readonly [key: string]: (event: KeyboardEvent) => void } = {
    ArrowLeft: ({ shiftKey }) => (shiftKey ? navigation.pan(-0.25) : navigation.step(-1)),
    ArrowRight: ({ shiftKey }) => (shiftKey ? navigation.pan(0.25) : navigation.step(1)),
    '+': () => navigation.zoom(0.5, null),
    '=': () => navigation.zoom(0.5, null),
    '-': () => navigation.zoom(2, null),
    '0': () => navigation.reset(),
    Escape: () => navigation.point(null),
    Enter: ({ shiftKey }) => navigation.open(shiftKey ? 'range' : 'run'),
  };
  canvas.addEventListener('keydown', (event) => {
    const act = keys[event.key];
    if (act === undefined || event.ctrlKey || event.metaKey || event.altKey) return;
    event.preventDefault();
    act(event);
  });
  canvas.addEventListener('blur', () => navigation.point(null));
}
