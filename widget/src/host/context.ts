import { createContext, useContext } from 'react';
import type { Host } from './host';

export const HostContext = createContext<Host | null>(null);

/** The page that the widget stands on. */
export function useHost(): Host {
  const host = useContext(HostContext);
  if (!host) {
    throw new Error('there is no host around');
  }
  return host;
}
