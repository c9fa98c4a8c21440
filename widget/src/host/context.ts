import { createContext } from 'react';
import { useAround } from '../around';
import type { Host } from './host';

export const HostContext = createContext<Host | null>(null);

/** The page that the widget stands on. */
export const useHost = (): Host => useAround(HostContext, 'host');
