/** The page that the widget stands on, as the application uses it: who looks, in which language, and what he looks at. */

import { type AjaxAnswer, type Brand, type JQueryLike, type KommoModal, type KommoWidget, loadModule } from './widget';

export const LANGUAGES = ['en', 'es', 'pt', 'ru'] as const;
export type Language = (typeof LANGUAGES)[number];

const PATIENCE_SECONDS = 30;

/** Something that the page itself could not do: no answer, or one that is none of ours. */
export class PageError extends Error {
  constructor(readonly reason: 'no_answer' | 'too_slow' | 'kommo') {
    super(reason);
  }
}

export class Host {
  readonly language: Language;

  constructor(
    private readonly widget: KommoWidget,
    readonly brand: Brand,
  ) {
    const given = window.APP?.lang_id;
    this.language = LANGUAGES.find(language => language === given) ?? 'en';
  }

  /** The Kommo user who looks at the page. */
  get user(): number {
    return Number(this.widget.system().amouser_id);
  }

  /** The widget's own code in this account, part of addresses. */
  get code(): string {
    return String(this.widget.get_settings().widget_code ?? '');
  }

  /** The deal whose card is open: 0 for one that is not saved yet, null off the card. */
  get deal(): number | null {
    const card = window.APP?.data?.current_card;
    return card ? Number(card.id ?? 0) : null;
  }

  /** The pipeline that a list of deals shows: null where it is not of one alone. */
  get pipeline(): number | null {
    const found = /^\/leads\/(?:list\/)?pipeline\/(\d+)/.exec(window.location.pathname);
    return found ? Number(found[1]) : null;
  }

  dealAddress(deal: number): string {
    return `/leads/detail/${deal}`;
  }

  /** The page with all settings. */
  get settingsAddress(): string {
    return `/settings/widgets/${this.code}/`;
  }

  /**
   * Ask our API, with the one-time token that Kommo adds. Answers of every status are answers.
   *
   * Throws PageError when none came.
   */
  readonly request = async (request: Request): Promise<Response> => {
    const body = await request.text();
    return new Promise((resolve, reject) => {
      const answered = (answer: AjaxAnswer, text: string) => {
        resolve(new Response(answer.status === 204 ? null : text, { status: answer.status }));
      };
      const sent = this.widget.$authorizedAjax({
        url: request.url,
        method: request.method,
        ...(body ? { data: body } : {}),
        contentType: body ? 'application/json' : false,
        dataType: 'text',
        processData: false,
        timeout: PATIENCE_SECONDS * 1000,
        success: (text, _status, answer) => answered(answer, text ?? ''),
        error: (answer, status) => {
          if (answer.status) {
            answered(answer, answer.responseText ?? '');
          } else {
            reject(new PageError(status === 'timeout' ? 'too_slow' : 'no_answer'));
          }
        },
      });
      // What it returns is not documented; should it be a promise, then `error` has told of its rejection.
      Promise.resolve(sent).catch(() => undefined);
    });
  };

  /**
   * Read from Kommo what the user may see, as the page itself does: `path` begins with /api/v4. Null where Kommo has
   * nothing (204).
   *
   * Throws PageError.
   */
  async readKommo<T>(path: string): Promise<T | null> {
    const answer = await fetch(path, { headers: { Accept: 'application/json' } }).catch(() => null);
    if (!answer) {
      throw new PageError('no_answer');
    }
    if (answer.status === 204) {
      return null;
    }
    if (!answer.ok) {
      throw new PageError('kommo');
    }
    return (await answer.json()) as T;
  }

  /** Open Kommo's own modal and return the element to draw in; `closed` is called once, whoever closes it. */
  async openModal(className: string, closed: () => void): Promise<{ body: HTMLElement; close(): void; fit(): void }> {
    const Modal = await loadModule<KommoModal>('lib/components/base/modal');
    let body: (JQueryLike & { trigger(event: string): unknown }) | undefined;
    let isOpen = true;
    const modal = new Modal({
      class_name: `bookdeal-modal ${className}`,
      init: given => {
        body = given;
        given.trigger('modal:loaded');
      },
      destroy: () => {
        if (isOpen) {
          isOpen = false;
          closed();
        }
      },
    });
    const element = document.createElement('div');
    body?.[0]?.append(element);
    return {
      body: element,
      close: () => isOpen && modal.destroy(),
      fit: () => body?.trigger('modal:centrify'),
    };
  }
}
