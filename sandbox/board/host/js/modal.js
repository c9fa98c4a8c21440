/** Kommo's modal window, `lib/components/base/modal`. */

/**
 * @typedef {{class_name?: string, init: ($body: any) => void, destroy?: () => void}} Options
 */

export class Modal {
  /**
   * The class for widgets, with their jQuery.
   * @param {any} $
   */
  static of($) {
    return class {
      /** @param {Options} options */
      constructor(options) {
        const modal = new Modal($, options);
        this.destroy = () => modal.destroy();
      }
    };
  }

  /**
   * @param {any} $
   * @param {Options} options
   */
  constructor($, options) {
    this.options = options;
    this.isOpen = true;
    this.element = document.createElement('div');
    this.element.className = `modal ${options.class_name ?? ''}`;
    const overlay = document.createElement('div');
    overlay.className = 'modal-overlay';
    const body = document.createElement('div');
    body.className = 'modal-body modal-loading';
    // The content that a widget puts in takes the place of this close mark, and may bring its own.
    body.innerHTML = '<span class="modal-body__close" role="button" tabindex="0" aria-label="Close">×</span>';
    this.element.append(overlay, body);
    document.body.append(this.element);
    overlay.addEventListener('click', () => this.destroy());
    body.addEventListener('click', (event) => {
      if (event.target instanceof Element && event.target.closest('.modal-body__close')) {
        this.destroy();
      }
    });
    this.onKey = (/** @type {KeyboardEvent} */ event) => {
      if (event.key === 'Escape' && !event.defaultPrevented && this.isOnTop()) {
        this.destroy();
      }
    };
    document.addEventListener('keydown', this.onKey);
    const $body = $(body);
    $body.on('modal:loaded', () => body.classList.remove('modal-loading'));
    $body.on('modal:centrify', () => body.scrollIntoView({ block: 'nearest' }));
    options.init($body);
  }

  /** Close; the widget's `destroy` is called once. */
  destroy() {
    if (this.isOpen) {
      this.isOpen = false;
      document.removeEventListener('keydown', this.onKey);
      this.options.destroy?.();
      this.element.remove();
    }
  }

  isOnTop() {
    return [...document.querySelectorAll('.modal')].at(-1) === this.element;
  }
}
