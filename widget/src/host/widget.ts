/**
 * Kommo's side of a widget, as far as its documentation tells (contract, section 11): what it gives to ours, and what it
 * calls. What it says nothing about is optional here.
 */

/** Who offers this widget: filled in when the archive is packed, from the brand's folder. */
export interface Brand {
  /** The address of Bookdeal's API, without a slash at its end. */
  api: string;
  name: string;
  /** Pages of the vendor's. */
  support: string;
  privacy: string;
}

/** The object that Kommo makes of our constructor, with its own methods on it. */
export interface KommoWidget {
  callbacks?: Callbacks;
  params?: { path?: string; cdn_path?: string; widget_code?: string; version?: string };
  system(): { area: string; amouser_id: number | string };
  get_settings(): Record<string, unknown>;
  render_template(template: { caption: { class_name: string; html?: string }; body: string; render: string }): unknown;
  $authorizedAjax(options: AjaxOptions): unknown;
}

export interface Callbacks {
  render(): boolean;
  init(): boolean;
  bind_actions(): boolean;
  settings(body: JQueryLike): void;
  advancedSettings(): void;
  initMenuPage(params: { location: string; item_code?: string; subitem_code?: string }): void;
  onInstall(): void;
  onSave(): boolean;
  destroy(): void;
}

/** A jQuery object, of which nothing but its first element is used. */
export interface JQueryLike {
  [index: number]: HTMLElement | undefined;
}

/** jQuery's options of a request, as far as we use them. */
export interface AjaxOptions {
  url: string;
  method: string;
  data?: string;
  contentType?: string | false;
  dataType: 'text';
  processData: false;
  timeout: number;
  success(text: string, status: string, answer: AjaxAnswer): void;
  error(answer: AjaxAnswer, status: string): void;
}

export interface AjaxAnswer {
  status: number;
  responseText?: string;
}

/** Kommo's modal: a class that opens when it is made. */
export type KommoModal = new (options: {
  class_name: string;
  init(body: JQueryLike & { trigger(event: string): unknown }): void;
  destroy(): void;
}) => { destroy(): void };

type Require = ((modules: string[], done: (...loaded: never[]) => void, failed: (error: unknown) => void) => void) & {
  undef?(module: string): void;
};

declare global {
  interface Window {
    /** Kommo's AMD loader. */
    require: Require;
    APP?: {
      lang_id?: string;
      data?: { current_card?: false | { id?: number | string } };
      constant?(name: string): unknown;
    };
  }
}

/** Load a module of the page's, by its name or its address. What failed to load is asked for again the next time. */
export function loadModule<T>(module: string): Promise<T> {
  return new Promise((resolve, reject) => {
    window.require([module], resolve as (...loaded: never[]) => void, error => {
      window.require.undef?.(module);
      reject(error);
    });
  });
}
