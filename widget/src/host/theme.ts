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
  for (let one: HTMLElement | null = element.parentElement; one; one = one.parentElement) {
    const [red = 0, green = 0, blue = 0, alpha = 1] = numbers(getComputedStyle(one).backgroundColor);
    if (alpha > 0.5) {
      return 0.299 * red + 0.587 * green + 0.114 * blue < 128 ? 'alternative' : 'default';
    }
  }
  return 'default';
}

function numbers(colour: string): number[] {
  return (colour.match(/[\d.]+/g) ?? []).map(Number);
}
