/** Whether Kommo's page is light or dark. Kommo does not say how it tells, so the page's own colour is looked at. */

import { useEffect, useState } from 'react';

export type Theme = 'default' | 'alternative';

/** What the UI kit calls its light and its dark look. */
export function useTheme(element: HTMLElement): Theme {
  const [theme, setTheme] = useState(() => themeAround(element));
  useEffect(() => {
    const look = () => setTheme(themeAround(element));
    const watch = new MutationObserver(look);
    for (const watched of [document.documentElement, document.body]) {
      watch.observe(watched, { attributes: true });
    }
    look();
    return () => watch.disconnect();
  }, [element]);
  return theme;
}

/** The theme that fits the nearest background that can be seen. */
function themeAround(element: HTMLElement): Theme {
  const [red = 0, green = 0, blue = 0] = numbers(groundUnder(element) ?? 'rgb(255, 255, 255)');
  return 0.299 * red + 0.587 * green + 0.114 * blue < 128 ? 'alternative' : 'default';
}

/** The colour that an element of ours is drawn on; undefined where nothing around it has one. */
export function groundUnder(element: HTMLElement): string | undefined {
  for (let one: HTMLElement | null = element.parentElement; one; one = one.parentElement) {
    const colour = getComputedStyle(one).backgroundColor;
    const [, , , alpha = 1] = numbers(colour);
    if (alpha > 0.5) {
      return colour;
    }
  }
  return undefined;
}

function numbers(colour: string): number[] {
  return (colour.match(/[\d.]+/g) ?? []).map(Number);
}
