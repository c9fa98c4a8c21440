/** Addresses inside the settings: `#fields/fields.deal.EMPLOYEE` is a tab, and a place on it. */

import { type RefCallback, useCallback, useEffect, useRef } from 'react';
import { tabOfField } from './tabs';

const PATIENCE_MS = 10_000;
const CONTROLS = 'input, select, textarea, button, summary, a[href]';

/** The address at which a path of the settings, such as `fields.deal.EMPLOYEE`, can be changed. */
export function addressOf(path: string): string {
  return `#${tabOfField(path) ?? 'deals'}/${path}`;
}

/**
 * Leads to the place that the address names: the element whose `data-field` is that path, or the longest part of it.
 * Its first control gets the focus. Tabs are drawn when they have been read, so it is waited for.
 */
export function usePlaceOfAddress(): RefCallback<HTMLElement> {
  const content = useRef<HTMLElement | null>(null);
  useEffect(() => {
    let stop = () => {};
    const follow = () => {
      stop();
      const path = decodeURIComponent(window.location.hash.split('/').slice(1).join('/'));
      if (path && content.current) {
        stop = leadTo(content.current, path);
      }
    };
    follow();
    window.addEventListener('hashchange', follow);
    return () => {
      stop();
      window.removeEventListener('hashchange', follow);
    };
  }, []);
  return useCallback(element => {
    content.current = element;
  }, []);
}

function leadTo(content: HTMLElement, path: string): () => void {
  const look = () => {
    const place = placeOf(content, path);
    if (!place) {
      return;
    }
    stop();
    place.scrollIntoView({ block: 'center' });
    (place.matches(CONTROLS) ? place : place.querySelector<HTMLElement>(CONTROLS))?.focus({ preventScroll: true });
  };
  const watch = new MutationObserver(look);
  const patience = setTimeout(() => watch.disconnect(), PATIENCE_MS);
  const stop = () => {
    watch.disconnect();
    clearTimeout(patience);
  };
  watch.observe(content, { childList: true, subtree: true });
  look();
  return stop;
}

function placeOf(content: HTMLElement, path: string): HTMLElement | undefined {
  const parts = path.split('.');
  const places = [...content.querySelectorAll<HTMLElement>('[data-field]')];
  return parts
    .map((_, cut) => parts.slice(0, parts.length - cut).join('.'))
    .map(part => places.find(place => place.dataset.field === part))
    .find(place => place !== undefined);
}
