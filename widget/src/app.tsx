/** The application: draws an area of the widget into an element, with all that its screens share around it. */

import { QueryClient, QueryClientProvider, useQuery } from '@tanstack/react-query';
import { type ComponentType, lazy, type ReactNode, Suspense, useMemo } from 'react';
import { createRoot } from 'react-dom/client';
import { ApiContext, ApiError, apiOf } from './api/api';
import { Banner } from './banner/Banner';
import { Fallback } from './components/Fallback';
import { Skeleton } from './components/Skeleton';
import { Format, FormatContext, localeOf } from './format/format';
import { readWays } from './host/account';
import { HostContext } from './host/context';
import { Host } from './host/host';
import { useTheme } from './host/theme';
import type { Brand, KommoWidget } from './host/widget';
import { loadTexts, SayContext, sayIn } from './texts/texts';
import './app.css';

const AREAS = {
  card: lazy(() => import('./card/CardPanel')),
  list: lazy(() => import('./calendar/ListPanel')),
  menu: lazy(() => import('./calendar/CalendarPage')),
  settings: lazy(() => import('./settings/SettingsModal')),
  advanced: lazy(() => import('./settings/SettingsPage')),
} satisfies Record<string, ComponentType>;

export type Area = keyof typeof AREAS;

/** One for the page: the card's panel and the windows that open from it share what was read. */
const queries = new QueryClient({
  defaultOptions: {
    queries: {
      staleTime: 30_000,
      refetchOnWindowFocus: false,
      // A refusal stays one; what may pass is tried again, twice.
      retry: (failures, error) => failures < 2 && !(error instanceof ApiError && error.status < 500),
    },
  },
});

/** Draw an area; the function that is returned takes it away again. */
export function mount(area: Area, element: HTMLElement, widget: KommoWidget, brand: Brand): () => void {
  const root = createRoot(element);
  const Screen = AREAS[area];
  root.render(
    <Around host={new Host(widget, brand)} element={element}>
      <Screen />
    </Around>,
  );
  return () => root.unmount();
}

/** Everything that the screens need around them. */
function Around({ host, element, children }: { host: Host; element: HTMLElement; children: ReactNode }) {
  return (
    <HostContext.Provider value={host}>
      <QueryClientProvider client={queries}>
        <Themed element={element}>
          <Spoken host={host}>{children}</Spoken>
        </Themed>
      </QueryClientProvider>
    </HostContext.Provider>
  );
}

function Themed({ element, children }: { element: HTMLElement; children: ReactNode }) {
  const theme = useTheme(element);
  return (
    <div className="bookdeal" data-crm-ui-kit-theme={theme}>
      {children}
    </div>
  );
}

/** Texts, formats and the API: loaded with the account's ways of writing, at once. */
function Spoken({ host, children }: { host: Host; children: ReactNode }) {
  const api = useMemo(() => apiOf(host), [host]);
  const { data } = useQuery({
    queryKey: ['words', host.language],
    queryFn: async () => {
      const [texts, ways] = await Promise.all([loadTexts(host.language), readWays(host)]);
      const locale = localeOf(host.language, ways.country);
      return { say: sayIn(locale, texts, host.brand.name), format: new Format(locale, ways) };
    },
    staleTime: Number.POSITIVE_INFINITY,
  });
  if (!data) {
    return <Skeleton lines={4} />;
  }
  return (
    <ApiContext.Provider value={api}>
      <SayContext.Provider value={data.say}>
        <FormatContext.Provider value={data.format}>
          <Fallback>
            <Banner />
            <Suspense fallback={<Skeleton lines={4} />}>{children}</Suspense>
          </Fallback>
        </FormatContext.Provider>
      </SayContext.Provider>
    </ApiContext.Provider>
  );
}
