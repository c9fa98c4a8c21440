/**
 * The module that Kommo loads on every page where the widget stands. It answers Kommo's callbacks and draws nothing
 * itself: the application is loaded when an area of ours is there, and only then.
 */

import type { Area, mount } from '../app';
import { type Brand, type Callbacks, type KommoWidget, loadModule } from '../host/widget';

/** Put in when the archive is packed. */
declare const __BOOKDEAL_BRAND__: Brand;
declare const __VERSION__: string;

const STYLE_SECONDS = 5;

/** What is said when not even the application with its texts could be loaded. */
const NOT_LOADED: Record<string, string> = {
  en: 'This panel could not be loaded. Check your connection and reload the page.',
  es: 'No se ha podido cargar este panel. Comprueba la conexión y recarga la página.',
  pt: 'Não foi possível carregar este painel. Verifique a conexão e recarregue a página.',
  ru: 'Не удалось загрузить панель. Проверьте соединение и обновите страницу.',
};

export default function Bookdeal(this: KommoWidget): KommoWidget {
  const brand = __BOOKDEAL_BRAND__;
  const widget = this;
  let unmounts: (() => void)[] = [];
  /** Raised when Kommo leaves the area: what is loaded after that is not drawn any more. */
  let visit = 0;

  async function show(area: Area, element: HTMLElement | null | undefined): Promise<void> {
    if (!element) {
      return;
    }
    const asked = visit;
    const place = element.appendChild(document.createElement('div'));
    place.className = 'bookdeal';
    unmounts.push(() => place.remove());
    try {
      const app = await application(widget);
      if (asked === visit) {
        unmounts.push(app.mount(area, place, widget, brand));
      }
    } catch {
      place.textContent = NOT_LOADED[window.APP?.lang_id ?? 'en'] ?? NOT_LOADED.en ?? '';
    }
  }

  /** Draw a block of ours into the right panel, and the area into it. */
  function showInPanel(area: Area): void {
    const id = `bookdeal-${area}`;
    widget.render_template({
      caption: { class_name: 'bookdeal-caption' },
      body: '',
      render: `<div id="${id}"></div>`,
    });
    void show(area, document.getElementById(id));
  }

  const callbacks: Callbacks = {
    render() {
      const { area } = widget.system();
      if (area === 'lcard' || area === 'llist') {
        showInPanel(area === 'lcard' ? 'card' : 'list');
      }
      return true;
    },
    init: () => true,
    bind_actions: () => true,
    settings(body) {
      void show('settings', body[0]);
    },
    advancedSettings() {
      void show('advanced', document.getElementById('list_page_holder'));
    },
    initMenuPage() {
      void show('menu', document.getElementById(`work-area-${widget.get_settings().widget_code}`));
    },
    onInstall() {
      // Kommo gives the account's consent to the API by itself: nothing is left for the page to do.
    },
    onSave: () => true,
    destroy() {
      visit += 1;
      for (const unmount of unmounts.reverse()) {
        unmount();
      }
      unmounts = [];
    },
  };
  this.callbacks = callbacks;
  return this;
}

/** The application with its styles, from where Kommo keeps the archive's files. */
async function application(widget: KommoWidget): Promise<{ mount: typeof mount }> {
  const path = (widget.params?.path ?? widget.params?.cdn_path ?? '').replace(/\/$/, '');
  const [app] = await Promise.all([
    loadModule<{ mount: typeof mount }>(`${path}/app.js?v=${__VERSION__}`),
    styles(`${path}/style.css?v=${__VERSION__}`),
  ]);
  return app;
}

/** Load the styles once. A page without them is ugly, but works: it does not wait for them for ever. */
function styles(address: string): Promise<void> {
  if (document.querySelector(`link[href="${address}"]`)) {
    return Promise.resolve();
  }
  const link = document.createElement('link');
  link.rel = 'stylesheet';
  link.href = address;
  return new Promise(resolve => {
    link.onload = link.onerror = () => resolve();
    setTimeout(resolve, STYLE_SECONDS * 1000);
    document.head.append(link);
  });
}
