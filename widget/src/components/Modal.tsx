import {
  type CSSProperties,
  type KeyboardEvent,
  type ReactNode,
  useEffect,
  useLayoutEffect,
  useRef,
  useState,
} from 'react';
import { createPortal } from 'react-dom';
import { useHost } from '../host/context';
import { groundUnder, useTheme } from '../host/theme';
import './Modal.css';

interface Props {
  /** Read out when it opens, and seen at its head. */
  title: string;
  size?: 'small' | 'wide' | 'full';
  onClose(): void;
  children: ReactNode;
}

/**
 * A window in Kommo's own modal. It is open as long as it is drawn.
 *
 * Throws what kept Kommo's modal from being loaded, for the screen around to tell.
 */
export function Modal({ title, size = 'small', onClose, children }: Props) {
  const host = useHost();
  const [modal, setModal] = useState<{ body: HTMLElement; fit(): void } | null>(null);
  const [failure, setFailure] = useState<unknown>(null);
  const closed = useRef(onClose);
  closed.current = onClose;
  useEffect(() => {
    let isGone = false;
    let close = () => {};
    const opener = document.activeElement;
    void host
      .openModal(`bookdeal-modal-${size}`, () => !isGone && closed.current())
      .then(opened => {
        close = opened.close;
        if (isGone) {
          close();
        } else {
          setModal(opened);
        }
      })
      .catch(setFailure);
    return () => {
      isGone = true;
      close();
      // Kommo's modal leaves the focus nowhere: whoever opened the window by keyboard goes on from there.
      if (opener instanceof HTMLElement && opener.isConnected) {
        opener.focus();
      }
    };
  }, [host, size]);
  if (failure) {
    throw failure;
  }
  return modal && createPortal(<Window title={title} {...modal} content={children} />, modal.body);
}

interface WindowProps {
  title: string;
  body: HTMLElement;
  /** Lets Kommo put the window where it belongs. */
  fit(): void;
  content: ReactNode;
}

function Window({ title, body, fit, content }: WindowProps) {
  const theme = useTheme(body);
  const heading = useRef<HTMLHeadingElement>(null);
  // Before it is seen: a key that is pressed at once is meant for the window.
  useLayoutEffect(() => heading.current?.focus(), []);
  useEffect(() => {
    // Kommo reckons the place from the height, which changes when what was read is drawn.
    const watch = new ResizeObserver(fit);
    watch.observe(body);
    return () => watch.disconnect();
  }, [body, fit]);
  return (
    <div className="bookdeal" data-crm-ui-kit-theme={theme} style={onGround(groundUnder(body))}>
      <div role="dialog" aria-label={title} aria-modal="true" className="window" onKeyDown={stayInside}>
        <h2 ref={heading} tabIndex={-1} className="window-title">
          {title}
        </h2>
        {content}
      </div>
    </div>
  );
}

/** What stays in sight while the rest is scrolled beneath it has the colour of Kommo's window. */
function onGround(colour: string | undefined): CSSProperties {
  return colour ? ({ '--bookdeal-ground': colour } as CSSProperties) : {};
}

const FOCUSABLE = 'a[href], button, input, select, textarea, summary, [tabindex]';

/** The Tab key goes round in the window, and not into the page beneath it. */
function stayInside(event: KeyboardEvent<HTMLElement>): void {
  if (event.key !== 'Tab') {
    return;
  }
  const all = [...event.currentTarget.querySelectorAll<HTMLElement>(FOCUSABLE)];
  const stops = all.filter(one => one.tabIndex >= 0 && !one.matches(':disabled') && one.offsetParent !== null);
  const edge = event.shiftKey ? stops[0] : stops.at(-1);
  const other = event.shiftKey ? stops.at(-1) : stops[0];
  const isOutside = event.shiftKey && !stops.includes(event.target as HTMLElement);
  if (event.target === edge || isOutside) {
    event.preventDefault();
    other?.focus();
  }
}
