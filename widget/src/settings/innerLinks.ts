import { type RefObject, useEffect, useRef } from 'react';

/** Go to a tab, or a place on one: `#fields/fields.deal.EMPLOYEE`. */
export function openPlace(address: string): void {
  window.history.pushState(window.history.state, '', address);
  window.dispatchEvent(new HashChangeEvent('hashchange'));
}

/** Follows the links inside an element that lead to tabs: Kommo, left to itself, would draw the whole page anew. */
export function useInnerLinks(): RefObject<HTMLDivElement> {
  const around = useRef<HTMLDivElement>(null);
  useEffect(() => {
    const element = around.current;
    const follow = (event: MouseEvent) => {
      const link = event.target instanceof Element ? event.target.closest('a[href^="#"]') : null;
      const address = link?.getAttribute('href');
      if (address && !event.ctrlKey && !event.metaKey) {
        event.preventDefault();
        openPlace(address);
      }
    };
    element?.addEventListener('click', follow);
    return () => element?.removeEventListener('click', follow);
  }, []);
  return around;
}
